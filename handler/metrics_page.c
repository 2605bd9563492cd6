/*
 * The page of metrics: the counters of all processes, and then what the ledger
 * knows, asked for now.  The latter is left out whole when it cannot be read:
 * a number that is missing raises an alarm, one that is wrong does not.  The
 * format is https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#include <inttypes.h>

#include "common/arena.h"
#include "common/buf.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger_notice.h"
#include "handler/ledger_count.h"
#include "handler/ledger_storm.h"
#include "handler/metrics.h"
#include "handler/metrics_write.h"
#include "handler/outcome.h"

enum {
	PAGE_MAX = 1024 * 1024,	/* bytes */
	LABELS_MAX = 4096	/* bytes of one sample's labels */
};

static const char TYPE[] = "text/plain; version=0.0.4; charset=utf-8";

/* A family of one sample without labels. */
static void
put(struct buf *b, const char *name, int64_t value)
{

	metrics_write_head(b, name);
	metrics_write_sample(b, name, NULL, value);
}

static enum err
put_tickets(struct job *job, struct buf *b)
{
	const struct panel_census *rows;
	struct buf labels;
	size_t i, n;
	enum err e;

	if ((e = ledger_panel_census(job, &rows, &n)) != OK || n == 0)
		return (e);
	metrics_write_head(b, "tickets");
	for (i = 0; i < n; i++) {
		buf_init(&labels, job->arena, LABELS_MAX);
		metrics_write_label(&labels, "rule", rows[i].rule);
		metrics_write_label(&labels, "state", rows[i].state);
		metrics_write_sample(b, "tickets", buf_text(&labels),
		    rows[i].n);
		b->failed = b->failed || labels.failed;
	}
	return (OK);
}

static void
put_total(struct buf *b, const struct panel_week *total)
{

	put(b, "tickets_opened_total", total->opened);
	put(b, "tickets_reopened_total", total->reopened);
	metrics_write_head(b, "verdicts_total");
	metrics_write_sample(b, "verdicts_total", "verdict=\"verified\"",
	    total->verified);
	metrics_write_sample(b, "verdicts_total", "verdict=\"not_fixed\"",
	    total->not_fixed);
	metrics_write_sample(b, "verdicts_total", "verdict=\"not_proven\"",
	    total->not_proven);
	put(b, "flaky_total", total->flaky);
}

static enum err
put_state(struct job *job, struct buf *b)
{
	struct panel_state s;
	enum err e;

	if ((e = ledger_panel_state(job, &s)) != OK)
		return (e);
	put_total(b, &s.total);
	put(b, "backlog_deliveries", s.due);
	put(b, "backlog_age_seconds", s.oldest > 0 && s.oldest < job->now ?
	    (job->now - s.oldest) / 1000 : 0);
	put(b, "parked_deliveries", s.parked);
	metrics_write_head(b, "links_missing");
	metrics_write_sample(b, "links_missing", "why=\"pending\"",
	    s.unlinked);
	metrics_write_sample(b, "links_missing", "why=\"refused\"",
	    s.refused);
	return (OK);
}

static enum err
put_rest(struct job *job, struct buf *b)
{
	struct storm_state storm;
	int64_t left = 0;
	enum err e;

	if ((e = ledger_storm_state(job, &storm)) != OK ||
	    (e = ledger_notice_left(job, &left)) != OK)
		return (e);
	put(b, "notices_due", left);
	put(b, "storm", storm.since > 0);
	return (OK);
}

/* What the ledger knows; it is left out whole when it cannot be read. */
static void
put_ledger(struct job *job, struct buf *b)
{
	struct buf known;
	enum err e;

	buf_init(&known, job->arena, PAGE_MAX);
	if ((e = put_tickets(job, &known)) == OK &&
	    (e = put_state(job, &known)) == OK)
		e = put_rest(job, &known);
	put(b, "ledger_up", e == OK);
	if (e == OK)
		buf_str(b, buf_text(&known));
}

struct outcome
metrics(struct job *job, const struct request *in)
{
	struct outcome out = { .status = 200, .name = "metrics",
	    .type = TYPE };
	struct buf b;

	(void)in;
	buf_init(&b, job->arena, PAGE_MAX);
	metrics_write_head(&b, "build_info");
	metrics_write_sample(&b, "build_info", "version=\""
	    TICKETHOOK_VERSION "\"", 1);
	put(&b, "config_loaded_timestamp_seconds",
	    job->config->loaded / 1000);
	(void)metrics_write_counters(job->arena, &b);
	put_ledger(job, &b);
	if ((out.body = buf_text(&b)) == NULL) {
		(void)fail(job, ERR_NOMEM, "no memory for the metrics");
		return (outcome_error(job, ERR_NOMEM));
	}
	return (out);
}
