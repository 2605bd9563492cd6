#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/jail.h"
#include "common/log.h"
#include "common/secret.h"
#include "handler/config.h"
#include "handler/courier.h"
#include "handler/handle.h"
#include "handler/job.h"
#include "handler/outcome.h"
#include "handler/program.h"
#include "handler/server.h"
#include "handler/start.h"

extern char **environ;

enum {
	HEADERS_MAX = 1024 * 1024,	/* bytes of variables and path names */
	DRAIN_MAX = 16 * 1024 * 1024,	/* bytes of a body nobody wants */
	DRAIN_WAIT = 1000,		/* ms for the next of them */
	PEER_WAIT = 15 * 1000		/* ms for a peer that is slow */
};

/*
 * Is it worth another try?  A web server may hand us its own socket, which
 * does not block.
 */
static bool
is_early(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return (poll(&p, 1, PEER_WAIT) == 1);
	return (errno == EINTR);
}

/* Bytes of standard input that were read. */
static int64_t taken;

static int
read_stdin(void *ctx, char *data, int n)
{
	ssize_t got;

	(void)ctx;
	do
		got = read(STDIN_FILENO, data, (size_t)n);
	while (got < 0 && is_early(STDIN_FILENO, POLLIN));
	if (got > 0)
		taken += got;
	return ((int)got);
}

/*
 * Read what is left of a body that was refused.  Under mod_cgid input and
 * output are one socket: what is unread when we end takes the answer with
 * it.  A web server may keep the input open behind the body.
 */
static void
drain_stdin(int64_t declared)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char junk[16384];
	struct stat st;

	if (declared < 0 &&
	    (fstat(STDIN_FILENO, &st) != 0 || !S_ISSOCK(st.st_mode)))
		return;
	while (taken != declared && taken < DRAIN_MAX &&
	    poll(&p, 1, DRAIN_WAIT) == 1 &&
	    read_stdin(NULL, junk, (int)sizeof(junk)) > 0)
		continue;
}

static bool
write_all(const char *data, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(STDOUT_FILENO, data, n);
		if (done < 0 && is_early(STDOUT_FILENO, POLLOUT))
			continue;
		if (done <= 0)
			return (false);
		data += done;
		n -= (size_t)done;
	}
	return (true);
}

/* It could not even start: say so to the sender, and why to the log. */
static int
give_up(const struct why *why)
{
	static const char reply[] = "Status: 503 Service Unavailable\r\n"
	    "Content-Type: application/json\r\n"
	    "X-Content-Type-Options: nosniff\r\nRetry-After: 60\r\n\r\n"
	    "{\"error\":\"busy\",\"message\":\"tickethook cannot start; the "
	    "reason is in the web server's error log\"}\n";

	log_say(LOG_LEVEL_ERROR, "start", "%s", why->text);
	return (write_all(reply, sizeof(reply) - 1) ? 0 : 1);
}

static int
answer(struct program *program, struct request *in, enum err e,
    const struct why *why)
{
	const struct request_source source = { .read = read_stdin };
	struct job job = { .arena =
	    arena_new(program_memory(program_config(program))) };
	const struct config *c = program_config(program);
	struct outcome out;
	const char *reply;
	size_t len;
	int status = 1;

	if (job.arena == NULL)
		return (1);
	start_confine(c);
	program_begin(program, &job, in->accepted);
	job.why = *why;
	out = e == OK ? handle(&job, in, &source) :
	    outcome_error(&job, e);
	reply = handle_reply(&job, in, &out, &len);
	if (write_all(reply, len))
		status = 0;
	program_end(program, &job);
	arena_free(job.arena);
	return (status);
}

int
server_cgi(const char *config_file)
{
	struct program *program = NULL;
	struct request in = { .cgi = true, .accepted = clock_mono() };
	struct arena *arena = arena_new(HEADERS_MAX);
	struct why why = { "" };
	enum err e, started;
	int status;

	if (arena == NULL)
		return (1);
	/* Before the environment is wiped. */
	e = request_read_variables(arena, environ, &in, &why);
	started = secret_env(&why);
	if (started == OK)
		started = crypt_init(&why);
	jail_enter();
	if (started == OK)
		started = program_open_late(&program, config_path(arena,
		    config_file), &why);
	status = started == OK ? answer(program, &in, e, &why) :
	    give_up(&why);
	drain_stdin(in.declared);
	/* mod_cgid sends it as soon as the answer is through, and waits 3 s. */
	(void)signal(SIGTERM, SIG_IGN);
	if (started == OK && program_is_ready(program))
		courier_alone(program, in.accepted);
	program_close(program);
	arena_free(arena);
	return (status);
}
