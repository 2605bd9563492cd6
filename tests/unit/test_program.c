#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/log.h"
#include "common/secret.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/ledger.h"
#include "handler/program.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define REST \
	"[svix]\nsecret = whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n" \
	"[trunk]\ntoken = t1\n" \
	"[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\n" \
	"[rule r]\ntracker = lin\n"

enum {
	STRANGER = 65533,	/* a uid that has no account here */
	THREADS = 4,
	RELOADS = 40
};

static char dir[64];
static char path[96];
static char url[128];
static struct why why;

static int
before_each(void **state)
{

	(void)state;
	strcpy(dir, "/tmp/test_program.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/t.ini", dir);
	(void)snprintf(url, sizeof(url), "sqlite:%s/l.db", dir);
	why.text[0] = '\0';
	return (0);
}

static int
after_each(void **state)
{
	struct dirent *entry;
	char name[512];
	DIR *d = opendir(dir);

	(void)state;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		(void)snprintf(name, sizeof(name), "%s/%s", dir,
		    entry->d_name);
		(void)unlink(name);
	}
	if (d != NULL)
		closedir(d);
	return (rmdir(dir));
}

/* A configuration with that ledger and, in [handler], that. */
static void
write_config(const char *ledger, const char *handler, const char *rest)
{
	FILE *f;

	(void)unlink(path);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_true(fprintf(f, "[handler]\n%s\n[ledger]\nurl = %s\n%s",
	    handler, ledger, rest) > 0);
	assert_int_equal(fclose(f), 0);
}

static struct program *
open_program(void)
{
	struct program *p = NULL;

	if (program_open(&p, path, false, &why) != OK)
		fail_msg("%s", why.text);
	return (p);
}

static void
reload(struct program *p)
{

	if (program_reload(p, &why) != OK)
		fail_msg("%s", why.text);
}

/* Would a line of that level be written? */
static bool
logs(enum log_level level)
{
	struct log_line l;

	log_begin(&l, level, "test");
	return (!l.off);
}

static void
test_begin(void **state)
{
	struct job job = { .retry_after = 9, .why.text = "old" };
	struct program *p;
	int64_t before, since;

	(void)state;
	write_config(url, "deadline = 7s", REST);
	p = open_program();
	before = clock_wall();
	since = clock_mono() - 1234;
	program_begin(p, &job, since);
	assert_ptr_equal(job.config, program_config(p));
	assert_int_equal(job.config->deadline, 7000);
	assert_non_null(job.http);
	assert_non_null(job.ledger);
	assert_non_null(job.cache);
	assert_int_equal(job.started, since);
	assert_int_equal(job.deadline, since + 7000);
	assert_true(job.now >= before && job.now <= clock_wall());
	assert_int_equal(job.retry_after, 0);
	assert_string_equal(job.why.text, "");
	assert_int_equal(ledger_probe(job.ledger, &why), OK);
	program_end(p, &job);
	assert_null(job.config);
	assert_null(job.http);
	program_close(p);
}

