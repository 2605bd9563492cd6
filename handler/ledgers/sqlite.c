/*
 * The file of an SQLite ledger: made, opened, set up and closed.
 * Making it is our own work, for the modes of the file and so that its name
 * outlives a power cut; then come the pragmas and the schema.  Who may use
 * the connection is decided in sql_turn.c, statements run in sqlite_store.c,
 * and the functions of the backend stand in the files sql_*.c.
 */
#include "handler/ledgers/sqlite.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "handler/job.h"
#include "handler/ledgers/lock.h"
#include "handler/ledgers/sql_backend.h"
#include "handler/ledgers/sql_store.h"

enum {
	OPEN_WAIT = 5000,	/* ms that opening waits for a writer */
	BUSY_PAUSE = 5,		/* ms between two tries, at most */
	USER_MAX = 64,		/* bytes of a user's name */
	MEMORY_FEW = 128,	/* bytes that a thread may keep of SQLite's, */
	MEMORY_MOST = 1024	/* and those that it would */
};

static pthread_once_t	once = PTHREAD_ONCE_INIT;
static sqlite3_mem_methods memory;	/* SQLite's own */

static void
user_name(char out[USER_MAX])
{
	const struct passwd *pw = getpwuid(geteuid());

	if (pw != NULL)
		(void)snprintf(out, USER_MAX, "%s", pw->pw_name);
	else
		(void)snprintf(out, USER_MAX, "%ld", (long)geteuid());
}

enum err
sqlite_fail(struct job *job, int rc)
{
	struct sqlite *l = sqlite_of(job);
	int primary = rc & 0xff;
	int saved = 0;
	char user[USER_MAX];

	switch (primary) {
	case SQLITE_NOMEM:
		return (fail(job, ERR_NOMEM, "ledger %s: no memory left",
		    l->path));
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return (fail(job, ERR_DEADLINE, "ledger %s: another program "
		    "had it locked until the time was up; end that program "
		    "if it should not", l->path));
	case SQLITE_NOTADB:
		return (fail(job, ERR_LEDGER, "ledger %s is not an SQLite "
		    "database; name another file in [ledger] url, or put a "
		    "good copy in its place", l->path));
	case SQLITE_READONLY:
		user_name(user);
		return (fail(job, ERR_LEDGER, "ledger %s: user %s may not "
		    "write it or its directory; run: chown %s %.*s %s*, or see "
		    "why the disk is read-only", l->path, user, user,
		    (int)(strrchr(l->path, '/') - l->path), l->path, l->path));
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		saved = sqlite3_system_errno(sqlite_side_db(l));
		break;
	default:
		break;
	}
	return (fail(job, ERR_LEDGER, "ledger %s: %s%s%s; see to its disk "
	    "and its permissions", l->path,
	    l->db != NULL ? sqlite3_errmsg(sqlite_side_db(l)) :
	    sqlite3_errstr(rc),
	    saved != 0 ? ": " : "", saved != 0 ? strerror(saved) : ""));
}

/* Only programs without our lock matter. */
int
sqlite_busy(void *deadline, int tries)
{

	if (clock_mono() >= *(const int64_t *)deadline)
		return (0);
	clock_sleep(tries < BUSY_PAUSE ? tries + 1 : BUSY_PAUSE);
	return (1);
}

static enum err
fail_file(struct job *job, const char *path, int error)
{
	char user[USER_MAX];
	int dir = (int)(strrchr(path, '/') - path);

	user_name(user);
	if (error == ENOENT || error == ENOTDIR)
		return (fail(job, ERR_LEDGER, "ledger %s: there is no such "
		    "directory; make it with: install -d -o %s -m 0700 %.*s",
		    path, geteuid() == 0 ? "THE-USER-THAT-SERVES" : user, dir,
		    path));
	if (error == EACCES)
		return (fail(job, ERR_LEDGER, "ledger %s may not be used by "
		    "%s; the directory must be theirs with mode 0700, and the "
		    "file with mode 0600", path, user));
	return (fail(job, ERR_LEDGER, "ledger %s cannot be opened for "
	    "writing: %s", path, strerror(error)));
}

