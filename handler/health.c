/*
 * Is the program of use just now?  /ready answers it for a machine, by its
 * status; for whoever may see pages it also says what is wrong and what a
 * person should look at soon.
 */
#include "handler/health.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_count.h"
#include "handler/ledger_storm.h"
#include "handler/ledger_sweep.h"
#include "handler/limits.h"
#include "handler/metrics.h"
#include "handler/outcome.h"
#include "handler/visitor.h"

#define DAY	INT64_C(86400000)

enum {
	PROBE_LIFE = 1000,	/* ms an answer of the ledger stands */
	DETAIL_MAX = 65536,	/* bytes of a detailed answer */
	SKEW_MAX = 30,		/* seconds a clock may be off, of the 300
				   that a signature holds */
	TOKEN_OLD = 335,	/* days; Atlassian's live for 365 at most */
	BACKLOG_OLD = 60	/* minutes; sync runs every few of them */
};

/* What there is to say; the lists end with NULL. */
enum {
	LINES = 32
};

struct report {
	struct job	*job;
	const char	*problem[LINES + 1];
	size_t		 nproblems;
	const char	*warning[LINES + 1];
	size_t		 nwarnings;
	struct panel_state state;
	struct storm_state storm;
};

struct outcome
health(struct job *job, const struct request *in)
{

	(void)job;
	(void)in;
	return ((struct outcome){ .status = 200, .name = "healthy",
	    .type = "application/json", .body = "{\"healthy\":true}\n" });
}

/* A sentence that there was no memory for counts as well. */
static const char *
said(const char *text)
{

	return (text != NULL ? text : "no memory to say more");
}

static void
add_problem(struct report *r, const char *text)
{

	if (r->nproblems < LINES)
		r->problem[r->nproblems++] = said(text);
}

static void
add_warning(struct report *r, const char *text)
{

	if (r->nwarnings < LINES)
		r->warning[r->nwarnings++] = said(text);
}

/*
 * Can the ledger be written?  Anybody may ask, and the answer costs a
 * synced page, so it stands for a moment.
 */
static bool
is_writable(struct job *job)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static int64_t asked;
	static bool writable;
	bool answer;

	pthread_mutex_lock(&mutex);
	if (asked == 0 || job->started - asked >= PROBE_LIFE) {
		asked = job->started;
		writable = ledger_probe(job->ledger, &job->why) == OK;
	}
	answer = writable;
	pthread_mutex_unlock(&mutex);
	return (answer);
}

/* What of the ledger's content a person must see to. */
static void
look_neglected(struct report *r)
{
	struct job *job = r->job;
	struct ledger_state state;

	if (ledger_state(job, &state) != OK) {
		add_problem(r, arena_strdup(job->arena, job->why.text));
		return;
	}
	if (state.link_refused > 0 &&
	    job->now - state.link_refused >= LIMIT_LINK)
		add_problem(r, "a link has been refused for more than a day; "
		    "see the log for Trunk's sentence");
	if (state.drought > 0 && job->now - state.drought >= LIMIT_DROUGHT)
		add_problem(r, "every delivery has been refused for three "
		    "days; see the log for the tracker's sentence");
}

static void
look_ledger(struct report *r)
{

	if (is_writable(r->job))
		look_neglected(r);
	else
		add_problem(r, r->job->why.text[0] == '\0' ?
		    "the ledger cannot be written" :
		    arena_strdup(r->job->arena, r->job->why.text));
}

static void
look_accepted(struct report *r, const char *section, const char *url)
{
	struct job *job = r->job;
	int64_t refused = metrics_refused(url);

	if (refused > 0)
		add_problem(r, arena_printf(job->arena, "the credentials of "
		    "%s are refused since %" PRId64 " minutes; renew them, "
		    "`tickethook check` tells more", section,
		    (job->now - refused) / 60000));
}

static void
look_credentials(struct report *r)
{
	const struct config *c = r->job->config;
	const struct tracker *t;

	for (t = c->trackers; t != NULL; t = t->next)
		look_accepted(r, arena_printf(r->job->arena, "[tracker %s]",
		    t->name), t->url);
	look_accepted(r, "[trunk]", c->trunk_url);
}

static void
look_skew(struct report *r)
{
	int64_t skew;

	if (metrics_skew(&skew) && (skew > SKEW_MAX || skew < -SKEW_MAX))
		add_warning(r, arena_printf(r->job->arena, "our clock is %"
		    PRId64 " s %s that of the last delivery; see to NTP, "
		    "since signatures hold for %" PRId64 " s",
		    skew < 0 ? -skew : skew, skew < 0 ? "behind" : "before",
		    r->job->config->tolerance));
}

static void
look_token(struct report *r, const char *name, const struct secret *s)
{
	int64_t days = (r->job->now - s->since) / DAY;

	if (s->len > 0 && s->since > 0 && days >= TOKEN_OLD)
		add_warning(r, arena_printf(r->job->arena, "%s was written %"
		    PRId64 " days ago; tokens of Atlassian end after 365 at "
		    "most, so renew it", name, days));
}

