/*
 * What "tickethook sync" and /ready ask of the ledger: deliveries that are due,
 * links and tickets that were left half done, what was refused since when.
 * Each walk has an index of its own, so that nothing to do costs nothing.  The
 * pruning of what is old is here too, a thousand rows of a kind at a time.
 */
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"
#include "handler/ledgers/tell.h"

enum err
sql_sweep_due(struct job *job, int64_t before, struct due *due)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT id, body, received, last FROM delivery"
	    " WHERE due = 1 AND (last < ? OR last > ?)"
	    " ORDER BY last LIMIT 1");
	sql_query_int(&q, before);
	sql_query_int(&q, job->now);
	if (sql_query_row(&q)) {
		due->id = sql_query_get_text(&q, 0);
		due->body = sql_query_get_blob(&q, 1, &due->len);
		due->received = sql_query_get_int(&q, 2);
		due->last = sql_query_get_int(&q, 3);
	}
	e = sql_query_end(&q);
	return (e == OK && due->id == NULL ? ERR_ABSENT : e);
}

/*
 * Of one stage, so that their order is that of their index, whose condition
 * is repeated.  What has another ticket since is not linked to this one.
 */
#define UNLINKED(stage)							\
	"SELECT ticket.key, link.scope, link.trunk_id, identity, host,"	\
	" test.owner, repository, file, suite, name, variant,"		\
	" test.url, link.tried FROM link"				\
	" JOIN ticket ON ticket.id = link.ticket"			\
	" JOIN test ON test.id = link.test"				\
	" WHERE link.stage IN ('none', 'refused')"			\
	" AND link.stage = '" stage "' AND link.tried < ?"		\
	" AND link.trunk_id IS NOT NULL AND ticket.stage = 'created'"	\
	" AND NOT EXISTS (SELECT 1 FROM link AS newer"			\
	" WHERE newer.test = link.test AND newer.ticket > link.ticket)"	\
	" ORDER BY link.tried LIMIT 1"

enum err
sql_sweep_unlinked(struct job *job, int64_t before,
    int64_t refused_before, struct unlinked *unlinked)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT * FROM (" UNLINKED("none") ") AS a"
	    " UNION ALL SELECT * FROM (" UNLINKED("refused") ") AS b"
	    " ORDER BY 13 LIMIT 1");
	sql_query_int(&q, before);
	sql_query_int(&q, refused_before);
	if (sql_query_row(&q)) {
		unlinked->key = sql_query_get_text(&q, 0);
		sql_test_read(&q, 1, &unlinked->test);
	}
	e = sql_query_end(&q);
	return (e == OK && unlinked->key == NULL ? ERR_ABSENT : e);
}

enum err
sql_sweep_unsettled(struct job *job, int64_t before, int64_t *row,
    struct unlinked *unlinked)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT ticket.key, link.scope, link.trunk_id,"
	    " identity, host, test.owner, repository, file, suite, name,"
	    " variant, test.url, ticket.id FROM ticket JOIN link"
	    " ON link.ticket = ticket.id JOIN test ON test.id = link.test"
	    /* By the index of those few: "+" keeps off that of the row. */
	    " WHERE ticket.stage = 'sent' AND +ticket.id > ? AND sent < ?"
	    " ORDER BY +ticket.id LIMIT 1");
	sql_query_int(&q, *row);
	sql_query_int(&q, before);
	if (sql_query_row(&q)) {
		unlinked->key = sql_query_get_text(&q, 0);
		sql_test_read(&q, 1, &unlinked->test);
		*row = sql_query_get_int(&q, 12);
	}
	e = sql_query_end(&q);
	return (e == OK && unlinked->key == NULL ? ERR_ABSENT : e);
}

enum err
sql_sweep_unchecked(struct job *job, int64_t before, struct filing *f)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT id, key, generation, marker, tracker,"
	    " project, remote_id, remote_key FROM ticket"
	    " WHERE stage = 'created' AND adopted = 0 AND checked = 0"
	    " AND created < ? ORDER BY created LIMIT 1");
	sql_query_int(&q, before);
	if (sql_query_row(&q)) {
		f->row = sql_query_get_int(&q, 0);
		f->key = sql_query_get_text(&q, 1);
		f->generation = (int)sql_query_get_int(&q, 2);
		f->marker = sql_query_get_text(&q, 3);
		f->tracker = sql_query_get_text(&q, 4);
		f->project = sql_query_get_text(&q, 5);
		f->remote_id = sql_query_get_text(&q, 6);
		f->remote_key = sql_query_get_text(&q, 7);
		f->stage = STAGE_CREATED;
	}
	e = sql_query_end(&q);
	return (e == OK && f->row == 0 ? ERR_ABSENT : e);
}