/* Make the name of a new file last. */
static void
sync_directory(char *path)
{
	char *slash = strrchr(path, '/');
	int fd;

	*slash = '\0';
	fd = open(slash == path ? "/" : path,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	if (fd == -1)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/*
 * SQLite would make the file with the umask's mode.  One that exists is not
 * opened here: closing it would drop the locks of another connection of
 * this process, see https://www.sqlite.org/howtocorrupt.html 2.2.
 */
static enum err
make_files(struct job *job)
{
	struct sqlite *l = sqlite_of(job);
	int fd;

	fd = open(l->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 && errno != EEXIST)
		return (fail_file(job, l->path, errno));
	if (fd != -1) {
		(void)fchmod(fd, 0600);
		(void)close(fd);
	}
	if ((l->lock = lock_open(l->lock_path)) == -1)
		return (fail_file(job, l->lock_path, errno));
	if (fd != -1)
		sync_directory(l->path);
	if (lock_present(l->lock) == ERR_BUSY)
		return (fail(job, ERR_BUSY, "ledger %s is being copied; wait "
		    "until that is over", l->path));
	return (OK);
}

static enum err
connect_file(struct job *job)
{
	struct sqlite *l = sqlite_of(job);
	int rc;

	rc = sqlite3_open_v2(l->path, &l->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK)
		return (sqlite_fail(job, rc));
	if (sqlite3_db_readonly(l->db, "main") == 1)
		return (fail_file(job, l->path,
		    access(l->path, W_OK) == -1 ? errno : EACCES));
	rc = sqlite3_busy_handler(l->db, sqlite_busy, &l->sql.deadline);
	return (rc == SQLITE_OK ? OK : sqlite_fail(job, rc));
}

static enum err
execute(struct job *job, const char *sql)
{
	int rc = sqlite3_exec(sqlite_of(job)->db, sql, NULL, NULL, NULL);

	return (rc == SQLITE_OK ? OK : sqlite_fail(job, rc));
}

static int
note_pages(void *ledger, sqlite3 *db, const char *name, int pages)
{

	(void)db;
	(void)name;
	((struct sqlite *)ledger)->pages = pages;
	return (SQLITE_OK);
}

/* A write-ahead log needs shared memory, which some file systems lack. */
static enum err
set_journal(struct job *job)
{
	struct sql_query q;
	bool wal = false;
	enum err e;

	sql_query(&q, job, "PRAGMA journal_mode = WAL");
	if (sql_query_row(&q))
		wal = strcmp(sql_query_get(&q, 0).data, "wal") == 0;
	sqlite_of(job)->wal = wal;
	/* In place of SQLite's own checkpoints, see sqlite_side.c. */
	(void)sqlite3_wal_hook(sqlite_of(job)->db, note_pages,
	    sqlite_of(job));
	if ((e = sql_query_end(&q)) != OK || wal)
		return (e);
	log_say(LOG_LEVEL_WARNING, "ledger", "%s lies where SQLite cannot "
	    "keep a write-ahead log; it is slower, and as safe",
	    sqlite_of(job)->path);
	return (execute(job, "PRAGMA journal_mode = DELETE;"
	    "PRAGMA synchronous = EXTRA"));
}

static enum err
set_up(struct job *job)
{
	struct sqlite *l = sqlite_of(job);
	enum err e;

	if ((e = sqlite_write_lock(job)) != OK)
		return (e);
	e = execute(job, "PRAGMA synchronous = FULL;"
	    "PRAGMA foreign_keys = ON;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA journal_size_limit = 16777216");
	if (e == OK)
		e = set_journal(job);
	lock_write_release(l->lock);
	return (e);
}

static void
sqlite_close(struct ledger *ledger)
{
	struct sqlite *l = (struct sqlite *)ledger;
	int i;

	sqlite_side_close(l);
	sql_free(&l->sql);
	for (i = 0; i < SQLITE_WORDS; i++)
		(void)sqlite3_finalize(l->word[i]);
	(void)sqlite3_close(l->db);
	if (l->lock != -1)
		(void)close(l->lock);
	free(l->lock_path);
	free(l->path);
	free(l);
}

static int
round_up(int n)
{

	return (memory.xRoundup(n <= MEMORY_FEW || n > MEMORY_MOST ? n :
	    MEMORY_MOST + 1));
}

/*
 * malloc(3) keeps seven freed blocks of each size for the thread that freed
 * them.  All workers take turns at one connection, so that hundreds of them
 * would come to hold tens of KiB each, of which a turn needs none.
 */
static void
share_memory(void)
{
	sqlite3_mem_methods ours;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory) != SQLITE_OK)
		return;
	ours = memory;
	ours.xRoundup = round_up;
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

static struct sqlite *
new_ledger(const char *path)
{
	static const char suffix[] = ".lock";
	size_t n = strlen(path) + sizeof(suffix);
	struct sqlite *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	sql_init(&l->sql, &sqlite_backend, &sqlite_store);
	sqlite_side_init(l);
	l->lock = -1;
	l->sql.name = l->path = strdup(path);
	if ((l->lock_path = malloc(n)) != NULL)
		(void)snprintf(l->lock_path, n, "%s%s", path, suffix);
	if (l->path != NULL && l->lock_path != NULL)
		return (l);
	sqlite_close(&l->sql.base);
	return (NULL);
}

static enum err
sqlite_open(const char *path, struct ledger **out, struct why *why)
{
	struct job job = { .deadline = clock_mono() + OPEN_WAIT };
	struct sqlite *l;
	enum err e;

	if (path[0] != '/')
		return (err_set(why, ERR_CONFIG, "[ledger] url: the path "
		    "\"%s\" must begin with a slash, as in "
		    "sqlite:/var/lib/tickethook/ledger.db", path));
	(void)pthread_once(&once, share_memory);
	if ((l = new_ledger(path)) == NULL)
		return (err_set(why, ERR_NOMEM, "ledger %s: no memory left",
		    path));
	job.ledger = &l->sql.base;
	l->sql.deadline = job.deadline;
	if ((e = make_files(&job)) == OK &&
	    (e = connect_file(&job)) == OK &&
	    (e = set_up(&job)) == OK &&
	    (e = sqlite_schema(&job)) == OK)
		e = sqlite_words_prepare(&job);
	if (e == OK) {
		*out = &l->sql.base;
		return (OK);
	}
	sqlite_close(&l->sql.base);
	return (err_set(why, e, "%s", job.why.text));
}

const struct ledger_backend sqlite_backend = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	SQL_BACKEND_REST
};
