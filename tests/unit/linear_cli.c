/*
 * One call of the Linear client, for tests/run/graphql_calls.js.
 *
 *	linear_cli CONFIG create KEY TITLE BODY [assignee=... due=MS ...]
 *	linear_cli CONFIG sketch KEY TITLE BODY [...]
 *	linear_cli CONFIG comment ID KEY MARKDOWN
 *	linear_cli CONFIG section ID TITLE BODY
 *	linear_cli CONFIG raise ID [priority=... due=MS]
 *	linear_cli CONFIG state ID
 *	linear_cli CONFIG move ID open|started|done|dropped
 *
 * CONFIG has a [tracker lin].  Prints one JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/json.h"
#include "common/secret.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/program.h"
#include "handler/tracker.h"

enum {
	ARENA = 64 << 20,
	OUT_MAX = 16 << 20
};

struct call {
	struct job		 job;
	struct route		 route;
	struct target		 target;
	struct filing		 filing;
	struct tracker_request	 request;
	struct remote_state	 state;
	const char		*said;
};

static const struct {
	const char	*name;
	enum dest	 dest;
} values[] = {
	{ "team", DEST_TEAM }, { "labels", DEST_LABELS },
	{ "assignee", DEST_ASSIGNEE }, { "project", DEST_PROJECT },
	{ "state", DEST_STATE }, { "template", DEST_TEMPLATE },
	{ "estimate", DEST_ESTIMATE }, { "priority", DEST_PRIORITY },
};

static const char *const categories[] = { "unknown", "open", "started",
    "done", "dropped" };

static void
take_values(struct call *c, char **argv)
{
	for (; *argv != NULL; argv++) {
		char *value = strchr(*argv, '=');
		size_t i;

		if (value == NULL)
			continue;
		*value++ = '\0';
		if (strcmp(*argv, "due") == 0)
			c->target.due = strtoll(value, NULL, 10);
		for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
			if (strcmp(*argv, values[i].name) == 0)
				c->route.dest[values[i].dest].value = value;
	}
	c->target.project = c->route.dest[DEST_TEAM].value;
}

/* What would be sent is asked first, as people do. */
static enum err
create(struct call *c, bool sketch, char **argv)
{
	const struct tracker_kind *kind = c->target.tracker->kind;
	struct draft draft = { argv[1], argv[2] };
	struct target look;
	enum err e;

	c->filing.key = argv[0];
	take_values(c, argv + 3);
	look = c->target;
	look.sketch = sketch;
	e = kind->show(&c->job, &look, &draft, &c->filing, &c->request);
	if (e != OK || sketch)
		return (e);
	if ((e = kind->resolve(&c->job, &c->target, &c->filing)) != OK)
		return (e);
	return (kind->create(&c->job, &c->target, NULL, &draft, &c->filing));
}

static enum err
change(struct call *c, const char *what, char **argv)
{
	const struct tracker *tracker = c->target.tracker;
	const struct tracker_kind *kind = tracker->kind;
	struct section section = { argv[1], argv[1] == NULL ? NULL :
	    argv[2] };
	int to;

	c->filing.remote_id = argv[0];
	c->filing.remote_key = "ENG-0";
	if (strcmp(what, "comment") == 0)
		return (kind->comment(&c->job, tracker, &c->filing, argv[1],
		    argv[2]));
	if (strcmp(what, "section") == 0)
		return (kind->section(&c->job, tracker, &c->filing,
		    &section));
	if (strcmp(what, "state") == 0)
		return (kind->state(&c->job, tracker, &c->filing, &c->state));
	take_values(c, argv + 1);
	if (strcmp(what, "raise") == 0)
		return (kind->raise(&c->job, &c->target, &c->filing));
	for (to = REMOTE_DROPPED; to > 0; to--)
		if (strcmp(categories[to], argv[1]) == 0)
			break;
	return (kind->move(&c->job, &c->target, &c->filing,
	    (enum remote_category)to, &c->said));
}

static void
print(struct call *c, enum err e)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, c->job.arena, OUT_MAX);
	json_open(&w, &b);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "result", e == OK ? "ok" : err_name(e));
	json_put_string(&w, "why", c->job.why.text);
	json_put_string(&w, "note", c->filing.note);
	json_put_string(&w, "marker", c->filing.marker);
	json_put_string(&w, "id", c->filing.remote_id);
	json_put_string(&w, "key", c->filing.remote_key);
	json_put_string(&w, "url", c->filing.url);
	json_put_string(&w, "method", c->request.method);
	json_put_string(&w, "to", c->request.url);
	json_put_string(&w, "body", c->request.body);
	json_put_string(&w, "said", c->said);
	json_put_string(&w, "category", categories[c->state.category]);
	json_put_string(&w, "name", c->state.name);
	json_put_string(&w, "now_key", c->state.remote_key);
	json_put_int(&w, "updated", c->state.updated);
	json_put_bool(&w, "gone", c->state.gone);
	json_end(&w);
	puts(buf_text(&b) == NULL ? "null" : buf_text(&b));
}

int
main(int argc, char **argv)
{
	struct call c = { .filing = { .generation = 1 } };
	struct program *program;
	struct why why = { "" };
	enum err e;

	c.job.arena = arena_new(ARENA);
	if (argc < 4 || c.job.arena == NULL || crypt_init(&why) != OK) {
		fprintf(stderr, "usage: linear_cli CONFIG CALL ...\n");
		return (2);
	}
	if (secret_env(&why) != OK)
		return (2);
	if (program_open(&program, argv[1], false, &why) != OK) {
		fprintf(stderr, "%s\n", why.text);
		return (2);
	}
	program_begin(program, &c.job, clock_mono());
	c.target.tracker = config_tracker(c.job.config, "lin");
	c.target.route = &c.route;
	c.route.dest[DEST_TEAM].value = "ENG";
	c.target.project = "ENG";
	if (strcmp(argv[2], "create") == 0 || strcmp(argv[2], "sketch") == 0)
		e = argc < 6 ? ERR_CONFIG : create(&c,
		    strcmp(argv[2], "sketch") == 0, argv + 3);
	else
		e = change(&c, argv[2], argv + 3);
	print(&c, e);
	program_end(program, &c.job);
	program_close(program);
	arena_free(c.job.arena);
	return (0);
}
