/*
 * Who a test is.  Trunk's ids are aliases: the same test may have one in each
 * version of the API, and a new one after it was renamed.  The first that is
 * known leads to the row; else the identity does, and the id becomes an alias.
 */
#include <string.h>

#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

/* In the order of enum scope. */
const char *const sql_test_scopes[SQL_SCOPES] = {
	"repository", "collection"
};

/* In the order of enum status, which is also their rank. */
const char *const sql_test_statuses[SQL_STATUSES] = {
	"unknown", "healthy", "flaky", "broken"
};

static const char *
suite_of(const struct test *test)
{

	return (test->parent != NULL ? test->parent : test->classname);
}

void
sql_test_read(struct sql_query *q, int first, struct test *test)
{

	test->scope = (enum scope)sql_query_get_word(q, first,
	    sql_test_scopes, SQL_SCOPES);
	test->id = sql_query_get_text(q, first + 1);
	test->identity = sql_query_get_text(q, first + 2);
	test->repository.host = sql_query_get_text(q, first + 3);
	test->repository.owner = sql_query_get_text(q, first + 4);
	test->repository.name = sql_query_get_text(q, first + 5);
	test->file_path = sql_query_get_text(q, first + 6);
	test->parent = sql_query_get_text(q, first + 7);
	test->name = sql_query_get_text(q, first + 8);
	test->variant = sql_query_get_text(q, first + 9);
	test->url = sql_query_get_text(q, first + 10);
}

static enum err
read_record(struct sql_query *q, struct test_record *record)
{
	enum err e;

	if (sql_query_row(q)) {
		record->row = sql_query_get_int(q, 0);
		record->identity = sql_query_get_text(q, 1);
		record->status = (enum status)sql_query_get_word(q, 2,
		    sql_test_statuses, SQL_STATUSES);
		record->status_time = sql_query_get_int(q, 3);
	}
	e = sql_query_end(q);
	return (e == OK && record->row == 0 ? ERR_ABSENT : e);
}

/* By its id alone; ERR_ABSENT also for a test without one. */
static enum err
find_alias(struct job *job, const struct test *test,
    struct test_record *record)
{
	struct sql_query q;

	*record = (struct test_record){ .row = 0 };
	if (test->id == NULL)
		return (ERR_ABSENT);
	sql_query(&q, job, "SELECT id, identity, status, status_time"
	    " FROM alias JOIN test ON id = test"
	    " WHERE scope = ? AND trunk_id = ?");
	sql_query_text(&q, sql_test_scopes[test->scope]);
	sql_query_text(&q, test->id);
	return (read_record(&q, record));
}

/*
 * The alias comes first: the test it names keeps the identity it had when
 * its file was renamed, or when a payload tells less of it.
 */
enum err
sql_test_find_in(struct job *job, const struct test *test,
    struct test_record *record)
{
	struct sql_query q;
	enum err e;

	if ((e = find_alias(job, test, record)) != ERR_ABSENT)
		return (e);
	sql_query(&q, job, "SELECT id, identity, status, status_time"
	    " FROM test WHERE identity = ?");
	sql_query_text(&q, test->identity);
	return (read_record(&q, record));
}

enum err
sql_test_find(struct job *job, const struct test *test,
    struct test_record *record)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	e = sql_test_find_in(job, test, record);
	return (sql_leave(job, e));
}

struct meeting {
	const struct test	*test;
	struct test_record	*record;
};

static enum err
meet(struct job *job, void *arg)
{
	struct meeting *m = arg;
	int64_t row;
	enum err e;

	if ((e = sql_test_put(job, m->test, &row)) != OK)
		return (e);
	return (sql_test_find_in(job, m->test, m->record));
}

enum err
sql_test_meet(struct job *job, const struct test *test,
    struct test_record *record)
{
	struct meeting m = { test, record };
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	e = find_alias(job, test, record);
	if ((e = sql_leave(job, e)) != ERR_ABSENT)
		return (e);
	return (sql_step(job, meet, &m));
}

