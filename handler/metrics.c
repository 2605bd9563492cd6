/*
 * Each thing worth counting, where it happens: the functions here turn it
 * into the name and labels of a counter, common/counters.h keeps the number
 * in memory that all processes share, metrics_write.c shows it.
 */
#include "handler/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/counters.h"
#include "common/log.h"
#include "handler/job.h"

enum {
	PATH_SIZE = 4096
};

static const char SKEW[] = "clock_skew_seconds||";
static const char SIGNED[] = "last_signed_timestamp_seconds||";

void
metrics_open(const char *path)
{
	char file[PATH_SIZE];

	if ((size_t)snprintf(file, sizeof(file), "%s.counters", path) >=
	    sizeof(file))
		return;
	if (!counters_open(file))
		log_say(LOG_LEVEL_WARNING, "metrics", "%s cannot be used, so "
		    "nothing is counted: %s; %s", file, strerror(errno),
		    errno == ENOENT ? "make that directory, or name "
		    "another in [ledger] directory" :
		    "see to its disk and its permissions");
}

void
metrics_close(void)
{

	counters_close();
}

void
metrics_delivery(const struct job *job, const char *kind,
    const struct outcome *out)
{
	static const int bounds[] = { 10, 25, 50, 100, 250, 500, 1000, 2500,
	    5000, 10000, 13000 };
	char text[COUNTERS_TEXT];

	(void)snprintf(text, sizeof(text), "deliveries_total|event=\"%s\","
	    "outcome=\"%s\"|", job->kind != NULL ? job->kind : kind,
	    out->name);
	counters_add(text, 1);
	counters_time("delivery_duration_seconds", "", bounds,
	    sizeof(bounds) / sizeof(bounds[0]), clock_mono() - job->started);
}

void
metrics_signed(const struct job *job, const struct delivery *mail)
{

	counters_set(SKEW, (uint64_t)(job->now / 1000 - mail->signed_at));
	counters_set(SIGNED, (uint64_t)(job->now / 1000));
}

void
metrics_commit(bool ok)
{

	counters_add(ok ? "ledger_commits_total|result=\"ok\"|" :
	    "ledger_commits_total|result=\"failed\"|", 1);
}

void
metrics_reload(bool ok)
{

	counters_add(ok ? "reloads_total|result=\"ok\"|" :
	    "reloads_total|result=\"refused\"|", 1);
}

bool
metrics_skew(int64_t *seconds)
{

	*seconds = (int64_t)counters_get(SKEW);
	return (counters_get(SIGNED) != 0);
}

/* A time that is kept for the host of that URL, wall ms. */
static int64_t
time_of(const char *what, const char *url)
{
	const char *host = url == NULL ? NULL : strstr(url, "://");
	char text[COUNTERS_TEXT];

	if (host == NULL)
		return (0);
	host += 3;
	(void)snprintf(text, sizeof(text),
	    "upstream_%s_timestamp_seconds|host=\"%.*s\"|", what,
	    (int)strcspn(host, ":/"), host);
	return ((int64_t)counters_get(text) * 1000);
}

int64_t
metrics_success(const char *url)
{

	return (time_of("last_success", url));
}

int64_t
metrics_refused(const char *url)
{

	return (time_of("refused", url));
}
