/*
 * A ticket's life in the ledger: its stage and when it is to be looked at
 * again, its tests with their ids at Trunk, and signs of another program that
 * makes or closes tickets of the same tests.
 */
#include "handler/job.h"
#include "handler/ledgers/life.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

/* The stage that a column names. */
static enum life_stage
read_stage(struct sql_query *q, int column)
{
	const char *names[LIFE_STAGES];
	int i;

	for (i = 0; i < LIFE_STAGES; i++)
		names[i] = life_stage_name((enum life_stage)i);
	return ((enum life_stage)sql_query_get_word(q, column, names,
	    LIFE_STAGES));
}

static enum err
life_read(struct job *job, int64_t ticket, struct life_record *record)
{
	struct sql_query q;
	bool found = false;
	enum err e;

	sql_read(&q, job, "SELECT t.life, t.life_since, t.flaps,"
	    " t.life_next, EXISTS (SELECT 1 FROM ticket AS n"
	    " WHERE n.key = t.key AND n.generation > t.generation),"
	    " coalesce(p.id, 0), " SQL_IF("p.life_since > t.wanted",
	    "p.life_since", "t.wanted")
	    " FROM ticket AS t LEFT JOIN ticket AS p ON p.key = t.key"
	    " AND p.generation = t.generation - 1 WHERE t.id = ?");
	sql_query_int(&q, ticket);
	if (sql_query_row(&q)) {
		found = true;
		record->stage = read_stage(&q, 0);
		record->since = sql_query_get_int(&q, 1);
		record->flaps = (int)sql_query_get_int(&q, 2);
		record->next = sql_query_get_int(&q, 3);
		record->followed = sql_query_get_int(&q, 4) != 0;
		record->before = sql_query_get_int(&q, 5);
		record->from = sql_query_get_int(&q, 6);
	}
	e = sql_query_end(&q);
	return (e == OK && !found ? ERR_ABSENT : e);
}

static enum err
life_write(struct job *job, int64_t ticket,
    const struct life_record *record)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE ticket SET life = ?, life_since = ?,"
	    " flaps = ?, life_next = ? WHERE id = ?");
	sql_query_text(&q, life_stage_name(record->stage));
	sql_query_int(&q, record->since);
	sql_query_int(&q, record->flaps);
	sql_query_int(&q, record->next);
	sql_query_int(&q, ticket);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

static enum err
life_want(struct job *job, int64_t ticket, int64_t time)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE ticket SET wanted = ?1"
	    " WHERE id = ?2 AND wanted > ?1");
	sql_query_int(&q, time);
	sql_query_int(&q, ticket);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

static void
read_member(struct sql_query *q, struct life_member *m)
{

	m->row = sql_query_get_int(q, 0);
	m->identity = m->test.identity = sql_query_get_text(q, 1);
	m->test.name = sql_query_get_text(q, 2);
	m->test.id = sql_query_get_text(q, 3);
	m->test.scope = (enum scope)sql_query_get_word(q, 4,
	    sql_test_scopes, SQL_SCOPES);
	m->test.file_path = sql_query_get_text(q, 5);
	m->test.variant = sql_query_get_text(q, 6);
	m->test.url = sql_query_get_text(q, 7);
	m->test.repository.host = sql_query_get_text(q, 8);
	m->test.repository.owner = sql_query_get_text(q, 9);
	m->test.repository.name = sql_query_get_text(q, 10);
	m->test.failure_rate = -1;
	m->test.pull_requests = -1;
}

/* Of a test with an id in both scopes the collection's is told. */
static enum err
life_tests(struct job *job, int64_t ticket,
    const struct life_member **tests, size_t *n)
{
	struct life_member *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT test.id, identity, name, trunk_id,"
	    " scope, file, variant, url, host, owner, repository,"
	    " count(*) OVER () FROM link JOIN test ON test.id = link.test"
	    " WHERE ticket = ?1 AND scope = (SELECT min(scope) FROM link"
	    " WHERE ticket = ?1 AND link.test = test.id) ORDER BY test.id");
	sql_query_int(&q, ticket);
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_member(&q, one);
	*tests = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

static void
read_change(struct sql_query *q, struct change *c)
{

	c->delivery = sql_query_get_text(q, 0);
	c->time = sql_query_get_int(q, 1);
	c->status = (enum status)sql_query_get_word(q, 2,
	    sql_test_statuses, SQL_STATUSES);
	c->previous = (enum status)sql_query_get_word(q, 3,
	    sql_test_statuses, SQL_STATUSES);
	c->why_healthy = (enum healthy)sql_query_get_word(q, 4,
	    sql_history_healthy, SQL_HEALTHY);
}

