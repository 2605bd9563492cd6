/*
 * What a hurried person meets: files that may not be read or written,
 * secrets in the wrong place, and all mistakes of a file at once.
 */
#include <sys/wait.h>

#include <grp.h>
#include <pwd.h>

#include "common/arena.h"
#include "tests/unit/config_file.h"

/* Two lines, two, four, five and two: each a section that is right. */
#define SVIX	"[svix]\nsecret = whsec_" KEY64 "\n"
#define TRUNK	"[trunk]\ntoken = t1\n"
#define LIN	"[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\n"
#define JI	"[tracker ji]\ntype = jira\nurl = https://j.example\n" \
		"token = t\nproject = QA\n"
#define RULE	"[rule r]\ntracker = lin\n"
#define TOP	SVIX TRUNK LIN		/* 8 lines */

/* Who may write the file says where tickets go, secrets or not. */
static void
test_writable(void **state)
{
	static const mode_t modes[] = { 0660, 0666, 0602, 0622, 0620, 0777 };
	char fix[96];
	struct why why;

	(void)state;
	(void)snprintf(fix, sizeof(fix), "run: chmod go-w %s", path);
	assert_int_equal(setenv("TEST_CONFIG_KEY", KEY64, 1), 0);
	for (size_t i = 0; i <= COUNT(modes); i++) {
		write_file("[svix]\nsecret = env:TEST_CONFIG_KEY\n[tracker "
		    "lin]\ntype = linear\nteam = A\nlink = none\n"
		    "api_key = env:TEST_CONFIG_KEY\n" RULE);
		assert_int_equal(chmod(path, i < COUNT(modes) ? modes[i] :
		    0644), 0);
		config_free(config);
		memset(&why, 0, sizeof(why));
		assert_int_equal(config_load(path, &config, &why),
		    i < COUNT(modes) ? ERR_CONFIG : OK);
		if (i < COUNT(modes))
			assert_non_null(strstr(why.text, fix));
	}
	(void)unsetenv("TEST_CONFIG_KEY");
}

/* What nobody is told about a file and a directory of root's. */
static int
read_as_nobody(const char *says)
{
	struct config *none = NULL;
	struct why why = { "" };

	if (setgroups(0, NULL) != 0 || setegid(65534) != 0 ||
	    seteuid(65534) != 0)
		return (1);
	if (config_load(path, &none, &why) != ERR_CONFIG)
		return (2);
	if (strstr(why.text, says) == NULL) {
		(void)fprintf(stderr, "%s\nwanted %s\n", why.text, says);
		return (3);
	}
	return (0);
}

static void
refused_to_nobody(const char *says)
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(read_as_nobody(says));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_barred(void **state)
{
	char user[64], group[64], other[64], says[512];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(getpwuid(65534));
	assert_non_null(getgrgid(getpwuid(65534)->pw_gid));
	assert_non_null(getgrgid(1));
	(void)snprintf(user, 64, "%s", getpwuid(65534)->pw_name);
	(void)snprintf(group, 64, "%s",
	    getgrgid(getpwuid(65534)->pw_gid)->gr_name);
	(void)snprintf(other, 64, "%s", getgrgid(1)->gr_name);
	write_file(TOP RULE);
	assert_int_equal(chmod(dir, 0711), 0);
	(void)snprintf(says, sizeof(says), "%s: user %s may not read it; run: "
	    "chown root:%s %s && chmod 0640 %s", path, user, group, path,
	    path);
	refused_to_nobody(says);
	/* A group may, but not ours: then others must not lose it. */
	assert_int_equal(chown(path, 0, 1), 0);
	assert_int_equal(chmod(path, 0640), 0);
	(void)snprintf(says, sizeof(says), "user %s may not read it, group %s "
	    "may; run this as the user that serves, or run: usermod -a -G "
	    "%s %s", user, other, other, user);
	refused_to_nobody(says);
	assert_int_equal(chmod(dir, 0700), 0);
	(void)snprintf(says, sizeof(says), "%s: user %s may not enter the "
	    "directory %s; run: chown root:%s %s && chmod 0750 %s", path,
	    user, dir, group, dir, dir);
	refused_to_nobody(says);
}

/* Whoever owns the file may write other secrets into it. */
static void
test_owned_by_another(void **state)
{
	char group[64], user[64], says[512];

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(getpwuid(1));
	(void)snprintf(user, 64, "%s", getpwuid(1)->pw_name);
	(void)snprintf(group, 64, "%s", getgrgid(65534)->gr_name);
	write_file(TOP RULE);
	assert_int_equal(chmod(dir, 0711), 0);
	assert_int_equal(chown(path, 1, 65534), 0);
	assert_int_equal(chmod(path, 0640), 0);
	(void)snprintf(says, sizeof(says), ":2: [svix] secret: a secret "
	    "stands here in plain and user %s owns the file; run chown "
	    "root:%s %s && chmod 0640 %s, or write file:/path here", user,
	    group, path, path);
	refused_to_nobody(says);
	assert_int_equal(chmod(dir, 0700), 0);
}

