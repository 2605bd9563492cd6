#include <string.h>

#include "handler/program.h"
#include "handler/server.h"
#include "handler/start.h"
#include "handler/verb.h"

extern const struct verb verb_serve;

static int
serve(struct verb_args *args)
{
	struct program *program;
	struct why why = { "" };
	int listener;
	enum err e;

	if (args->argc != 3 || strcmp(args->argv[1], "--listen") != 0)
		return (verb_usage("serve needs --listen unix:/path/of.sock "
		    "or --listen 127.0.0.1:9000"));
	if ((e = program_open(&program, args->config, true, &why)) != OK)
		return (verb_fail_err(e, &why));
	if ((e = start_listen(args->argv[2], &listener, &why)) == OK)
		e = server_run(program, listener, &why);
	program_close(program);
	return (e == OK ? EXIT_DONE : verb_fail_err(e, &why));
}

const struct verb verb_serve = {
	"serve", "--listen unix:PATH|ADDR:PORT", "answers requests", serve
};