static enum err
life_changes(struct job *job, int64_t test, size_t most,
    const struct change **changes, size_t *n)
{
	struct change *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT delivery, time, status, previous,"
	    " why_healthy, count(*) OVER () FROM (SELECT * FROM change"
	    " WHERE test = ? ORDER BY time DESC, id DESC LIMIT ?)"
	    " AS newest ORDER BY time, id");
	sql_query_int(&q, test);
	sql_query_int(&q, (int64_t)most);
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_change(&q, one);
	*changes = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

static enum err
life_note(struct job *job, const struct life_worse *worse)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	sql_query(&q, job, "INSERT INTO worse (delivery, rule, priority,"
	    " due) SELECT delivery, ?2, ?3, ?4 FROM change"
	    " WHERE delivery = ?1 ON CONFLICT (delivery) DO NOTHING");
	sql_query_text(&q, worse->delivery);
	sql_query_text(&q, worse->rule);
	sql_query_text(&q, worse->priority);
	sql_query_int(&q, worse->due);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

static void
read_worse(struct sql_query *q, struct life_worse *worse)
{

	worse->delivery = sql_query_get_text(q, 0);
	worse->rule = sql_query_get_text(q, 1);
	worse->priority = sql_query_get_text(q, 2);
	worse->due = sql_query_get_int(q, 3);
}

static enum err
life_worse(struct job *job, int64_t test,
    const struct life_worse **worse, size_t *n)
{
	struct life_worse *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT worse.delivery, rule, priority, due,"
	    " count(*) OVER () FROM change JOIN worse"
	    " ON worse.delivery = change.delivery WHERE test = ?");
	sql_query_int(&q, test);
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_worse(&q, one);
	*worse = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

static enum err
life_due(struct job *job, int64_t now, int64_t *ticket)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT id FROM ticket WHERE life_next > 0"
	    " AND life_next <= ? AND stage = 'created'"
	    " ORDER BY life_next, id LIMIT 1");
	sql_query_int(&q, now);
	if (sql_query_row(&q))
		*ticket = sql_query_get_int(&q, 0);
	e = sql_query_end(&q);
	return (e == OK && *ticket == 0 ? ERR_ABSENT : e);
}

static enum err
life_find(struct job *job, const char *key, int generation,
    struct filing *f)
{
	struct sql_query q;
	int64_t row = 0;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	sql_query(&q, job, "SELECT id FROM ticket WHERE key = ?"
	    " AND generation = ?");
	sql_query_text(&q, key);
	sql_query_int(&q, generation);
	if (sql_query_row(&q))
		row = sql_query_get_int(&q, 0);
	if ((e = sql_query_end(&q)) == OK)
		e = row == 0 ? ERR_ABSENT : sql_ticket_read(job, row, f);
	return (sql_leave(job, e));
}

/* Closed by somebody else right after a test of it became healthy. */
static enum err
read_closed(struct job *job, int64_t since, struct life_rival *r)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT t.id, t.remote_key,"
	    " count(*) OVER () FROM news AS n"
	    " JOIN ticket AS t ON t.id = n.ticket"
	    " JOIN link ON link.ticket = t.id"
	    " JOIN change AS c ON c.test = link.test"
	    " WHERE n.category = 'done' AND n.us <> 'yes' AND n.time >= ?1"
	    " AND c.status = 'healthy'"
	    " AND n.time BETWEEN c.time AND c.time + ?2"
	    " AND NOT EXISTS (SELECT 1 FROM act WHERE act.ticket = t.id"
	    " AND act.kind = 'move' AND act.body = 'done'"
	    " AND act.state IN ('due', 'sent', 'done'))"
	    " GROUP BY t.id, t.remote_key ORDER BY t.id DESC LIMIT 1");
	sql_query_int(&q, since);
	sql_query_int(&q, LIFE_RIVAL_AFTER);
	if (sql_query_row(&q)) {
		r->closed_key = sql_query_get_text(&q, 1);
		r->closed = sql_query_get_int(&q, 2);
	}
	return (sql_query_end(&q));
}

/* Trunk showed it before we had any. */
static enum err
read_made(struct job *job, int64_t since, struct life_rival *r)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT remote_key, count(*) OVER ()"
	    " FROM ticket WHERE adopted = 1 AND stage = 'created'"
	    " AND created >= ? ORDER BY id DESC LIMIT 1");
	sql_query_int(&q, since);
	if (sql_query_row(&q)) {
		r->made_key = sql_query_get_text(&q, 0);
		r->made = sql_query_get_int(&q, 1);
	}
	return (sql_query_end(&q));
}

static enum err
life_rival(struct job *job, int64_t since, struct life_rival *r)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	if ((e = read_closed(job, since, r)) == OK)
		e = read_made(job, since, r);
	return (sql_leave(job, e));
}

const struct life_backend sql_life = {
	.read = life_read,
	.write = life_write,
	.want = life_want,
	.find = life_find,
	.acts = sql_life_acts,
	.tests = life_tests,
	.changes = life_changes,
	.note = life_note,
	.worse = life_worse,
	.due = life_due,
	.rival = life_rival
};