/* What cannot be opened is given back whole, with its sentence. */
static void
test_cannot_open(void **state)
{
	static const struct {
		const char	*ledger;
		const char	*handler;
		const char	*rest;
		enum err	 e;
		const char	*says;
	} bad[] = {
		{ NULL, "workers = x", REST, ERR_CONFIG, "workers" },
		{ NULL, "", "", ERR_CONFIG, "[svix] secret is missing" },
		{ "sqlite:/no/such/directory/l.db", "", REST, ERR_LEDGER,
		    "/no/such/directory" },
	};
	struct program *p;
	size_t i;

	(void)state;
	p = (struct program *)&why;
	for (i = 0; i < COUNT(bad); i++) {
		write_config(bad[i].ledger != NULL ? bad[i].ledger : url,
		    bad[i].handler, bad[i].rest);
		why.text[0] = '\0';
		assert_int_equal(program_open(&p, path, false, &why),
		    bad[i].e);
		if (strstr(why.text, bad[i].says) == NULL)
			fail_msg("%s", why.text);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(program_open(&p, path, false, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, path));
	program_close(NULL);
}

static void
test_reload(void **state)
{
	struct job old = { .retry_after = 0 }, fresh = old;
	struct program *p;
	struct arena *arena = arena_new(4096);

	(void)state;
	assert_non_null(arena);
	write_config(url, "log_level = error", REST);
	p = open_program();
	assert_false(logs(LOG_LEVEL_WARNING));
	program_begin(p, &old, clock_mono());
	cache_put(old.cache, "lin|team|ENG", "id-1", clock_mono());
	write_config(url, "log_level = debug\ndeadline = 3s", REST
	    "[rule late]\ntracker = lin\n");
	reload(p);
	assert_true(logs(LOG_LEVEL_DEBUG));
	program_begin(p, &fresh, clock_mono());
	/* The job in hand goes on with what it began with, all of it. */
	assert_ptr_not_equal(old.config, fresh.config);
	assert_ptr_not_equal(old.http, fresh.http);
	assert_ptr_equal(old.ledger, fresh.ledger);
	assert_ptr_equal(program_config(p), fresh.config);
	assert_int_equal(old.config->deadline, 10000);
	assert_int_equal(fresh.config->deadline, 3000);
	assert_string_equal(old.config->rules->name, "r");
	assert_null(old.config->rules->next);
	assert_string_equal(fresh.config->rules->next->name, "late");
	assert_int_equal(memcmp(old.config->svix[0].bytes,
	    "0123456789abcdef01234567", 24), 0);
	/* Another tracker may have that name now. */
	assert_null(cache_get(fresh.cache, arena, "lin|team|ENG",
	    clock_mono()));
	program_end(p, &fresh);
	assert_string_equal(old.config->trackers->token.bytes, "k");
	program_end(p, &old);
	arena_free(arena);
	program_close(p);
}

static void
test_reload_refused(void **state)
{
	static const struct {
		const char	*ledger;
		const char	*handler;
		const char	*rest;
		const char	*says;
	} bad[] = {
		{ NULL, "log_level = noise", REST, "log_level" },
		{ NULL, "log_level = debug", REST "[rule r]\n", "rule r" },
		{ NULL, "log_level = debug", "", "secret is missing" },
		{ NULL, "log_level = debug\nca_file = /no/such/ca", REST,
		    "/no/such/ca" },
		{ "sqlite:/tmp/another.db", "log_level = debug", REST,
		    "[ledger] url changed, which needs a restart" },
		{ NULL, "log_level = debug", "directory = /tmp\n" REST,
		    "[ledger] directory changed, which needs a restart" },
		{ NULL, "log_level = debug\nworkers = 9", REST,
		    "[handler] workers changed, which needs a restart" },
		{ NULL, "log_level = debug\nmax_body = 2M", REST,
		    "[handler] max_body changed, which needs a restart" },
	};
	const struct config *config;
	struct job job = { .retry_after = 0 };
	struct program *p;
	size_t i;

	(void)state;
	write_config(url, "log_level = error", REST);
	p = open_program();
	config = program_config(p);
	for (i = 0; i < COUNT(bad); i++) {
		write_config(bad[i].ledger != NULL ? bad[i].ledger : url,
		    bad[i].handler, bad[i].rest);
		assert_int_equal(program_reload(p, &why), ERR_CONFIG);
		if (strstr(why.text, bad[i].says) == NULL)
			fail_msg("row %zu: %s", i, why.text);
		/* All of the old, the log too. */
		assert_ptr_equal(program_config(p), config);
		assert_false(logs(LOG_LEVEL_WARNING));
		program_begin(p, &job, clock_mono());
		assert_string_equal(job.config->ledger_url, url);
		assert_string_equal(job.config->rules->name, "r");
		program_end(p, &job);
	}
	assert_int_equal(access("/tmp/another.db", F_OK), -1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(program_reload(p, &why), ERR_CONFIG);
	assert_ptr_equal(program_config(p), config);
	/* And it can be repaired. */
	write_config(url, "log_level = info", REST);
	reload(p);
	assert_true(logs(LOG_LEVEL_INFO));
	program_close(p);
}

/* Jobs of several reloads, ended in any order. */
static void
test_many_setups(void **state)
{
	static const int order[] = { 2, 0, 4, 1, 3 };
	struct job job[COUNT(order)];
	struct program *p = NULL;
	char handler[32];
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(order); i++) {
		memset(&job[i], 0, sizeof(job[i]));
		(void)snprintf(handler, sizeof(handler), "deadline = %zus",
		    i + 2);
		write_config(url, handler, REST);
		if (i == 0)
			p = open_program();
		else
			reload(p);
		program_begin(p, &job[i], 0);
	}
	for (i = 0; i < COUNT(order); i++) {
		for (j = i; j < COUNT(order); j++)
			assert_int_equal(job[order[j]].config->deadline,
			    (order[j] + 2) * 1000);
		program_end(p, &job[order[i]]);
	}
	program_close(p);
}

static struct program *shared;
static atomic_bool stop;

static void *
work(void *arg)
{
	struct job job = { .retry_after = 0 };
	intptr_t bad = 0;
	int64_t deadline;

	(void)arg;
	while (!atomic_load(&stop)) {
		program_begin(shared, &job, 0);
		deadline = job.config->deadline;
		/* It stays what it was while others reload. */
		bad += deadline != job.deadline ||
		    strcmp(job.config->rules->name, "r") != 0 ||
		    (deadline != 2000 && deadline != 3000);
		program_end(shared, &job);
	}
	return ((void *)bad);
}

static void
test_threads(void **state)
{
	pthread_t thread[THREADS];
	void *bad;
	int i;

	(void)state;
	write_config(url, "deadline = 2s", REST);
	shared = open_program();
	atomic_store(&stop, false);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, work,
		    NULL), 0);
	for (i = 0; i < RELOADS; i++) {
		write_config(url, i % 2 == 0 ? "deadline = 3s" :
		    "deadline = 2s", REST);
		reload(shared);
	}
	atomic_store(&stop, true);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &bad), 0);
		assert_null(bad);
	}
	program_close(shared);
}