enum err
sql_sweep_checked(struct job *job, const struct filing *f)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	e = sql_query_once(job, "UPDATE ticket SET checked = 1"
	    " WHERE id = ?", f->row);
	return (sql_leave(job, e));
}

/*
 * All was refused since the later of the first refusal that still stands
 * and the last delivery that went well.
 */
enum err
sql_sweep_state(struct job *job, struct ledger_state *state)
{
	struct sql_query q;
	int64_t refused, well;

	sql_read(&q, job, "SELECT"
	    " (SELECT min(refused) FROM link"
	    "   WHERE stage IN ('none', 'refused') AND stage = 'refused'),"
	    " (SELECT min(first_refused) FROM delivery"
	    "   WHERE first_refused > 0),"
	    " (SELECT max(last) FROM delivery"
	    "   WHERE status = 200 AND outcome <> 'parked'),"
	    " (SELECT count(*) FROM delivery WHERE due = 1)");
	if (sql_query_row(&q)) {
		state->link_refused = sql_query_get_int(&q, 0);
		refused = sql_query_get_int(&q, 1);
		well = sql_query_get_int(&q, 2);
		state->due = sql_query_get_int(&q, 3);
		state->drought = refused > 0 && refused < well ? well :
		    refused;
	}
	return (sql_query_end(&q));
}

enum err
sql_sweep_prune(struct job *job, int64_t before, int64_t *n)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	sql_query(&q, job, "DELETE FROM delivery WHERE id IN"
	    " (SELECT id FROM delivery WHERE due IN (0, 1) AND last < ?1"
	    " AND (due = 0 OR received < ?1) LIMIT 1000)");
	sql_query_int(&q, before);
	e = sql_query_count(&q, n);
	if (e == OK && (e = sql_history_prune(job, before)) == OK &&
	    (e = sql_effect_prune(job, before)) == OK)
		e = sql_queue_prune(job, before);
	if (e == OK && (e = sql_notice_prune(job, before)) == OK &&
	    (e = sql_storm_prune(job, before)) == OK)
		e = sql_act_prune(job, before);
	return (sql_leave(job, e));
}

static void
read_past(struct sql_query *q, struct past_mark *mark, struct past *past)
{
	struct filing *f = &past->ticket;

	mark->row = sql_query_get_int(q, 0);
	mark->received = past->received = sql_query_get_int(q, 1);
	past->id = sql_query_get_text(q, 2);
	past->body = sql_query_get_blob(q, 3, &past->len);
	past->outcome = sql_query_get_text(q, 4);
	past->rule = sql_query_get_text(q, 5);
	f->row = sql_query_get_int(q, 6);
	f->key = sql_query_get_text(q, 7);
	f->generation = (int)sql_query_get_int(q, 8);
	f->tracker = sql_query_get_text(q, 9);
	f->project = sql_query_get_text(q, 10);
	f->rule = sql_query_get_text(q, 11);
	f->owner = sql_query_get_text(q, 12);
	f->remote_key = sql_query_get_text(q, 13);
	f->url = sql_query_get_text(q, 14);
	f->adopted = sql_query_get_int(q, 15) != 0;
}

enum err
sql_sweep_past(struct job *job, int64_t since, struct past_mark *mark,
    struct past *past)
{
	struct sql_query q;
	enum err e;

	/* In the order of the index, so that each step is a look-up. */
	sql_read(&q, job, "SELECT delivery.rowid, received, delivery.id,"
	    " body, outcome, delivery.rule, ticket.id, key, generation,"
	    " tracker, project, ticket.rule, owner, remote_key, url, adopted"
	    " FROM delivery LEFT JOIN ticket ON ticket.id = delivery.ticket"
	    " WHERE received >= ? AND (received, delivery.rowid) > (?, ?)"
	    " ORDER BY received, delivery.rowid LIMIT 1");
	sql_query_int(&q, mark->received > since ? mark->received : since);
	sql_query_int(&q, mark->received);
	sql_query_int(&q, mark->row);
	if (sql_query_row(&q))
		read_past(&q, mark, past);
	e = sql_query_end(&q);
	return (e == OK && past->id == NULL ? ERR_ABSENT : e);
}
