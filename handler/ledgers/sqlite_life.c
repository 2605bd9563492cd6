/*
 * A ticket's life in the ledger: its stage and when it is to be looked at
 * again, its tests with their ids at Trunk, and signs of another program that
 * makes or closes tickets of the same tests.
 */
#include "handler/job.h"
#include "handler/ledgers/life.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

/* In the order of enum scope. */
static const char *const scopes[] = { "repository", "collection" };

enum {
	SCOPES = sizeof(scopes) / sizeof(scopes[0])
};

/* The stage that a column names. */
static enum life_stage
read_stage(struct sqlite_query *q, int column)
{
	const char *names[LIFE_STAGES];
	int i;

	for (i = 0; i < LIFE_STAGES; i++)
		names[i] = life_stage_name((enum life_stage)i);
	return ((enum life_stage)sqlite_query_get_word(q, column, names,
	    LIFE_STAGES));
}

static enum err
life_read(struct job *job, int64_t ticket, struct life_record *record)
{
	struct sqlite_query q;
	bool found = false;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT t.life, t.life_since, t.flaps,"
	    " t.life_next, EXISTS (SELECT 1 FROM ticket AS n"
	    " WHERE n.key = t.key AND n.generation > t.generation),"
	    " coalesce(p.id, 0), max(coalesce(p.life_since, 0), t.wanted)"
	    " FROM ticket AS t LEFT JOIN ticket AS p ON p.key = t.key"
	    " AND p.generation = t.generation - 1 WHERE t.id = ?");
	sqlite_query_int(&q, ticket);
	if (sqlite_query_row(&q)) {
		found = true;
		record->stage = read_stage(&q, 0);
		record->since = sqlite_query_get_int(&q, 1);
		record->flaps = (int)sqlite_query_get_int(&q, 2);
		record->next = sqlite_query_get_int(&q, 3);
		record->followed = sqlite_query_get_int(&q, 4) != 0;
		record->before = sqlite_query_get_int(&q, 5);
		record->from = sqlite_query_get_int(&q, 6);
	}
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && !found ? ERR_ABSENT : e));
}

static enum err
life_write(struct job *job, int64_t ticket,
    const struct life_record *record)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	sqlite_query(&q, job, "UPDATE ticket SET life = ?, life_since = ?,"
	    " flaps = ?, life_next = ? WHERE id = ?");
	sqlite_query_text(&q, life_stage_name(record->stage));
	sqlite_query_int(&q, record->since);
	sqlite_query_int(&q, record->flaps);
	sqlite_query_int(&q, record->next);
	sqlite_query_int(&q, ticket);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

static enum err
life_want(struct job *job, int64_t ticket, int64_t time)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	sqlite_query(&q, job, "UPDATE ticket SET wanted = ?1"
	    " WHERE id = ?2 AND wanted > ?1");
	sqlite_query_int(&q, time);
	sqlite_query_int(&q, ticket);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

static enum err
life_ticket(struct job *job, int64_t row, struct filing *f)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	e = sqlite_ticket_read(job, row, f);
	return (sqlite_leave(job, e));
}

static void
read_member(struct sqlite_query *q, struct life_member *m)
{

	m->row = sqlite_query_get_int(q, 0);
	m->identity = m->test.identity = sqlite_query_get_text(q, 1);
	m->test.name = sqlite_query_get_text(q, 2);
	m->test.id = sqlite_query_get_text(q, 3);
	m->test.scope = (enum scope)sqlite_query_get_word(q, 4, scopes,
	    SCOPES);
	m->test.file_path = sqlite_query_get_text(q, 5);
	m->test.variant = sqlite_query_get_text(q, 6);
	m->test.url = sqlite_query_get_text(q, 7);
	m->test.repository.host = sqlite_query_get_text(q, 8);
	m->test.repository.owner = sqlite_query_get_text(q, 9);
	m->test.repository.name = sqlite_query_get_text(q, 10);
	m->test.failure_rate = -1;
	m->test.pull_requests = -1;
}

/* Of a test with an id in both scopes the collection's is told. */
static enum err
life_tests(struct job *job, int64_t ticket,
    const struct life_member **tests, size_t *n)
{
	struct life_member *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT test.id, identity, name, trunk_id,"
	    " min(scope), file, variant, url, host, owner, repository,"
	    " count(*) OVER () FROM link JOIN test ON test.id = link.test"
	    " WHERE ticket = ? GROUP BY test.id ORDER BY test.id");
	sqlite_query_int(&q, ticket);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_member(&q, one);
	*tests = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

static void
read_change(struct sqlite_query *q, struct change *c)
{

	c->delivery = sqlite_query_get_text(q, 0);
	c->time = sqlite_query_get_int(q, 1);
	c->status = (enum status)sqlite_query_get_word(q, 2,
	    sqlite_test_statuses, SQLITE_STATUSES);
	c->previous = (enum status)sqlite_query_get_word(q, 3,
	    sqlite_test_statuses, SQLITE_STATUSES);
	c->why_healthy = (enum healthy)sqlite_query_get_word(q, 4,
	    sqlite_history_healthy, SQLITE_HEALTHY);
}

