#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"
#include "handler/ledgers/view.h"

/*
 * Lists for people.  Both orders of a list are the order of an index, so
 * that each step is a look-up however many rows there are; what a filter
 * passes over is read once in a walk.
 *
 * ?1 since, ?2 until, ?3 and ?4 the mark, ?5 outcome, ?6 rule, ?7 owner,
 * ?8 ticket, ?9 test or id of a delivery, ?10 row of a ticket, ?11 name.
 */
#define OUTCOME	"CASE WHEN t.adopted = 1 THEN 'adopted'"		\
	" WHEN t.stage = 'created' THEN 'created'"			\
	" WHEN t.stage = 'sent' THEN 'unknown'"				\
	" WHEN t.stage = 'intent' THEN 'pending' END"

#define CHOSEN	" AND (?7 IS NULL OR"					\
	" ltrim(lower(t.owner), '@') = ltrim(lower(?7), '@'))"		\
	" AND (?8 IS NULL OR t.remote_key = ?8 OR t.url = ?8)"

#define DELIVERIES(after, order)					\
	SQL_DELIVERY("body")						\
	" WHERE received >= ?1 AND received <= ?2"			\
	" AND (received, d.rowid) " after " (?3, ?4)"			\
	" AND (?5 IS NULL OR outcome = ?5)"				\
	" AND (?6 IS NULL OR d.rule = ?6)" CHOSEN			\
	" AND (?9 IS NULL OR d.id = ?9) AND ?10 = 0"			\
	" ORDER BY received " order ", d.rowid " order " LIMIT 1"

/* What is asked of a test s, but for its own row. */
#define NAMED	"(instr(s.name, ?9) > 0 OR EXISTS (SELECT 1 FROM alias"	\
	" WHERE alias.test = s.id AND trunk_id = ?9))"

#define TICKETS(after, order)						\
	"SELECT t.id, key, generation, " OUTCOME ", marker, tracker,"	\
	" project, rule, owner, remote_id, remote_key, url, adopted,"	\
	" created, note, (SELECT count(DISTINCT test) FROM link"	\
	"   WHERE ticket = t.id),"					\
	" (SELECT count(DISTINCT test) FROM link WHERE ticket = t.id"	\
	"   AND stage = 'done'),"					\
	" (SELECT count(DISTINCT test) FROM link WHERE ticket = t.id"	\
	"   AND stage = 'refused'),"					\
	" (SELECT name FROM test WHERE id = (SELECT min(test) FROM link" \
	"   WHERE ticket = t.id)), stage, rule_line, owner_line, life,"	\
	" life_since FROM ticket AS t"					\
	" WHERE created >= ?1 AND created <= ?2"			\
	" AND ?3 = ?3 AND t.id " after " ?4"				\
	" AND (?5 IS NULL OR " OUTCOME " = ?5)"				\
	" AND (?6 IS NULL OR rule = ?6)" CHOSEN				\
	" AND (?9 IS NULL OR EXISTS (SELECT 1 FROM link"		\
	"   JOIN test AS s ON s.id = link.test"				\
	"   WHERE link.ticket = t.id AND " NAMED "))"			\
	" AND (?10 = 0 OR t.id = ?10)"					\
	" ORDER BY t.id " order " LIMIT 1"

#define LINK(what, scope)						\
	"(SELECT " what " FROM link WHERE link.ticket = t.id"		\
	" AND link.test = s.id AND link.scope = '" scope "')"

#define ALIAS(scope)							\
	"coalesce(" LINK("trunk_id", scope) ", (SELECT min(trunk_id)"	\
	" FROM alias WHERE alias.test = s.id AND scope = '" scope "'))"

/* Not "?11 IS NULL OR ...", since that would pass over its index. */
#define NAME	" AND s.name = ?11"

