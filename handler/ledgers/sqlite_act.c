#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

/* In the order of enum act_state. */
static const char *const states[] = {
	"due", "sent", "done", "refused", "void"
};

enum {
	STATES = sizeof(states) / sizeof(states[0])
};

static enum err
insert(struct job *job, int64_t ticket, const struct act *act)
{
	struct sqlite_query q;

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
	return (sqlite_query_run(&q));
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

enum err
sqlite_act_list(struct job *job, int64_t ticket, struct act **acts, size_t *n)
{
	struct act *all = NULL;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id, key, kind, body, made, state, tried,"
	    " tries, why, count(*) OVER () FROM act"
	    " WHERE ticket = ? AND state IN ('due', 'sent') ORDER BY id");
	sqlite_query_int(&q, ticket);
	while (sqlite_query_row(&q) && (all != NULL || (all =
	    sqlite_query_get_room(&q, 9, sizeof(*all))) != NULL))
		read_act(&q, &all[(*n)++]);
	*acts = all;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_life_acts(struct job *job, int64_t ticket, const struct act **acts,
    size_t *n)
{
	struct act *all = NULL;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id, key, kind, body, made, state, tried,"
	    " tries, why, count(*) OVER () FROM act WHERE ticket = ?"
	    " ORDER BY id");
	sqlite_query_int(&q, ticket);
	while (sqlite_query_row(&q) && (all != NULL || (all =
	    sqlite_query_get_room(&q, 9, sizeof(*all))) != NULL))
		read_act(&q, &all[(*n)++]);
	*acts = all;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
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
	e = sqlite_query_run(&q);
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
