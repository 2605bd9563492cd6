/*
 * Notices: which [notify] sections want to hear of an outcome, with what facts,
 * and their sending.  A notice is written into the ledger with a key that
 * makes each occurrence one notice; what fails is tried again, each time
 * after a longer pause.
 */
#include "handler/notify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/http.h"
#include "common/json.h"
#include "common/log.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/job.h"
#include "handler/ledger_notice.h"

#define MINUTE	(INT64_C(60) * 1000)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

enum {
	FACT_MAX = 8192,	/* bytes that are told of one name */
	FACTS_MAX = 2 * 1024 * 1024,	/* all of them, in JSON */
	CALL_MAX = 5000,	/* ms one call may take */
	CALL_LEAST = 500,	/* ms left, or none is begun */
	ID_MAX = 16		/* digits of a reason's hash in a key */
};

#define LEASE	MINUTE		/* nobody else sends it meanwhile */
#define PATIENCE	(7 * DAY)	/* then a notice is given up */

const char *const notify_words[] = { "created", "adopted", "reopened",
    "resolved", "verified", "not_fixed", "not_proven", "blocked", "storm",
    "parked", "refused", NULL };

/* The bit of a word of notify_words. */
static unsigned
bit(const char *word)
{

	for (unsigned i = 0; notify_words[i] != NULL; i++)
		if (strcmp(notify_words[i], word) == 0)
			return (1U << i);
	return (0);
}

/* Whoever names a test must not make a notice that cannot be kept. */
static const char *
cut(struct job *job, const char *value)
{
	size_t len = value == NULL ? 0 : strlen(value);

	if (len <= FACT_MAX)
		return (value);
	return (arena_printf(job->arena, "%.*s\xe2\x80\xa6",
	    (int)utf8_cut_bytes(value, len, FACT_MAX), value));
}

/* What each name stands for, without those that say nothing. */
static const char *
facts(struct job *job, const struct notice *n)
{
	struct event bare = { .family = FAMILY_STATUS };
	const struct event *event = n->event != NULL ? n->event : &bare;
	const struct draft_name *name;
	struct json_writer w;
	const char *value;
	struct buf b;

	if (n->event == NULL && n->test != NULL)
		bare.test = *n->test;
	else if (n->event == NULL) {
		bare.test.failure_rate = -1;
		bare.test.pull_requests = -1;
	}
	buf_init(&b, job->arena, FACTS_MAX);
	json_open(&w, &b);
	json_begin(&w, NULL, JSON_OBJECT);
	for (size_t i = 0; (name = draft_notice_name(i)) != NULL; i++) {
		value = cut(job, draft_notice_value(job->arena, i, event, n));
		if (value == NULL)
			return (NULL);
		if (value[0] != '\0')
			json_put_string(&w, name->name, value);
	}
	json_end(&w);
	return (buf_text(&b));
}

enum err
notify_add(struct job *job, const char *on, const struct notice *notice)
{
	struct notice_record r = { .word = on };
	struct notice n = *notice;
	const struct notify *to;
	enum err e;

	n.outcome = on;
	for (to = job->config->notifies; to != NULL; to = to->next) {
		if ((to->on & bit(on)) == 0)
			continue;
		r.section = to->name;
		if (r.facts == NULL) {
			r.key = arena_printf(job->arena, "%s|%s", on, n.key);
			r.facts = facts(job, &n);
		}
		if (r.key == NULL || r.facts == NULL)
			return (fail(job, ERR_NOMEM, "no memory for a "
			    "notice"));
		if ((e = ledger_notice_add(job, &r)) != OK)
			return (e);
	}
	return (OK);
}

/* Is it worth asking whether it happened? */
static bool
is_wanted(const struct job *job, const char *on)
{
	const struct notify *to;

	for (to = job->config->notifies; to != NULL; to = to->next)
		if ((to->on & bit(on)) != 0)
			return (true);
	return (false);
}

