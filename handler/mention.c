/*
 * Tickets that people wrote about a test before we knew of any: their text
 * shows the test's page in Trunk.  Such a ticket is taken over if the test has
 * none yet; a copy of a ticket of ours shows our marker too and is left alone.
 */
#include "handler/mention.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_news.h"
#include "handler/ledger_sweep.h"
#include "handler/notify.h"
#include "handler/ticket.h"
#include "handler/tracker.h"

enum {
	UUID = 36,		/* characters of an id of Trunk's */
	MARKER_HEX = 24,	/* digits of a marker of ours in Jira */
	NAMED_MAX = 10		/* tests of one ticket; more is a list */
};

/* Where the page of a test is: https://app.trunk.io/ORG/flaky-tests/test/ID */
static const char HOST[] = "app.trunk.io";
static const char PAGE[] = "/flaky-tests/test/";
static const char MARKER[] = "tickethook-";

struct names {
	const char	*name[NAMED_MAX];
	size_t		 n;
};

struct naming {
	struct names	 tests;		/* ids */
	struct names	 markers;
};

static bool
is_uuid(const char *text)
{
	size_t i;

	for (i = 0; i < UUID; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ?
		    text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return (false);
	return (!isxdigit((unsigned char)text[UUID]));
}

/* Each once, and no more than there is room for. */
static void
keep(struct job *job, struct names *all, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (strncmp(all->name[i], text, len) == 0)
			return;
	if (all->n < NAMED_MAX && (all->name[all->n] =
	    arena_strndup(job->arena, text, len)) != NULL)
		all->n++;
}

/* All tests whose page a text shows, and all markers in it. */
static void
read_text(struct job *job, const char *text, struct naming *all)
{
	const char *at;

	for (at = text; (at = strstr(at, PAGE)) != NULL; ) {
		at += sizeof(PAGE) - 1;
		if (is_uuid(at))
			keep(job, &all->tests, at, UUID);
	}
	for (at = text; (at = strstr(at, MARKER)) != NULL;
	    at += sizeof(MARKER) - 1)
		if (strspn(at + sizeof(MARKER) - 1, "0123456789abcdef") ==
		    MARKER_HEX)
			keep(job, &all->markers, at, sizeof(MARKER) - 1 +
			    MARKER_HEX);
}

/* All that the tracker shows of it: JSON_DEPTH bounds how deep it goes. */
static void
read_all(struct job *job, const struct json *node, struct naming *all)
{

	for (; node != NULL; node = node->next) {
		if (node->type == JSON_STRING)
			read_text(job, node->text, all);
		read_all(job, node->child, all);
	}
}

/* It has a ticket, or one is being made: that is not touched. */
static void
leave(const struct filing *f, const char *remote_id)
{

	if (f->stage == STAGE_CREATED && f->remote_id != NULL &&
	    strcmp(f->remote_id, remote_id) != 0)
		log_say(LOG_LEVEL_WARNING, "double", "the ticket %s of the "
		    "tracker shows a test whose ticket is %s; close one of "
		    "them", remote_id, f->remote_key);
}

/* A copy of a ticket of ours, its marker included. */
static enum err
report_copy(struct job *job, const char *marker, const char *remote_id)
{
	const struct followed *ours;
	size_t i, n;
	enum err e;

	if ((e = ledger_news_marked(job, marker, &ours, &n)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	for (i = 0; i < n; i++)
		if (strcmp(ours[i].remote_id, remote_id) != 0)
			log_say(LOG_LEVEL_WARNING, "double", "the ticket %s "
			    "of the tracker carries the marker of %s; take "
			    "%s off it, or close one of them", remote_id,
			    ours[i].remote_key, marker);
	return (OK);
}

/* Read it there, so that what we take over is there and ours to see. */
static enum err
take_over(struct job *job, const struct tracker *t, const char *remote_id,
    const struct event *event, struct filing *f)
{
	enum err e;

	if ((e = t->kind->marker(job, f)) != OK ||
	    (e = t->kind->read(job, t, remote_id, f)) != OK)
		return (e);
	f->tracker = t->name;
	f->project = arena_strndup(job->arena, f->remote_key,
	    strcspn(f->remote_key, "-"));
	if (f->project == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the ticket"));
	f->stage = STAGE_CREATED;
	f->adopted = f->fresh = true;
	return (ledger_intend(job, NULL, event, f));
}

static enum err
adopt(struct job *job, const struct tracker *t, const char *remote_id,
    const struct unlinked *u, bool *linked)
{
	struct event event = { .family = FAMILY_STATUS, .test = u->test };
	struct filing f = { .lock = -1, .test_lock = -1 };
	const char *key = arena_printf(job->arena, "test|%s",
	    u->test.identity);
	enum err e;

	if (key == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the ticket"));
	if ((e = ledger_claim(job, key, &event.test, &f)) != OK)
		return (e);
	if (f.stage != STAGE_NONE)
		leave(&f, remote_id);
	else if ((e = take_over(job, t, remote_id, &event, &f)) == OK) {
		*linked = true;
		if (notify_filed(job, &event, NULL, &f) != OK)
			log_say(LOG_LEVEL_WARNING, "notify", "%s",
			    job->why.text);
		/* What fails here is on disk, and sync tries it again. */
		if (ticket_link(job, &event, &f) != OK)
			log_say(LOG_LEVEL_WARNING, "adopt", "%s: %s",
			    f.remote_key, job->why.text);
		log_say(LOG_LEVEL_INFO, "adopt", "%s shows the page of a test "
		    "that had no ticket, and is its ticket now",
		    f.remote_key);
		job->why.text[0] = '\0';
	}
	ledger_release(job, &f);
	return (e);
}

enum err
mention_take(struct job *job, const struct tracker *t, const char *remote_id,
    const struct json *ticket, bool *linked)
{
	struct naming all = { .tests.n = 0, .markers.n = 0 };
	struct unlinked u;
	enum err e = OK;
	size_t i;

	if (!job->config->adopt || remote_id == NULL || ticket == NULL)
		return (OK);
	read_all(job, ticket->child, &all);
	for (i = 0; i < all.tests.n && e == OK; i++) {
		if ((e = ledger_test_of(job, all.tests.name[i], &u)) == OK)
			e = adopt(job, t, remote_id, &u, linked);
		else if (e == ERR_ABSENT)
			e = OK;
	}
	for (i = 0; i < all.markers.n && e == OK; i++)
		e = report_copy(job, all.markers.name[i], remote_id);
	return (e);
}

/* One that the ledger follows already is no double of itself. */
static enum err
take_found(struct job *job, const struct tracker *t, const char *remote_id,
    const struct json *ticket, int64_t *n)
{
	const struct followed *ours;
	bool linked = false;
	size_t count;
	enum err e;

	if (remote_id == NULL)
		return (OK);
	e = ledger_news_of(job, t->name, remote_id, &ours, &count);
	if (e != ERR_ABSENT)
		return (e);
	e = mention_take(job, t, remote_id, ticket, &linked);
	*n += linked;
	return (e);
}

enum err
mention_search(struct job *job, const struct tracker *t, int64_t since,
    int64_t *n)
{
	struct mentions *found;
	enum err e = OK;
	size_t i;

	if (!job->config->adopt)
		return (OK);
	if ((found = arena_alloc(job->arena, sizeof(*found))) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to search"));
	found->n = 0;
	e = t->kind->news.mentions(job, t, HOST, since, found);
	for (i = 0; i < found->n && e == OK; i++) {
		if ((e = job_time(job, "a ticket is taken over")) == OK)
			e = take_found(job, t, found->one[i].remote_id,
			    found->one[i].ticket, n);
		if (e == ERR_BUSY || e == ERR_ABSENT ||
		    (e == ERR_REFUSED && !job->denied))
			e = OK;
	}
	return (e);
}
