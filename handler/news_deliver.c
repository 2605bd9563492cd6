#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger_news.h"
#include "handler/mention.h"
#include "handler/news.h"
#include "handler/outcome.h"
#include "handler/tracker.h"
#include "handler/verify_tracker.h"

enum {
	HANG_UP = 4500,		/* ms: Linear does so after 5 s */
	NAME_SHOWN = 64		/* bytes of a name that we do not know */
};

/* The part of the path before a tracker's name. */
static const char BELOW[] = "/tracker/";

/* A webhook on its way. */
struct hearing {
	const struct tracker *tracker;
	struct delivery	 mail;
	struct bulletin	 b;
	const struct followed *tickets;	/* of ours, n of them */
	size_t		 n;
	enum outcome_kind kind;
};

/* Of its age: is it too old to be believed, or to be of use? */
static enum err
check_age(struct job *job, struct hearing *h)
{
	enum verify_age age = verify_tracker_age(job, h->tracker, &h->b);

	h->b.late = age == VERIFY_LATE;
	if (age != VERIFY_STALE)
		return (OK);
	(void)fail(job, ERR_UNVERIFIED, "it was sent at %" PRId64 " ms, now "
	    "is %" PRId64 ": that is more than a day; is this machine's "
	    "clock right?", h->b.sent, job->now);
	return (h->tracker->kind->news.hook.only_200 ? ERR_ABSENT :
	    ERR_UNVERIFIED);
}

/* Says what?  ERR_ABSENT: nothing that concerns us. */
static enum err
read_body(struct job *job, struct hearing *h)
{
	const struct json *tree;
	enum err e;

	if (h->mail.len == 0)
		return (fail(job, ERR_MALFORMED, "the body is empty; has the "
		    "webhook \"exclude body\" switched on?"));
	e = json_parse(job->arena, h->mail.body, h->mail.len, &tree,
	    &job->why);
	if (e == OK && tree->type != JSON_OBJECT)
		e = fail(job, ERR_MALFORMED, "the body is no JSON object");
	if (e != OK)
		return (e);
	if ((e = h->tracker->kind->news.read(job, tree, &h->b)) != OK)
		return (e);
	h->b.delivery = h->mail.id;
	return (check_age(job, h));
}

/* What follows from it now; what does not is left to `sync`. */
static void
apply(struct job *job, const struct hearing *h)
{
	const struct why why = job->why;
	size_t i;

	for (i = 0; h->b.tells && i < h->n; i++)
		if (news_apply(job, h->tickets[i].ticket) != OK)
			log_say(LOG_LEVEL_WARNING, "news", "%s: what follows "
			    "is left to sync: %s", h->tickets[i].remote_key,
			    job->why.text);
	job->why = why;
}

/* A ticket that is not ours may be meant to be. */
static enum err
look_for_tests(struct job *job, struct hearing *h)
{
	bool linked = false;
	enum err e;

	if (h->b.is.gone || h->b.late || h->b.ticket == NULL)
		return (OK);
	e = mention_take(job, h->tracker, h->b.remote_id, h->b.ticket,
	    &linked);
	if (linked)
		h->kind = OUTCOME_ADOPTED;
	if (e == ERR_REFUSED || e == ERR_LINK_REFUSED || e == ERR_ABSENT ||
	    e == ERR_CONFIG) {
		log_say(LOG_LEVEL_WARNING, "news", "a ticket that names a "
		    "test is not taken over: %s", job->why.text);
		return (OK);
	}
	return (e);
}

static enum err
hear(struct job *job, const struct request *in, struct hearing *h)
{
	enum err e;

	if ((e = verify_tracker(job, h->tracker, in, &h->mail)) != OK ||
	    (e = job_open(job)) != OK)
		return (e);
	if ((e = read_body(job, h)) != OK)
		return (e == ERR_ABSENT || (e == ERR_MALFORMED &&
		    h->tracker->kind->news.hook.only_200) ? OK : e);
	e = news_take(job, h->tracker, &h->b, &h->tickets, &h->n);
	if (e == ERR_ABSENT)
		return (look_for_tests(job, h));
	if (e != OK)
		return (e);
	h->kind = OUTCOME_RECORDED;
	apply(job, h);
	return (OK);
}

static void
report(const struct job *job, const struct request *in,
    const struct hearing *h, const struct outcome *out)
{
	struct log_line l;

	log_begin(&l, out->status < 400 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
	    "news");
	log_text(&l, "path", in->path);
	log_text(&l, "id", h->mail.id);
	log_int(&l, "status", out->status);
	log_text(&l, "outcome", out->name);
	if (h->n > 0)
		log_text(&l, "ticket", h->b.is.remote_key != NULL ?
		    h->b.is.remote_key : h->tickets[0].remote_key);
	if (h->n > 0)
		log_text(&l, "state", h->b.is.gone ? "gone" : h->b.is.name);
	log_int(&l, "ms", clock_mono() - job->started);
	if (job->why.text[0] != '\0')
		log_text(&l, "why", job->why.text);
	log_end(&l);
}

struct outcome
news_deliver(struct job *job, const struct request *in)
{
	const char *name = in->path + strlen(BELOW);
	struct hearing h = { .kind = OUTCOME_IGNORED };
	struct story story = { .mail = NULL };
	struct outcome out;
	enum err e;

	if (job->deadline > job->started + HANG_UP)
		job->deadline = job->started + HANG_UP;
	if ((h.tracker = config_tracker(job->config, name)) != NULL)
		e = hear(job, in, &h);
	else
		e = fail(job, ERR_NOT_FOUND, "there is no [tracker %.*s]",
		    NAME_SHOWN, name);
	story.kind = h.kind;
	if (e == OK)
		out = outcome_of(job, OK, &story);
	else
		out = outcome_error(job, e);
	report(job, in, &h, &out);
	return (out);
}
