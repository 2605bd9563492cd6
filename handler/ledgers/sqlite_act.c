/*
 * What is done, or to be done, to a ticket at its tracker.  An act is on disk
 * before it is tried and marked when it was; a key that names its cause keeps
 * it single however often it is planned.
 */
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

/* In the order of enum act_state. */
static const char *const states[] = {
	"due", "sent", "done", "refused", "void"
};

enum {
	STATES = sizeof(states) / sizeof(states[0])
};

/* A section that was not written yet is written as it is now, once. */
static enum err
void_older(struct job *job, int64_t ticket, const struct act *act)
{
	sqlite3 *db = sqlite_of(job)->db;
	struct sqlite_query q;
	size_t n;

	if (sqlite3_changes(db) != 1 || act->body == NULL ||
	    strcmp(act->kind, "section") != 0)
		return (OK);
	n = strcspn(act->body, "\n");
	sqlite_query(&q, job, "UPDATE act SET state = 'void', body = NULL,"
	    " why = 'a newer one follows' WHERE ticket = ?1"
	    " AND state = 'due' AND kind = 'section' AND id < ?2"
	    " AND substr(CAST(body AS BLOB), 1, ?3) ="
	    " substr(CAST(?4 AS BLOB), 1, ?3)");
	sqlite_query_int(&q, ticket);
	sqlite_query_int(&q, sqlite3_last_insert_rowid(db));
	sqlite_query_int(&q, (int64_t)n + 1);
	sqlite_query_text(&q, act->body);
	return (sqlite_query_run(&q));
}

static enum err
insert(struct job *job, int64_t ticket, const struct act *act)
{
	struct sqlite_query q;
	enum err e;

	sqlite_query(&q, job, "INSERT INTO act (ticket, key, kind, body,"
	    " made, state, why) VALUES (?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (ticket, key) DO NOTHING");
	sqlite_query_int(&q, ticket);
	sqlite_query_text(&q, act->key);
	sqlite_query_text(&q, act->kind);
	sqlite_query_text(&q, act->body);
	sqlite_query_int(&q, job->now);
	sqlite_query_text(&q, states[act->state == ACT_VOID ? ACT_VOID :
	    ACT_DUE]);
	sqlite_query_text(&q, act->state == ACT_VOID ? act->why : NULL);
	e = sqlite_query_run(&q);
	return (e == OK ? void_older(job, ticket, act) : e);
}

enum err
sqlite_act_add(struct job *job, const struct filing *f,
    const struct act *acts, size_t n)
{
	enum err e;
	size_t i;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	for (i = 0; i < n && e == OK; i++)
		e = insert(job, f->row, &acts[i]);
	return (sqlite_leave(job, e));
}

#define ACTS(body) "SELECT id, key, kind, " body ", made, state, tried," \
	    " tries, why, count(*) OVER () FROM act WHERE ticket = ?"

static void
read_act(struct sqlite_query *q, struct act *act)
{

	act->row = sqlite_query_get_int(q, 0);
	act->key = sqlite_query_get_text(q, 1);
	act->kind = sqlite_query_get_text(q, 2);
	act->body = sqlite_query_get_text(q, 3);
	act->made = sqlite_query_get_int(q, 4);
	act->state = (enum act_state)sqlite_query_get_word(q, 5, states,
	    STATES);
	act->tried = sqlite_query_get_int(q, 6);
	act->tries = (int)sqlite_query_get_int(q, 7);
	act->why = sqlite_query_get_text(q, 8);
}

/* Those of a ticket that a statement of ACTS finds. */
static enum err
list(struct job *job, const char *sql, int64_t ticket, struct act **acts,
    size_t *n)
{
	struct act *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, sql);
	sqlite_query_int(&q, ticket);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_act(&q, one);
	*acts = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_act_list(struct job *job, int64_t ticket, struct act **acts, size_t *n)
{

	return (list(job, ACTS("body") " AND state IN ('due', 'sent')"
	    " ORDER BY id", ticket, acts, n));
}

enum err
sqlite_act_latest(struct job *job, int64_t ticket, struct act **acts,
    size_t *n)
{

	return (list(job, ACTS("substr(body, 1, 2000)") " ORDER BY id DESC"
	    " LIMIT 20", ticket, acts, n));
}

enum err
sqlite_life_acts(struct job *job, int64_t ticket, const struct act **acts,
    size_t *n)
{
	struct act *all = NULL;
	enum err e;

	e = list(job, ACTS("iif(kind = 'move', body, NULL)") " ORDER BY id",
	    ticket, &all, n);
	*acts = all;
	return (e);
}

/* What we opened is looked after again, however long it was closed. */
static enum err
watch_again(struct job *job, const struct act *act)
{
	struct sqlite_query q;

	if (act->state != ACT_DONE)
		return (OK);
	sqlite_query(&q, job, "UPDATE followed SET watched = 1, closed = 0"
	    " WHERE ticket = (SELECT ticket FROM act WHERE id = ?"
	    " AND kind = 'move' AND body = 'open')");
	sqlite_query_int(&q, act->row);
	return (sqlite_query_run(&q));
}

enum err
sqlite_act_mark(struct job *job, const struct act *act)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	sqlite_query(&q, job, "UPDATE act SET state = ?, why = ?, tried = ?,"
	    " tries = tries + 1 WHERE id = ?");
	sqlite_query_text(&q, states[act->state]);
	sqlite_query_text(&q, act->why);
	sqlite_query_int(&q, job->now);
	sqlite_query_int(&q, act->row);
	if ((e = sqlite_query_run(&q)) == OK)
		e = watch_again(job, act);
	return (sqlite_leave(job, e));
}

/* The first open act of a ticket holds up the rest of them. */
enum err
sqlite_act_next(struct job *job, int64_t before, int64_t *ticket)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT ticket FROM act JOIN ticket"
	    " ON ticket.id = act.ticket WHERE state IN ('due', 'sent')"
	    " AND (tried < ? OR tried > ?) AND stage = 'created'"
	    " AND NOT EXISTS (SELECT 1 FROM act AS other"
	    " WHERE other.ticket = act.ticket AND other.id < act.id"
	    " AND other.state IN ('due', 'sent'))"
	    " ORDER BY tried, act.id LIMIT 1");
	sqlite_query_int(&q, before);
	sqlite_query_int(&q, job->now);
	if (sqlite_query_row(&q))
		*ticket = sqlite_query_get_int(&q, 0);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && *ticket == 0 ? ERR_ABSENT : e));
}

/*
 * The text of what is over goes; moves stay.  What was planned and never
 * wanted is planned again should that change.
 */
enum err
sqlite_act_prune(struct job *job, int64_t before)
{
	enum err e;

	e = sqlite_query_once(job, "UPDATE act SET body = NULL WHERE id IN"
	    " (SELECT id FROM act WHERE body IS NOT NULL AND kind <> 'move'"
	    " AND made < ?1 AND tried < ?1"
	    " AND (state IN ('done', 'refused') OR (state = 'void'"
	    " AND why NOT GLOB 'needless: *')) LIMIT 1000)", before);
	if (e != OK)
		return (e);
	return (sqlite_query_once(job, "DELETE FROM act WHERE id IN"
	    " (SELECT id FROM act WHERE body IS NOT NULL AND kind <> 'move'"
	    " AND made < ?1 AND tried < ?1 AND state = 'void'"
	    " AND why GLOB 'needless: *' LIMIT 1000)", before));
}
