#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/curl_lib.h"
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

/* Run it in a child, since there is no way back: its exit status. */
static int
in_child(int (*look_at)(void))
{
	pid_t	pid;
	int	status;

	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(look_at());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void
test_jail(void **state)
{

	(void)state;
	assert_int_equal(in_child(look), 0);
}

static char	dir[] = "/tmp/test_jail.XXXXXX";
static char	ledger[64], inside[64], outside[64], home[64], kept[64];

enum {
	NO_LANDLOCK = 77	/* exit status: the kernel has none */
};

/* Not all file systems tell of what type an entry is, see readdir(3). */
static bool	untold;

struct dirent *
readdir(DIR *d)
{
	struct dirent	*(*real)(DIR *);
	struct dirent	*entry;

	*(void **)&real = dlsym(RTLD_NEXT, "readdir");
	entry = real(d);
	if (entry != NULL && untold)
		entry->d_type = DT_UNKNOWN;
	return (entry);
}

static bool
can_open(const char *path, int flags)
{
	int	fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return (fd >= 0);
}

static struct sockaddr_in
loopback(int port)
{
	struct sockaddr_in	sin = { .sin_family = AF_INET };

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)port);
	return (sin);
}

static bool
can_listen(void)
{
	struct sockaddr_in	sin = loopback(47113);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	return (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0);
}

/* A port that somebody listens on, by the kernel's choice. */
static int
open_port(void)
{
	struct sockaddr_in	sin = loopback(0);
	socklen_t		n = sizeof(sin);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&sin, n) != 0 || listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &n) != 0)
		return (-1);
	return (ntohs(sin.sin_port));
}

/* 0, or why not. */
static int
call(int port)
{
	struct sockaddr_in	sin = loopback(port);
	int			fd = socket(AF_INET, SOCK_STREAM, 0), r;

	r = connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 ? 0 :
	    errno;
	close(fd);
	return (r);
}

static int
look_ports(void)
{
	int	ours = open_port(), other = open_port();

	jail_port(ours);
	jail_port(0);
	jail_port(65536);
	if (!jail_reaches(other) || call(other) != 0)
		return (1);
	if (!jail_close(ledger) ||
	    syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 4)
		return (NO_LANDLOCK);
	if (call(ours) != 0 || !jail_reaches(ours))
		return (2);
	if (call(other) != EACCES || jail_reaches(other))
		return (3);
	/* Whether somebody is there or not, these are asked. */
	if (call(443) == EACCES || call(53) == EACCES)
		return (4);
	if (!jail_reaches(443) || !jail_reaches(53) || jail_reaches(0) ||
	    jail_reaches(65536) || jail_reaches(-1))
		return (5);
	return (0);
}

/* Each thing that must not succeed has a status of its own. */
static int
look_closed(void)
{
	char *const	args[] = { (char[]){ "true" }, NULL };

	jail_enter();
	if (!jail_close(ledger))
		return (NO_LANDLOCK);
	if (can_open(outside, O_WRONLY | O_CREAT))
		return (1);
	if (can_open("/etc/passwd", O_WRONLY))
		return (2);
	if (rename(ledger, outside) == 0)
		return (3);
	if (unlink("/etc/hostname") == 0)
		return (4);
	if (can_open(home, O_RDONLY))
		return (5);
	if (execv("/bin/true", args) == 0 || errno != EACCES)
		return (6);
	if (ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0)
		return (7);
	if (symlink("/etc/passwd", inside) == 0)
		return (8);
	return (0);
}

/* What newer kernels refuse as well. */
static int
look_newer(void)
{

	jail_enter();
	if (!jail_close(ledger))
		return (NO_LANDLOCK);
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 6)
		return (NO_LANDLOCK);
	if (can_listen())
		return (1);
	if (kill(getppid(), 0) == 0)
		return (2);
	return (0);
}

/* What must go on. */
static int
look_open(void)
{

	jail_enter();
	jail_keep(kept);
	if (!jail_close(ledger))
		return (NO_LANDLOCK);
	if (!can_open(ledger, O_RDWR))
		return (1);
	if (!can_open(inside, O_RDWR | O_CREAT | O_TRUNC))
		return (2);
	if (unlink(inside) != 0)
		return (3);
	if (!can_open("/etc/passwd", O_RDONLY))
		return (4);
	if (!can_open("/dev/urandom", O_RDONLY))
		return (5);
	if (!can_open(kept, O_RDONLY))
		return (6);
	return (0);
}

/* A request under CGI comes to a call after the jail was closed. */
static int
look_library(void)
{

	if (dlopen("libcurl.so.4", RTLD_NOW | RTLD_NOLOAD) != NULL)
		return (1);
	jail_enter();
	if (!jail_close(ledger))
		return (NO_LANDLOCK);
	if (curl_lib_load(NULL) != OK)
		return (2);
	return (curl.version_info(CURLVERSION_NOW) != NULL ? 0 : 3);
}

static int
look_untold(void)
{

	untold = true;
	return (look_open());
}

static void
closed(int (*look_at)(void))
{
	int	status = in_child(look_at);

	if (status == NO_LANDLOCK)
		skip();
	assert_int_equal(status, 0);
}

static void
test_closed(void **state)
{

	(void)state;
	closed(look_closed);
}

static void
test_newer(void **state)
{

	(void)state;
	closed(look_newer);
}

static void
test_ports(void **state)
{

	(void)state;
	closed(look_ports);
}

static void
test_open(void **state)
{

	(void)state;
	closed(look_open);
	closed(look_untold);
	closed(look_library);
}

/* Two directories in a home; the ledger in one of our own. */
static int
setup(void **state)
{
	const char	*base = geteuid() == 0 ? "/root" : getenv("HOME");

	(void)state;
	if (mkdtemp(dir) == NULL || base == NULL)
		return (-1);
	snprintf(ledger, sizeof(ledger), "%s/s", dir);
	if (mkdir(ledger, 0700) != 0)
		return (-1);
	snprintf(ledger, sizeof(ledger), "%s/s/ledger.db", dir);
	snprintf(inside, sizeof(inside), "%s/s/ledger.db-wal", dir);
	snprintf(outside, sizeof(outside), "%s/outside", dir);
	snprintf(home, sizeof(home), "%s/.test_jail.%ld", base,
	    (long)getpid());
	snprintf(kept, sizeof(kept), "%s/.test_kept.%ld", base,
	    (long)getpid());
	if (mkdir(kept, 0700) != 0)
		return (-1);
	strcat(kept, "/token");
	return (can_open(ledger, O_RDWR | O_CREAT) &&
	    can_open(home, O_RDWR | O_CREAT) &&
	    can_open(kept, O_RDWR | O_CREAT) ? 0 : -1);
}

static int
teardown(void **state)
{

	(void)state;
	unlink(home);
	unlink(kept);
	*strrchr(kept, '/') = '\0';
	rmdir(kept);
	unlink(ledger);
	unlink(inside);
	*strrchr(ledger, '/') = '\0';
	rmdir(ledger);
	unlink(outside);
	rmdir(dir);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_jail),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_open),
	};

	return (cmocka_run_group_tests_name("jail", tests, setup,
	    teardown));
}
