/*
 * The section of a shared ticket that lists its tests.  The text over there is
 * written anew as a whole, by one at a time; whoever finds another one at it
 * leaves the work to that one, which looks once more before it is done.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/draft_text.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/ledger_list.h"
#include "handler/ticket.h"
#include "handler/tracker.h"

enum {
	ROUNDS = 4,		/* lists one of us writes for all that wait */
	AT_LENGTH = 100,	/* tests; of more there are but the names */
	FULL = 30000,		/* bytes, and no further line is begun */
	FULL_BRIEF = 24000,	/* the same of names alone */
	TEXT_MAX = 64 * 1024,	/* FULL and the longest line */
	DAY = 10, MINUTE = 16	/* characters of an ISO time up to there */
};

/* " since 2026-10-01 12:30 UTC" */
static void
put_since(struct buf *b, int64_t since)
{
	char iso[CLOCK_ISO_MAX];

	clock_format(since, iso);
	if (since > 0 && strlen(iso) > MINUTE)
		buf_printf(b, " since %.*s %.*s UTC", DAY, iso,
		    MINUTE - DAY - 1, iso + DAY + 1);
}

static void
put_test(struct buf *b, const struct listed *t)
{

	buf_str(b, "- ");
	if (draft_told(t->name))
		draft_code(b, t->name, DRAFT_VALUE);
	else
		buf_str(b, "a test without a name");
	if (draft_told(t->variant)) {
		buf_str(b, " (");
		draft_code(b, t->variant, DRAFT_VALUE);
		buf_char(b, ')');
	}
	if (draft_told(t->file)) {
		buf_str(b, " in ");
		draft_code(b, t->file, DRAFT_VALUE);
	}
	if (t->status != STATUS_UNKNOWN) {
		buf_printf(b, ": %s", event_status(t->status));
		put_since(b, t->since);
	}
	if (draft_is_link(t->url)) {
		buf_str(b, ", [Trunk](");
		draft_target(b, t->url);
		buf_char(b, ')');
	}
	buf_char(b, '\n');
}

/* A name, or a part of one, as a line has it. */
static void
put_line(struct buf *b, const char *text)
{
	const char *s = draft_cut(b->arena, text, DRAFT_VALUE);

	if (s == NULL)
		b->failed = true;
	for (; s != NULL && *s != '\0'; s++)
		buf_char(b, *s == '\n' || *s == '\r' ? ' ' : *s);
}

/* The names alone, a line each, as many as there is room for. */
static size_t
put_names(struct buf *b, const struct listing *l)
{
	struct buf names;
	const char *text;
	size_t i;

	buf_init(&names, b->arena, TEXT_MAX);
	for (i = 0; i < l->n && names.len < FULL_BRIEF; i++) {
		buf_str(&names, i > 0 ? "\n" : "");
		put_line(&names, draft_told(l->tests[i].name) ?
		    l->tests[i].name : "a test without a name");
		if (draft_told(l->tests[i].variant)) {
			buf_str(&names, " (");
			put_line(&names, l->tests[i].variant);
			buf_char(&names, ')');
		}
	}
	if ((text = buf_text(&names)) == NULL)
		b->failed = true;
	else
		draft_block(b, text, TEXT_MAX);
	buf_char(b, '\n');
	return (i);
}

/* All of them by name rather than some of them at length. */
static const char *
list_text(struct job *job, const struct listing *l)
{
	struct buf b;
	size_t i;

	buf_init(&b, job->arena, TEXT_MAX);
	for (i = 0; i < l->n && i < AT_LENGTH && b.len < FULL; i++)
		put_test(&b, &l->tests[i]);
	if (i < l->n) {
		buf_init(&b, job->arena, TEXT_MAX);
		i = put_names(&b, l);
	}
	if (l->total > (int64_t)i)
		buf_printf(&b, "- and %" PRId64 " more\n",
		    l->total - (int64_t)i);
	return (buf_text(&b));
}

static enum err
hash_text(struct job *job, const char *text, char hex[CRYPT_SHA256_HEX + 1])
{
	struct crypt_part part = { text, strlen(text) };
	unsigned char sum[CRYPT_SHA256];

	if (crypt_sha256(&part, 1, sum) != OK)
		return (fail(job, ERR_NOMEM, "no memory for the list"));
	crypt_hex(sum, sizeof(sum), hex);
	return (OK);
}

static enum err
write_there(struct job *job, const struct filing *f, const char *text)
{
	const struct tracker *tracker = config_tracker(job->config,
	    f->tracker);
	const struct section section = {
		.title = "Tests of this ticket", .body = text
	};
	enum err e;

	if (tracker == NULL)
		return (fail(job, ERR_REFUSED, "this ticket is in [tracker "
		    "%s], which the configuration no longer has; put it back",
		    f->tracker));
	if (!tracker_key_sane(f->remote_key))
		return (fail(job, ERR_ABSENT, "the ticket is of a place that "
		    "has no [tracker]"));
	if (tracker->kind->section == NULL)
		return (fail(job, ERR_REFUSED, "%s keeps no text that could "
		    "be written again", tracker->kind->type));
	if ((e = job_time(job, "the list is written")) != OK)
		return (e);
	return (tracker->kind->section(job, tracker, f, &section));
}

/* Write a list that is ours alone, and what came of it to disk. */
static enum err
write_list(struct job *job, const struct listing *l)
{
	char hash[CRYPT_SHA256_HEX + 1] = "";
	enum list_note note = LIST_WRITTEN;
	const char *text;
	enum err e, noted;

	if ((text = list_text(job, l)) == NULL)
		e = fail(job, ERR_NOMEM, "no memory for the list");
	else
		e = hash_text(job, text, hash);
	if (e == OK && (l->written == NULL || strcmp(l->written, hash) != 0))
		e = write_there(job, &l->filing, text);
	if (e != OK) {
		note = e == ERR_ABSENT ? LIST_GONE : LIST_TRIED;
		log_say(LOG_LEVEL_WARNING, "list", "%s: the list of its tests "
		    "is %s: %s", l->filing.remote_key, note == LIST_GONE ?
		    "no longer kept" : "not written yet", job->why.text);
	}
	noted = ledger_list_note(job, l, note, note == LIST_WRITTEN ? hash :
	    NULL);
	return (noted != OK ? noted : e);
}

/*
 * Who finds the lock taken leaves, so whoever has it must look once more
 * after it is given back: hence the rounds.
 */
enum err
ticket_list(struct job *job, int64_t row)
{
	struct listing l;
	enum err e = OK;
	int i;

	for (i = 0; i < ROUNDS && e == OK; i++) {
		if ((e = ledger_list_claim(job, row, &l)) == OK)
			e = write_list(job, &l);
		ledger_list_release(job, &l);
	}
	return (e == ERR_ABSENT && l.changes == 0 ? OK : e);
}

void
ticket_list_of(struct job *job, const struct test *test)
{
	const struct why why = job->why;
	int64_t row;

	if (ledger_list_of(job, test, &row) == OK)
		(void)ticket_list(job, row);
	job->why = why;
}
