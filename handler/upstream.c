/*
 * What calls to Trunk, Linear and Jira have in common: the log of each, the
 * wait that a limit asks for, and sentences about what came back instead of an
 * answer.  What a server says is quoted, cut and without control characters.
 */
#include "handler/upstream.h"

#include <sys/random.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/http.h"
#include "common/log.h"
#include "common/secret.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/job.h"

enum {
	QUOTE_MAX = 400,	/* bytes quoted of an answer */
	RETRY_MAX = 3600,	/* seconds believed of a Retry-After */
	WAITS_MAX = 2,		/* for one call */
	RESERVE = 2000,		/* ms left for what comes after a wait */
	SLOTS = 64,		/* trackers whose limit is remembered */
	HEED = 60 * 1000,	/* ms that it is */
	NEAR = 5,		/* less than one in so many is left */
	PACE = 512,		/* ms that a create waits, less than */
	CALL_MAX = 400,		/* bytes of a call in words */
	STATUS_MAX = 16
};

/* Until when (monotonic) the limit of a tracker counts as near. */
static atomic_llong near_until[SLOTS];

/* "POST acme.atlassian.net/rest/api/3/issue": no query, which may be long. */
static void
name_call(const struct http_call *call, char out[CALL_MAX])
{
	const char *at = strstr(call->url, "://");

	at = at == NULL ? call->url : at + 3;
	(void)snprintf(out, CALL_MAX, "%s %.*s%s%s%s", call->method,
	    (int)strcspn(at, "?#"), at, call->what != NULL ? " (" : "",
	    call->what != NULL ? call->what : "", call->what != NULL ? ")" :
	    "");
	out[utf8_cut_bytes(out, strlen(out), CALL_MAX)] = '\0';
}

static void
note_call(struct job *job, const struct http_call *call,
    const struct http_answer *answer, int64_t ms)
{
	char name[CALL_MAX], status[STATUS_MAX] = "no answer";
	struct buf *b = job->calls;
	struct log_line l;

	name_call(call, name);
	if (answer->fate == HTTP_ANSWERED)
		(void)snprintf(status, sizeof(status), "%d", answer->status);
	log_begin(&l, LOG_LEVEL_DEBUG, "call");
	log_text(&l, "what", name);
	log_text(&l, "status", status);
	log_int(&l, "ms", ms);
	log_end(&l);
	if (b != NULL && b->len + CALL_MAX + 2 * STATUS_MAX < b->limit)
		buf_printf(b, "%s%s: %s, %" PRId64 " ms", b->len > 0 ? "\n" :
		    "", name, status, ms);
}

enum err
upstream_call(struct job *job, const struct http_call *call,
    struct http_answer *answer)
{
	int64_t began = clock_mono();
	enum err e = http_call(job->http, job->arena, call, answer,
	    &job->why);

	note_call(job, call, answer, clock_mono() - began);
	return (e);
}

const char *
upstream_quote(struct job *job, const char *text)
{
	char *copy;

	if (text == NULL || *text == '\0')
		return ("no text");
	/* Stars before the cut, which may go through a secret. */
	copy = arena_strndup(job->arena, text, strnlen(text,
	    QUOTE_MAX + SECRET_MAX));
	if (copy == NULL)
		return ("no text");
	if (job->config != NULL)
		secret_hide(job->config->vault, copy);
	copy[utf8_cut_bytes(copy, strlen(copy), QUOTE_MAX)] = '\0';
	return (copy);
}

int
upstream_retry(struct job *job, const struct http_answer *answer)
{

	job->retry_after = http_retry_after(answer, job->arena, job->now,
	    RETRY_MAX);
	return (job->retry_after);
}

bool
upstream_wait(struct job *job, int *tries)
{
	int64_t until = clock_mono() + (int64_t)job->retry_after * 1000;
	int64_t left;

	if (job->retry_after <= 0 || *tries >= WAITS_MAX ||
	    until + RESERVE > job->deadline)
		return (false);
	while ((left = until - clock_mono()) > 0)
		clock_sleep(left);
	(*tries)++;
	job->retry_after = 0;
	job->why.text[0] = '\0';
	return (true);
}

/* Two trackers in one slot only wait for each other. */
static atomic_llong *
slot_of(const char *url)
{
	unsigned n = 0;

	for (; *url != '\0'; url++)
		n = n * 31 + (unsigned char)*url;
	return (&near_until[n % SLOTS]);
}

static bool
is_near(struct job *job, const struct http_answer *answer)
{
	const char *told = http_header_of(answer, job->arena,
	    "X-RateLimit-NearLimit");
	const char *left = http_header_of(answer, job->arena,
	    "X-RateLimit-Requests-Remaining");
	const char *limit = http_header_of(answer, job->arena,
	    "X-RateLimit-Requests-Limit");

	if (told != NULL && strcasecmp(told, "true") == 0)
		return (true);
	return (left != NULL && limit != NULL &&
	    strtoll(left, NULL, 10) < strtoll(limit, NULL, 10) / NEAR);
}

void
upstream_heed(struct job *job, const char *url,
    const struct http_answer *answer)
{

	atomic_store(slot_of(url), is_near(job, answer) ?
	    clock_mono() + HEED : 0);
}

void
upstream_pace(struct job *job, const char *url)
{
	unsigned short dice = 0;
	int64_t now = clock_mono();

	if (url == NULL || atomic_load(slot_of(url)) <= now ||
	    now + PACE + RESERVE > job->deadline)
		return;
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) == sizeof(dice))
		clock_sleep(dice % PACE);
}

const char *
upstream_redirect(struct job *job, const struct http_answer *answer)
{
	const char *to, *host;

	if (answer->status < 300 || answer->status > 399)
		return ("");
	if ((to = http_header_of(answer, job->arena, "Location")) == NULL)
		return (", a redirect without a place");
	if ((host = strstr(to, "://")) == NULL)
		return (", a redirect to another path that is not followed");
	host += 3;
	host = arena_strndup(job->arena, host, strcspn(host, "/?#@"));
	to = arena_printf(job->arena, ", a redirect to %s that is not "
	    "followed; check the configured URL", upstream_quote(job, host));
	return (to == NULL ? "" : to);
}
