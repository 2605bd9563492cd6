/*
 * The file of an SQLite ledger: made, opened, set up, probed and closed.
 * Making it is our own work, for the modes of the file and so that its name
 * outlives a power cut; then come the pragmas and the schema.  Who may use
 * the connection is decided in sqlite_turn.c, statements run in
 * sqlite_query.c, and the functions of the backend at the end of this file
 * stand in the files that their names begin with.
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
#include "handler/ledgers/life.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sqlite_news.h"
#include "handler/ledgers/sqlite_records.h"
#include "handler/ledgers/tell.h"
#include "handler/ledgers/view.h"

enum {
	OPEN_WAIT = 5000,	/* ms that opening waits for a writer */
	PROBE_WAIT = 2000,	/* ms that a probe waits */
	BUSY_PAUSE = 5,		/* ms between two tries, at most */
	USER_MAX = 64		/* bytes of a user's name */
};

struct sqlite *
sqlite_of(const struct job *job)
{

	return ((struct sqlite *)job->ledger);
}

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
		saved = sqlite3_system_errno(l->db);
		break;
	default:
		break;
	}
	return (fail(job, ERR_LEDGER, "ledger %s: %s%s%s; see to its disk "
	    "and its permissions", l->path,
	    l->db != NULL ? sqlite3_errmsg(l->db) : sqlite3_errstr(rc),
	    saved != 0 ? ": " : "", saved != 0 ? strerror(saved) : ""));
}

/* SQLite asks whether to try again; only programs without our lock matter. */
static int
wait_busy(void *ledger, int tries)
{
	const struct sqlite *l = ledger;

	if (clock_mono() >= l->deadline)
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
		    path, user, dir, path));
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
	rc = sqlite3_busy_handler(l->db, wait_busy, l);
	return (rc == SQLITE_OK ? OK : sqlite_fail(job, rc));
}

static enum err
execute(struct job *job, const char *sql)
{
	int rc = sqlite3_exec(sqlite_of(job)->db, sql, NULL, NULL, NULL);

	return (rc == SQLITE_OK ? OK : sqlite_fail(job, rc));
}

/* A write-ahead log needs shared memory, which some file systems lack. */
static enum err
set_journal(struct job *job)
{
	struct sqlite_query q;
	const unsigned char *mode = NULL;
	bool wal = false;
	enum err e;

	sqlite_query(&q, job, "PRAGMA journal_mode = WAL");
	if (sqlite_query_row(&q))
		mode = sqlite3_column_text(q.stmt, 0);
	if (mode != NULL)
		wal = strcmp((const char *)mode, "wal") == 0;
	if ((e = sqlite_query_end(&q)) != OK || wal)
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

	sqlite_query_forget(l);
	(void)sqlite3_close(l->db);
	if (l->lock != -1)
		(void)close(l->lock);
	(void)pthread_cond_destroy(&l->settled);
	(void)pthread_cond_destroy(&l->turn);
	(void)pthread_mutex_destroy(&l->mutex);
	free(l->lock_path);
	free(l->path);
	free(l);
}

static struct sqlite *
new_ledger(const char *path)
{
	static const char suffix[] = ".lock";
	pthread_condattr_t attr;
	size_t n = strlen(path) + sizeof(suffix);
	struct sqlite *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	l->base.backend = &sqlite_backend;
	l->lock = -1;
	(void)pthread_mutex_init(&l->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&l->turn, &attr);
	(void)pthread_cond_init(&l->settled, &attr);
	(void)pthread_condattr_destroy(&attr);
	l->path = strdup(path);
	if ((l->lock_path = malloc(n)) != NULL)
		(void)snprintf(l->lock_path, n, "%s%s", path, suffix);
	if (l->path != NULL && l->lock_path != NULL)
		return (l);
	sqlite_close(&l->base);
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
	if ((l = new_ledger(path)) == NULL)
		return (err_set(why, ERR_NOMEM, "ledger %s: no memory left",
		    path));
	job.ledger = &l->base;
	l->deadline = job.deadline;
	if ((e = make_files(&job)) == OK &&
	    (e = connect_file(&job)) == OK &&
	    (e = set_up(&job)) == OK)
		e = sqlite_schema(&job);
	if (e == OK) {
		*out = &l->base;
		return (OK);
	}
	sqlite_close(&l->base);
	return (err_set(why, e, "%s", job.why.text));
}

/* Only a page that was written and synced proves that one can be. */
static enum err
sqlite_probe(struct ledger *ledger, struct why *why)
{
	struct job job = {
		.ledger = ledger,
		.deadline = clock_mono() + PROBE_WAIT
	};
	enum err e;

	if ((e = sqlite_enter(&job, SQLITE_USE_WRITE)) == OK) {
		e = sqlite_schema_touch(&job);
		e = sqlite_leave(&job, e);
	}
	return (e == OK ? OK : err_set(why, e, "%s", job.why.text));
}

const struct ledger_backend sqlite_backend = {
	.scheme = "sqlite",
	.view = &sqlite_view,
	.life = &sqlite_life,
	.panel = &sqlite_panel,
	.tell = &sqlite_tell,
	.open = sqlite_open,
	.close = sqlite_close,
	.probe = sqlite_probe,
	.recall = sqlite_delivery_recall,
	.test = sqlite_test_find,
	.meet = sqlite_test_meet,
	.claim = sqlite_ticket_claim,
	.take = sqlite_ticket_take,
	.intend = sqlite_ticket_intend,
	.advance = sqlite_ticket_advance,
	.finish = sqlite_delivery_finish,
	.release = sqlite_ticket_release,
	.due = sqlite_sweep_due,
	.unlinked = sqlite_sweep_unlinked,
	.unsettled = sqlite_sweep_unsettled,
	.unchecked = sqlite_sweep_unchecked,
	.checked = sqlite_sweep_checked,
	.state = sqlite_sweep_state,
	.prune = sqlite_sweep_prune,
	.past = sqlite_sweep_past,
	.list_of = sqlite_list_of,
	.list_claim = sqlite_list_claim,
	.list_note = sqlite_list_note,
	.list_release = sqlite_list_release,
	.unlisted = sqlite_list_next,
	.note_change = sqlite_history_note_change,
	.changes = sqlite_history_changes,
	.note_monitor = sqlite_history_note_monitor,
	.monitors = sqlite_history_monitors,
	.note_known = sqlite_history_note_known,
	.known = sqlite_history_known,
	.act_add = sqlite_act_add,
	.acts_due = sqlite_act_list,
	.act_mark = sqlite_act_mark,
	.act_next = sqlite_act_next,
	.hear_monitor = sqlite_effect_hear,
	.monitor = sqlite_effect_monitor,
	.watchers = sqlite_effect_watchers,
	.note_resolved = sqlite_effect_resolved,
	.note_shield = sqlite_effect_shield,
	.queue_places = sqlite_effect_places,
	.note_queue = sqlite_queue_note,
	.news_of = sqlite_news_of,
	.news_marked = sqlite_news_marked,
	.news_heard = sqlite_news_heard,
	.note_news = sqlite_news_note,
	.news = sqlite_news_list,
	.news_next = sqlite_news_next,
	.news_seen = sqlite_news_seen,
	.follow = sqlite_follow_take,
	.poll_next = sqlite_follow_next,
	.note_poll = sqlite_follow_note,
	.searched = sqlite_follow_searched,
	.note_search = sqlite_follow_search,
	.test_of = sqlite_follow_test,
	.queue_next = sqlite_queue_next
};
