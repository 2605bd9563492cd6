/*
 * Calls to other servers, counted by host, operation and status.  An operation
 * is the path with ":id" for what is no word of the interface, so that there
 * are few of them, whatever is in a ledger.
 */
#include "common/http_count.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/counters.h"
#include "common/http.h"

enum {
	WHAT_MAX = 48,		/* bytes of what a call was for */
	HOST_MAX = 64,
	UNAUTHORIZED = 401,	/* the credentials are not accepted */
	SEGMENT_MAX = 32	/* a longer part of a path is somebody's id */
};

/* Is that part of a path a name of the interface, not of a thing? */
static bool
is_fixed(const char *s, size_t n)
{
	size_t i, digits = 0;

	for (i = 0; i < n; i++) {
		if (!islower((unsigned char)s[i]) && s[i] != '-' &&
		    !isdigit((unsigned char)s[i]))
			return (false);
		digits += isdigit((unsigned char)s[i]) != 0;
	}
	return (n <= SEGMENT_MAX && digits <= 1);
}

/* "POST /v2/tests/:id/ticket": few of them, however many tests there are. */
static void
describe(const struct http_call *call, char out[WHAT_MAX])
{
	const char *path = strstr(call->url, "://"), *end;
	size_t len, n;

	if (call->what != NULL) {
		(void)snprintf(out, WHAT_MAX, "%s", call->what);
		return;
	}
	(void)snprintf(out, WHAT_MAX, "%s ", call->method);
	path = path == NULL ? NULL : strchr(path + 3, '/');
	for (; path != NULL && *path == '/'; path = end) {
		n = strcspn(path + 1, "/?#");
		end = path + 1 + n;
		len = strlen(out);
		if (is_fixed(path + 1, n))
			(void)snprintf(out + len, WHAT_MAX - len, "/%.*s",
			    (int)n, path + 1);
		else
			(void)snprintf(out + len, WHAT_MAX - len, "/:id");
	}
}

/* What stands in a label is ours but for the host: keep its quotes out. */
static void
plain(char *text)
{

	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\' || *text == '|' ||
		    (unsigned char)*text < ' ')
			*text = '_';
}

/* When it last answered well, and since when it refuses what we show it. */
static void
note_times(const char *host, int status)
{
	char good[COUNTERS_TEXT], bad[COUNTERS_TEXT];
	uint64_t now = (uint64_t)(clock_wall() / 1000);

	(void)snprintf(good, sizeof(good),
	    "upstream_last_success_timestamp_seconds|host=\"%s\"|", host);
	(void)snprintf(bad, sizeof(bad),
	    "upstream_refused_timestamp_seconds|host=\"%s\"|", host);
	if (status < 300) {
		counters_set(good, now);
		counters_set(bad, 0);
	} else if (status == UNAUTHORIZED && counters_get(bad) == 0)
		counters_set(bad, now);
}

void
http_count(const struct http_call *call, const struct http_answer *answer,
    int64_t ms)
{
	static const int bounds[] = { 25, 50, 100, 250, 500, 1000, 2500, 5000,
	    10000 };
	char host[HOST_MAX], what[WHAT_MAX], status[12] = "none";
	char text[COUNTERS_TEXT];

	(void)snprintf(host, sizeof(host), "%.*s",
	    (int)strcspn(answer->host, ":"), answer->host);
	describe(call, what);
	plain(host);
	plain(what);
	if (answer->fate == HTTP_ANSWERED)
		(void)snprintf(status, sizeof(status), "%d", answer->status);
	(void)snprintf(text, sizeof(text), "upstream_calls_total|host=\"%s\","
	    "operation=\"%s\",status=\"%s\"|", host, what, status);
	counters_add(text, 1);
	(void)snprintf(text, sizeof(text), "host=\"%s\"", host);
	counters_time("upstream_duration_seconds", text, bounds,
	    sizeof(bounds) / sizeof(bounds[0]), ms);
	if (answer->fate == HTTP_ANSWERED)
		note_times(host, answer->status);
}
