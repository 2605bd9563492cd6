/*
 * How the program came to be started and which socket it serves: systemd's,
 * that of a web server on standard input, or one of its own by [handler]
 * listen.  A stale socket file, one that nobody listens on, is replaced; one
 * that somebody listens on is not.
 */
#include "handler/start.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account.h"
#include "common/jail.h"
#include "handler/config.h"
#include "handler/ledger_place.h"
#include "handler/reach.h"

enum {
	/*
	 * A full queue on a unix socket is an immediate error at the web
	 * server, so it is as long as the kernel allows.
	 */
	BACKLOG = 4096,
	SOCKET_MASK = 0117	/* 0660: ours and the web server's group */
};

static bool
is_listening(int fd)
{
	int on = 0;
	socklen_t n = sizeof(on);

	return (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 &&
	    on != 0);
}

static bool
is_from_systemd(void)
{
	const char *fds = getenv("LISTEN_FDS");
	const char *pid = getenv("LISTEN_PID");

	return (fds != NULL && atoi(fds) >= 1 && pid != NULL &&
	    strtol(pid, NULL, 10) == (long)getpid());
}

enum start
start_how(int argc)
{

	if (is_from_systemd())
		return (START_SYSTEMD);
	if (is_listening(STDIN_FILENO))
		return (START_STDIN);
	if (getenv("GATEWAY_INTERFACE") != NULL)
		return (START_CGI);
	return (argc > 1 ? START_COMMAND : START_NOTHING);
}

const char *
start_stdin(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) != 0)
		return ("closed");
	if (S_ISSOCK(st.st_mode))
		return ("a socket that does not listen");
	if (S_ISFIFO(st.st_mode))
		return ("a pipe");
	if (S_ISREG(st.st_mode))
		return ("a file");
	return (isatty(STDIN_FILENO) ? "a terminal" : "a device");
}

/* Is the socket at that path one that nobody listens on any more? */
static bool
is_stale(const struct sockaddr_un *sun)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(sun->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return (false);
	stale = connect(fd, (const struct sockaddr *)sun,
	    sizeof(*sun)) != 0 && errno == ECONNREFUSED;
	close(fd);
	return (stale);
}

static int
listen_unix(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, r;

	/* An empty path would be an abstract socket, open to everybody. */
	if (path[0] == '\0' || strlen(path) >= sizeof(sun.sun_path)) {
		errno = path[0] == '\0' ? EINVAL : ENAMETOOLONG;
		return (-1);
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return (-1);
	if (is_stale(&sun))
		(void)unlink(path);
	mask = umask(SOCKET_MASK);
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	(void)umask(mask);
	if (r == 0 && listen(fd, BACKLOG) == 0)
		return (fd);
	r = errno;
	close(fd);
	errno = r;
	return (-1);
}

static int
listen_inet(const char *where)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	const char *colon = strrchr(where, ':');
	char host[INET_ADDRSTRLEN];
	int fd, r, on = 1;
	long port;
	char *end;

	errno = EINVAL;
	if (colon == NULL || !isdigit((unsigned char)colon[1]) ||
	    (size_t)(colon - where) >= sizeof(host))
		return (-1);
	memcpy(host, where, (size_t)(colon - where));
	host[colon - where] = '\0';
	port = strtol(colon + 1, &end, 10);
	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1 || port < 1 ||
	    port > 65535 || *end != '\0')
		return (-1);
	sin.sin_port = htons((uint16_t)port);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return (-1);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return (fd);
	r = errno;
	close(fd);
	errno = r;
	return (-1);
}

/* Why there is no socket; errno says what the kernel said. */
static enum err
not_listening(const char *where, struct why *why)
{
	bool unix_path = strncmp(where, "unix:/", 6) == 0;
	const char *path = where + strlen("unix:");
	const char *slash = unix_path ? strrchr(path, '/') : path;
	struct account us;
	int error = errno, n = (int)(slash - path);

	account_of(geteuid(), &us);
	if (unix_path && error == ENOENT)
		return (err_set(why, ERR_CONFIG, "cannot listen on %s: there "
		    "is no directory %.*s; make it with: install -d -o %s -g "
		    "www-data -m 2750 %.*s", where, n, path, us.user, n,
		    path));
	if (unix_path && error == EACCES)
		return (err_set(why, ERR_CONFIG, "cannot listen on %s: user "
		    "%s may make no socket in %.*s; name one in a directory "
		    "of its own, made with: install -d -o %s -g www-data -m "
		    "2750 /run/tickethook", where, us.user, n, path,
		    us.user));
	if (error == EADDRINUSE)
		return (err_set(why, ERR_CONFIG, "cannot listen on %s: it is "
		    "taken; stop what listens there, or name another",
		    where));
	return (err_set(why, ERR_CONFIG, "cannot listen on %s: %s; give "
	    "unix:/path/of.sock or 127.0.0.1:9000", where, strerror(error)));
}

enum err
start_listen(const char *where, int *listener, struct why *why)
{

	*listener = strncmp(where, "unix:", 5) == 0 ?
	    listen_unix(where + 5) : listen_inet(where);
	if (*listener < 0)
		return (not_listening(where, why));
	return (OK);
}

void
start_confine(const struct config *c)
{
	char file[LEDGER_PATH];

	jail_keep(c->file);
	if (c->ca_file != NULL)
		jail_keep(c->ca_file);
	ledger_files(c->ledger_url, jail_keep);
	reach_keep(c);
	(void)jail_close(ledger_beside(c->ledger_url, c->ledger_dir, file) ?
	    file : NULL);
}
