/*
 * What the plan of a ticket's life is made of, read from the ledger: its tests
 * with the changes of their status, what its tracker told of it, what we did.
 * The plan itself (life_plan.c) is pure, so the same records always give the
 * same plan, in whatever order they came in.
 */
#include "handler/life_gather.h"

#include <string.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/draft_text.h"
#include "handler/job.h"
#include "handler/ledger_history.h"
#include "handler/ledger_news.h"
#include "handler/ledger_step.h"
#include "handler/policy.h"
#include "handler/trunk_runs.h"

enum {
	TAG_BYTES = 4,		/* of a test's hash in a key */
	CHANGES_MAX = 4000,	/* of a ticket; its tests share them ... */
	CHANGES_LEAST = 4	/* ... but for so many of each */
};

/* What the changes of a test say, as the ledger gave them. */
struct heap {
	const struct change	*changes;
	size_t			 nchanges;
	const struct life_worse	*worse;
	size_t			 nworse;
};

enum err
life_no_memory(struct job *job)
{

	return (fail(job, ERR_NOMEM, "no memory for the ticket's life"));
}

/* Tests of one ticket are told apart by who they are, not by our rows. */
static enum err
make_tag(struct job *job, const struct life_member *m, const char **tag)
{
	unsigned char sum[CRYPT_SHA256];
	char hex[2 * TAG_BYTES + 1];
	const struct crypt_part part = { m->identity, strlen(m->identity) };

	if (crypt_sha256(&part, 1, sum) != OK)
		return (life_no_memory(job));
	crypt_hex(sum, TAG_BYTES, hex);
	*tag = arena_printf(job->arena, "|%s", hex);
	return (*tag == NULL ? life_no_memory(job) : OK);
}

static enum err
make_tests(struct job *job, struct life_known *k)
{
	struct life_test *tests;
	size_t i, n = k->input.ntests;
	enum err e = OK;

	if ((tests = arena_alloc(job->arena, n * sizeof(*tests))) == NULL)
		return (life_no_memory(job));
	for (i = 0; i < n && e == OK; i++) {
		const struct life_member *m = &k->members[i];

		tests[i].name = draft_told(m->test.name) ? m->test.name :
		    "a test without a name";
		tests[i].tag = "";
		tests[i].countable = trunk_runs_told(job, &m->test);
		if (n > 1)
			e = make_tag(job, m, &tests[i].tag);
	}
	k->input.tests = tests;
	return (e);
}

static void
take_change(const struct change *c, struct life_change *out)
{
	static const char *const why[] = {
		[HEALTHY_UNKNOWN] = "Trunk does not tell why",
		[HEALTHY_RESOLVED] = "the monitor that had flagged it "
		    "resolved",
		[HEALTHY_MUTED] = "the monitor that had flagged it was muted",
		[HEALTHY_GONE] = "the monitor that had flagged it was "
		    "taken away",
		[HEALTHY_MANUAL] = "a person set it"
	};

	out->time = c->time;
	out->status = c->status;
	out->previous = c->previous;
	out->delivery = c->delivery;
	out->real = c->why_healthy == HEALTHY_RESOLVED;
	out->fake = c->why_healthy > HEALTHY_RESOLVED;
	out->why = why[c->why_healthy];
}

static void
take_worse(const struct heap *h, struct life_change *out)
{
	const struct life_worse *w;
	size_t i;

	for (i = 0; i < h->nworse; i++) {
		w = &h->worse[i];
		if (strcmp(w->delivery, out->delivery) != 0)
			continue;
		out->rule = w->rule;
		out->priority = w->priority;
		out->due = w->due;
	}
}

/* A ticket of very many tests looks back less far. */
static size_t
most_of_each(size_t ntests)
{
	size_t most = ntests == 0 ? CHANGES_MAX : CHANGES_MAX / ntests;

	return (most < CHANGES_LEAST ? CHANGES_LEAST : most);
}

