/*
 * lack CONFIG
 *
 * Answers requests on standard input, each with as much memory as it says:
 * a line "CAP VARIABLES LENGTH" (CAP 0: as much as the server gives), so many
 * lines NAME=VALUE and LENGTH bytes of a body.  For each there is a line
 * "LENGTH USED" on standard output, with the bytes of the reply and those of
 * the arena that were used, and the reply.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/secret.h"
#include "handler/handle.h"
#include "handler/job.h"
#include "handler/outcome.h"
#include "handler/program.h"
#include "handler/request.h"

enum {
	VARIABLES = 64,
	LINE = 4096,
	BODY = 1 << 20
};

struct asked {
	size_t	 cap;
	int	 nvars;
	size_t	 len;
	char	 text[VARIABLES][LINE];
	char	*envp[VARIABLES + 1];
	char	 body[BODY];
	size_t	 taken;		/* of the body */
};

static int
take(void *ctx, char *to, int n)
{
	struct asked *a = ctx;
	size_t left = a->len - a->taken;

	if ((size_t)n > left)
		n = (int)left;
	memcpy(to, a->body + a->taken, (size_t)n);
	a->taken += (size_t)n;
	return (n);
}

static bool
hear(struct asked *a)
{
	char line[LINE];
	int i;

	if (fgets(line, sizeof(line), stdin) == NULL ||
	    sscanf(line, "%zu %d %zu", &a->cap, &a->nvars, &a->len) != 3 ||
	    a->nvars > VARIABLES || a->len > sizeof(a->body))
		return (false);
	for (i = 0; i < a->nvars; i++) {
		if (fgets(a->text[i], LINE, stdin) == NULL)
			return (false);
		a->text[i][strcspn(a->text[i], "\n")] = '\0';
		a->envp[i] = a->text[i];
	}
	a->envp[i] = NULL;
	a->taken = 0;
	return (fread(a->body, 1, a->len, stdin) == a->len);
}

/* As a worker of the server does. */
static bool
answer(struct program *program, struct asked *a)
{
	const struct request_source source = { .read = take, .ctx = a };
	struct request in = { .accepted = clock_mono() };
	struct job job = { .arena = arena_new(a->cap > 0 ? a->cap :
	    program_memory(program_config(program))) };
	struct outcome out;
	const char *reply;
	size_t len = 0;
	enum err e;

	if (job.arena == NULL)
		return (false);
	program_begin(program, &job, in.accepted);
	e = request_read_variables(job.arena, a->envp, &in, &job.why);
	out = e == OK ? handle(&job, &in, &source) :
	    outcome_error(&job, e);
	reply = handle_reply(&job, &in, &out, &len);
	printf("%zu %zu\n", len, arena_used(job.arena));
	(void)fwrite(reply, 1, len, stdout);
	program_end(program, &job);
	arena_free(job.arena);
	return (fflush(stdout) == 0);
}

int
main(int argc, char *argv[])
{
	static struct asked asked;
	struct program *program;
	struct why why = { "" };

	if (argc != 2) {
		fprintf(stderr, "usage: lack CONFIG\n");
		return (2);
	}
	if (secret_env(&why) != OK || crypt_init(&why) != OK ||
	    program_open(&program, argv[1], false, &why) != OK) {
		fprintf(stderr, "lack: %s\n", why.text);
		return (2);
	}
	while (hear(&asked) && answer(program, &asked))
		continue;
	program_close(program);
	return (0);
}