/* Enough for a body and what is made of it; more for a larger one. */
static void
test_memory(void **state)
{
	struct config small = { .max_body = 1024 };
	struct config large = { .max_body = 8 << 20 };

	(void)state;
	assert_true(program_memory(&small) >= 4 << 20);
	assert_true(program_memory(&large) >= 4 * large.max_body);
	assert_true(program_memory(&large) - program_memory(&small) >=
	    4 * (large.max_body - small.max_body));
}

/* Open as root; the exit status says who we are then. */
static int
become(const char *ledger)
{
	struct stat st;
	char name[128];
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (program_become_owner(ledger, NULL, &why) != OK)
			_exit(3);
		if (geteuid() == 0)
			_exit(2);
		(void)snprintf(name, sizeof(name), "%s/made", dir);
		close(creat(name, 0600));
		_exit(stat(name, &st) == 0 && st.st_uid == STRANGER &&
		    getuid() == STRANGER && getegid() == STRANGER &&
		    getgroups(0, NULL) <= 1 && setuid(0) != 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
test_owner(void **state)
{
	char file[96], target[96];

	(void)state;
	if (geteuid() != 0) {
		/* Nobody else can become anybody, and nothing fails. */
		assert_int_equal(program_become_owner(url, NULL, &why), OK);
		skip();
	}
	/* Root's own directory: root it stays. */
	assert_int_equal(become(url), 2);
	/* A ledger that is not there yet: the owner of its directory. */
	assert_int_equal(chown(dir, STRANGER, STRANGER), 0);
	assert_int_equal(become(url), 0);
	/* One that is there: its own owner. */
	assert_int_equal(chown(dir, 0, 0), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	(void)snprintf(file, sizeof(file), "%s/l.db", dir);
	close(creat(file, 0600));
	assert_int_equal(become(url), 2);
	assert_int_equal(chown(file, STRANGER, STRANGER), 0);
	assert_int_equal(become(url), 0);
	/* A link of a stranger's to what is root's: root does not follow. */
	(void)snprintf(target, sizeof(target), "%s/roots", dir);
	close(creat(target, 0600));
	assert_int_equal(chown(dir, STRANGER, STRANGER), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(symlink(target, file), 0);
	assert_int_equal(become(url), 0);
	/* No such place, or no file at all: nothing to become. */
	assert_int_equal(become("sqlite:/no/such/directory/l.db"), 2);
	assert_int_equal(become("sqlite:l.db"), 2);
	assert_int_equal(become("other:/tmp/x"), 2);
}

int
main(void)
{
#define DIR_TEST(f) cmocka_unit_test_setup_teardown(f, before_each, after_each)
	const struct CMUnitTest tests[] = {
		DIR_TEST(test_begin),
		DIR_TEST(test_cannot_open),
		DIR_TEST(test_reload),
		DIR_TEST(test_reload_refused),
		DIR_TEST(test_many_setups),
		DIR_TEST(test_threads),
		DIR_TEST(test_memory),
		DIR_TEST(test_owner),
	};

	if (secret_env(&why) != OK || crypt_init(&why) != OK)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