static void
look_tokens(struct report *r)
{
	const struct config *c = r->job->config;
	const struct tracker *t;

	for (t = c->trackers; t != NULL; t = t->next)
		look_token(r, arena_printf(r->job->arena, "the token of "
		    "[tracker %s]", t->name), &t->token);
	look_token(r, "[trunk] token", &c->trunk_token);
	look_token(r, "[trunk] api_key", &c->trunk_key);
}

static void
look_backlog(struct report *r)
{
	struct job *job = r->job;
	int64_t minutes;

	if (ledger_panel_state(job, &r->state) != OK ||
	    ledger_storm_state(job, &r->storm) != OK) {
		add_problem(r, arena_strdup(job->arena, job->why.text));
		return;
	}
	minutes = r->state.oldest > 0 ?
	    (job->now - r->state.oldest) / 60000 : 0;
	if (minutes >= BACKLOG_OLD && r->state.due > r->state.parked)
		add_warning(r, arena_printf(job->arena, "%" PRId64 " deliver"
		    "ies wait for their effect, the oldest for %" PRId64
		    " minutes; is the timer of `tickethook sync` on?",
		    r->state.due, minutes));
	if (r->storm.since > 0)
		add_warning(r, arena_printf(job->arena, "a storm: rule %s is "
		    "over its budget, and %" PRId64 " deliveries are parked",
		    r->storm.rule, r->storm.parked));
}

static void
put_lines(struct json_writer *w, const char *key, const char *const *lines)
{

	json_begin(w, key, JSON_ARRAY);
	for (; *lines != NULL; lines++)
		json_put_string(w, NULL, *lines);
	json_end(w);
}

/* Seconds since; null for never. */
static void
put_age(struct json_writer *w, const struct job *job, const char *key,
    int64_t ms)
{

	if (ms <= 0)
		json_put_null(w, key);
	else
		json_put_int(w, key, (job->now - ms) / 1000);
}

static void
put_upstream(struct json_writer *w, const struct job *job, const char *name,
    const char *url, const struct secret *token)
{
	const struct config *c = job->config;


	json_begin(w, name, JSON_OBJECT);
	put_age(w, job, "last_success_seconds", metrics_success(url));
	if (token->since > 0)
		json_put_int(w, "token_days", (job->now - token->since) /
		    DAY);
	if (token == &c->trunk_token && c->trunk_key.since > 0)
		json_put_int(w, "api_key_days", (job->now -
		    c->trunk_key.since) / DAY);
	json_end(w);
}

static void
put_upstreams(struct json_writer *w, const struct job *job)
{
	const struct config *c = job->config;
	const struct tracker *t;

	json_begin(w, "trackers", JSON_OBJECT);
	for (t = c->trackers; t != NULL; t = t->next)
		put_upstream(w, job, t->name, t->url, &t->token);
	json_end(w);
	put_upstream(w, job, "trunk", c->trunk_url, &c->trunk_token);
}

static void
put_detail(struct json_writer *w, const struct report *r)
{
	const struct job *job = r->job;
	int64_t skew;

	json_begin(w, NULL, JSON_OBJECT);
	json_put_bool(w, "ready", r->nproblems == 0);
	put_lines(w, "problems", r->problem);
	put_lines(w, "warnings", r->warning);
	json_put_string(w, "version", TICKETHOOK_VERSION);
	put_age(w, job, "config_seconds", job->config->loaded);
	if (metrics_skew(&skew))
		json_put_int(w, "clock_skew_seconds", skew);
	put_upstreams(w, job);
	json_begin(w, "backlog", JSON_OBJECT);
	json_put_int(w, "deliveries", r->state.due);
	json_put_int(w, "parked", r->state.parked);
	put_age(w, job, "oldest_seconds", r->state.oldest);
	json_put_int(w, "links_missing", r->state.unlinked);
	json_put_int(w, "links_refused", r->state.refused);
	json_end(w);
	if (r->storm.since > 0)
		json_put_string(w, "storm", r->storm.rule);
	json_end(w);
}

/* Whoever may know gets all of it; NULL without memory. */
static const char *
detail(struct report *r)
{
	struct json_writer w;
	struct buf b;

	look_skew(r);
	look_tokens(r);
	buf_init(&b, r->job->arena, DETAIL_MAX);
	json_open(&w, &b);
	put_detail(&w, r);
	buf_char(&b, '\n');
	return (buf_text(&b));
}

struct outcome
health_ready(struct job *job, const struct request *in)
{
	struct outcome out = { .status = 200, .name = "ready",
	    .type = "application/json", .body = "{\"ready\":true}\n" };
	const bool known = visitor_known(job, in);
	struct report r = { .job = job };

	look_ledger(&r);
	look_credentials(&r);
	if (known)
		look_backlog(&r);
	if (r.nproblems > 0) {
		out = (struct outcome){ .status = 503, .name = "not_ready",
		    .type = "application/json",
		    .body = "{\"ready\":false}\n",
		    .header = { "Retry-After: 5" } };
		(void)fail(job, ERR_LEDGER, "%s", r.problem[0]);
	}
	if (known && (out.body = detail(&r)) == NULL)
		return (outcome_error(job, ERR_NOMEM));
	return (out);
}
