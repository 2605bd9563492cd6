/* Opening a socket, and what is said when that fails. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "handler/start.h"

static char dir[] = "/tmp/test_start.XXXXXX";

/* "unix:" and a path in the test's directory. */
static void
place(char where[128], const char *name)
{
	(void)snprintf(where, 128, "unix:%s/%s", dir, name);
}

static void
test_socket(void **state)
{
	char where[128];
	struct why why = { "" };
	struct stat st;
	int fd, second;

	(void)state;
	place(where, "a.sock");
	assert_int_equal(start_listen(where, &fd, &why), OK);
	assert_int_equal(stat(where + strlen("unix:"), &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(start_listen(where, &second, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "a.sock: it is taken"));
	/* Left behind by a dead program: taken over. */
	(void)close(fd);
	assert_int_equal(start_listen(where, &fd, &why), OK);
	(void)close(fd);
	(void)unlink(where + strlen("unix:"));
}

static void
test_no_directory(void **state)
{
	char where[128], want[256];
	struct why why = { "" };
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	place(where, "sub/a.sock");
	assert_int_equal(start_listen(where, &fd, &why), ERR_CONFIG);
	(void)snprintf(want, sizeof(want), "there is no directory %s/sub; "
	    "make it with: install -d -o root -g www-data -m 2750 %s/sub", dir,
	    dir);
	assert_non_null(strstr(why.text, want));
}

static int
listen_as_nobody(void)
{
	char where[128];
	struct why why = { "" };
	int fd;

	place(where, "b.sock");
	if (setegid(65534) != 0 || seteuid(65534) != 0)
		return (1);
	if (start_listen(where, &fd, &why) != ERR_CONFIG)
		return (2);
	/* Never the directory itself: it may be /run. */
	if (strstr(why.text, "user nobody may make no socket in") == NULL ||
	    strstr(why.text, "install -d -o nobody -g www-data -m 2750 "
	    "/run/tickethook") == NULL)
		return (3);
	return (0);
}

static void
test_closed_directory(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(listen_as_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* What is no address at all. */
static void
test_forms(void **state)
{
	static const char *const bad[] = { "", "9000", "localhost:9000",
	    "127.0.0.1:0", "127.0.0.1: 9000", "127.0.0.1:+9000",
	    "127.0.0.1:65536", "127.0.0.1:9x", "unix:",
	    "/run/a.sock", "[::1]:9000" };
	struct why why;
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&why, 0, sizeof(why));
		if (start_listen(bad[i], &fd, &why) != ERR_CONFIG)
			fail_msg("taken: %s", bad[i]);
		assert_non_null(strstr(why.text, "give unix:/path/of.sock "
		    "or 127.0.0.1:9000"));
	}
}

static int
setup(void **state)
{
	(void)state;
	return (mkdtemp(dir) == NULL ? -1 : 0);
}

static int
teardown(void **state)
{
	(void)state;
	return (rmdir(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_closed_directory),
		cmocka_unit_test(test_forms)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
