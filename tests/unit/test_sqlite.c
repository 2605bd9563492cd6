/*
 * What the SQLite ledger alone promises of its file: who may read it, its
 * schema, and what a full disk does to it.  See test_sqlite_crash.c too.
 */
#include "tests/unit/ledger_sqlite.h"

#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

enum {
	NOBODY = 65534		/* a user who owns nothing */
};

static void
assert_open_fails(struct world *w, enum err wanted, const char *text)
{
	struct why why;

	assert_int_equal(world_open(w, &why), wanted);
	assert_null(w->ledger);
	if (strstr(why.text, text) == NULL) {
		print_error("\"%s\" lacks \"%s\"\n", why.text, text);
		_fail(__FILE__, __LINE__);
	}
}

static void
write_file(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
test_url(void **state)
{
	static const struct {
		const char	*url;
		enum err	 e;
		const char	*text;
	} rows[] = {
		{ "", ERR_CONFIG, "no kind of ledger" },
		{ "/var/lib/l.db", ERR_CONFIG, "write sqlite:/path" },
		{ "sqlite", ERR_CONFIG, "no kind of ledger" },
		{ "sqlit:/l.db", ERR_CONFIG, "\"sqlit\"" },
		{ "sqlite3:/l.db", ERR_CONFIG, "\"sqlite3\"" },
		{ "oracle://me:hidden@db/x", ERR_CONFIG, "\"oracle\"" },
		{ "sqlite:", ERR_CONFIG, "must begin with a slash" },
		{ "sqlite:l.db", ERR_CONFIG, "must begin with a slash" },
		{ "sqlite::memory:", ERR_CONFIG, "must begin with a slash" },
		{ "sqlite:/nonexistent/dir/l.db", ERR_LEDGER,
		    "-m 0700 /nonexistent/dir" },
		{ "sqlite:/dev/null/l.db", ERR_LEDGER, "no such directory" },
		{ "sqlite:/proc/l.db", ERR_LEDGER, "/proc" }
	};
	struct ledger *ledger;
	struct why why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ledger = (struct ledger *)&why;
		assert_int_equal(ledger_open(rows[i].url, &ledger, &why),
		    rows[i].e);
		assert_null(ledger);
		assert_non_null(strstr(why.text, rows[i].text));
		assert_null(strstr(why.text, "hidden"));
	}
	assert_int_equal(ledger_open("none", &ledger, NULL), ERR_CONFIG);
	ledger_close(NULL);
}

/* Nobody else may read test names, whatever the umask is. */
static void
test_modes(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	static const mode_t masks[] = { 0, 022, 0777 };
	struct world *w = *state;
	char path[256];
	struct stat st;
	struct why why;
	size_t i, j;
	mode_t old;

	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		old = umask(masks[i]);
		assert_int_equal(world_open(w, &why), OK);
		assert_int_equal(ledger_probe(w->ledger, &why), OK);
		(void)umask(old);
		for (j = 0; j < 4; j++) {
			(void)snprintf(path, sizeof(path), "%s%s", w->path,
			    suffixes[j]);
			assert_int_equal(stat(path, &st), 0);
			assert_int_equal(st.st_mode & 07777, 0600);
		}
		world_close(w);
		assert_int_equal(unlink(w->path), 0);
		(void)snprintf(path, sizeof(path), "%s.lock", w->path);
		assert_int_equal(unlink(path), 0);
	}
}

static void
test_new(void **state)
{
	struct world *w = *state;
	struct why why;

	assert_int_equal(world_open(w, &why), OK);
	assert_int_equal(ask(w->path, "PRAGMA user_version"), 1);
	assert_int_equal(ask(w->path, "PRAGMA application_id"), 0x74686f6b);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM sqlite_schema"
	    " WHERE type = 'table' AND name IN ('delivery', 'test', 'alias',"
	    " 'ticket', 'link', 'change', 'monitor', 'known', 'act', 'queue',"
	    " 'queue_pr') AND sql LIKE '%STRICT%'"), 11);
	assert_int_equal(ask(w->path, "SELECT journal_mode = 'wal'"
	    " FROM pragma_journal_mode"), 1);
	assert_sound(w->path);
}

/* From version 0, which is an empty file, and again from its own. */
static void
test_older(void **state)
{
	struct world *w = *state;
	struct why why;
	int i;

	write_file(w->path, "", 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(world_open(w, &why), OK);
		assert_int_equal(ask(w->path, "PRAGMA user_version"), 1);
		world_close(w);
	}
	/* One of ours whose schema was never made. */
	assert_int_equal(unlink(w->path), 0);
	(void)ask(w->path, "PRAGMA application_id = 1953001323");
	assert_int_equal(world_open(w, &why), OK);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM delivery"), 0);
	assert_sound(w->path);
}

