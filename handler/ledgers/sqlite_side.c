/*
 * Connections beside the first.  One reads what is on disk while the first
 * has a transaction open or waits for its flush: in a write-ahead log who
 * reads and who writes do not meet, https://www.sqlite.org/wal.html.  One
 * copies the log into the file, so that no commit takes that upon itself.
 */
#include "common/thread.h"
#include "handler/job.h"
#include "handler/ledgers/sql_store.h"
#include "handler/ledgers/sqlite.h"

enum {
	LOG_PAGES = 1000,	/* new in the log: copy it into the file */
	LOG_MOST = 32 * LOG_PAGES	/* while nobody else may write */
};

/* What this thread has entered. */
static _Thread_local const struct sqlite_side *entered;

static void
init(struct sqlite_side *side)
{
	(void)pthread_mutex_init(&side->mutex, NULL);
	thread_condition(&side->given);
}

/* Until then; NULL: at once or not at all. */
static bool
take(struct sqlite_side *side, const struct timespec *until)
{
	bool got;

	(void)pthread_mutex_lock(&side->mutex);
	while (side->taken && until != NULL && pthread_cond_timedwait(
	    &side->given, &side->mutex, until) == 0)
		continue;
	got = !side->taken;
	side->taken = true;
	(void)pthread_mutex_unlock(&side->mutex);
	return (got);
}

static void
give(struct sqlite_side *side)
{

	(void)pthread_mutex_lock(&side->mutex);
	side->taken = false;
	(void)pthread_cond_signal(&side->given);
	(void)pthread_mutex_unlock(&side->mutex);
}

void
sqlite_side_init(struct sqlite *l)
{

	init(&l->reader);
	init(&l->keeper);
}

static void
close_side(struct sqlite *l, struct sqlite_side *side)
{

	sql_query_forget(&l->sql, &side->cached);
	(void)sqlite3_close(side->db);
	side->db = NULL;
	(void)pthread_cond_destroy(&side->given);
	(void)pthread_mutex_destroy(&side->mutex);
}

void
sqlite_side_close(struct sqlite *l)
{

	close_side(l, &l->keeper);
	close_side(l, &l->reader);
}

/* Once taken. */
static bool
open_side(struct sqlite *l, struct sqlite_side *side, const char *pragmas)
{

	if (side->db != NULL)
		return (true);
	if (sqlite3_open_v2(l->path, &side->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) == SQLITE_OK &&
	    sqlite3_busy_handler(side->db, sqlite_busy,
	    &side->deadline) == SQLITE_OK &&
	    sqlite3_exec(side->db, pragmas, NULL, NULL, NULL) == SQLITE_OK)
		return (true);
	(void)sqlite3_close(side->db);
	side->db = NULL;
	return (false);
}

bool
sqlite_side_enter(struct job *job)
{
	struct sqlite *l = sqlite_of(job);
	const struct timespec until = thread_until(job->deadline);

	if (!l->wal || !take(&l->reader, &until))
		return (false);
	l->reader.deadline = job->deadline;
	if (open_side(l, &l->reader, "PRAGMA temp_store = MEMORY;"
	    "PRAGMA query_only = ON")) {
		entered = &l->reader;
		return (true);
	}
	give(&l->reader);
	return (false);
}

bool
sqlite_side_leave(struct sql *sql)
{
	struct sqlite *l = (struct sqlite *)sql;

	if (entered != &l->reader)
		return (false);
	entered = NULL;
	give(&l->reader);
	return (true);
}

struct sql_cached **
sqlite_side_cached(struct sql *sql)
{
	struct sqlite *l = (struct sqlite *)sql;

	return (entered == &l->reader ? &l->reader.cached : &sql->cached);
}

sqlite3 *
sqlite_side_db(const struct sqlite *l)
{

	return (entered == &l->reader ? l->reader.db : l->db);
}

/*
 * A checkpoint takes two flushes.  Others go on meanwhile unless the log has
 * grown far too long, as it does when it is never all copied.
 */
void
sqlite_side_log(struct sqlite *l)
{

	if (l->pages < l->kept)			/* begun anew */
		l->kept = 0;
	l->due = l->pages - l->kept >= LOG_PAGES;
	if (!l->due)
		return;
	l->kept = l->pages;
	if (l->pages < LOG_MOST)
		return;
	l->due = false;
	(void)sqlite3_wal_checkpoint_v2(l->db, NULL,
	    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* What fails here is made up for by the next one, or at the end. */
void
sqlite_side_keep(struct sql *sql)
{
	struct sqlite *l = (struct sqlite *)sql;
	struct sqlite_side *side = &l->keeper;

	if (!l->due || !take(side, NULL))
		return;
	if (open_side(l, side, "PRAGMA synchronous = FULL"))
		(void)sqlite3_wal_checkpoint_v2(side->db, NULL,
		    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	give(side);
}
