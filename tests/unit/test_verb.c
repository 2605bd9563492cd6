/*
 * The commands as a person meets them: the words and the exit status that
 * come back for a mistake.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/crypt.h"
#include "handler/verb.h"

#define KEY64	"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"

static char dir[] = "/tmp/test_verb.XXXXXX";
static char ini[64], out[64], said[8192];

static void
write_ini(const char *text)
{
	char db[64];
	FILE *f = fopen(ini, "w");

	(void)snprintf(db, sizeof(db), "%s/ledger.db", dir);
	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	(void)fprintf(f, "[ledger]\nurl = sqlite:%s\n%s", db, text);
	assert_int_equal(fclose(f), 0);
}

/* Run the program's words with its standard error into said. */
static int
capture(int argc, char **argv)
{
	int saved = dup(STDERR_FILENO), status;
	FILE *f;
	size_t n;

	assert_int_not_equal(saved, -1);
	assert_non_null(f = fopen(out, "w+"));
	(void)fflush(stderr);
	assert_int_equal(dup2(fileno(f), STDERR_FILENO), STDERR_FILENO);
	status = verb_run(argc, argv);
	(void)fflush(stderr);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	rewind(f);
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	(void)fclose(f);
	return (status);
}

/* A verb with the configuration. */
static int
run(const char *verb, const char *a, const char *b, const char *c)
{
	char *argv[8] = { (char[]){ "tickethook" }, (char *)(uintptr_t)verb,
	    (char[]){ "-c" }, ini, (char *)(uintptr_t)a,
	    (char *)(uintptr_t)b, (char *)(uintptr_t)c, NULL };

	return (capture(4 + (a != NULL) + (b != NULL) + (c != NULL), argv));
}

/* A verb's help is of that verb alone, and so is what a mistake shows. */
static void
test_usage(void **state)
{
	char *argv[] = { (char[]){ "tickethook" }, (char[]){ "reconcile" },
	    (char[]){ "--help" }, NULL };
	const char *line = "usage: tickethook reconcile [--apply] [-c FILE] "
	    "[--json]\n";

	(void)state;
	assert_int_equal(capture(3, argv), EXIT_DONE);
	assert_non_null(strstr(said, line));
	assert_null(strstr(said, "simulate"));
	assert_int_equal(run("reconcile", "--aply", NULL, NULL), EXIT_USAGE);
	assert_non_null(strstr(said, line));
	assert_null(strstr(said, "simulate"));
	assert_int_equal(run("reconsile", NULL, NULL, NULL), EXIT_USAGE);
	assert_non_null(strstr(said, "did you mean reconcile?"));
	assert_non_null(strstr(said, "simulate"));
}

static void
test_send_url(void **state)
{
	static const char *const urls[] = { "hooks.example.com/trunk",
	    "localhost:8080/trunk", "ftp://h/trunk", "", "HTTP//h" };
	char want[128];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		(void)snprintf(want, sizeof(want), "tickethook: --url: \"%s\" "
		    "does not begin with http:// or https://\n", urls[i]);
		assert_int_equal(run("send", "p.json", "--url", urls[i]),
		    EXIT_USAGE);
		assert_string_equal(said, want);
	}
	/* The next mistake is another one. */
	write_ini("[svix]\nsecret = x\n");
	assert_int_equal(run("send", "p.json", "--url", "http://h/"),
	    EXIT_USAGE);
	assert_null(strstr(said, "--url"));
}

static void
test_check_mistakes(void **state)
{
	char want[512];

	(void)state;
	write_ini("[svix]\nsecrt = 1\n[rul r]\nx = y\n[handler]\n"
	    "workers = 0\n");
	(void)snprintf(want, sizeof(want), "tickethook: %s:4: [svix] secrt: no "
	    "such key; did you mean secret?\ntickethook: %s:5: [rul r]: no "
	    "such section; did you mean [rule r]?\ntickethook: %s:8: [handler]"
	    " workers: 0 is out of range; give 1 to 4096\n", ini, ini, ini);
	assert_int_equal(run("check", "--offline", NULL, NULL), EXIT_USAGE);
	assert_string_equal(said, want);
}

static void
test_check_warnings(void **state)
{
	char want[512];

	(void)state;
	write_ini("[svix]\nsecret = whsec_" KEY64 "\n[trunk]\ntoken = t\n"
	    "[tracker lin]\ntype = linear\napi_key = k\nteam = A b\n"
	    "[rule r]\nstatus = broken\ntracker = lin\n");
	(void)snprintf(want, sizeof(want), "warning: %s:10: [tracker lin] team:"
	    " \"A b\" does not look like the key of a Linear team, which is "
	    "written like ENG\nwarning: %s: a flaky test may match no rule and "
	    "is then ignored; end with a rule that asks for status = flaky "
	    "alone\n", ini, ini);
	assert_int_equal(run("check", "--offline", NULL, NULL), EXIT_DONE);
	assert_string_equal(said, want);
}

/* A payload quoted in a complaint cannot act on the terminal. */
static void
test_no_escapes(void **state)
{
	char payload[96];
	FILE *f;

	(void)state;
	write_ini("[svix]\nsecret = " KEY64 "\n[tracker t]\ntype = jira\n"
	    "url = https://a.example\ntoken = abc\nproject = QA\n"
	    "link = none\n[rule r]\ntracker = t\n");
	(void)snprintf(payload, sizeof(payload), "%s/payload", dir);
	assert_non_null(f = fopen(payload, "w"));
	(void)fputs("{\"a\\u001b[2J\\u009b1m\\u202e\":1,"
	    "\"a\\u001b[2J\\u009b1m\\u202e\":1}", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(run("explain", payload, NULL, NULL), EXIT_USAGE);
	assert_non_null(strstr(said, "twice"));
	assert_non_null(strstr(said, "a\\e[2J\\u009b1m\\u202e"));
	assert_null(strchr(said, '\033'));
	assert_int_equal(unlink(payload), 0);
}

static void
test_duration(void **state)
{
	static const struct { const char *text; int64_t ms; } good[] = {
		{ "0s", 0 }, { "90s", 90000 }, { "30m", 1800000 },
		{ "12h", 43200000 }, { "7d", 604800000 }, { "07d", 604800000 },
		{ "365000d", INT64_C(31536000000000) }
	};
	static const char *const bad[] = { "", "7", "d", "7 d", " 7d", "7dd",
	    "-7d", "+7d", "7w", "7D", "1.5d", "365001d", "99999999999d",
	    "999999999999999999999s", "1h30m" };
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(verb_duration(good[i].text, &ms));
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(verb_duration(bad[i], &ms));
}

static int
setup(void **state)
{
	struct why why = { "" };

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(ini, sizeof(ini), "%s/t.ini", dir);
	(void)snprintf(out, sizeof(out), "%s/said", dir);
	return (crypt_init(&why) != OK);
}

static int
teardown(void **state)
{
	static const char *const names[] = { "t.ini", "said", "ledger.db",
	    "ledger.db-wal", "ledger.db-shm", "ledger.db.lock" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	return (rmdir(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_send_url),
		cmocka_unit_test(test_check_mistakes),
		cmocka_unit_test(test_check_warnings),
		cmocka_unit_test(test_no_escapes),
		cmocka_unit_test(test_duration)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
