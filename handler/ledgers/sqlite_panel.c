#include "common/arena.h"
#include "common/buf.h"
#include "handler/job.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

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
	" iif(t.stage = 'created', t.life, 'pending'), t.life_since,"	\
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
	    " (SELECT id FROM ticket WHERE remote_key = ?3 COLLATE BINARY"
	    "   UNION SELECT ticket FROM link WHERE test IN"
	    "   (SELECT id FROM test WHERE name LIKE ?4 ESCAPE '\\'"
	    "     LIMIT 1000)) ORDER BY t.id DESC" LIMIT
};

/* A list leaves the bodies out: a page of them may be very large. */
static const char *const delivery_lists[] = {
	[PANEL_RECEIVED] = SQLITE_DELIVERY("NULL")
	    " WHERE (received, d.rowid) < (?1, ?2)"
	    " AND ?3 = 0 ORDER BY received DESC, d.rowid DESC" LIMIT,
	[PANEL_DUE] = SQLITE_DELIVERY("NULL")
	    " WHERE due = 1 AND (last, d.rowid) > (?1, ?2)"
	    " AND ?3 = 0 ORDER BY last, d.rowid" LIMIT,
	[PANEL_OF_TICKET] = SQLITE_DELIVERY("NULL") " WHERE d.ticket = ?3"
	    " AND d.rowid < ?2 AND ?1 = ?1 ORDER BY d.rowid DESC" LIMIT
};

static void
read_ticket(struct sqlite_query *q, struct panel_ticket *t)
{

	t->row = t->mark.row = sqlite_query_get_int(q, 0);
	t->key = sqlite_query_get_text(q, 1);
	t->url = sqlite_query_get_text(q, 2);
	t->tracker = sqlite_query_get_text(q, 3);
	t->rule = sqlite_query_get_text(q, 4);
	t->owner = sqlite_query_get_text(q, 5);
	t->life = sqlite_query_get_text(q, 6);
	t->since = t->mark.time = sqlite_query_get_int(q, 7);
	t->next = sqlite_query_get_int(q, 8);
	t->created = sqlite_query_get_int(q, 9);
	t->flaps = sqlite_query_get_int(q, 10);
	t->tests = sqlite_query_get_int(q, 11);
	t->test = sqlite_query_get_text(q, 12);
	t->file = sqlite_query_get_text(q, 13);
	t->status = sqlite_query_get_text(q, 14);
	t->status_since = sqlite_query_get_int(q, 15);
	t->asked = sqlite_query_get_int(q, 16);
	t->begun = sqlite_query_get_int(q, 17);
	t->by = sqlite_query_get_text(q, 18);
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
	struct sqlite_query q;
	enum err e;

	if (kind == PANEL_FOUND && (like = pattern(job, what)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to search"));
	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, ticket_lists[kind]);
	sqlite_query_int(&q, cut->after.time);
	sqlite_query_int(&q, cut->after.row);
	sqlite_query_text(&q, what);
	if (kind == PANEL_FOUND)
		sqlite_query_text(&q, like);
	while (cut->n <= PANEL_PAGE && sqlite_query_row(&q))
		read_ticket(&q, &rows[cut->n++]);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

static enum err
panel_ticket(struct job *job, int64_t row, struct panel_ticket *ticket)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, TICKET " WHERE t.id = ?");
	sqlite_query_int(&q, row);
	if (sqlite_query_row(&q))
		read_ticket(&q, ticket);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && ticket->row == 0 ? ERR_ABSENT :
	    e));
}

static enum err
panel_deliveries(struct job *job, enum panel_deliveries kind, int64_t ticket,
    struct panel_mark *marks, struct view_delivery *rows)
{
	const struct panel_mark mark = marks[0];
	struct view_delivery *d;
	struct sqlite_query q;
	size_t n = 0;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, delivery_lists[kind]);
	sqlite_query_int(&q, mark.time);
	sqlite_query_int(&q, mark.row);
	sqlite_query_int(&q, ticket);
	while (n <= PANEL_PAGE && sqlite_query_row(&q)) {
		d = &rows[n];
		marks[n].row = sqlite_view_delivery(&q, d);
		marks[n++].time = kind == PANEL_DUE ? d->last : d->received;
	}
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

static enum err
panel_delivery(struct job *job, const char *id, struct view_delivery *d)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, SQLITE_DELIVERY("body") " WHERE d.id = ?");
	sqlite_query_text(&q, id);
	if (sqlite_query_row(&q))
		(void)sqlite_view_delivery(&q, d);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && d->id == NULL ? ERR_ABSENT : e));
}

static enum err
panel_queue(struct job *job, struct panel_cut *cut,
    struct panel_queue *rows)
{
	struct panel_queue *r;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id, delivery, repository,"
	    " kind = 'batch', number, suffix, coalesce(failure, reason), time,"
	    " iif(kind = 'batch', (SELECT group_concat(pr, ', ')"
	    "   FROM queue_pr WHERE queue_pr.queue = queue.id), NULL)"
	    " FROM queue WHERE id < ? ORDER BY id DESC" LIMIT);
	sqlite_query_int(&q, cut->after.row);
	while (cut->n <= PANEL_PAGE && sqlite_query_row(&q)) {
		r = &rows[cut->n++];
		r->row = sqlite_query_get_int(&q, 0);
		r->delivery = sqlite_query_get_text(&q, 1);
		r->repository = sqlite_query_get_text(&q, 2);
		r->batch = sqlite_query_get_int(&q, 3) != 0;
		r->number = sqlite_query_get_int(&q, 4);
		r->step = sqlite_query_get_text(&q, 5);
		r->reason = sqlite_query_get_text(&q, 6);
		r->time = sqlite_query_get_int(&q, 7);
		r->prs = sqlite_query_get_text(&q, 8);
	}
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

const struct panel_backend sqlite_panel = {
	.tickets = panel_tickets,
	.ticket = panel_ticket,
	.deliveries = panel_deliveries,
	.acts = sqlite_act_latest,
	.delivery = panel_delivery,
	.queue = panel_queue,
	.census = sqlite_panel_census,
	.weeks = sqlite_panel_weeks,
	.state = sqlite_panel_state,
	.parked = sqlite_panel_parked,
	.rerun = sqlite_panel_rerun,
	.rerun_begin = sqlite_panel_rerun_begin,
	.rerun_over = sqlite_panel_rerun_over,
	.note_trial = sqlite_panel_note_trial,
	.trials = sqlite_panel_trials
};
