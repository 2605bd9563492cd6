/*
 * A ticket on disk, stage by stage, and the locks that make one process at a
 * time work on it.  Locks are taken outside of transactions, since they are
 * held over calls to other servers; what was read before them is read again.
 */
#include <errno.h>
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/lock.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

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
read_columns(struct sqlite_query *q, struct filing *f)
{

	if (!sqlite_query_row(q))
		return (sqlite_query_end(q));
	f->row = sqlite_query_get_int(q, 0);
	f->generation = (int)sqlite_query_get_int(q, 1);
	f->stage = (enum stage)sqlite_query_get_word(q, 2, stages, STAGES);
	f->marker = sqlite_query_get_text(q, 3);
	f->tracker = sqlite_query_get_text(q, 4);
	f->project = sqlite_query_get_text(q, 5);
	f->rule = sqlite_query_get_text(q, 6);
	f->remote_id = sqlite_query_get_text(q, 7);
	f->remote_key = sqlite_query_get_text(q, 8);
	f->url = sqlite_query_get_text(q, 9);
	f->floor = sqlite_query_get_int(q, 10);
	f->sent = sqlite_query_get_int(q, 11);
	f->looked = sqlite_query_get_int(q, 12);
	f->looks = (int)sqlite_query_get_int(q, 13);
	f->attempts = (int)sqlite_query_get_int(q, 14);
	f->adopted = sqlite_query_get_int(q, 15) != 0;
	f->rule_line = (int)sqlite_query_get_int(q, 16);
	f->owner = sqlite_query_get_text(q, 17);
	f->owner_line = (int)sqlite_query_get_int(q, 18);
	f->note = sqlite_query_get_text(q, 19);
	f->key = sqlite_query_get_text(q, 20);
	f->wanted = sqlite_query_get_int(q, 21);
	return (sqlite_query_end(q));
}

/* The newest generation of the key, if there is one. */
static enum err
read_ticket(struct job *job, struct filing *f)
{
	struct sqlite_query q;

	sqlite_query(&q, job, COLUMNS "WHERE key = ?"
	    " ORDER BY generation DESC LIMIT 1");
	sqlite_query_text(&q, f->key);
	return (read_columns(&q, f));
}

enum err
sqlite_ticket_read(struct job *job, int64_t row, struct filing *f)
{
	struct sqlite_query q;
	enum err e;

	sqlite_query(&q, job, COLUMNS "WHERE id = ?");
	sqlite_query_int(&q, row);
	e = read_columns(&q, f);
	return (e == OK && f->row == 0 ? ERR_ABSENT : e);
}