static enum err
insert(struct job *job, const struct test *test, int64_t *row)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO test (identity, host, owner,"
	    " repository, file, suite, name, variant, url)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
	sql_query_text(&q, test->identity);
	sql_query_text(&q, test->repository.host);
	sql_query_text(&q, test->repository.owner);
	sql_query_text(&q, test->repository.name);
	sql_query_text(&q, test->file_path);
	sql_query_text(&q, suite_of(test));
	sql_query_text(&q, test->name);
	sql_query_text(&q, test->variant);
	sql_query_text(&q, test->url);
	return (sql_query_give(&q, row));
}

enum err
sql_test_put(struct job *job, const struct test *test, int64_t *row)
{
	struct test_record record;
	struct sql_query q;
	enum err e;

	e = sql_test_find_in(job, test, &record);
	*row = record.row;
	if (e == ERR_ABSENT)
		e = insert(job, test, row);
	if (e != OK || test->id == NULL)
		return (e);
	sql_query(&q, job, "INSERT INTO alias (scope, trunk_id, test)"
	    " VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
	sql_query_text(&q, sql_test_scopes[test->scope]);
	sql_query_text(&q, test->id);
	sql_query_int(&q, *row);
	return (sql_query_run(&q));
}

/* What people read of a test, from the newest event that tells it. */
static enum err
refresh(struct job *job, const struct event *event, int64_t row)
{
	const struct test *test = &event->test;
	struct sql_query q;

	sql_query(&q, job, "UPDATE test SET file = coalesce(?, file),"
	    " suite = coalesce(?, suite), name = coalesce(?, name),"
	    " url = coalesce(?, url) WHERE id = ?");
	sql_query_text(&q, test->file_path);
	sql_query_text(&q, suite_of(test));
	sql_query_text(&q, test->name);
	sql_query_text(&q, test->url);
	sql_query_int(&q, row);
	return (sql_query_run(&q));
}

static enum err
set_status(struct job *job, const struct event *event, int64_t row)
{
	struct sql_query q;

	sql_query(&q, job, "UPDATE test SET status = ?1,"
	    " status_time = ?2, since = "
	    SQL_IF("status = ?1", "since", "?2") " WHERE id = ?3");
	sql_query_text(&q, sql_test_statuses[event->status]);
	sql_query_int(&q, event->time);
	sql_query_int(&q, row);
	return (sql_query_run(&q));
}

/* Is it told, and does the row have something else in that column? */
static bool
differs(struct sql_query *q, int column, const char *told)
{
	const char *kept = told == NULL ? NULL :
	    sql_query_get_text(q, column);

	return (told != NULL && (kept == NULL || strcmp(kept, told) != 0));
}

/* The newer event tells the status; at equal times, the worse one does. */
static bool
is_newer(const struct event *event, enum status status, int64_t time)
{

	if (event->status == STATUS_UNKNOWN)
		return (false);
	return (status == STATUS_UNKNOWN || event->time > time ||
	    (event->time == time && event->status > status));
}

/* Most events tell what is on record, and so write nothing here. */
enum err
sql_test_tell(struct job *job, const struct event *event, int64_t row)
{
	const struct test *test = &event->test;
	bool other = false, newer = false;
	enum status status;
	struct sql_query q;
	int64_t time;
	enum err e;

	sql_query(&q, job, "SELECT file, suite, name, url, status,"
	    " status_time FROM test WHERE id = ?");
	sql_query_int(&q, row);
	if (sql_query_row(&q)) {
		status = (enum status)sql_query_get_word(&q, 4,
		    sql_test_statuses, SQL_STATUSES);
		time = sql_query_get_int(&q, 5);
		newer = is_newer(event, status, time);
		other = event->time >= time &&
		    (differs(&q, 0, test->file_path) ||
		    differs(&q, 1, suite_of(test)) ||
		    differs(&q, 2, test->name) || differs(&q, 3, test->url));
	}
	e = sql_query_end(&q);
	if (e == OK && other)
		e = refresh(job, event, row);
	return (e == OK && newer ? set_status(job, event, row) : e);
}
