/*
 * Tickets that list several tests.  The row counts changes of what there is to
 * list, and up to which of them the list over there was written; where the two
 * differ, it is due.  One lock for each ticket says who writes it.
 */
#include <errno.h>
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/lock.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_records.h"

/* What the index ticket_unlisted is about, and no more. */
#define IS_OLD	"changes > written AND stage = 'created' AND list_gone = 0"

enum err
sqlite_list_of(struct job *job, const struct test *test, int64_t *row)
{
	struct test_record record;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	if ((e = sqlite_test_find_in(job, test, &record)) == OK) {
		sqlite_query(&q, job, "SELECT id FROM ticket WHERE id IN"
		    " (SELECT ticket FROM link WHERE test = ?) AND " IS_OLD
		    " ORDER BY id DESC LIMIT 1");
		sqlite_query_int(&q, record.row);
		if (sqlite_query_row(&q))
			*row = sqlite_query_get_int(&q, 0);
		e = sqlite_query_end(&q);
	}
	return (sqlite_leave(job, e == OK && *row == 0 ? ERR_ABSENT : e));
}

static enum err
lock_list(struct job *job, int64_t row, int *fd)
{
	struct sqlite *l = sqlite_of(job);
	const char *text = arena_printf(job->arena, "list|%lld",
	    (long long)row);

	if (text == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the lock"));
	switch (lock_key(l->lock_path, text, 0, fd)) {
	case OK:
		return (OK);
	case ERR_BUSY:
		return (fail(job, ERR_BUSY, "this list is being written"));
	default:
		return (fail(job, ERR_LEDGER, "ledger %s cannot be locked: %s",
		    l->lock_path, strerror(errno)));
	}
}

static enum err
read_state(struct job *job, int64_t row, struct listing *listing)
{
	struct sqlite_query q;
	enum err e;

	sqlite_query(&q, job, "SELECT changes, listed FROM ticket"
	    " WHERE id = ? AND " IS_OLD);
	sqlite_query_int(&q, row);
	if (sqlite_query_row(&q)) {
		listing->changes = sqlite_query_get_int(&q, 0);
		listing->written = sqlite_query_get_text(&q, 1);
	}
	e = sqlite_query_end(&q);
	return (e == OK && listing->changes == 0 ? ERR_ABSENT : e);
}

static void
read_listed(struct sqlite_query *q, struct listed *t)
{

	t->name = sqlite_query_get_text(q, 0);
	t->file = sqlite_query_get_text(q, 1);
	t->variant = sqlite_query_get_text(q, 2);
	t->url = sqlite_query_get_text(q, 3);
	t->status = (enum status)sqlite_query_get_word(q, 4,
	    sqlite_test_statuses, SQLITE_STATUSES);
	t->since = sqlite_query_get_int(q, 5);
}

/* No text is longer than a line may show, so that all of it fits. */
static enum err
read_tests(struct job *job, int64_t row, struct listing *listing)
{
	struct listed *tests;
	struct sqlite_query q;

	tests = arena_alloc(job->arena, LIST_SHOWN * sizeof(*tests));
	if (tests == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the list"));
	sqlite_query(&q, job, "SELECT substr(name, 1, 500),"
	    " substr(file, 1, 500), substr(variant, 1, 500),"
	    " iif(length(url) <= 2000, url, NULL), status, since,"
	    " count(*) OVER () FROM test"
	    " WHERE id IN (SELECT test FROM link WHERE ticket = ?1)"
	    " ORDER BY name, file, suite, variant, id LIMIT ?2");
	sqlite_query_int(&q, row);
	sqlite_query_int(&q, LIST_SHOWN);
	while (sqlite_query_row(&q) && listing->n < LIST_SHOWN) {
		read_listed(&q, &tests[listing->n++]);
		listing->total = sqlite_query_get_int(&q, 6);
	}
	listing->tests = tests;
	return (sqlite_query_end(&q));
}

/*
 * The count of changes is read before the tests are: a change between the
 * two is written twice rather than never.
 */
enum err
sqlite_list_claim(struct job *job, int64_t row, struct listing *listing)
{
	enum err e;

	if ((e = lock_list(job, row, &listing->lock)) != OK ||
	    (e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	if ((e = read_state(job, row, listing)) == OK &&
	    (e = sqlite_ticket_read(job, row, &listing->filing)) == OK)
		e = read_tests(job, row, listing);
	return (sqlite_leave(job, e));
}

enum err
sqlite_list_note(struct job *job, const struct listing *listing,
    enum list_note note, const char *hash)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	sqlite_query(&q, job, "UPDATE ticket SET list_tried = ?1,"
	    " written = iif(?2, ?3, written), listed = iif(?2, ?4, listed),"
	    " list_gone = ?5 WHERE id = ?6");
	sqlite_query_int(&q, job->now);
	sqlite_query_int(&q, note == LIST_WRITTEN);
	sqlite_query_int(&q, listing->changes);
	sqlite_query_text(&q, hash);
	sqlite_query_int(&q, note == LIST_GONE);
	sqlite_query_int(&q, listing->filing.row);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

void
sqlite_list_release(struct job *job, struct listing *listing)
{

	(void)job;
	lock_key_release(listing->lock);
	listing->lock = -1;
}

enum err
sqlite_list_next(struct job *job, int64_t before, int64_t *row)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id FROM ticket WHERE " IS_OLD
	    " AND (list_tried < ? OR list_tried > ?)"
	    " ORDER BY list_tried LIMIT 1");
	sqlite_query_int(&q, before);
	sqlite_query_int(&q, job->now);
	if (sqlite_query_row(&q))
		*row = sqlite_query_get_int(&q, 0);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && *row == 0 ? ERR_ABSENT : e));
}
