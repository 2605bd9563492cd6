/*
 * Trackers that send no webhook, or lost one, are asked how the tickets of the
 * ledger are, many at a time; what they say takes the way of news.
 */
#include "handler/poll.h"

#include <string.h>

#include "common/arena.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_news.h"
#include "handler/mention.h"
#include "handler/news.h"
#include "handler/tracker.h"

enum {
	EVERY = 60 * 60 * 1000,		/* ms between two questions */
	OVERLAP = 60 * 60 * 1000,	/* ms: a search index lags behind */
	FIRST = 2 * 24 * 60 * 60 * 1000	/* ms: how far the first one goes */
};

/*
 * One that the answer does not hold may be hidden, or be slow to turn up: it
 * is asked for by itself before it is called gone.
 */
static enum err
ask_alone(struct job *job, const struct tracker *t, const struct followed *f,
    struct remote_state *is)
{
	const struct filing filing = { .lock = -1, .test_lock = -1,
	    .row = f->ticket, .tracker = t->name, .remote_id = f->remote_id,
	    .remote_key = f->remote_key, .url = f->url };
	enum err e;

	if ((e = job_time(job, "a ticket is asked for")) != OK)
		return (e);
	e = t->kind->state(job, t, &filing, is);
	if (e == OK && is->gone && is->updated == 0)
		is->updated = job->now;
	return (e);
}

static enum err
note(struct job *job, const struct tracker *t, const struct followed *f,
    struct polled *p)
{
	enum err e = OK;

	if (!p->found && !p->doubtful)
		p->found = ask_alone(job, t, f, &p->is) == OK;
	if (p->found)
		e = news_note_poll(job, f, &p->is);
	return (e == OK ? ledger_note_poll(job, f->ticket) : e);
}

static struct polled *
questions(struct job *job, const struct followed *tickets, size_t n)
{
	struct polled *p = arena_alloc(job->arena, n * sizeof(*p));
	size_t i;

	for (i = 0; p != NULL && i < n; i++)
		p[i] = (struct polled){ .remote_id = tickets[i].remote_id };
	return (p);
}

/* Of a place that we do not know (any more) nothing can be asked. */
static bool
can_ask(const struct tracker *t, const struct followed *f)
{

	return (t != NULL && f->remote_key != NULL &&
	    tracker_key_sane(f->remote_key));
}

/* Those that cannot be asked for are put off, the others stay. */
static enum err
sift(struct job *job, const struct tracker *t, struct followed *all,
    size_t *n)
{
	size_t i, kept = 0;
	enum err e = OK;

	for (i = 0; i < *n && e == OK; i++)
		if (can_ask(t, &all[i]))
			all[kept++] = all[i];
		else
			e = ledger_note_poll(job, all[i].ticket);
	*n = kept;
	return (e);
}

enum err
poll_tickets(struct job *job, int64_t *asked)
{
	const struct tracker *t;
	struct followed *tickets;
	struct polled *p;
	const char *name;
	size_t i, n;
	enum err e, told;

	if ((e = ledger_poll_next(job, job->now - EVERY, &name, &tickets,
	    &n)) != OK)
		return (e);
	t = config_tracker(job->config, name);
	if ((e = sift(job, t, tickets, &n)) != OK || n == 0)
		return (e);
	if ((p = questions(job, tickets, n)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the tickets"));
	told = t->kind->news.poll(job, t, p, n);
	if (told != OK)
		log_say(LOG_LEVEL_WARNING, "poll", "%zu tickets of [tracker "
		    "%s] are asked for again in an hour: %s", n, name,
		    job->why.text);
	*asked += (int64_t)n;
	for (i = 0; i < n && e == OK; i++) {
		p[i].doubtful = p[i].doubtful || told != OK;
		e = note(job, t, &tickets[i], &p[i]);
	}
	/* A slow disk: the others are next. */
	return (e == ERR_DEADLINE && i > 1 ? OK : e);
}

enum err
poll_effects(struct job *job, int64_t *row)
{
	enum err e;

	if ((e = ledger_news_next(job, *row, row)) != OK)
		return (e);
	e = news_apply(job, *row);
	if (e == ERR_LEDGER || e == ERR_NOMEM)
		return (e);
	if (e != OK)
		log_say(LOG_LEVEL_WARNING, "news", "what follows from news "
		    "is left to the next run: %s", job->why.text);
	return (OK);
}

enum err
poll_mentions(struct job *job, int64_t *taken)
{
	const struct tracker *t;
	struct searched s;
	int64_t since;
	enum err e = OK;

	for (t = job->config->trackers; t != NULL; t = t->next) {
		if ((e = ledger_searched(job, t->name, &s)) != OK)
			return (e);
		if (s.tried < job->now - EVERY || s.tried > job->now)
			break;
	}
	if (t == NULL)
		return (ERR_ABSENT);
	since = s.reached - OVERLAP;
	if (s.reached > job->now || since < job->now - FIRST)
		since = job->now - FIRST;
	e = mention_search(job, t, since, taken);
	if (e == ERR_LEDGER || e == ERR_NOMEM)
		return (e);
	if (e != OK)
		log_say(LOG_LEVEL_WARNING, "search", "[tracker %s] is "
		    "searched again in an hour: %s", t->name, job->why.text);
	return (ledger_note_search(job, t->name, e == OK ? job->now :
	    0));
}
