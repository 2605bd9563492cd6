#include <stdio.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "common/jail.h"
#include "common/log.h"
#include "common/secret.h"
#include "handler/config.h"
#include "handler/program.h"
#include "handler/server.h"
#include "handler/start.h"
#include "handler/verb.h"

enum {
	LISTEN_FDS_START = 3	/* the first descriptor systemd passes */
};

/* What comes before any library and any thread. */
static enum err
prepare(struct why *why)
{
	enum err e;

	if ((e = secret_env(why)) != OK)
		return (e);
	jail_enter();
	return (crypt_init(why));
}

/* Serve a socket that a supervisor or a web server opened for us. */
static int
serve(int listener)
{
	struct arena *arena = arena_new(64 * 1024);
	struct program *program = NULL;
	struct why why = { "" };
	enum err e;

	if (arena == NULL)
		return (EXIT_NO);
	if ((e = prepare(&why)) == OK &&
	    (e = program_open(&program, config_path(arena, NULL), false,
	    &why)) == OK)
		e = server_run(program, listener, &why);
	if (e != OK)
		log_say(LOG_LEVEL_ERROR, "start", "%s", why.text);
	program_close(program);
	arena_free(arena);
	if (e == OK)
		return (EXIT_DONE);
	return (e == ERR_CONFIG ? EXIT_USAGE : EXIT_NO);
}

static int
command(int argc, char **argv)
{
	struct why why = { "" };

	if (prepare(&why) != OK)
		return (verb_fail(EXIT_NO, "%s", why.text));
	return (verb_run(argc, argv));
}

/*
 * Arguments are read in the last case alone: a web server makes arguments
 * of a query string.
 */
int
main(int argc, char **argv)
{

	switch (start_how(argc)) {
	case START_SYSTEMD:
		return (serve(LISTEN_FDS_START));
	case START_STDIN:
		return (serve(STDIN_FILENO));
	case START_CGI:
		return (server_cgi(NULL));
	case START_COMMAND:
		return (command(argc, argv));
	case START_NOTHING:
		break;
	}
	fprintf(stderr, "tickethook: started without a verb, without a "
	    "request and without a listening socket; standard input is %s\n",
	    start_stdin());
	return (verb_usage(NULL));
}
