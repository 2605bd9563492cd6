/*
 * Counters as the text that Prometheus reads.  They are collected, sorted so
 * that one family stands together, and written with its HELP and TYPE; what
 * two processes made at once is added up.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#include "handler/metrics_write.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/counters.h"

#define PREFIX "tickethook_"

static const struct metric METRICS[] = {
	{ "build_info", "gauge", "Constant 1; the version is a label." },
	{ "deliveries_total", "counter",
	    "Deliveries answered, by kind of event and outcome." },
	{ "delivery_duration_seconds", "histogram",
	    "Time from a delivery's arrival to its answer." },
	{ "clock_skew_seconds", "gauge", "Our clock less the time that the "
	    "last verified delivery was signed at." },
	{ "last_signed_timestamp_seconds", "gauge",
	    "When a delivery was last verified." },
	{ "upstream_calls_total", "counter",
	    "Calls to Trunk and to trackers, by what for and status." },
	{ "upstream_duration_seconds", "histogram",
	    "Time a call to Trunk or a tracker took." },
	{ "upstream_last_success_timestamp_seconds", "gauge",
	    "When that host last answered well." },
	{ "upstream_refused_timestamp_seconds", "gauge",
	    "Since when that host refuses our credentials; 0: it does not." },
	{ "ledger_commits_total", "counter",
	    "Transactions of the ledger, by result." },
	{ "reloads_total", "counter",
	    "Times the configuration was read again, by result." },
	{ "counters_lost_total", "counter",
	    "Additions to counters that there was no room for." },
	{ "config_loaded_timestamp_seconds", "gauge",
	    "When this process read its configuration." },
	{ "ledger_up", "gauge", "1 if the ledger could be read." },
	{ "tickets", "gauge", "Tickets by rule and state of their life." },
	{ "tickets_opened_total", "counter",
	    "Tickets that were made or taken over." },
	{ "tickets_reopened_total", "counter",
	    "Times a ticket was opened again." },
	{ "verdicts_total", "counter",
	    "Verdicts on fixes: verified, not_fixed, not_proven." },
	{ "flaky_total", "counter",
	    "Times a test turned flaky or broken." },
	{ "backlog_deliveries", "gauge",
	    "Deliveries that have not had their effect yet." },
	{ "backlog_age_seconds", "gauge",
	    "Age of the oldest delivery in the backlog." },
	{ "parked_deliveries", "gauge",
	    "Deliveries that wait for a rule's budget or for a tracker." },
	{ "links_missing", "gauge", "Tickets that Trunk does not show yet, "
	    "by why: not tried to the end, or refused." },
	{ "notices_due", "gauge", "Notices that were not taken yet." },
	{ "storm", "gauge", "1 while a rule is over its budget." },
};

enum {
	METRICS_LEN = sizeof(METRICS) / sizeof(METRICS[0]),
	PARTS = 3		/* of a counter's text */
};

/* A counter's text in its parts, see metrics.h. */
struct sample {
	const char	*name;
	const char	*labels;
	const char	*part;
	int64_t		 bound;		/* of a bucket, ms */
	uint64_t	 value;
};

struct samples {
	struct arena	*arena;
	struct sample	*list;		/* COUNTERS_MAX of them */
	size_t		 n;
	bool		 failed;
};

void
metrics_write_head(struct buf *b, const char *name)
{
	size_t i;

	for (i = 0; i < METRICS_LEN; i++)
		if (strcmp(METRICS[i].name, name) == 0) {
			buf_printf(b, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX
			    "%s %s\n", name, METRICS[i].help, name,
			    METRICS[i].type);
			return;
		}
}

void
metrics_write_label(struct buf *b, const char *key, const char *value)
{

	buf_printf(b, "%s%s=\"", b->len > 0 ? "," : "", key);
	for (; value != NULL && *value != '\0'; value++) {
		if (*value == '\n') {
			buf_str(b, "\\n");
			continue;
		}
		if (*value == '"' || *value == '\\')
			buf_char(b, '\\');
		buf_char(b, *value);
	}
	buf_char(b, '"');
}

void
metrics_write_sample(struct buf *b, const char *name, const char *labels,
    int64_t value)
{

	buf_printf(b, PREFIX "%s", name);
	if (labels != NULL && labels[0] != '\0')
		buf_printf(b, "{%s}", labels);
	buf_printf(b, " %" PRId64 "\n", value);
}

