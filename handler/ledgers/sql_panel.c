#include "common/arena.h"
#include "common/buf.h"
#include "handler/job.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

/*
 * Pages for people.  Each list is in the order of an index, so that the next
 * page is a look-up and not a walk over those before it.
 */

/* One more than a page has. */
#define LIMIT	" LIMIT 51"
_Static_assert(PANEL_PAGE == 50, "LIMIT is one more");

/* ?1 and ?2 are the mark, ?3 is asked for. */
#define COLUMNS								\
	"SELECT t.id, t.remote_key, t.url, t.tracker, t.rule, t.owner,"	\
	" " SQL_IF("t.stage = 'created'", "t.life", "'pending'") ","	\
	" t.life_since,"						\
	" t.life_next, t.created, t.flaps,"				\
	" (SELECT count(DISTINCT test) FROM link WHERE ticket = t.id),"	\
	" s.name, s.file, s.status, s.since, asked, begun, by"
#define JOINS								\
	" LEFT JOIN rerun ON rerun.ticket = t.id"			\
	" LEFT JOIN test AS s ON s.id ="				\
	" (SELECT min(test) FROM link WHERE ticket = t.id)"
#define TICKET	COLUMNS " FROM ticket AS t" JOINS

static const char *const ticket_lists[] = {
	[PANEL_ALL] = TICKET " WHERE t.id < ?2 AND ?1 = ?1 AND ?3 IS NULL"
	    " ORDER BY t.id DESC" LIMIT,
	/* By its own index, which is small and in the order of the list. */
	[PANEL_FLAGGED] = COLUMNS " FROM ticket AS t INDEXED BY"
	    " ticket_flagged" JOINS " WHERE t.life IN ('verifying',"
	    " 'not_proven', 'not_fixed', 'flapping')"
	    " AND (t.life_since, t.id) < (?1, ?2) AND ?3 IS NULL"
	    " ORDER BY t.life_since DESC, t.id DESC" LIMIT,
	[PANEL_LIFE] = TICKET " WHERE t.life = ?3"
	    " AND (t.life_since, t.id) < (?1, ?2)"
	    " ORDER BY t.life_since DESC, t.id DESC" LIMIT,
	/* Of very many tests that are named so, the first are looked at. */
	[PANEL_FOUND] = TICKET " WHERE t.id < ?2 AND ?1 = ?1 AND t.id IN"
	    " (SELECT id FROM ticket WHERE remote_key = ?3"
	    "   UNION SELECT ticket FROM link WHERE test IN"
	    "   (SELECT id FROM test WHERE lower(name) LIKE"
	    "     lower(?4) ESCAPE '\\' LIMIT 1000)) ORDER BY t.id DESC" LIMIT
};

/* A list leaves the bodies out: a page of them may be very large. */
static const char *const delivery_lists[] = {
	[PANEL_RECEIVED] = SQL_DELIVERY("NULL")
	    " WHERE (received, d.rowid) < (?1, ?2)"
	    " AND ?3 = 0 ORDER BY received DESC, d.rowid DESC" LIMIT,
	[PANEL_DUE] = SQL_DELIVERY("NULL")
	    " WHERE due = 1 AND (last, d.rowid) > (?1, ?2)"
	    " AND ?3 = 0 ORDER BY last, d.rowid" LIMIT,
	[PANEL_OF_TICKET] = SQL_DELIVERY("NULL") " WHERE d.ticket = ?3"
	    " AND d.rowid < ?2 AND ?1 = ?1 ORDER BY d.rowid DESC" LIMIT
};

static void
read_ticket(struct sql_query *q, struct panel_ticket *t)
{

	t->row = t->mark.row = sql_query_get_int(q, 0);
	t->key = sql_query_get_text(q, 1);
	t->url = sql_query_get_text(q, 2);
	t->tracker = sql_query_get_text(q, 3);
	t->rule = sql_query_get_text(q, 4);
	t->owner = sql_query_get_text(q, 5);
	t->life = sql_query_get_text(q, 6);
	t->since = t->mark.time = sql_query_get_int(q, 7);
	t->next = sql_query_get_int(q, 8);
	t->created = sql_query_get_int(q, 9);
	t->flaps = sql_query_get_int(q, 10);
	t->tests = sql_query_get_int(q, 11);
	t->test = sql_query_get_text(q, 12);
	t->file = sql_query_get_text(q, 13);
	t->status = sql_query_get_text(q, 14);
	t->status_since = sql_query_get_int(q, 15);
	t->asked = sql_query_get_int(q, 16);
	t->begun = sql_query_get_int(q, 17);
	t->by = sql_query_get_text(q, 18);
}