/* The file where there is too much is named, and what it holds not shown. */
static void
test_bearer_file(void **state)
{
	static const struct { const char *holds, *says; } rows[] = {
		{ "Bearer lin_api_pw9\n", ":8: [tracker lin] api_key: the "
		    "secret begins with \"Bearer \"; leave that word out in " },
		{ "lin\177pw9\n", "holds a line break or another control" },
		{ "lin\tpw9\n", "holds a line break or another control" },
		{ "lin\npw9\n", "holds a line break or another control" }
	};
	char text[512], key[80];
	struct why why = { "" };
	FILE *f;

	(void)state;
	(void)snprintf(key, sizeof(key), "%s/key", dir);
	(void)snprintf(text, sizeof(text), SVIX TRUNK "[tracker lin]\n"
	    "type = linear\nteam = A\napi_key = file:%s\n" RULE, key);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_non_null(f = fopen(key, "w"));
		assert_int_equal(fchmod(fileno(f), 0600), 0);
		(void)fputs(rows[i].holds, f);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(load(text, &why), ERR_CONFIG);
		assert_non_null(strstr(why.text, rows[i].says));
		assert_int_equal(strstr(why.text, key) != NULL, i == 0);
		assert_null(strstr(why.text, "pw9"));
	}
	(void)unlink(key);
}

/* A key that begins with a slash is no path and must not be shown. */
static void
test_slash_key(void **state)
{
	struct why why = { "" };

	(void)state;
	assert_int_equal(load("[svix]\nsecret = /Zx9/Zx9MDEyMzQ1Njc4OWFiY2Rl\n",
	    &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "begins with a slash is a path"));
	assert_null(strstr(why.text, "Zx9"));
}

/* All mistakes of a step, a line each and each once. */
static void
test_all(void **state)
{
	static const struct {
		const char	*text;
		const char	*lines[5];	/* "LINE: [section] key" */
	} files[] = {
		{ "[svix]\nsecret = x\nsecrt = y\n[rul a]\nb = c\n"
		    "[handler]\nworkers = 0\ndeadline = 1\n",
		    { "2: [svix] secret", "3: [svix] secrt", "4: [rul a]",
		    "7: [handler] workers", "8: [handler] deadline" } },
		{ SVIX TRUNK "[tracker a]\ntype = jira\n[tracker b]\n"
		    "token = t\n" RULE, { "5: [tracker a]: no url",
		    "5: [tracker a]: no secret", "7: [tracker b]: no type" } },
		{ TOP "[rule a]\ntracker = x\n[rule b]\ntracker = y\n",
		    { "10: [rule a] tracker", "12: [rule b] tracker" } },
		{ TOP "[rule a]\n[rule b]\n", { "9: [rule a]: it leads",
		    "10: [rule b]: it leads" } },
		{ SVIX TRUNK JI "labels = a b\n[rule r]\ntracker = ji\n"
		    "[rule s]\nstatus = healthy\ntracker = ji\n",
		    { "10: [tracker ji] labels" } },
		{ TOP JI "[defaults]\npriority = urgen\n" RULE
		    "[rule s]\ntracker = ji\n[rule t]\ntracker = lin\n",
		    { "15: [defaults] priority" } },
		{ TRUNK, { " [svix] secret is missing",
		    " there is no [tracker NAME]", " there is no [rule" } },
		{ "x\n[svix]\nsecrt = y\n", { "1: " } }
	};
	struct arena *arena = arena_new(1 << 20);
	char more[32], line[128];
	const char *all, *at;
	struct why why;
	size_t i, j;

	(void)state;
	assert_non_null(arena);
	for (i = 0; i < COUNT(files); i++) {
		write_file(files[i].text);
		config_free(config);
		memset(&why, 0, sizeof(why));
		assert_int_equal(config_load_all(path, arena, &config, &all,
		    &why), ERR_CONFIG);
		assert_non_null(at = all);
		for (j = 0; j < 5 && files[i].lines[j] != NULL; j++) {
			(void)snprintf(line, sizeof(line), "%s:%s", path,
			    files[i].lines[j]);
			if (strncmp(at, line, strlen(line)) != 0)
				fail_msg("%s\nwanted %s", all, line);
			assert_non_null(at = strchr(at, '\n'));
			at++;
		}
		assert_string_equal(at, "");
		assert_int_equal(strncmp(why.text, all, strcspn(all, "\n")),
		    0);
		(void)snprintf(more, sizeof(more), " (and %zu more)", j - 1);
		assert_int_equal(strstr(why.text, more) != NULL, j > 1);
	}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writable),
		cmocka_unit_test(test_barred),
		cmocka_unit_test(test_owned_by_another),
		cmocka_unit_test(test_bearer_file),
		cmocka_unit_test(test_slash_key),
		cmocka_unit_test(test_all)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
