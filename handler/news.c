/*
 * How a ticket is over there, told by a webhook, a poll or a look at it.  Each
 * becomes one more record; what is older than what is known adds nothing.
 * When there is something new, the ticket's life is planned again.
 */
#include "handler/news.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_news.h"
#include "handler/life.h"
#include "handler/tracker.h"

enum {
	ASK_FOR = 1500		/* ms to find out who we are: it can wait */
};

/* Two sections may be one place, each with tickets of its own. */
static bool
same_place(const struct tracker *a, const struct tracker *b)
{

	return (a == b || (a->kind == b->kind && strcmp(a->url, b->url) == 0 &&
	    a->token.len == b->token.len && crypt_equal(a->token.bytes,
	    b->token.bytes, a->token.len)));
}

/*
 * Since when is it so?  As the tracker says it; else that version of the
 * ticket is the first one known to be so.
 */
static int64_t
time_of(const struct remote_state *is)
{

	return (is->since > 0 ? is->since : is->updated);
}

/*
 * The address of a ticket whose key has changed, when the old one ends in
 * the old key.
 */
static const char *
rekey(struct job *job, const char *url, const char *old, const char *key)
{
	size_t n, m;

	if (url == NULL || old == NULL || key == NULL)
		return (NULL);
	n = strlen(url);
	m = strlen(old);
	if (n < m || strcmp(url + n - m, old) != 0)
		return (NULL);
	return (arena_printf(job->arena, "%.*s%s", (int)(n - m), url, key));
}

static struct news
make_news(struct job *job, const struct followed *f,
    const struct remote_state *is)
{

	return ((struct news){
	    .ticket = f->ticket,
	    .time = time_of(is),
	    .updated = is->updated,
	    .category = is->category,
	    .state = is->name,
	    .resolution = is->resolution,
	    .resolution_id = is->resolution_id,
	    .gone = is->gone,
	    .remote_key = is->remote_key,
	    .url = is->url != NULL ? is->url : rekey(job, f->url,
	    f->remote_key, is->remote_key) });
}

/*
 * Was it us?  Asked only of a ticket that we move, and when it cannot be
 * found out the time decides.
 */
static enum answer
is_us(struct job *job, const struct tracker *t, const char *actor,
    const struct followed *f)
{
	const int64_t until = clock_mono() + ASK_FOR;
	const int64_t deadline = job->deadline;
	const struct why why = job->why;
	const char *me;
	enum err e;

	if (actor == NULL || !f->moved)
		return (ANSWER_UNKNOWN);
	if (until < job->deadline)
		job->deadline = until;
	e = t->kind->news.me(job, t, &me);
	job->deadline = deadline;
	job->why = why;
	if (e != OK)
		return (ANSWER_UNKNOWN);
	return (strcmp(actor, me) == 0 ? ANSWER_YES : ANSWER_NO);
}

/* Of what comes late only that counts which tells anything new. */
static enum err
check_late(struct job *job, const struct bulletin *b,
    const struct followed *f, bool *taken)
{
	enum err e = ERR_ABSENT;

	*taken = true;
	if (!b->late)
		return (OK);
	if (b->is.updated > f->updated)
		e = ledger_news_heard(job, b->delivery);
	else
		e = OK;
	*taken = e == ERR_ABSENT;
	return (e == ERR_ABSENT ? OK : e);
}

static enum err
note(struct job *job, const struct tracker *t, const struct bulletin *b,
    const struct followed *f)
{
	struct news news = make_news(job, f, &b->is);
	bool taken;
	enum err e;

	if ((e = check_late(job, b, f, &taken)) != OK || !taken)
		return (e);
	news.delivery = b->delivery;
	news.source = NEWS_WEBHOOK;
	news.actor = b->actor;
	news.us = is_us(job, t, b->actor, f);
	return (ledger_note_news(job, &news));
}

enum err
news_take(struct job *job, const struct tracker *t,
    const struct bulletin *b, const struct followed **tickets, size_t *n)
{
	const struct tracker *other;
	enum err e = ERR_ABSENT;
	size_t i;

	for (other = job->config->trackers; other != NULL && e == ERR_ABSENT;
	    other = other->next)
		if (same_place(t, other))
			e = ledger_news_of(job, other->name, b->remote_id,
			    tickets, n);
	for (i = 0; b->tells && i < *n && e == OK; i++)
		e = note(job, t, b, &(*tickets)[i]);
	return (e);
}

enum err
news_note_poll(struct job *job, const struct followed *f,
    const struct remote_state *is)
{
	struct news news = make_news(job, f, is);

	/* The very version that is known, or gone as it is known to be. */
	if (is->gone ? f->gone : !f->gone && is->updated == f->updated &&
	    is->updated != 0)
		return (OK);
	if (f->gone)		/* it was hidden, and is as it is from now */
		news.time = news.updated = job->now;
	news.source = NEWS_POLL;
	news.us = ANSWER_UNKNOWN;
	news.delivery = arena_printf(job->arena, "poll|%" PRId64 "|%" PRId64
	    "|%s", news.time, news.updated, ledger_news_word(is->category));
	if (news.delivery == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the news"));
	return (ledger_note_news(job, &news));
}

enum err
news_apply(struct job *job, int64_t ticket)
{
	struct filing f = { .lock = -1, .test_lock = -1 };
	enum outcome_kind did = OUTCOME_NONE;
	enum err e;

	if ((e = ledger_take(job, ticket, &f)) != OK)
		return (e);
	if ((e = ledger_follow(job, &f)) == OK &&
	    (e = life_run(job, &f, &did)) == OK)
		e = ledger_news_seen(job, ticket);
	ledger_release(job, &f);
	return (e);
}
