/* How we were started, and what is listened on or left alone. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "handler/start.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	PORT_TRIES = 20		/* somebody may take one before us */
};

static char dir[64];
static char path[96];
static char where[104];
static struct why why;

static int
before_each(void **state)
{

	(void)state;
	strcpy(dir, "/tmp/test_listen.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)snprintf(where, sizeof(where), "unix:%s", path);
	why.text[0] = '\0';
	return (0);
}

static int
after_each(void **state)
{

	(void)state;
	(void)unlink(path);
	return (rmdir(dir));
}

static struct sockaddr_un
address(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	assert_true(strlen(name) < sizeof(sun.sun_path));
	strcpy(sun.sun_path, name);
	return (sun);
}

/* 0 or the error of a connect. */
static int
try_connect(const char *name)
{
	struct sockaddr_un sun = address(name);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), e;

	assert_true(fd >= 0);
	e = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 ? 0 :
	    errno;
	close(fd);
	return (e);
}

/* A socket as another program would have it; listening or only bound. */
static int
other_socket(const char *name, int type, bool listening)
{
	struct sockaddr_un sun = address(name);
	int fd = socket(AF_UNIX, type, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	if (listening)
		assert_int_equal(listen(fd, 1), 0);
	return (fd);
}

static void
refused(const char *place)
{
	int fd = 77;

	why.text[0] = '\0';
	if (start_listen(place, &fd, &why) != ERR_CONFIG)
		fail_msg("\"%s\" was accepted", place);
	assert_true(fd < 0);
	if (strstr(why.text, "cannot listen on") == NULL ||
	    strstr(why.text, place) == NULL)
		fail_msg("%s: %s", place, why.text);
}

static bool
is_listening(int fd)
{
	socklen_t n = sizeof(int);
	int on = 0;

	return (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 &&
	    on == 1);
}

static void
test_unix(void **state)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };
	struct stat st;
	mode_t mask;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < COUNT(masks); i++) {
		mask = umask(masks[i]);
		assert_int_equal(start_listen(where, &fd, &why), OK);
		assert_int_equal(umask(mask), masks[i]);
		assert_true(is_listening(fd));
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		assert_int_equal(stat(path, &st), 0);
		assert_true(S_ISSOCK(st.st_mode));
		assert_int_equal(st.st_mode & 07777, 0660);
		assert_int_equal(try_connect(path), 0);
		close(fd);
		assert_int_equal(unlink(path), 0);
	}
}

/* What a crash left behind is no obstacle. */
static void
test_stale(void **state)
{
	int fd;

	(void)state;
	close(other_socket(path, SOCK_STREAM, true));
	assert_int_equal(try_connect(path), ECONNREFUSED);
	assert_int_equal(start_listen(where, &fd, &why), OK);
	assert_int_equal(try_connect(path), 0);
	close(fd);
	assert_int_equal(start_listen(where, &fd, &why), OK);
	assert_int_equal(try_connect(path), 0);
	close(fd);
}

static void
test_live(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(start_listen(where, &fd, &why), OK);
	refused(where);
	assert_int_equal(try_connect(path), 0);
	close(fd);
}

/* What is there and is no socket of a server is not touched. */
static void
test_foreign(void **state)
{
	char target[128];
	struct stat st;
	int fd;

	(void)state;
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	assert_int_equal(write(fd, "keep", 4), 4);
	close(fd);
	refused(where);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
	/* A link to a stale socket is not the socket. */
	assert_int_equal(unlink(path), 0);
	(void)snprintf(target, sizeof(target), "%s/t", dir);
	close(other_socket(target, SOCK_STREAM, true));
	assert_int_equal(symlink(target, path), 0);
	refused(where);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat(target, &st), 0);
	assert_int_equal(unlink(target), 0);
	/* A datagram socket in use is somebody's. */
	assert_int_equal(unlink(path), 0);
	fd = other_socket(path, SOCK_DGRAM, false);
	refused(where);
	assert_int_equal(lstat(path, &st), 0);
	close(fd);
	/* And a directory. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	refused(where);
	assert_int_equal(rmdir(path), 0);
}

static void
test_long_path(void **state)
{
	struct sockaddr_un sun;
	char name[sizeof(sun.sun_path) + 16];
	size_t n, prefix = strlen(dir) + 6;
	int fd;

	(void)state;
	(void)snprintf(name, sizeof(name), "unix:%s/", dir);
	/* The longest that fits, with its NUL, and longer ones. */
	n = sizeof(sun.sun_path) - 1 + 5;
	memset(name + prefix, 'l', n - prefix);
	name[n] = '\0';
	assert_int_equal(start_listen(name, &fd, &why), OK);
	assert_int_equal(try_connect(name + 5), 0);
	close(fd);
	assert_int_equal(unlink(name + 5), 0);
	for (; n < sizeof(name) - 1; n++) {
		name[n] = 'l';
		name[n + 1] = '\0';
		refused(name);
		assert_non_null(strstr(why.text, strerror(ENAMETOOLONG)));
	}
}