#define TESTS(after, order, named)					\
	"SELECT s.id, identity, host, s.owner, repository, file, suite," \
	" name, variant, s.url, " ALIAS("repository") ", "		\
	ALIAS("collection") ", " LINK("stage", "repository") ", "	\
	LINK("stage", "collection") ", status, status_time, since, "	\
	OUTCOME ", t.id, key, generation, marker, tracker, project,"	\
	" rule, t.owner, remote_id, remote_key, t.url, adopted, t.stage," \
	" CASE WHEN status = 'healthy' THEN (SELECT why_healthy"	\
	"   FROM change AS c WHERE c.test = s.id AND c.status = 'healthy'" \
	"   ORDER BY c.time DESC LIMIT 1) END"				\
	" FROM test AS s LEFT JOIN ticket AS t ON t.id ="		\
	" (SELECT max(ticket) FROM link WHERE link.test = s.id)"	\
	" WHERE status_time >= ?1 AND status_time <= ?2"		\
	" AND ?3 = ?3 AND s.id " after " ?4"				\
	" AND (?5 IS NULL OR " OUTCOME " = ?5)"				\
	" AND (?6 IS NULL OR rule = ?6)" CHOSEN				\
	" AND (?9 IS NULL OR " NAMED ")"				\
	" AND (?10 = 0 OR t.id = ?10)" named				\
	" ORDER BY s.id " order " LIMIT 1"

static const char *const stages[] = { "none", "intent", "sent", "created" };

enum {
	STAGES = sizeof(stages) / sizeof(stages[0])
};

static void
bind(struct sql_query *q, const struct view_filter *f,
    const struct view_mark *mark, const char *ninth)
{

	sql_query_int(q, f->since);
	sql_query_int(q, f->until > 0 ? f->until : INT64_MAX);
	sql_query_int(q, mark->time);
	sql_query_int(q, mark->row);
	sql_query_text(q, f->outcome);
	sql_query_text(q, f->rule);
	sql_query_text(q, f->owner);
	sql_query_text(q, f->ticket);
	sql_query_text(q, ninth);
	sql_query_int(q, f->of);
}

int64_t
sql_view_delivery(struct sql_query *q, struct view_delivery *d)
{

	d->id = sql_query_get_text(q, 1);
	d->received = sql_query_get_int(q, 2);
	d->last = sql_query_get_int(q, 3);
	d->tries = sql_query_get_int(q, 4);
	d->type = sql_query_get_text(q, 5);
	d->event_time = sql_query_get_int(q, 6);
	d->outcome = sql_query_get_text(q, 7);
	d->status = (int)sql_query_get_int(q, 8);
	d->final = sql_query_get_int(q, 9) != 0;
	d->due = sql_query_get_int(q, 10) != 0;
	d->answer = sql_query_get_text(q, 11);
	d->rule = sql_query_get_text(q, 12);
	d->why = sql_query_get_text(q, 13);
	d->body = sql_query_get_blob(q, 14, &d->len);
	d->ticket = sql_query_get_int(q, 15);
	d->ticket_key = sql_query_get_text(q, 16);
	d->url = sql_query_get_text(q, 17);
	d->owner = sql_query_get_text(q, 18);
	d->calls = sql_query_get_text(q, 19);
	return (sql_query_get_int(q, 0));
}

static enum err
view_deliveries(struct job *job, const struct view_filter *f,
    struct view_mark *mark, struct view_delivery *d)
{
	struct sql_query q;
	enum err e;

	if (f->oldest)
		sql_read(&q, job, DELIVERIES(">", "ASC"));
	else
		sql_read(&q, job, DELIVERIES("<", "DESC"));
	bind(&q, f, mark, f->id);
	if (sql_query_row(&q)) {
		mark->row = sql_view_delivery(&q, d);
		mark->time = d->received;
	}
	e = sql_query_end(&q);
	return (e == OK && d->id == NULL ? ERR_ABSENT : e);
}

static void
read_ticket(struct sql_query *q, struct view_mark *mark,
    struct view_ticket *t)
{
	struct filing *f = &t->filing;

	mark->row = f->row = sql_query_get_int(q, 0);
	f->key = sql_query_get_text(q, 1);
	f->generation = (int)sql_query_get_int(q, 2);
	t->outcome = sql_query_get_text(q, 3);
	f->marker = sql_query_get_text(q, 4);
	f->tracker = sql_query_get_text(q, 5);
	f->project = sql_query_get_text(q, 6);
	f->rule = sql_query_get_text(q, 7);
	f->owner = sql_query_get_text(q, 8);
	f->remote_id = sql_query_get_text(q, 9);
	f->remote_key = sql_query_get_text(q, 10);
	f->url = sql_query_get_text(q, 11);
	f->adopted = sql_query_get_int(q, 12) != 0;
	t->created = sql_query_get_int(q, 13);
	f->note = sql_query_get_text(q, 14);
	t->tests = sql_query_get_int(q, 15);
	t->linked = sql_query_get_int(q, 16);
	t->refused = sql_query_get_int(q, 17);
	t->test = sql_query_get_text(q, 18);
	f->stage = (enum stage)sql_query_get_word(q, 19, stages, STAGES);
	f->rule_line = (int)sql_query_get_int(q, 20);
	f->owner_line = (int)sql_query_get_int(q, 21);
	t->life = sql_query_get_text(q, 22);
	t->life_since = sql_query_get_int(q, 23);
}

