/*
 * What is done, or to be done, to a ticket at its tracker.  An act is on disk
 * before it is tried and marked when it was; a key that names its cause keeps
 * it single however often it is planned.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

/* In the order of enum act_state. */
static const char *const states[] = {
	"due", "sent", "done", "refused", "void"
};

enum {
	STATES = sizeof(states) / sizeof(states[0])
};

/* A section that was not written yet is written as it is now, once. */
static enum err
void_older(struct job *job, int64_t ticket, const struct act *act,
    int64_t row)
{
	struct sql_query q;
	const char *head;
	size_t n;

	if (row == 0 || act->body == NULL ||
	    strcmp(act->kind, "section") != 0)
		return (OK);
	n = strcspn(act->body, "\n");
	if (act->body[n] != '\0')
		n++;
	head = arena_printf(job->arena, "%.*s", (int)n, act->body);
	if (head == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the section"));
	sql_query(&q, job, "UPDATE act SET state = 'void', body = NULL,"
	    " why = 'a newer one follows' WHERE ticket = ?1"
	    " AND state = 'due' AND kind = 'section' AND id < ?2"
	    " AND substr(body, 1, length(?3)) = ?3");
	sql_query_int(&q, ticket);
	sql_query_int(&q, row);
	sql_query_text(&q, head);
	return (sql_query_run(&q));
}

static enum err
insert(struct job *job, int64_t ticket, const struct act *act)
{
	struct sql_query q;
	int64_t row;
	enum err e;

	sql_query(&q, job, "INSERT INTO act (ticket, key, kind, body,"
	    " made, state, why) VALUES (?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (ticket, key) DO NOTHING RETURNING id");
	sql_query_int(&q, ticket);
	sql_query_text(&q, act->key);
	sql_query_text(&q, act->kind);
	sql_query_text(&q, act->body);
	sql_query_int(&q, job->now);
	sql_query_text(&q, states[act->state == ACT_VOID ? ACT_VOID :
	    ACT_DUE]);
	sql_query_text(&q, act->state == ACT_VOID ? act->why : NULL);
	e = sql_query_give(&q, &row);
	return (e == OK ? void_older(job, ticket, act, row) : e);
}

enum err
sql_act_add(struct job *job, const struct filing *f,
    const struct act *acts, size_t n)
{
	enum err e;
	size_t i;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	for (i = 0; i < n && e == OK; i++)
		e = insert(job, f->row, &acts[i]);
	return (sql_leave(job, e));
}

#define ACTS(body) "SELECT id, key, kind, " body ", made, state, tried," \
	    " tries, why, count(*) OVER () FROM act WHERE ticket = ?"

static void
read_act(struct sql_query *q, struct act *act)
{

	act->row = sql_query_get_int(q, 0);
	act->key = sql_query_get_text(q, 1);
	act->kind = sql_query_get_text(q, 2);
	act->body = sql_query_get_text(q, 3);
	act->made = sql_query_get_int(q, 4);
	act->state = (enum act_state)sql_query_get_word(q, 5, states,
	    STATES);
	act->tried = sql_query_get_int(q, 6);
	act->tries = (int)sql_query_get_int(q, 7);
	act->why = sql_query_get_text(q, 8);
}

/* Those of a ticket that a statement of ACTS finds. */
static enum err
list(struct job *job, const char *sql, int64_t ticket, struct act **acts,
    size_t *n)
{
	struct act *one;
	struct sql_query q;

	sql_read(&q, job, sql);
	sql_query_int(&q, ticket);
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_act(&q, one);
	*acts = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

enum err
sql_act_list(struct job *job, int64_t ticket, struct act **acts, size_t *n)
{

	return (list(job, ACTS("body") " AND state IN ('due', 'sent')"
	    " ORDER BY id", ticket, acts, n));
}

enum err
sql_act_latest(struct job *job, int64_t ticket, struct act **acts,
    size_t *n)
{

	return (list(job, ACTS("substr(body, 1, 2000)") " ORDER BY id DESC"
	    " LIMIT 20", ticket, acts, n));
}

enum err
sql_life_acts(struct job *job, int64_t ticket, const struct act **acts,
    size_t *n)
{
	struct act *all = NULL;
	enum err e;

	e = list(job, ACTS(SQL_IF("kind = 'move'", "body", "NULL"))
	    " ORDER BY id", ticket, &all, n);
	*acts = all;
	return (e);
}

/* What we opened is looked after again, however long it was closed. */
static enum err
watch_again(struct job *job, const struct act *act)
{
	struct sql_query q;

	if (act->state != ACT_DONE)
		return (OK);
	sql_query(&q, job, "UPDATE followed SET watched = 1, closed = 0"
	    " WHERE ticket = (SELECT ticket FROM act WHERE id = ?"
	    " AND kind = 'move' AND body = 'open')");
	sql_query_int(&q, act->row);
	return (sql_query_run(&q));
}

enum err
sql_act_mark(struct job *job, const struct act *act)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE act SET state = ?, why = ?, tried = ?,"
	    " tries = tries + 1 WHERE id = ?");
	sql_query_text(&q, states[act->state]);
	sql_query_text(&q, act->why);
	sql_query_int(&q, job->now);
	sql_query_int(&q, act->row);
	if ((e = sql_query_run(&q)) == OK)
		e = watch_again(job, act);
	return (sql_leave(job, e));
}

/* The first open act of a ticket holds up the rest of them. */
enum err
sql_act_next(struct job *job, int64_t before, int64_t *ticket)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT ticket FROM act JOIN ticket"
	    " ON ticket.id = act.ticket WHERE state IN ('due', 'sent')"
	    " AND (tried < ? OR tried > ?) AND stage = 'created'"
	    " AND NOT EXISTS (SELECT 1 FROM act AS other"
	    " WHERE other.ticket = act.ticket AND other.id < act.id"
	    " AND other.state IN ('due', 'sent'))"
	    " ORDER BY tried, act.id LIMIT 1");
	sql_query_int(&q, before);
	sql_query_int(&q, job->now);
	if (sql_query_row(&q))
		*ticket = sql_query_get_int(&q, 0);
	e = sql_query_end(&q);
	return (e == OK && *ticket == 0 ? ERR_ABSENT : e);
}

/*
 * The text of what is over goes; moves stay.  What was planned and never
 * wanted is planned again should that change.
 */
enum err
sql_act_prune(struct job *job, int64_t before)
{
	enum err e;

	e = sql_query_once(job, "UPDATE act SET body = NULL WHERE id IN"
	    " (SELECT id FROM act WHERE body IS NOT NULL AND kind <> 'move'"
	    " AND made < ?1 AND tried < ?1"
	    " AND (state IN ('done', 'refused') OR (state = 'void'"
	    " AND substr(why, 1, 10) <> 'needless: ')) LIMIT 1000)", before);
	if (e != OK)
		return (e);
	return (sql_query_once(job, "DELETE FROM act WHERE id IN"
	    " (SELECT id FROM act WHERE body IS NOT NULL AND kind <> 'move'"
	    " AND made < ?1 AND tried < ?1 AND state = 'void'"
	    " AND substr(why, 1, 10) = 'needless: ' LIMIT 1000)", before));
}
