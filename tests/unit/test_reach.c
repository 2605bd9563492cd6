/*
 * Which ports a configuration leads to, and that a closed jail and a reload
 * agree about them.
 */
#include "handler/reach.h"

#include <sys/wait.h>

#include "common/jail.h"
#include "tests/unit/config_file.h"

#define TOP	"[svix]\nsecret = whsec_" KEY64 "\n[tracker lin]\n" \
		"type = linear\napi_key = k\nteam = ENG\n" \
		"[rule r]\ntracker = lin\n[trunk]\ntoken = t1\n"

enum {
	PORTS_MAX = 8,
	NO_LANDLOCK = 77	/* exit status: the kernel has none */
};

static int ports[PORTS_MAX];
static size_t nports;

static bool
note(int port)
{

	ports[nports++] = port;
	return (nports < PORTS_MAX);
}

static const struct {
	const char	*url;
	int		 ports[PORTS_MAX];	/* up to a 0 */
} urls[] = {
	{ "https://api.trunk.io", { 443 } },
	{ "https://jira.example:8443/jira", { 8443 } },
	{ "HTTPS://jira.example:8443", { 8443 } },
	{ "https://[2001:db8::53]", { 443 } },
	{ "https://[2001:db8::53]:8443/a:1", { 8443 } },
	{ "https://hooks.example/a?port=99", { 443 } },
	{ "https://hooks.example/a,b:81", { 443 } },
	{ "https://hooks.example:444?{{test.name}}", { 444 } },
	{ "http://proxy.example:3128", { 3128 } },
	{ "http://proxy.example", { 1080 } },
	{ "https://proxy.example", { 443 } },
	{ "sqlite:/var/lib/tickethook/ledger.db", { 0 } },
	{ "sqlite:/var/a://b:81", { 0 } },
	{ "postgresql://tickethook@db.internal/tickethook", { 5432 } },
	{ "postgres://u:p%40@db.internal:6432/t", { 6432 } },
	{ "postgresql://u@one:5433,two,[::1]:5435/t?port=5436,5437&a=b",
	    { 5433, 5432, 5435, 5436, 5437 } },
	{ "postgresql:///t?host=/run&report=7", { 5432 } },
};

static void
test_urls(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(urls); i++) {
		nports = 0;
		if (!reach_all(urls[i].url, note))
			fail_msg("%s does not end", urls[i].url);
		for (k = 0; k < nports; k++)
			if (ports[k] != urls[i].ports[k])
				fail_msg("%s leads to %d", urls[i].url,
				    ports[k]);
		if (urls[i].ports[nports] != 0)
			fail_msg("%s leads to %zu ports", urls[i].url,
			    nports);
	}
}

static bool
never(int port)
{

	return (port == 0);
}

static void
test_refused(void **state)
{

	(void)state;
	assert_false(reach_all("https://a", never));
	assert_false(reach_all("postgres://a/b?port=1", never));
	assert_true(reach_all("sqlite:/a", never));
}

static const struct {
	const char	*more;		/* after TOP */
	const char	*place;		/* NULL: all of it is within reach */
} fresh[] = {
	{ "", NULL },
	{ "[tracker b]\ntype = jira\nurl = https://b.example\nemail = a@b.c\n"
	    "token = t\nproject = P\nissue_type = Bug\n", NULL },
	{ "[tracker b]\ntype = jira\nurl = https://b.example:8443\n"
	    "email = a@b.c\ntoken = t\nproject = P\nissue_type = Bug\n", NULL },
	{ "[tracker b]\ntype = jira\nurl = https://b.example:8444\n"
	    "email = a@b.c\ntoken = t\nproject = P\nissue_type = Bug\n",
	    "[tracker b] url" },
	{ "[notify n]\non = created\nurl = https://h.example:8444/a\n",
	    "[notify n] url" },
	{ "[handler]\nproxy = http://p.example:3128\n", "[handler] proxy" },
	{ "api = https://t.example:8444\n", "[trunk] api" },
};

/* The exit status says which was wrong. */
static int
look(void)
{
	char text[1024];
	const char *place;
	struct why why;
	size_t i;

	if (load(TOP "[notify n]\non = created\n"
	    "url = https://h.example:8443/a\n", &why) != OK)
		return (100);
	reach_keep(config);
	if (reach_beyond(config) != NULL || !jail_close(path))
		return (NO_LANDLOCK);
	if (jail_reaches(1))
		return (NO_LANDLOCK);	/* older than version 4 */
	for (i = 0; i < COUNT(fresh); i++) {
		(void)snprintf(text, sizeof(text), "%s%s", TOP,
		    fresh[i].more);
		(void)load(text, &why);
		if (config == NULL)
			return (101 + (int)i);
		place = reach_beyond(config);
		if ((place == NULL) != (fresh[i].place == NULL) ||
		    (place != NULL && strcmp(place, fresh[i].place) != 0))
			return (1 + (int)i);
	}
	return (0);
}

static void
test_closed(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_LANDLOCK)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_closed),
	};

	return (cmocka_run_group_tests_name("reach", tests, setup,
	    teardown));
}
