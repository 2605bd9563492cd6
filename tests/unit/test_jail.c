#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/jail.h"

/* What the kernel says of a process in the jail. */
static int
look(void)
{
	struct rlimit	limit;

	jail_enter();
	if (prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L) != 1)
		return (1);
	if (prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) != 0)
		return (2);
	if (getrlimit(RLIMIT_CORE, &limit) != 0)
		return (3);
	if (limit.rlim_cur != 0 || limit.rlim_max != 0)
		return (4);
	return (0);
}

static void
test_jail(void **state)
{
	pid_t	pid;
	int	status;

	(void)state;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_jail),
	};

	return (cmocka_run_group_tests_name("jail", tests, NULL, NULL));
}