static void
collect(void *ctx, const char *text, uint64_t value)
{
	struct samples *all = ctx;
	struct sample *s = &all->list[all->n];
	char *copy, *bar[PARTS - 1];
	size_t i;

	if (strcmp(text, COUNTERS_LOST) == 0)
		text = "counters_lost_total||";
	if ((copy = arena_strdup(all->arena, text)) == NULL) {
		all->failed = true;
		return;
	}
	s->name = copy;
	for (i = 0; i < PARTS - 1; i++) {
		if ((bar[i] = strchr(copy, '|')) == NULL)
			return;
		*bar[i] = '\0';
		copy = bar[i] + 1;
	}
	s->labels = bar[0] + 1;
	s->part = bar[1] + 1;
	s->bound = s->part[0] == 's' ? -1 : strtoll(s->part, NULL, 10);
	if (s->part[0] == '0')
		s->bound = INT64_MAX;
	s->value = value;
	all->n++;
}

/* By name, labels and bound; the sum comes before the buckets. */
static int
compare(const void *va, const void *vb)
{
	const struct sample *a = va, *b = vb;
	int d;

	if ((d = strcmp(a->name, b->name)) != 0 ||
	    (d = strcmp(a->labels, b->labels)) != 0)
		return (d);
	return ((a->bound > b->bound) - (a->bound < b->bound));
}

/* Those that two processes made at once become one. */
static void
merge(struct samples *all)
{
	size_t i, n = 0;

	qsort(all->list, all->n, sizeof(*all->list), compare);
	for (i = 0; i < all->n; i++)
		if (n > 0 && compare(&all->list[n - 1], &all->list[i]) == 0)
			all->list[n - 1].value += all->list[i].value;
		else
			all->list[n++] = all->list[i];
	all->n = n;
}

/* The buckets of one set of labels; returns how many samples they were. */
static size_t
write_histogram(struct buf *b, const struct sample *s, size_t n)
{
	const char *comma = s->labels[0] != '\0' ? "," : "";
	uint64_t sum = 0, count = 0;
	size_t i;

	for (i = 0; i < n && strcmp(s[i].name, s->name) == 0 &&
	    strcmp(s[i].labels, s->labels) == 0; i++) {
		if (s[i].bound < 0) {
			sum = s[i].value;
			continue;
		}
		count += s[i].value;
		if (s[i].bound != INT64_MAX)
			buf_printf(b, PREFIX "%s_bucket{%s%sle=\"%g\"} %"
			    PRIu64 "\n", s->name, s->labels, comma,
			    (double)s[i].bound / 1000, count);
	}
	buf_printf(b, PREFIX "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n",
	    s->name, s->labels, comma, count);
	buf_printf(b, PREFIX "%s_sum", s->name);
	if (s->labels[0] != '\0')
		buf_printf(b, "{%s}", s->labels);
	buf_printf(b, " %" PRIu64 ".%03" PRIu64 "\n", sum / 1000, sum % 1000);
	metrics_write_sample(b, arena_printf(b->arena, "%s_count", s->name),
	    s->labels, (int64_t)count);
	return (i);
}

static void
write_family(struct buf *b, const struct metric *m,
    const struct samples *all)
{
	bool histogram = strcmp(m->type, "histogram") == 0, first = true;
	size_t i = 0;

	while (i < all->n) {
		if (strcmp(all->list[i].name, m->name) != 0) {
			i++;
			continue;
		}
		if (first)
			metrics_write_head(b, m->name);
		first = false;
		if (histogram) {
			i += write_histogram(b, &all->list[i], all->n - i);
			continue;
		}
		metrics_write_sample(b, m->name, all->list[i].labels,
		    (int64_t)all->list[i].value);
		i++;
	}
}

enum err
metrics_write_counters(struct arena *arena, struct buf *b)
{
	struct samples all = { .arena = arena };
	size_t i;

	all.list = arena_alloc(arena, COUNTERS_MAX * sizeof(*all.list));
	if (all.list == NULL)
		return (ERR_NOMEM);
	counters_each(collect, &all);
	merge(&all);
	for (i = 0; i < METRICS_LEN; i++)
		write_family(b, &METRICS[i], &all);
	return (all.failed || b->failed ? ERR_NOMEM : OK);
}
