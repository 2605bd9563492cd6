/*
 * Calls one of Jira's functions for tests/run/jira.js and prints what came
 * of it as JSON.
 *
 *	jira_cli CA URL EMAIL|- TOKEN ID KEY CALL [ARG ...]
 *
 *	comment KEY MARKDOWN	section TITLE MARKDOWN
 *	raise PRIORITY|- DUE	state		move open|started|done|dropped
 *	create PROJECT TYPE [NAME VALUE ...]	shows it, too
 *	sketch PROJECT TYPE [NAME VALUE ...]
 *	key_of URL
 *
 * NAME is assignee, component, priority, due (wall ms), labels, or that of a
 * field.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/http.h"
#include "common/json.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/tracker.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ARENA = 16 << 20,
	ANSWER = 1 << 20,
	TIME = 20000		/* ms */
};

static struct job job;
static struct tracker tracker;
static struct rule rule = { .name = "quay", .line = 12 };
static struct route route = { .rule = &rule };
static struct target target = { .tracker = &tracker, .route = &route };
static struct filing filing = { .key = "k", .generation = 1, .lock = -1 };
static struct json_writer w;

static enum err
do_comment(char **arg)
{

	return (tracker.kind->comment(&job, &tracker, &filing, arg[0],
	    arg[1]));
}

static enum err
do_section(char **arg)
{
	struct section s = { arg[0], arg[1] };

	return (tracker.kind->section(&job, &tracker, &filing, &s));
}

static enum err
do_raise(char **arg)
{

	if (strcmp(arg[0], "-") != 0)
		route.dest[DEST_PRIORITY].value = arg[0];
	target.due = strtoll(arg[1], NULL, 10);
	return (tracker.kind->raise(&job, &target, &filing));
}

static enum err
do_state(char **arg)
{
	struct remote_state s;
	enum err e = tracker.kind->state(&job, &tracker, &filing, &s);

	(void)arg;
	if (e != OK)
		return (e);
	json_put_int(&w, "category", s.category);
	json_put_string(&w, "name", s.name);
	json_put_string(&w, "resolution", s.resolution);
	json_put_string(&w, "resolution_id", s.resolution_id);
	json_put_int(&w, "updated", s.updated);
	json_put_string(&w, "remote_key", s.remote_key);
	json_put_string(&w, "url", s.url);
	json_put_bool(&w, "gone", s.gone);
	return (OK);
}

static void
set(const char *name, const char *value)
{
	static const struct {
		const char	*name;
		enum dest	 dest;
	} names[] = {
		{ "assignee", DEST_ASSIGNEE }, { "component", DEST_COMPONENT },
		{ "priority", DEST_PRIORITY }, { "labels", DEST_LABELS },
	};
	struct field *f;
	size_t i;

	if (strcmp(name, "due") == 0) {
		target.due = strtoll(value, NULL, 10);
		return;
	}
	for (i = 0; i < COUNT(names); i++)
		if (strcmp(names[i].name, name) == 0) {
			route.dest[names[i].dest].value = value;
			return;
		}
	if ((f = arena_alloc(job.arena, sizeof(*f))) == NULL)
		exit(1);
	f->name = name;
	f->setting.value = value;
	f->next = (struct field *)(uintptr_t)route.fields;
	route.fields = f;
}

static enum err
do_move(char **arg)
{
	static const char *const words[] = { "", "open", "started", "done",
	    "dropped" };
	const char *said = NULL;
	enum err e;
	size_t i;

	for (i = 1; i < COUNT(words); i++)
		if (strcmp(words[i], arg[0]) == 0)
			break;
	for (arg++; arg[0] != NULL && arg[1] != NULL; arg += 2)
		set(arg[0], arg[1]);
	e = tracker.kind->move(&job, &target, &filing,
	    (enum remote_category)i, &said);
	json_put_string(&w, "said", said);
	return (e);
}

static enum err
show(char **arg)
{
	struct draft draft = { "a title", "some *text*\n\n- and `code`\n" };
	struct tracker_request r;
	enum err e;

	target.project = arg[0];
	route.dest[DEST_ISSUE_TYPE].value = arg[1];
	for (arg += 2; arg[0] != NULL && arg[1] != NULL; arg += 2)
		set(arg[0], arg[1]);
	if ((e = tracker.kind->show(&job, &target, &draft, &filing,
	    &r)) != OK)
		return (e);
	json_put_string(&w, "method", r.method);
	json_put_string(&w, "shown_url", r.url);
	json_put_string(&w, "body", r.body);
	return (OK);
}

static enum err
do_sketch(char **arg)
{

	target.sketch = true;
	return (show(arg));
}

static enum err
do_create(char **arg)
{
	struct draft draft = { "a title", "some *text*\n\n- and `code`\n" };
	enum err e;

	if ((e = show(arg)) != OK ||
	    (e = tracker.kind->resolve(&job, &target, &filing)) != OK)
		return (e);
	e = tracker.kind->create(&job, &target, NULL, &draft, &filing);
	json_put_string(&w, "key", filing.remote_key);
	json_put_string(&w, "url", filing.url);
	json_put_string(&w, "note", filing.note);
	return (e);
}

static enum err
do_key_of(char **arg)
{

	const char *key = NULL;
	enum err e = tracker.kind->key_of(&job, &tracker, arg[0], &key);

	json_put_string(&w, "key", key);
	return (e);
}

static const struct {
	const char	*name;
	int		 args;
	enum err	(*run)(char **);
} calls[] = {
	{ "comment", 2, do_comment }, { "section", 2, do_section },
	{ "raise", 2, do_raise }, { "state", 0, do_state },
	{ "move", 1, do_move }, { "create", 2, do_create },
	{ "sketch", 2, do_sketch }, { "key_of", 1, do_key_of },
};

static int
run(int argc, char **argv)
{
	struct buf buf;
	enum err e;
	size_t i;

	buf_init(&buf, job.arena, ANSWER);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	for (i = 0; i < COUNT(calls); i++)
		if (strcmp(calls[i].name, argv[7]) == 0 &&
		    argc - 8 >= calls[i].args)
			break;
	if (i == COUNT(calls))
		return (2);
	e = calls[i].run(argv + 8);
	json_put_string(&w, "result", err_name(e));
	json_put_string(&w, "why", job.why.text);
	json_end(&w);
	if (buf_text(&buf) == NULL || puts(buf_text(&buf)) == EOF)
		return (1);
	return (0);
}

int
main(int argc, char **argv)
{
	struct http_options o = { .cap = ANSWER, .agent = "jira_cli" };
	struct config config = { .trackers = &tracker };

	if (argc < 8 || crypt_init(&job.why) != OK)
		return (2);
	o.ca_file = argv[1];
	tracker = (struct tracker){ .name = "it", .url = argv[2],
	    .email = strcmp(argv[3], "-") == 0 ? NULL : argv[3],
	    .token = { argv[4], strlen(argv[4]), 0 }, .private_ok = true,
	    .kind = tracker_kind("jira") };
	filing.remote_id = argv[5];
	filing.remote_key = argv[6];
	job.config = &config;
	job.arena = arena_new(ARENA);
	job.cache = cache_new();
	job.started = clock_mono();
	job.deadline = job.started + TIME;
	job.now = clock_wall();
	if (job.arena == NULL || job.cache == NULL ||
	    http_new(&o, &job.http, &job.why) != OK)
		return (1);
	return (run(argc, argv));
}