static enum err
life_changes(struct job *job, int64_t test, size_t most,
    const struct change **changes, size_t *n)
{
	struct change *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT delivery, time, status, previous,"
	    " why_healthy, count(*) OVER () FROM (SELECT * FROM change"
	    " WHERE test = ? ORDER BY time DESC, id DESC LIMIT ?)"
	    " ORDER BY time, id");
	sqlite_query_int(&q, test);
	sqlite_query_int(&q, (int64_t)most);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_change(&q, one);
	*changes = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

static enum err
life_note(struct job *job, const struct life_worse *worse)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	sqlite_query(&q, job, "INSERT INTO worse (delivery, rule, priority,"
	    " due) SELECT delivery, ?2, ?3, ?4 FROM change"
	    " WHERE delivery = ?1 ON CONFLICT DO NOTHING");
	sqlite_query_text(&q, worse->delivery);
	sqlite_query_text(&q, worse->rule);
	sqlite_query_text(&q, worse->priority);
	sqlite_query_int(&q, worse->due);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

static void
read_worse(struct sqlite_query *q, struct life_worse *worse)
{

	worse->delivery = sqlite_query_get_text(q, 0);
	worse->rule = sqlite_query_get_text(q, 1);
	worse->priority = sqlite_query_get_text(q, 2);
	worse->due = sqlite_query_get_int(q, 3);
}

static enum err
life_worse(struct job *job, int64_t test,
    const struct life_worse **worse, size_t *n)
{
	struct life_worse *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT worse.delivery, rule, priority, due,"
	    " count(*) OVER () FROM change JOIN worse"
	    " ON worse.delivery = change.delivery WHERE test = ?");
	sqlite_query_int(&q, test);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_worse(&q, one);
	*worse = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

static enum err
life_due(struct job *job, int64_t now, int64_t *ticket)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id FROM ticket WHERE life_next > 0"
	    " AND life_next <= ? AND stage = 'created'"
	    " ORDER BY life_next, id LIMIT 1");
	sqlite_query_int(&q, now);
	if (sqlite_query_row(&q))
		*ticket = sqlite_query_get_int(&q, 0);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && *ticket == 0 ? ERR_ABSENT : e));
}

static enum err
life_find(struct job *job, const char *key, int generation,
    struct filing *f)
{
	struct sqlite_query q;
	int64_t row = 0;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id FROM ticket WHERE key = ?"
	    " AND generation = ?");
	sqlite_query_text(&q, key);
	sqlite_query_int(&q, generation);
	if (sqlite_query_row(&q))
		row = sqlite_query_get_int(&q, 0);
	if ((e = sqlite_query_end(&q)) == OK)
		e = row == 0 ? ERR_ABSENT : sqlite_ticket_read(job, row, f);
	return (sqlite_leave(job, e));
}

/* Closed by somebody else right after a test of it became healthy. */
static enum err
read_closed(struct job *job, int64_t since, struct life_rival *r)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "SELECT count(DISTINCT t.id),"
	    " max(t.id), t.remote_key FROM news AS n"
	    " JOIN ticket AS t ON t.id = n.ticket"
	    " JOIN link ON link.ticket = t.id"
	    " JOIN change AS c ON c.test = link.test"
	    " WHERE n.category = 'done' AND n.us <> 'yes' AND n.time >= ?1"
	    " AND c.status = 'healthy'"
	    " AND n.time BETWEEN c.time AND c.time + ?2"
	    " AND NOT EXISTS (SELECT 1 FROM act WHERE act.ticket = t.id"
	    " AND act.kind = 'move' AND act.body = 'done'"
	    " AND act.state IN ('due', 'sent', 'done'))");
	sqlite_query_int(&q, since);
	sqlite_query_int(&q, LIFE_RIVAL_AFTER);
	if (sqlite_query_row(&q)) {
		r->closed = sqlite_query_get_int(&q, 0);
		r->closed_key = sqlite_query_get_text(&q, 2);
	}
	return (sqlite_query_end(&q));
}

/* Trunk showed it before we had any. */
static enum err
read_made(struct job *job, int64_t since, struct life_rival *r)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "SELECT count(*), max(id), remote_key"
	    " FROM ticket WHERE adopted = 1 AND stage = 'created'"
	    " AND created >= ?");
	sqlite_query_int(&q, since);
	if (sqlite_query_row(&q)) {
		r->made = sqlite_query_get_int(&q, 0);
		r->made_key = sqlite_query_get_text(&q, 2);
	}
	return (sqlite_query_end(&q));
}

static enum err
life_rival(struct job *job, int64_t since, struct life_rival *r)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	if ((e = read_closed(job, since, r)) == OK)
		e = read_made(job, since, r);
	return (sqlite_leave(job, e));
}

const struct life_backend sqlite_life = {
	.read = life_read,
	.write = life_write,
	.want = life_want,
	.ticket = life_ticket,
	.find = life_find,
	.acts = sqlite_life_acts,
	.tests = life_tests,
	.changes = life_changes,
	.note = life_note,
	.worse = life_worse,
	.due = life_due,
	.rival = life_rival
};
