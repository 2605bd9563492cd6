/*
 * Tickets that list several tests.  The row counts changes of what there is to
 * list, and up to which of them the list over there was written; where the two
 * differ, it is due.  One lock for each ticket says who writes it.
 */
#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_records.h"

/* What the index ticket_unlisted is about, and no more. */
#define IS_OLD	"changes > written AND stage = 'created' AND list_gone = 0"

enum err
sql_list_of(struct job *job, const struct test *test, int64_t *row)
{
	struct test_record record;
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	if ((e = sql_test_find_in(job, test, &record)) == OK) {
		sql_query(&q, job, "SELECT id FROM ticket WHERE id IN"
		    " (SELECT ticket FROM link WHERE test = ?) AND " IS_OLD
		    " ORDER BY id DESC LIMIT 1");
		sql_query_int(&q, record.row);
		if (sql_query_row(&q))
			*row = sql_query_get_int(&q, 0);
		e = sql_query_end(&q);
	}
	return (sql_leave(job, e == OK && *row == 0 ? ERR_ABSENT : e));
}

static enum err
lock_list(struct job *job, int64_t row, int *fd)
{
	const char *text = arena_printf(job->arena, "list|%lld",
	    (long long)row);
	enum err e;

	if ((e = sql_lock(job, text, 0, fd)) == ERR_BUSY)
		return (fail(job, ERR_BUSY, "this list is being written"));
	return (e);
}

static enum err
read_state(struct job *job, int64_t row, struct listing *listing)
{
	struct sql_query q;
	enum err e;

	sql_query(&q, job, "SELECT changes, listed FROM ticket"
	    " WHERE id = ? AND " IS_OLD);
	sql_query_int(&q, row);
	if (sql_query_row(&q)) {
		listing->changes = sql_query_get_int(&q, 0);
		listing->written = sql_query_get_text(&q, 1);
	}
	e = sql_query_end(&q);
	return (e == OK && listing->changes == 0 ? ERR_ABSENT : e);
}

static void
read_listed(struct sql_query *q, struct listed *t)
{

	t->name = sql_query_get_text(q, 0);
	t->file = sql_query_get_text(q, 1);
	t->variant = sql_query_get_text(q, 2);
	t->url = sql_query_get_text(q, 3);
	t->status = (enum status)sql_query_get_word(q, 4,
	    sql_test_statuses, SQL_STATUSES);
	t->since = sql_query_get_int(q, 5);
}

/* No text is longer than a line may show, so that all of it fits. */
static enum err
read_tests(struct job *job, int64_t row, struct listing *listing)
{
	struct listed *tests;
	struct sql_query q;

	tests = arena_alloc(job->arena, LIST_SHOWN * sizeof(*tests));
	if (tests == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the list"));
	sql_query(&q, job, "SELECT substr(name, 1, 500),"
	    " substr(file, 1, 500), substr(variant, 1, 500),"
	    " " SQL_IF("length(url) <= 2000", "url", "NULL") ", status, since,"
	    " count(*) OVER () FROM test"
	    " WHERE id IN (SELECT test FROM link WHERE ticket = ?1)"
	    " ORDER BY name NULLS FIRST, file NULLS FIRST, suite NULLS FIRST,"
	    " variant NULLS FIRST, id LIMIT ?2");
	sql_query_int(&q, row);
	sql_query_int(&q, LIST_SHOWN);
	while (sql_query_row(&q) && listing->n < LIST_SHOWN) {
		read_listed(&q, &tests[listing->n++]);
		listing->total = sql_query_get_int(&q, 6);
	}
	listing->tests = tests;
	return (sql_query_end(&q));
}

/*
 * The count of changes is read before the tests are: a change between the
 * two is written twice rather than never.
 */
enum err
sql_list_claim(struct job *job, int64_t row, struct listing *listing)
{
	enum err e;

	if ((e = lock_list(job, row, &listing->lock)) != OK ||
	    (e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	if ((e = read_state(job, row, listing)) == OK &&
	    (e = sql_ticket_read(job, row, &listing->filing)) == OK)
		e = read_tests(job, row, listing);
	return (sql_leave(job, e));
}

enum err
sql_list_note(struct job *job, const struct listing *listing,
    enum list_note note, const char *hash)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE ticket SET list_tried = ?1,"
	    " written = " SQL_IF("?2 <> 0", "?3", "written")
	    ", listed = " SQL_IF("?2 <> 0", "?4", "listed") ","
	    " list_gone = ?5 WHERE id = ?6");
	sql_query_int(&q, job->now);
	sql_query_int(&q, note == LIST_WRITTEN);
	sql_query_int(&q, listing->changes);
	sql_query_text(&q, hash);
	sql_query_int(&q, note == LIST_GONE);
	sql_query_int(&q, listing->filing.row);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

void
sql_list_release(struct job *job, struct listing *listing)
{

	sql_unlock(job, &listing->lock);
}

enum err
sql_list_next(struct job *job, int64_t before, int64_t *row)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT id FROM ticket WHERE " IS_OLD
	    " AND (list_tried < ? OR list_tried > ?)"
	    " ORDER BY list_tried LIMIT 1");
	sql_query_int(&q, before);
	sql_query_int(&q, job->now);
	if (sql_query_row(&q))
		*row = sql_query_get_int(&q, 0);
	e = sql_query_end(&q);
	return (e == OK && *row == 0 ? ERR_ABSENT : e);
}
