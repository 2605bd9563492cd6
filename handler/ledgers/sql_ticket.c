/*
 * A ticket on disk, stage by stage, and the locks that make one process at a
 * time work on it.  Locks are taken outside of transactions, since they are
 * held over calls to other servers; what was read before them is read again.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

/* In the order of enum stage and enum link_stage. */
static const char *const stages[] = { "none", "intent", "sent", "created" };
static const char *const link_stages[] = {
	"none", "done", "refused", "skipped"
};

enum {
	STAGES = sizeof(stages) / sizeof(stages[0]),
	LINK_STAGES = sizeof(link_stages) / sizeof(link_stages[0])
};

#define COLUMNS	"SELECT id, generation, stage, marker, tracker,"	\
	" project, rule, remote_id, remote_key, url, floor, sent,"	\
	" looked, looks, attempts, adopted, rule_line, owner,"		\
	" owner_line, note, key, wanted FROM ticket "

static enum err
read_columns(struct sql_query *q, struct filing *f)
{

	if (!sql_query_row(q))
		return (sql_query_end(q));
	f->row = sql_query_get_int(q, 0);
	f->generation = (int)sql_query_get_int(q, 1);
	f->stage = (enum stage)sql_query_get_word(q, 2, stages, STAGES);
	f->marker = sql_query_get_text(q, 3);
	f->tracker = sql_query_get_text(q, 4);
	f->project = sql_query_get_text(q, 5);
	f->rule = sql_query_get_text(q, 6);
	f->remote_id = sql_query_get_text(q, 7);
	f->remote_key = sql_query_get_text(q, 8);
	f->url = sql_query_get_text(q, 9);
	f->floor = sql_query_get_int(q, 10);
	f->sent = sql_query_get_int(q, 11);
	f->looked = sql_query_get_int(q, 12);
	f->looks = (int)sql_query_get_int(q, 13);
	f->attempts = (int)sql_query_get_int(q, 14);
	f->adopted = sql_query_get_int(q, 15) != 0;
	f->rule_line = (int)sql_query_get_int(q, 16);
	f->owner = sql_query_get_text(q, 17);
	f->owner_line = (int)sql_query_get_int(q, 18);
	f->note = sql_query_get_text(q, 19);
	f->key = sql_query_get_text(q, 20);
	f->wanted = sql_query_get_int(q, 21);
	return (sql_query_end(q));
}

/* The newest generation of the key, if there is one. */
static enum err
read_ticket(struct job *job, struct filing *f)
{
	struct sql_query q;

	sql_query(&q, job, COLUMNS "WHERE key = ?"
	    " ORDER BY generation DESC LIMIT 1");
	sql_query_text(&q, f->key);
	return (read_columns(&q, f));
}

enum err
sql_ticket_read(struct job *job, int64_t row, struct filing *f)
{
	struct sql_query q;
	enum err e;

	sql_query(&q, job, COLUMNS "WHERE id = ?");
	sql_query_int(&q, row);
	e = read_columns(&q, f);
	return (e == OK && f->row == 0 ? ERR_ABSENT : e);
}