/* A port that was free a moment ago. */
static int
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t n = sizeof(sin);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &n), 0);
	close(fd);
	return (ntohs(sin.sin_port));
}

static void
test_inet(void **state)
{
	struct sockaddr_in sin;
	socklen_t n = sizeof(sin);
	char place[64];
	int fd = -1, i, port = 0;

	(void)state;
	for (i = 0; i < PORT_TRIES && fd < 0; i++) {
		port = free_port();
		(void)snprintf(place, sizeof(place), "127.0.0.1:%d", port);
		(void)start_listen(place, &fd, &why);
	}
	assert_true(fd >= 0);
	assert_true(is_listening(fd));
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &n), 0);
	assert_int_equal(sin.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(ntohs(sin.sin_port), port);
	refused(place);		/* it is alive */
	close(fd);
}

static void
test_bad_forms(void **state)
{
	static const char *const forms[] = {
		"", "9000", ":9000", ":", "127.0.0.1", "127.0.0.1:",
		"127.0.0.1:0", "127.0.0.1:-1", "127.0.0.1:65536",
		"127.0.0.1:4294967297", "127.0.0.1:9000x", "127.0.0.1:x",
		"127.0.0.1:99999999999999999999", "127.0.0.1:9000 ",
		"localhost:9000", "127.0.0:9000", "256.0.0.1:9000",
		"127.0.0.1.:9000", "[::1]:9000", "::1:9000",
		"127.0.0.1:9000:9000", "tcp:127.0.0.1:9000",
		"unix", "Unix:/tmp/x", "/tmp/test_start.sock",
		"unix:/no/such/directory/s", "unix:/dev/null/s",
		"a name that is much longer than an address is:9000",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(forms); i++)
		refused(forms[i]);
}

/* What descriptor 0 is, in a child. */
enum input {
	IN_NULL, IN_CLOSED, IN_PIPE, IN_FILE, IN_CONNECTED, IN_BOUND,
	IN_LISTENING, IN_TERMINAL
};

static void
become_stdin(int fd)
{

	if (fd < 0 || dup2(fd, 0) != 0)
		_exit(99);
	if (fd != 0)
		close(fd);
}

