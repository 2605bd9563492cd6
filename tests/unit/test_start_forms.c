#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "handler/start.h"

/* None of these is a port. */
static void
test_forms(void **state)
{
	static const char *const forms[] = {
		"127.0.0.1: 9000", "127.0.0.1:+9000", "127.0.0.1:\t9000",
	};
	size_t i, n = sizeof(forms) / sizeof(forms[0]);
	struct why why;
	int fd;

	(void)state;
	for (i = 0; i < n; i++) {
		why.text[0] = '\0';
		if (start_listen(forms[i], &fd, &why) != ERR_CONFIG)
			fail_msg("\"%s\" was accepted", forms[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