static enum err
view_tickets(struct job *job, const struct view_filter *f,
    struct view_mark *mark, struct view_ticket *t)
{
	struct sql_query q;
	enum err e;

	if (f->oldest)
		sql_read(&q, job, TICKETS(">", "ASC"));
	else
		sql_read(&q, job, TICKETS("<", "DESC"));
	bind(&q, f, mark, f->test);
	if (sql_query_row(&q))
		read_ticket(&q, mark, t);
	e = sql_query_end(&q);
	return (e == OK && t->filing.row == 0 ? ERR_ABSENT : e);
}

static void
read_ticket_of(struct sql_query *q, struct filing *f)
{

	f->row = sql_query_get_int(q, 18);
	f->key = sql_query_get_text(q, 19);
	f->generation = (int)sql_query_get_int(q, 20);
	f->marker = sql_query_get_text(q, 21);
	f->tracker = sql_query_get_text(q, 22);
	f->project = sql_query_get_text(q, 23);
	f->rule = sql_query_get_text(q, 24);
	f->owner = sql_query_get_text(q, 25);
	f->remote_id = sql_query_get_text(q, 26);
	f->remote_key = sql_query_get_text(q, 27);
	f->url = sql_query_get_text(q, 28);
	f->adopted = sql_query_get_int(q, 29) != 0;
	if (f->row != 0)
		f->stage = (enum stage)sql_query_get_word(q, 30, stages,
		    STAGES);
}

static void
read_test(struct sql_query *q, struct view_mark *mark,
    struct view_test *v)
{
	struct test *test = &v->test;

	mark->row = v->row = sql_query_get_int(q, 0);
	test->identity = sql_query_get_text(q, 1);
	test->repository.host = sql_query_get_text(q, 2);
	test->repository.owner = sql_query_get_text(q, 3);
	test->repository.name = sql_query_get_text(q, 4);
	test->file_path = sql_query_get_text(q, 5);
	test->parent = sql_query_get_text(q, 6);
	test->name = sql_query_get_text(q, 7);
	test->variant = sql_query_get_text(q, 8);
	test->url = sql_query_get_text(q, 9);
	v->id[SCOPE_REPOSITORY] = sql_query_get_text(q, 10);
	v->id[SCOPE_COLLECTION] = sql_query_get_text(q, 11);
	v->link[SCOPE_REPOSITORY] = sql_query_get_text(q, 12);
	v->link[SCOPE_COLLECTION] = sql_query_get_text(q, 13);
	v->status = sql_query_get_text(q, 14);
	v->status_time = sql_query_get_int(q, 15);
	v->since = sql_query_get_int(q, 16);
	v->outcome = sql_query_get_text(q, 17);
	v->why_healthy = sql_query_get_text(q, 31);
	read_ticket_of(q, &v->ticket);
}

static enum err
view_tests(struct job *job, const struct view_filter *f,
    struct view_mark *mark, struct view_test *v)
{
	static const char *const sql[2][2] = {
		{ TESTS("<", "DESC", ""), TESTS(">", "ASC", "") },
		{ TESTS("<", "DESC", NAME), TESTS(">", "ASC", NAME) }
	};
	struct sql_query q;
	enum err e;

	sql_read(&q, job, sql[f->name != NULL][f->oldest]);
	bind(&q, f, mark, f->test);
	if (f->name != NULL)
		sql_query_text(&q, f->name);
	if (sql_query_row(&q))
		read_test(&q, mark, v);
	e = sql_query_end(&q);
	return (e == OK && v->row == 0 ? ERR_ABSENT : e);
}

static enum err
view_generation(struct job *job, const char *key, int *generation)
{
	struct sql_query q;

	sql_read(&q, job, "SELECT max(generation) FROM ticket"
	    " WHERE key = ?");
	sql_query_text(&q, key);
	if (sql_query_row(&q))
		*generation = (int)sql_query_get_int(&q, 0);
	return (sql_query_end(&q));
}

const struct view_backend sql_view = {
	.deliveries = view_deliveries,
	.tickets = view_tickets,
	.tests = view_tests,
	.generation = view_generation,
	.dump = sql_view_dump,
	.copy = sql_copy
};