static void
test_newer(void **state)
{
	struct world *w = *state;
	char wanted[256];
	struct why why;

	assert_int_equal(world_open(w, &why), OK);
	world_close(w);
	(void)ask(w->path, "PRAGMA user_version = 7");
	(void)snprintf(wanted, sizeof(wanted), "ledger %s has schema 7, "
	    "this program knows 1; upgrade tickethook", w->path);
	assert_open_fails(w, ERR_CONFIG, wanted);
	assert_int_equal(ask(w->path, "PRAGMA user_version"), 7);
}

/* A file of something else is left as it is. */
static void
test_foreign(void **state)
{
	static const char letter[] = "Dear Sir or Madam,\nthis is a letter "
	    "and long enough that SQLite would read its first hundred bytes "
	    "as the header of a database.\n";
	char now[sizeof(letter)];
	struct world *w = *state;
	FILE *f;

	write_file(w->path, letter, sizeof(letter));
	assert_open_fails(w, ERR_LEDGER, "is not an SQLite database");
	assert_non_null(f = fopen(w->path, "r"));
	assert_int_equal(fread(now, 1, sizeof(now), f), sizeof(now));
	assert_int_equal(fgetc(f), EOF);
	assert_int_equal(fclose(f), 0);
	assert_memory_equal(now, letter, sizeof(letter));

	assert_int_equal(unlink(w->path), 0);
	(void)ask(w->path, "CREATE TABLE song (id)");
	assert_open_fails(w, ERR_CONFIG, "of another program");
	(void)ask(w->path, "DROP TABLE song");
	(void)ask(w->path, "PRAGMA application_id = 252006673");
	assert_open_fails(w, ERR_CONFIG, "of another program");
}

/* Without shared memory there is no WAL; it works all the same. */
static void
test_no_wal(void **state)
{
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
	struct world *w = *state;
	struct filing f;
	struct why why;

	assert_int_equal(sqlite3_vfs_register(sqlite3_vfs_find("unix-none"),
	    1), SQLITE_OK);
	assert_int_equal(world_open(w, &why), OK);
	expect(&w->job, world_begin(&w->job, "key", &event, &f), OK);
	ledger_release(&w->job, &f);
	assert_int_equal(sqlite3_vfs_register(usual, 1), SQLITE_OK);
	world_close(w);
	assert_int_equal(ask(w->path, "SELECT journal_mode = 'delete'"
	    " FROM pragma_journal_mode"), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM ticket"), 1);
	assert_sound(w->path);
}

/* No file may grow: as a full disk, and it ends as one does. */
static void
test_full(void **state)
{
	struct event event = world_event("id-1", "one\n", STATUS_FLAKY, 5);
	struct rlimit none = { .rlim_cur = 0 }, before;
	struct world *w = *state;
	struct job *job = &w->job;
	struct filing f;
	struct why why;
	int i;

	assert_int_equal(world_open(w, &why), OK);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none.rlim_max = before.rlim_max;
	for (i = 0; i < 3; i++) {
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
		expect(job, world_begin(job, "key", &event, &f), ERR_LEDGER);
		assert_non_null(strstr(job->why.text, w->path));
		assert_int_equal(f.row, 0);
		assert_int_equal(f.stage, STAGE_NONE);
		ledger_release(job, &f);
		assert_int_equal(ledger_probe(w->ledger, &why), ERR_LEDGER);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_int_equal(ask(w->path, "SELECT count(*) FROM ticket"),
		    0);
	}
	(void)signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(ledger_probe(w->ledger, &why), OK);
	expect(job, world_begin(job, "key", &event, &f), OK);
	assert_int_equal(f.stage, STAGE_INTENT);
	ledger_release(job, &f);
	assert_sound(w->path);
}

/* Open it as somebody else; 0 when that is refused with this sentence. */
static int
open_as_nobody(struct world *w, const char *text)
{
	struct why why;

	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return (1);
	if (world_open(w, &why) != ERR_LEDGER)
		return (2);
	if (strstr(why.text, text) != NULL && strstr(why.text, w->path))
		return (0);
	print_error("%s\n", why.text);
	return (3);
}

static void
test_not_ours(void **state)
{
	struct world *w = *state;
	struct why why;
	pid_t pid;

	assert_int_equal(world_open(w, &why), OK);
	world_close(w);
	assert_int_equal(chmod(w->path, 0444), 0);
	assert_int_equal(chmod(w->dir, 0777), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(open_as_nobody(w, "may not be used by"));
	reap(pid);
	assert_int_equal(unlink(w->path), 0);
	assert_int_equal(chmod(w->dir, 0555), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(open_as_nobody(w, "directory must be theirs"));
	reap(pid);
	assert_int_equal(chmod(w->dir, 0700), 0);
}

#define ROW(test)							\
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(test_url), ROW(test_modes), ROW(test_new),
		ROW(test_older), ROW(test_newer), ROW(test_foreign),
		ROW(test_no_wal), ROW(test_full), ROW(test_not_ours)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