/* "%text%" for LIKE, its own signs taken as they are; NULL: no memory. */
static const char *
pattern(struct job *job, const char *text)
{
	struct buf b;

	buf_init(&b, job->arena, 4096);
	buf_char(&b, '%');
	for (; *text != '\0'; text++) {
		if (*text == '%' || *text == '_' || *text == '\\')
			buf_char(&b, '\\');
		buf_char(&b, *text);
	}
	buf_char(&b, '%');
	return (buf_text(&b));
}

static enum err
panel_tickets(struct job *job, enum panel_tickets kind, const char *what,
    struct panel_cut *cut, struct panel_ticket *rows)
{
	const char *like = NULL;
	struct sql_query q;

	if (kind == PANEL_FOUND && (like = pattern(job, what)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to search"));
	sql_read(&q, job, ticket_lists[kind]);
	sql_query_int(&q, cut->after.time);
	sql_query_int(&q, cut->after.row);
	sql_query_text(&q, what);
	if (kind == PANEL_FOUND)
		sql_query_text(&q, like);
	while (cut->n <= PANEL_PAGE && sql_query_row(&q))
		read_ticket(&q, &rows[cut->n++]);
	return (sql_query_end(&q));
}

static enum err
panel_ticket(struct job *job, int64_t row, struct panel_ticket *ticket)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, TICKET " WHERE t.id = ?");
	sql_query_int(&q, row);
	if (sql_query_row(&q))
		read_ticket(&q, ticket);
	e = sql_query_end(&q);
	return (e == OK && ticket->row == 0 ? ERR_ABSENT : e);
}

static enum err
panel_deliveries(struct job *job, enum panel_deliveries kind, int64_t ticket,
    struct panel_mark *marks, struct view_delivery *rows)
{
	const struct panel_mark mark = marks[0];
	struct view_delivery *d;
	struct sql_query q;
	size_t n = 0;

	sql_read(&q, job, delivery_lists[kind]);
	sql_query_int(&q, mark.time);
	sql_query_int(&q, mark.row);
	sql_query_int(&q, ticket);
	while (n <= PANEL_PAGE && sql_query_row(&q)) {
		d = &rows[n];
		marks[n].row = sql_view_delivery(&q, d);
		marks[n++].time = kind == PANEL_DUE ? d->last : d->received;
	}
	return (sql_query_end(&q));
}

static enum err
panel_delivery(struct job *job, const char *id, struct view_delivery *d)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, SQL_DELIVERY("body") " WHERE d.id = ?");
	sql_query_text(&q, id);
	if (sql_query_row(&q))
		(void)sql_view_delivery(&q, d);
	e = sql_query_end(&q);
	return (e == OK && d->id == NULL ? ERR_ABSENT : e);
}

static enum err
panel_queue(struct job *job, struct panel_cut *cut,
    struct panel_queue *rows)
{
	struct panel_queue *r;
	struct sql_query q;

	sql_read(&q, job, "SELECT id, delivery, repository,"
	    " kind = 'batch', number, suffix, coalesce(failure, reason), time,"
	    " (SELECT group_concat(CAST(pr AS TEXT), ', ') FROM (SELECT pr"
	    "   FROM queue_pr WHERE queue_pr.queue = queue.id"
	    "   AND kind = 'batch' ORDER BY pr) AS members)"
	    " FROM queue WHERE id < ? ORDER BY id DESC" LIMIT);
	sql_query_int(&q, cut->after.row);
	while (cut->n <= PANEL_PAGE && sql_query_row(&q)) {
		r = &rows[cut->n++];
		r->row = sql_query_get_int(&q, 0);
		r->delivery = sql_query_get_text(&q, 1);
		r->repository = sql_query_get_text(&q, 2);
		r->batch = sql_query_get_int(&q, 3) != 0;
		r->number = sql_query_get_int(&q, 4);
		r->step = sql_query_get_text(&q, 5);
		r->reason = sql_query_get_text(&q, 6);
		r->time = sql_query_get_int(&q, 7);
		r->prs = sql_query_get_text(&q, 8);
	}
	return (sql_query_end(&q));
}

const struct panel_backend sql_panel = {
	.tickets = panel_tickets,
	.ticket = panel_ticket,
	.deliveries = panel_deliveries,
	.acts = sql_act_latest,
	.delivery = panel_delivery,
	.queue = panel_queue,
	.census = sql_panel_census,
	.weeks = sql_panel_weeks,
	.state = sql_panel_state,
	.parked = sql_panel_parked,
	.rerun = sql_panel_rerun,
	.rerun_begin = sql_panel_rerun_begin,
	.rerun_over = sql_panel_rerun_over,
	.note_trial = sql_panel_note_trial,
	.trials = sql_panel_trials
};
