/*
 * What systemd is told and how: datagrams such as "READY=1" to the socket that
 * NOTIFY_SOCKET names, see sd_notify(3).  Without that variable all of it does
 * nothing.
 */
#include "handler/ready.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	LINES_MAX = 256,	/* bytes of a datagram */
	USEC = 1000		/* microseconds of a millisecond */
};

/* Connected to systemd's socket, for the life of the process; or -1. */
static int notify = -1;

void
ready_open(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	socklen_t len;
	size_t n;

	if (name == NULL || notify >= 0 || (name[0] != '/' && name[0] != '@') ||
	    (n = strlen(name)) < 2 || n >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, name, n);
	/* An abstract name begins with a NUL and ends without one. */
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (name[0] == '@')
		sun.sun_path[0] = '\0';
	else
		len++;
	if ((notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return;
	if (connect(notify, (const struct sockaddr *)&sun, len) != 0) {
		close(notify);
		notify = -1;
	}
}

static void
say(const char *lines)
{

	if (notify >= 0)
		(void)send(notify, lines, strlen(lines),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
ready_up(const char *status)
{
	char lines[LINES_MAX];

	(void)snprintf(lines, sizeof(lines), "READY=1\nSTATUS=%s\n", status);
	say(lines);
}

void
ready_reloading(void)
{
	char lines[LINES_MAX];
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	(void)snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%"
	    PRId64 "\n", (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
	say(lines);
}

void
ready_stopping(void)
{

	say("STOPPING=1\nSTATUS=finishing the deliveries in hand\n");
}

int64_t
ready_period(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t ms;

	if (notify < 0 || usec == NULL ||
	    (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return (0);
	ms = strtoll(usec, NULL, 10) / 2 / USEC;
	return (ms > 0 ? ms : 0);
}

void
ready_alive(void)
{

	say("WATCHDOG=1\n");
}