static enum err
read_link(struct job *job, const struct test *test, struct filing *f)
{
	struct test_record record;
	struct sql_query q;
	enum err e;

	if (f->row == 0 || test->identity == NULL)
		return (OK);
	if ((e = sql_test_find_in(job, test, &record)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	sql_query(&q, job, "SELECT stage, refused FROM link"
	    " WHERE ticket = ? AND test = ? AND scope = ?");
	sql_query_int(&q, f->row);
	sql_query_int(&q, record.row);
	sql_query_text(&q, sql_test_scopes[test->scope]);
	if (sql_query_row(&q)) {
		f->link = (enum link_stage)sql_query_get_word(&q, 0,
		    link_stages, LINK_STAGES);
		f->refused = sql_query_get_int(&q, 1);
	}
	return (sql_query_end(&q));
}

static enum err
lock_text(struct job *job, const char *text, int *fd)
{
	enum err e;

	if ((e = sql_lock(job, text, job->deadline, fd)) == ERR_BUSY)
		return (fail(job, ERR_BUSY, "another delivery of this test is "
		    "in hand; this one is safe to send again"));
	return (e);
}

/* A test that has a ticket keeps it, whatever key the rules give it now. */
static enum err
read_key(struct job *job, const struct test *test, struct filing *f)
{
	struct test_record record;
	struct sql_query q;
	const char *key;
	enum err e;

	if ((e = sql_test_find_in(job, test, &record)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	sql_query(&q, job, "SELECT key FROM link JOIN ticket"
	    " ON ticket.id = link.ticket WHERE link.test = ?"
	    " ORDER BY ticket.id DESC LIMIT 1");
	sql_query_int(&q, record.row);
	if (sql_query_row(&q) &&
	    (key = sql_query_get_text(&q, 0)) != NULL)
		f->key = key;
	return (sql_query_end(&q));
}

enum err
sql_ticket_of(struct job *job, int64_t test, bool *has)
{
	struct sql_query q;

	sql_read(&q, job, "SELECT EXISTS (SELECT 1 FROM link WHERE test = ?1)"
	    " OR EXISTS (SELECT 1 FROM ticket WHERE key ="
	    " (SELECT 'test|' || identity FROM test WHERE id = ?1))");
	sql_query_int(&q, test);
	*has = sql_query_row(&q) && sql_query_get_int(&q, 0) != 0;
	return (sql_query_end(&q));
}

/*
 * First the test, then the ticket: two deliveries of one test exclude each
 * other also when they would give it different keys.  The key of a ticket of
 * its own is the test's lock.
 */
static enum err
lock_both(struct job *job, const struct test *test, struct filing *f)
{
	const char *own;
	enum err e;

	if (test->identity == NULL)
		return (lock_text(job, f->key, &f->lock));
	own = arena_printf(job->arena, "test|%s", test->identity);
	if ((e = lock_text(job, own, &f->test_lock)) != OK ||
	    (e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	e = read_key(job, test, f);
	if ((e = sql_leave(job, e)) != OK || strcmp(f->key, own) == 0)
		return (e);
	return (lock_text(job, f->key, &f->lock));
}

enum err
sql_ticket_claim(struct job *job, const struct test *test,
    struct filing *f)
{
	enum err e;

	if ((e = lock_both(job, test, f)) == OK &&
	    (e = sql_enter(job, SQL_USE_READ)) == OK) {
		if ((e = read_ticket(job, f)) == OK)
			e = read_link(job, test, f);
		e = sql_leave(job, e);
	}
	if (e != OK)
		sql_ticket_release(job, f);
	return (e);
}

/* The key of a row never changes, so it may be read before the lock. */
enum err
sql_ticket_take(struct job *job, int64_t row, struct filing *f)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	e = sql_ticket_read(job, row, f);
	if ((e = sql_leave(job, e)) != OK ||
	    (e = lock_text(job, f->key, &f->lock)) != OK)
		return (e);
	if ((e = sql_enter(job, SQL_USE_READ)) == OK) {
		e = sql_ticket_read(job, row, f);
		e = sql_leave(job, e);
	}
	if (e != OK)
		sql_ticket_release(job, f);
	return (e);
}

void
sql_ticket_release(struct job *job, struct filing *f)
{

	sql_unlock(job, &f->lock);
	sql_unlock(job, &f->test_lock);
}

/* A ticket begins as our word, or as one that was found. */
static enum stage
first_stage(const struct filing *f)
{

	return (f->stage == STAGE_CREATED ? STAGE_CREATED : STAGE_INTENT);
}

/* What chose the ticket's place, and what it lacks. */
static void
bind_choice(struct sql_query *q, const struct filing *f)
{

	sql_query_int(q, f->rule_line);
	sql_query_text(q, f->owner);
	sql_query_int(q, f->owner_line);
	sql_query_text(q, f->note);
}

static enum err
insert(struct job *job, const struct filing *f, int64_t *row)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO ticket (key, generation, stage,"
	    " marker, tracker, project, rule, floor, created, remote_id,"
	    " remote_key, url, adopted, rule_line, owner, owner_line, note)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " RETURNING id");
	sql_query_text(&q, f->key);
	sql_query_int(&q, f->generation);
	sql_query_text(&q, stages[first_stage(f)]);
	sql_query_text(&q, f->marker);
	sql_query_text(&q, f->tracker);
	sql_query_text(&q, f->project);
	sql_query_text(&q, f->rule);
	sql_query_int(&q, f->floor);
	sql_query_int(&q, job->now);
	sql_query_text(&q, f->remote_id);
	sql_query_text(&q, f->remote_key);
	sql_query_text(&q, f->url);
	sql_query_int(&q, f->adopted);
	bind_choice(&q, f);
	return (sql_query_give(&q, row));
}

/* The reason stays until the link is no longer refused. */
static enum err
write_link(struct job *job, int64_t ticket, const struct test *test,
    const struct filing *f)
{
	bool refused = f->link == LINK_REFUSED;
	struct sql_query q;
	int64_t row;
	enum err e;

	if (test->identity == NULL)
		return (OK);
	if ((e = sql_test_put(job, test, &row)) != OK)
		return (e);
	sql_query(&q, job, "INSERT INTO link (ticket, test, scope, stage,"
	    " refused, why, trunk_id, tried)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
	    " ON CONFLICT (ticket, test, scope) DO UPDATE SET stage = ?4,"
	    " refused = ?5, trunk_id = coalesce(?7, link.trunk_id),"
	    " tried = ?8, why = "
	    SQL_IF("?4 = 'refused'", "coalesce(?6, link.why)", "NULL"));
	sql_query_int(&q, ticket);
	sql_query_int(&q, row);
	sql_query_text(&q, sql_test_scopes[test->scope]);
	sql_query_text(&q, link_stages[f->link]);
	sql_query_int(&q, f->refused);
	sql_query_text(&q, refused && job->why.text[0] != '\0' ?
	    job->why.text : NULL);
	sql_query_text(&q, test->id);
	sql_query_int(&q, job->now);
	return (sql_query_run(&q));
}

/*
 * What came to pass before somebody asked for a ticket is not told on it.
 * One that no change of status asked for is of the last failure, or of now.
 */
static enum err
put_wanted(struct job *job, const struct event *event, int64_t row)
{
	struct sql_query q;

	sql_query(&q, job, "UPDATE ticket SET wanted = coalesce("
	    "nullif(?1, 0), (SELECT max(time) FROM change"
	    " JOIN link ON link.test = change.test WHERE link.ticket = ?2"
	    " AND change.status IN ('flaky', 'broken')), ?3) WHERE id = ?2");
	sql_query_int(&q, event->family == FAMILY_STATUS &&
	    event->status >= STATUS_FLAKY ? event->time : 0);
	sql_query_int(&q, row);
	sql_query_int(&q, job->now);
	return (sql_query_run(&q));
}

struct intent {
	const struct delivery	*mail;		/* NULL: none led to it */
	const struct event	*event;
	const struct filing	*filing;
	int64_t			 row;		/* is filled in */
};

static enum err
intend(struct job *job, void *arg)
{
	struct intent *in = arg;
	const struct event *event = in->event;
	enum err e;

	if ((e = insert(job, in->filing, &in->row)) == OK &&
	    (e = write_link(job, in->row, &event->test, in->filing)) == OK &&
	    (e = put_wanted(job, event, in->row)) == OK && in->mail != NULL)
		e = sql_delivery_note(job, in->mail, event, in->row);
	return (e);
}

enum err
sql_ticket_intend(struct job *job, const struct delivery *mail,
    const struct event *event, struct filing *f)
{
	struct intent in = { .mail = mail, .event = event, .filing = f };
	enum err e;

	if ((e = sql_do(job, SQL_USE_WRITE, intend, &in)) != OK)
		return (e);
	f->stage = first_stage(f);
	f->row = in.row;
	return (OK);
}

static enum err
update(struct job *job, const struct filing *f)
{
	struct sql_query q;
	int64_t n;
	enum err e;

	sql_query(&q, job, "UPDATE ticket SET stage = ?, marker = ?,"
	    " tracker = ?, project = ?, rule = ?, remote_id = ?,"
	    " remote_key = ?, url = ?, floor = ?, sent = ?, looked = ?,"
	    " looks = ?, attempts = ?, adopted = ?, rule_line = ?, owner = ?,"
	    " owner_line = ?, note = ? WHERE id = ?");
	sql_query_text(&q, stages[f->stage]);
	sql_query_text(&q, f->marker);
	sql_query_text(&q, f->tracker);
	sql_query_text(&q, f->project);
	sql_query_text(&q, f->rule);
	sql_query_text(&q, f->remote_id);
	sql_query_text(&q, f->remote_key);
	sql_query_text(&q, f->url);
	sql_query_int(&q, f->floor);
	sql_query_int(&q, f->sent);
	sql_query_int(&q, f->looked);
	sql_query_int(&q, f->looks);
	sql_query_int(&q, f->attempts);
	sql_query_int(&q, f->adopted);
	bind_choice(&q, f);
	sql_query_int(&q, f->row);
	if ((e = sql_query_count(&q, &n)) != OK)
		return (e);
	if (n != 1)
		return (fail(job, ERR_LEDGER, "ledger %s has lost the ticket "
		    "of key %s; was it restored meanwhile?",
		    sql_of(job)->name, f->key));
	return (OK);
}

struct advance {
	const struct test	*test;
	const struct filing	*filing;
};

static enum err
advance(struct job *job, void *arg)
{
	const struct advance *a = arg;
	enum err e;

	if ((e = update(job, a->filing)) == OK)
		e = write_link(job, a->filing->row, a->test, a->filing);
	return (e);
}

enum err
sql_ticket_advance(struct job *job, const struct test *test,
    const struct filing *f)
{
	struct advance a = { test, f };

	return (sql_do(job, SQL_USE_LATE, advance, &a));
}
