#include <errno.h>
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
#include "handler/handle.h"
#include "handler/job.h"
#include "handler/outcome.h"
#include "handler/program.h"
#include "handler/server.h"

extern char **environ;

enum {
	HEADERS_MAX = 1024 * 1024	/* bytes of variables and path names */
};

static int
read_stdin(void *ctx, char *data, int n)
{
	ssize_t got;

	(void)ctx;
	do
		got = read(STDIN_FILENO, data, (size_t)n);
	while (got < 0 && errno == EINTR);
	return ((int)got);
}

static bool
write_all(const char *data, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(STDOUT_FILENO, data, n);
		if (done < 0 && errno == EINTR)
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
	    "Content-Type: application/json\r\nRetry-After: 60\r\n\r\n"
	    "{\"error\":\"busy\",\"message\":\"tickethook cannot start; the "
	    "reason is in the web server's error log\"}\n";

	log_say(LOG_LEVEL_ERROR, "start", "%s", why->text);
	return (write_all(reply, sizeof(reply) - 1) ? 0 : 1);
}

static int
answer(struct program *program, struct request *in, enum err e,
    const struct why *why)
{
	const struct request_source source = { read_stdin, NULL };
	struct job job = { .arena =
	    arena_new(program_memory(program_config(program))) };
	struct outcome out;
	const char *reply;
	size_t len;
	int status = 1;

	if (job.arena == NULL)
		return (1);
	program_begin(program, &job, in->accepted);
	job.why = *why;
	out = e == OK ? handle(&job, in, &source, false) :
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
		started = program_open(&program, config_path(arena,
		    config_file), false, &why);
	status = started == OK ? answer(program, &in, e, &why) :
	    give_up(&why);
	program_close(program);
	arena_free(arena);
	return (status);
}