static enum err
gather_changes(struct job *job, struct life_known *k)
{
	size_t i, j, n = k->input.ntests, total = 0;
	struct heap *heaps = arena_alloc(job->arena, n * sizeof(*heaps));
	struct life_change *out;
	enum err e = heaps == NULL ? life_no_memory(job) : OK;

	for (i = 0; i < n && e == OK; i++) {
		struct heap *h = &heaps[i];

		if ((e = ledger_life_changes(job, k->members[i].row,
		    most_of_each(n), &h->changes, &h->nchanges)) == OK)
			e = ledger_life_worse(job, k->members[i].row,
			    &h->worse, &h->nworse);
		total += h->nchanges;
	}
	if (e != OK)
		return (e);
	if ((out = arena_alloc(job->arena, total * sizeof(*out))) == NULL)
		return (life_no_memory(job));
	k->input.changes = out;
	k->input.nchanges = total;
	for (i = 0; i < n; i++)
		for (j = 0; j < heaps[i].nchanges; j++, out++) {
			take_change(&heaps[i].changes[j], out);
			take_worse(&heaps[i], out);
			out->test = i;
		}
	return (OK);
}

static enum err
gather_news(struct job *job, int64_t ticket, struct life_known *k)
{
	const struct news *news;
	struct life_news *out;
	size_t i;
	enum err e;

	if ((e = ledger_news(job, ticket, &news, &k->input.nnews)) != OK)
		return (e);
	out = arena_alloc(job->arena, k->input.nnews * sizeof(*out));
	if (out == NULL)
		return (life_no_memory(job));
	k->input.news = out;
	for (i = 0; i < k->input.nnews; i++)
		out[i] = (struct life_news){ .time = news[i].time,
		    .category = news[i].category, .name = news[i].state,
		    .resolution = news[i].resolution, .gone = news[i].gone,
		    .ours = news[i].ours,
		    .others = news[i].us == ANSWER_NO };
	return (OK);
}

static enum err
gather(struct job *job, const struct filing *f, struct life_known *k)
{
	enum err e;

	if ((e = ledger_life_read(job, f->row, &k->record)) != OK)
		return (e);
	if (k->record.followed)
		return (ERR_ABSENT);
	k->input.from = k->record.from;
	if ((e = ledger_life_tests(job, f->row, &k->members,
	    &k->input.ntests)) != OK ||
	    (e = make_tests(job, k)) != OK ||
	    (e = gather_changes(job, k)) != OK ||
	    (e = gather_news(job, f->row, k)) != OK)
		return (e);
	return (ledger_life_acts(job, f->row, &k->input.acts,
	    &k->input.nacts));
}

enum err
life_gather(struct job *job, const struct filing *f, struct life_known *k)
{
	const struct tracker *tracker = config_tracker(job->config,
	    f->tracker);
	enum err e;

	*k = (struct life_known){ .input = { .arena = job->arena,
	    .policy = policy_of(job->config, f->rule), .rule = f->rule,
	    .wont_fix = tracker != NULL ? tracker->wont_fix.value : NULL,
	    .row = f->row, .now = job->now } };
	if ((e = ledger_begin(job, false)) != OK)
		return (e);
	return (ledger_end(job, gather(job, f, k)));
}

void
life_gather_runs(struct job *job, struct life_known *k, int64_t since)
{
	const struct why why = job->why;
	struct life_test *tests;
	size_t i, n = k->input.ntests;
	enum err e;

	if ((tests = arena_alloc(job->arena, n * sizeof(*tests))) == NULL)
		return;
	for (i = 0; i < n; i++) {
		tests[i] = k->input.tests[i];
		if (!tests[i].countable)
			continue;
		e = trunk_runs(job, &k->members[i].test, since,
		    &tests[i].passed, &tests[i].failed);
		tests[i].counted = e == OK;
		if (e != OK)
			log_say(LOG_LEVEL_INFO, "runs", "%s: %s",
			    tests[i].name, job->why.text);
	}
	k->input.tests = tests;
	job->why = why;
}