enum err
notify_filed(struct job *job, const struct event *event,
    const struct route *route, const struct filing *f)
{
	const char *on = f->adopted ? "adopted" : "created";
	struct notice n = { .ticket = f->remote_key, .url = f->url,
	    .rule = f->rule, .tracker = f->tracker, .event = event,
	    .route = route };
	bool fresh = false;
	enum err e;

	if (f->stage != STAGE_CREATED || !is_wanted(job, on))
		return (OK);
	if ((e = ledger_notice_fresh(job, f->row, &fresh)) != OK || !fresh)
		return (e);
	n.key = arena_printf(job->arena, "%" PRId64, f->row);
	n.text = arena_printf(job->arena, "%s was %s for %s", f->remote_key,
	    f->adopted ? "taken over" : "filed", draft_subject(event));
	if (n.key == NULL || n.text == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a notice"));
	return (notify_add(job, on, &n));
}

/* So that a thousand deliveries of one cause are one occurrence a day. */
static const char *
daily_key(struct job *job, const struct route *route)
{
	const struct crypt_part part = { job->why.text,
	    strlen(job->why.text) };
	unsigned char sum[CRYPT_SHA256];
	char hex[CRYPT_SHA256_HEX + 1];

	if (crypt_sha256(&part, 1, sum) != OK)
		return (NULL);
	crypt_hex(sum, sizeof(sum), hex);
	return (arena_printf(job->arena, "%s|%" PRId64 "|%.*s",
	    route != NULL && route->rule != NULL ? route->rule->name : "",
	    job->now / DAY, ID_MAX, hex));
}

enum err
notify_outcome(struct job *job, const char *on, const struct event *event,
    const struct route *route)
{
	struct notice n = { .event = event, .route = route };

	if (!is_wanted(job, on))
		return (OK);
	n.text = arena_strdup(job->arena, job->why.text);
	if (n.text == NULL || (n.key = daily_key(job, route)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a notice"));
	return (notify_add(job, on, &n));
}

static const struct notify *
section_of(const struct job *job, const char *name)
{
	const struct notify *to = job->config->notifies;

	while (to != NULL && strcmp(to->name, name) != 0)
		to = to->next;
	return (to);
}

/* When it is tried again after so many tries. */
static int64_t
pause_after(int tries)
{
	static const int64_t pauses[] = { MINUTE, 5 * MINUTE, 30 * MINUTE,
	    2 * HOUR, 6 * HOUR, 12 * HOUR, DAY };
	const int n = sizeof(pauses) / sizeof(pauses[0]);

	if (tries < 1)
		tries = 1;
	return (pauses[tries > n ? n - 1 : tries - 1]);
}

static enum err
put_headers(struct job *job, const struct notify *to,
    const struct notice_record *r, struct http_call *call)
{
	struct http_header *h = call->header;

	*h++ = (struct http_header){ "Content-Type", "application/json" };
	*h++ = (struct http_header){ "Idempotency-Key", arena_printf(
	    job->arena, "tickethook-%" PRId64 "-%" PRId64, r->made, r->row) };
	if (to->bearer.len > 0)
		*h++ = (struct http_header){ "Authorization", arena_printf(
		    job->arena, "Bearer %s", to->bearer.bytes) };
	for (const struct notify_header *own = to->headers; own != NULL;
	    own = own->next)
		*h++ = (struct http_header){ own->name, own->value.bytes };
	for (h = call->header; h->name != NULL; h++)
		if (h->value == NULL)
			return (fail(job, ERR_NOMEM, "no memory to tell"));
	return (OK);
}

/* One POST; only a 2xx is a receipt. */
static enum err
post(struct job *job, const struct notify *to, const struct notice_record *r)
{
	/* The URL may be a secret: what is counted does not tell it. */
	struct http_call call = { .method = "POST", .what = "telling",
	    .private_ok = to->private_ok,
	    .deadline = clock_mono() + CALL_MAX };
	struct http_answer answer = { .status = 0 };
	enum err e;

	if ((e = notify_write(job, to, r, &call.url, &call.body)) != OK ||
	    (e = put_headers(job, to, r, &call)) != OK)
		return (e);
	call.len = strlen(call.body);
	if (call.deadline > job->deadline)
		call.deadline = job->deadline;
	if ((e = http_call(job->http, job->arena, &call, &answer,
	    &job->why)) != OK)
		return (e);
	if (answer.status >= 200 && answer.status <= 299)
		return (OK);
	job->retry_after = http_retry_after(&answer, job->arena, job->now,
	    (int)(DAY / 1000));
	return (fail(job, ERR_UPSTREAM, "%s answered %d", answer.host,
	    answer.status));
}

static enum err
note_failure(struct job *job, const struct notice_record *r, enum err e)
{
	int64_t pause = pause_after(r->tries);
	enum err noted;

	if (e == ERR_REFUSED || job->now - r->made > PATIENCE) {
		log_say(LOG_LEVEL_ERROR, "notify", "[notify %s]: \"%s\" is "
		    "given up: %s", r->section, r->word, job->why.text);
		return (ledger_notice_mark(job, r, NOTICE_LOST, job->now));
	}
	if (pause < (int64_t)job->retry_after * 1000)
		pause = (int64_t)job->retry_after * 1000;
	log_say(LOG_LEVEL_WARNING, "notify", "[notify %s]: \"%s\" was not "
	    "taken: %s; it is sent again in %" PRId64 " min or later",
	    r->section, r->word, job->why.text, pause / MINUTE);
	noted = ledger_notice_mark(job, r, NOTICE_DUE, job->now + pause);
	if (noted != OK)
		return (noted);
	/* The section's others would fare no better now. */
	return (ledger_notice_wait(job, r->section, job->now + MINUTE));
}

static enum err
send_one(struct job *job, bool *failed)
{
	const struct notify *to;
	struct notice_record r;
	enum err e;

	if ((e = ledger_notice_next(job, job->now + LEASE, &r)) != OK)
		return (e);
	job->retry_after = 0;
	if ((to = section_of(job, r.section)) != NULL)
		e = post(job, to, &r);
	else
		e = fail(job, ERR_REFUSED, "the configuration no longer has "
		    "this section");
	if (e != OK) {
		*failed = true;
		return (note_failure(job, &r, e));
	}
	log_say(LOG_LEVEL_INFO, "notify", "[notify %s] was told \"%s\"",
	    r.section, r.word);
	return (ledger_notice_mark(job, &r, NOTICE_SENT, job->now));
}

enum err
notify_flush(struct job *job, int most)
{
	const struct why why = job->why;
	bool failed = false;
	enum err e = OK;
	int i;

	for (i = 0; e == OK; i++)
		if (i == most || job->deadline - clock_mono() < CALL_LEAST)
			e = ERR_DEADLINE;
		else
			e = send_one(job, &failed);
	if (e != OK && e != ERR_ABSENT && e != ERR_DEADLINE)
		log_say(LOG_LEVEL_WARNING, "notify", "%s", job->why.text);
	job->why = why;
	job->retry_after = 0;
	if (e == ERR_ABSENT)
		e = OK;
	return (e == OK && failed ? ERR_UPSTREAM : e);
}