static void
set_stdin(enum input input)
{
	int pair[2] = { -1, -1 }, fd = -1;

	if (input == IN_PIPE && pipe(pair) != 0)
		_exit(99);
	if (input == IN_CONNECTED &&
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		_exit(99);
	if (input == IN_PIPE || input == IN_CONNECTED)
		fd = pair[0];
	if (input == IN_BOUND || input == IN_LISTENING)
		fd = other_socket(path, SOCK_STREAM, input == IN_LISTENING);
	if (input == IN_FILE)
		fd = open(path, O_RDWR | O_CREAT, 0600);
	if (input == IN_NULL)
		fd = open("/dev/null", O_RDONLY);
	if (input == IN_TERMINAL) {
		fd = posix_openpt(O_RDWR | O_NOCTTY);
		if (grantpt(fd) != 0 || unlockpt(fd) != 0)
			_exit(99);
		fd = open(ptsname(fd), O_RDWR | O_NOCTTY);
	}
	if (input == IN_CLOSED)
		close(0);
	else
		become_stdin(fd);
}

static const struct {
	const char	*fds;		/* LISTEN_FDS */
	const char	*pid;		/* LISTEN_PID; "": this process */
	const char	*gateway;	/* GATEWAY_INTERFACE */
	enum input	 input;
	int		 argc;
	enum start	 how;
} starts[] = {
	{ NULL, NULL, NULL, IN_NULL, 1, START_NOTHING },
	{ NULL, NULL, NULL, IN_CLOSED, 1, START_NOTHING },
	{ NULL, NULL, NULL, IN_TERMINAL, 1, START_NOTHING },
	{ NULL, NULL, NULL, IN_NULL, 0, START_NOTHING },
	{ NULL, NULL, NULL, IN_CONNECTED, 1, START_NOTHING },
	{ NULL, NULL, NULL, IN_NULL, 2, START_COMMAND },
	{ NULL, NULL, NULL, IN_TERMINAL, 2, START_COMMAND },
	{ NULL, NULL, NULL, IN_CONNECTED, 2, START_COMMAND },
	/* CGI: Apache's mod_cgid gives a connected socket */
	{ NULL, NULL, "CGI/1.1", IN_NULL, 1, START_CGI },
	{ NULL, NULL, "CGI/1.1", IN_CONNECTED, 1, START_CGI },
	{ NULL, NULL, "CGI/1.1", IN_BOUND, 1, START_CGI },
	{ NULL, NULL, "CGI/1.1", IN_PIPE, 1, START_CGI },
	/* a listening socket, whoever started us */
	{ NULL, NULL, NULL, IN_LISTENING, 1, START_STDIN },
	{ NULL, NULL, "CGI/1.1", IN_LISTENING, 1, START_STDIN },
	/* a query string as arguments is no command */
	{ NULL, NULL, NULL, IN_LISTENING, 3, START_STDIN },
	{ NULL, NULL, "CGI/1.1", IN_NULL, 3, START_CGI },
	{ NULL, NULL, "CGI/1.1", IN_CONNECTED, 3, START_CGI },
	{ "1", "", NULL, IN_NULL, 3, START_SYSTEMD },
	/* systemd first: sd_listen_fds(3) */
	{ "1", "", NULL, IN_NULL, 1, START_SYSTEMD },
	{ "2", "", NULL, IN_NULL, 1, START_SYSTEMD },
	{ "1", "", "CGI/1.1", IN_LISTENING, 1, START_SYSTEMD },
	/* but only if it means us */
	{ "1", "1", NULL, IN_NULL, 1, START_NOTHING },
	{ "1", NULL, NULL, IN_NULL, 1, START_NOTHING },
	{ NULL, "", NULL, IN_NULL, 1, START_NOTHING },
	{ "0", "", NULL, IN_NULL, 1, START_NOTHING },
	{ "", "", NULL, IN_NULL, 1, START_NOTHING },
	{ "x", "", NULL, IN_NULL, 1, START_NOTHING },
	{ "-1", "", NULL, IN_NULL, 1, START_NOTHING },
	{ "1", "x", NULL, IN_NULL, 2, START_COMMAND },
	{ "1", "1", NULL, IN_LISTENING, 1, START_STDIN },
};

static int
finish(pid_t pid)
{
	int status = -1;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	(void)unlink(path);
	return (WEXITSTATUS(status));
}

static void
put(const char *name, const char *value)
{

	if (value == NULL)
		(void)unsetenv(name);
	else
		(void)setenv(name, value, 1);
}

static void
test_how(void **state)
{
	char self[32];
	size_t i;
	pid_t pid;
	int how;

	(void)state;
	for (i = 0; i < COUNT(starts); i++) {
		if ((pid = fork()) == 0) {
			set_stdin(starts[i].input);
			(void)snprintf(self, sizeof(self), "%ld",
			    (long)getpid());
			put("LISTEN_FDS", starts[i].fds);
			put("LISTEN_PID", starts[i].pid != NULL &&
			    starts[i].pid[0] == '\0' ? self : starts[i].pid);
			put("GATEWAY_INTERFACE", starts[i].gateway);
			_exit((int)start_how(starts[i].argc));
		}
		if ((how = finish(pid)) != (int)starts[i].how)
			fail_msg("row %zu: %d", i, how);
	}
}

static void
test_stdin(void **state)
{
	static const struct {
		enum input	 input;
		const char	*name;
	} inputs[] = {
		{ IN_CLOSED, "closed" }, { IN_PIPE, "a pipe" },
		{ IN_FILE, "a file" }, { IN_NULL, "a device" },
		{ IN_TERMINAL, "a terminal" },
		{ IN_CONNECTED, "a socket that does not listen" },
		{ IN_BOUND, "a socket that does not listen" },
	};
	size_t i;
	pid_t pid;

	(void)state;
	for (i = 0; i < COUNT(inputs); i++) {
		if ((pid = fork()) == 0) {
			set_stdin(inputs[i].input);
			_exit(strcmp(start_stdin(), inputs[i].name) != 0);
		}
		if (finish(pid) != 0)
			fail_msg("it is %s", inputs[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unix, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_stale, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_live, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_foreign, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_long_path, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_inet, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_bad_forms, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_how, before_each,
		    after_each),
		cmocka_unit_test_setup_teardown(test_stdin, before_each,
		    after_each),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