static enum err
read_link(struct job *job, const struct test *test, struct filing *f)
{
	struct test_record record;
	struct sqlite_query q;
	enum err e;

	if (f->row == 0 || test->identity == NULL)
		return (OK);
	if ((e = sqlite_test_find_in(job, test, &record)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	sqlite_query(&q, job, "SELECT stage, refused FROM link"
	    " WHERE ticket = ? AND test = ? AND scope = ?");
	sqlite_query_int(&q, f->row);
	sqlite_query_int(&q, record.row);
	sqlite_query_text(&q, sqlite_test_scope(test->scope));
	if (sqlite_query_row(&q)) {
		f->link = (enum link_stage)sqlite_query_get_word(&q, 0,
		    link_stages, LINK_STAGES);
		f->refused = sqlite_query_get_int(&q, 1);
	}
	return (sqlite_query_end(&q));
}

static enum err
lock_text(struct job *job, const char *text, int *fd)
{
	struct sqlite *l = sqlite_of(job);

	if (text == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the lock"));

	switch (lock_key(l->lock_path, text, job->deadline, fd)) {
	case OK:
		return (OK);
	case ERR_BUSY:
		return (fail(job, ERR_BUSY, "another delivery of this test is "
		    "in hand; this one is safe to send again"));
	default:
		return (fail(job, ERR_LEDGER, "ledger %s cannot be locked: %s",
		    l->lock_path, strerror(errno)));
	}
}

/* A test that has a ticket keeps it, whatever key the rules give it now. */
static enum err
read_key(struct job *job, const struct test *test, struct filing *f)
{
	struct test_record record;
	struct sqlite_query q;
	const char *key;
	enum err e;

	if ((e = sqlite_test_find_in(job, test, &record)) != OK)
		return (e == ERR_ABSENT ? OK : e);
	sqlite_query(&q, job, "SELECT key FROM link JOIN ticket"
	    " ON ticket.id = link.ticket WHERE link.test = ?"
	    " ORDER BY ticket.id DESC LIMIT 1");
	sqlite_query_int(&q, record.row);
	if (sqlite_query_row(&q) &&
	    (key = sqlite_query_get_text(&q, 0)) != NULL)
		f->key = key;
	return (sqlite_query_end(&q));
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
	    (e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	e = read_key(job, test, f);
	if ((e = sqlite_leave(job, e)) != OK || strcmp(f->key, own) == 0)
		return (e);
	return (lock_text(job, f->key, &f->lock));
}

enum err
sqlite_ticket_claim(struct job *job, const struct test *test,
    struct filing *f)
{
	enum err e;

	if ((e = lock_both(job, test, f)) == OK &&
	    (e = sqlite_enter(job, SQLITE_USE_READ)) == OK) {
		if ((e = read_ticket(job, f)) == OK)
			e = read_link(job, test, f);
		e = sqlite_leave(job, e);
	}
	if (e != OK)
		sqlite_ticket_release(job, f);
	return (e);
}

/* The key of a row never changes, so it may be read before the lock. */
enum err
sqlite_ticket_take(struct job *job, int64_t row, struct filing *f)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	e = sqlite_ticket_read(job, row, f);
	if ((e = sqlite_leave(job, e)) != OK ||
	    (e = lock_text(job, f->key, &f->lock)) != OK)
		return (e);
	if ((e = sqlite_enter(job, SQLITE_USE_READ)) == OK) {
		e = sqlite_ticket_read(job, row, f);
		e = sqlite_leave(job, e);
	}
	if (e != OK)
		sqlite_ticket_release(job, f);
	return (e);
}

void
sqlite_ticket_release(struct job *job, struct filing *f)
{

	(void)job;
	lock_key_release(f->lock);
	lock_key_release(f->test_lock);
	f->lock = f->test_lock = -1;
}

/* A ticket begins as our word, or as one that was found. */
static enum stage
first_stage(const struct filing *f)
{

	return (f->stage == STAGE_CREATED ? STAGE_CREATED : STAGE_INTENT);
}

/* What chose the ticket's place, and what it lacks. */
static void
bind_choice(struct sqlite_query *q, const struct filing *f)
{

	sqlite_query_int(q, f->rule_line);
	sqlite_query_text(q, f->owner);
	sqlite_query_int(q, f->owner_line);
	sqlite_query_text(q, f->note);
}

static enum err
insert(struct job *job, const struct filing *f, int64_t *row)
{
	struct sqlite_query q;
	enum err e;

	sqlite_query(&q, job, "INSERT INTO ticket (key, generation, stage,"
	    " marker, tracker, project, rule, floor, created, remote_id,"
	    " remote_key, url, adopted, rule_line, owner, owner_line, note)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sqlite_query_text(&q, f->key);
	sqlite_query_int(&q, f->generation);
	sqlite_query_text(&q, stages[first_stage(f)]);
	sqlite_query_text(&q, f->marker);
	sqlite_query_text(&q, f->tracker);
	sqlite_query_text(&q, f->project);
	sqlite_query_text(&q, f->rule);
	sqlite_query_int(&q, f->floor);
	sqlite_query_int(&q, job->now);
	sqlite_query_text(&q, f->remote_id);
	sqlite_query_text(&q, f->remote_key);
	sqlite_query_text(&q, f->url);
	sqlite_query_int(&q, f->adopted);
	bind_choice(&q, f);
	if ((e = sqlite_query_run(&q)) == OK)
		*row = sqlite3_last_insert_rowid(sqlite_of(job)->db);
	return (e);
}

/* The reason stays until the link is no longer refused. */
static enum err
write_link(struct job *job, int64_t ticket, const struct test *test,
    const struct filing *f)
{
	bool refused = f->link == LINK_REFUSED;
	struct sqlite_query q;
	int64_t row;
	enum err e;

	if (test->identity == NULL)
		return (OK);
	if ((e = sqlite_test_put(job, test, &row)) != OK)
		return (e);
	sqlite_query(&q, job, "INSERT INTO link (ticket, test, scope, stage,"
	    " refused, why, trunk_id, tried)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
	    " ON CONFLICT DO UPDATE SET stage = ?4, refused = ?5,"
	    " trunk_id = coalesce(?7, trunk_id), tried = ?8,"
	    " why = iif(?4 = 'refused', coalesce(?6, why), NULL)");
	sqlite_query_int(&q, ticket);
	sqlite_query_int(&q, row);
	sqlite_query_text(&q, sqlite_test_scope(test->scope));
	sqlite_query_text(&q, link_stages[f->link]);
	sqlite_query_int(&q, f->refused);
	sqlite_query_text(&q, refused && job->why.text[0] != '\0' ?
	    job->why.text : NULL);
	sqlite_query_text(&q, test->id);
	sqlite_query_int(&q, job->now);
	return (sqlite_query_run(&q));
}

/*
 * What came to pass before somebody asked for a ticket is not told on it.
 * One that no change of status asked for is of the last failure, or of now.
 */
static enum err
put_wanted(struct job *job, const struct event *event, int64_t row)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "UPDATE ticket SET wanted = coalesce("
	    "nullif(?1, 0), (SELECT max(time) FROM change"
	    " JOIN link ON link.test = change.test WHERE link.ticket = ?2"
	    " AND change.status IN ('flaky', 'broken')), ?3) WHERE id = ?2");
	sqlite_query_int(&q, event->family == FAMILY_STATUS &&
	    event->status >= STATUS_FLAKY ? event->time : 0);
	sqlite_query_int(&q, row);
	sqlite_query_int(&q, job->now);
	return (sqlite_query_run(&q));
}

enum err
sqlite_ticket_intend(struct job *job, const struct delivery *mail,
    const struct event *event, struct filing *f)
{
	int64_t row = 0;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	if ((e = insert(job, f, &row)) == OK &&
	    (e = write_link(job, row, &event->test, f)) == OK &&
	    (e = put_wanted(job, event, row)) == OK && mail != NULL)
		e = sqlite_delivery_note(job, mail, event, row);
	if ((e = sqlite_leave(job, e)) != OK)
		return (e);
	f->stage = first_stage(f);
	f->row = row;
	return (OK);
}

static enum err
update(struct job *job, const struct filing *f)
{
	struct sqlite_query q;
	enum err e;

	sqlite_query(&q, job, "UPDATE ticket SET stage = ?, marker = ?,"
	    " tracker = ?, project = ?, rule = ?, remote_id = ?,"
	    " remote_key = ?, url = ?, floor = ?, sent = ?, looked = ?,"
	    " looks = ?, attempts = ?, adopted = ?, rule_line = ?, owner = ?,"
	    " owner_line = ?, note = ? WHERE id = ?");
	sqlite_query_text(&q, stages[f->stage]);
	sqlite_query_text(&q, f->marker);
	sqlite_query_text(&q, f->tracker);
	sqlite_query_text(&q, f->project);
	sqlite_query_text(&q, f->rule);
	sqlite_query_text(&q, f->remote_id);
	sqlite_query_text(&q, f->remote_key);
	sqlite_query_text(&q, f->url);
	sqlite_query_int(&q, f->floor);
	sqlite_query_int(&q, f->sent);
	sqlite_query_int(&q, f->looked);
	sqlite_query_int(&q, f->looks);
	sqlite_query_int(&q, f->attempts);
	sqlite_query_int(&q, f->adopted);
	bind_choice(&q, f);
	sqlite_query_int(&q, f->row);
	if ((e = sqlite_query_run(&q)) != OK)
		return (e);
	if (sqlite3_changes(sqlite_of(job)->db) != 1)
		return (fail(job, ERR_LEDGER, "ledger %s has lost the ticket "
		    "of key %s; was it restored meanwhile?",
		    sqlite_of(job)->path, f->key));
	return (OK);
}

enum err
sqlite_ticket_advance(struct job *job, const struct test *test,
    const struct filing *f)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	if ((e = update(job, f)) == OK)
		e = write_link(job, f->row, test, f);
	return (sqlite_leave(job, e));
}
