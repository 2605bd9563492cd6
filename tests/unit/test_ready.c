/* What systemd's end of $NOTIFY_SOCKET hears. */
#include <sys/socket.h>
#include <sys/un.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "handler/ready.h"

static char dir[] = "/tmp/test_ready.XXXXXX";
static char path[64];
static int listener;

/* The next datagram as text; "" when there is none. */
static const char *
heard(void)
{
	static char text[512];
	ssize_t n = recv(listener, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return (text);
}

/* Before the socket is there nothing is said, and nothing breaks. */
static void
test_nobody(void **state)
{

	(void)state;
	ready_up("serving");
	(void)setenv("WATCHDOG_USEC", "20000000", 1);
	assert_int_equal(ready_period(), 0);
	(void)setenv("NOTIFY_SOCKET", "relative", 1);
	ready_open();
	(void)setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	ready_open();
	assert_int_equal(ready_period(), 0);
	(void)setenv("NOTIFY_SOCKET", path, 1);
	ready_open();
	assert_string_equal(heard(), "");
}

static void
test_states(void **state)
{
	unsigned long long usec;
	char rest;

	(void)state;
	ready_up("serving");
	assert_string_equal(heard(), "READY=1\nSTATUS=serving\n");
	ready_reloading();
	assert_int_equal(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%llu%c",
	    &usec, &rest), 2);
	assert_true(usec > 0);
	assert_int_equal(rest, '\n');
	ready_alive();
	assert_string_equal(heard(), "WATCHDOG=1\n");
	ready_stopping();
	assert_non_null(strstr(heard(), "STOPPING=1\n"));
	assert_string_equal(heard(), "");
}

static void
test_period(void **state)
{
	char pid[32];

	(void)state;
	(void)setenv("WATCHDOG_USEC", "20000000", 1);
	(void)unsetenv("WATCHDOG_PID");
	assert_int_equal(ready_period(), 10000);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	(void)setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(ready_period(), 10000);
	(void)setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(ready_period(), 0);
	(void)unsetenv("WATCHDOG_PID");
	(void)setenv("WATCHDOG_USEC", "", 1);
	assert_int_equal(ready_period(), 0);
	(void)setenv("WATCHDOG_USEC", "-5", 1);
	assert_int_equal(ready_period(), 0);
	(void)unsetenv("WATCHDOG_USEC");
	assert_int_equal(ready_period(), 0);
}

/* systemd restarts its own end; a full queue must not stop us. */
static void
test_full(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 100000; i++)
		ready_alive();
	while (heard()[0] != '\0')
		continue;
	ready_up("serving");
	assert_string_equal(heard(), "READY=1\nSTATUS=serving\n");
}

static int
setup(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/notify", dir);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	listener = socket(AF_UNIX, SOCK_DGRAM, 0);
	return (bind(listener, (struct sockaddr *)&sun, sizeof(sun)));
}

static int
teardown(void **state)
{

	(void)state;
	close(listener);
	unlink(path);
	return (rmdir(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_full),
	};

	return (cmocka_run_group_tests_name("ready", tests, setup, teardown));
}
