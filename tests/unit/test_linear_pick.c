#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/linear_input.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ARENA = 8 << 20,
	ROUNDS = 20000
};

static struct job job;
static struct tracker tracker = { .name = "lin" };
static const struct route route = {
    .dest[DEST_ASSIGNEE] = { .value = "a@b.example" },
    .dest[DEST_PROJECT] = { .value = "Tide" },
    .dest[DEST_STATE] = { .value = "started" },
    .dest[DEST_TEMPLATE] = { .value = "Bug" } };
static const struct target target = { .tracker = &tracker, .project = "ENG",
    .route = &route };

static int
before_each(void **state)
{

	(void)state;
	arena_reset(job.arena);
	job.why.text[0] = '\0';
	return (0);
}

static const struct json *
parsed(const char *text)
{
	const struct json *tree;

	assert_int_equal(json_parse(job.arena, text, strlen(text), &tree,
	    &job.why), OK);
	return (tree);
}

#define USERS(x) "{\"users\":{\"nodes\":[" x "]},\"teams\":{\"nodes\":[" \
    "{\"id\":\"t\",\"visibility\":\"public\"}]}}"
#define USER(id, active) "{\"id\":\"" id "\",\"active\":" active \
    ",\"isAssignable\":true,\"guest\":false}"
#define STATES(x) "{\"teams\":{\"nodes\":[{\"id\":\"t\",\"states\":" \
    "{\"nodes\":[" x "]}}]}}"
#define PROJECTS(x) "{\"projects\":{\"nodes\":[" x "]}}"
#define TEMPLATES(x) "{\"templates\":[" x "]}"
#define MINE "\"teams\":{\"nodes\":[{\"id\":\"t\"}]}"

/* The id that is picked, or what the sentence says. */
static const struct {
	enum linear_field	 field;
	const char		*data, *id, *says;
} picks[] = {
	{ LINEAR_ASSIGNEE, USERS(USER("u", "true")), "u", NULL },
	/* One of two accounts is in use. */
	{ LINEAR_ASSIGNEE, USERS(USER("u", "false") "," USER("v", "true")),
	    "v", NULL },
	{ LINEAR_ASSIGNEE, USERS(USER("u", "true") "," USER("v", "false")),
	    "u", NULL },
	{ LINEAR_ASSIGNEE, USERS(USER("u", "true") "," USER("v", "true")),
	    NULL, "more than one user" },
	{ LINEAR_ASSIGNEE, USERS(USER("u", "false")), NULL, "suspended" },
	{ LINEAR_ASSIGNEE, USERS(""), NULL, "no user" },
	{ LINEAR_ASSIGNEE, "{\"users\":null}", NULL, "no user" },
	{ LINEAR_ASSIGNEE, "{\"users\":{\"nodes\":[{}]}}", NULL, "no user" },
	{ LINEAR_STATE, STATES("{\"id\":\"a\",\"name\":\"X\",\"type\":"
	    "\"started\",\"position\":2},{\"id\":\"b\",\"name\":\"Y\","
	    "\"type\":\"started\",\"position\":-1.5},{\"id\":\"c\",\"name\":"
	    "\"Z\",\"type\":\"started\",\"position\":7}"), "b", NULL },
	{ LINEAR_STATE, STATES("{\"id\":\"a\",\"name\":\"X\",\"type\":"
	    "\"started\",\"position\":0},{\"id\":\"b\",\"name\":\"Started\","
	    "\"type\":\"completed\",\"position\":9}"), "b", NULL },
	{ LINEAR_STATE, STATES(""), NULL, "it has none" },
	{ LINEAR_STATE, "{}", NULL, "it has none" },
	{ LINEAR_PROJECT, PROJECTS("{\"id\":\"p\"," MINE "}"), "p", NULL },
	{ LINEAR_PROJECT, PROJECTS("{\"id\":\"o\",\"trashed\":true," MINE
	    "},{\"id\":\"p\",\"archivedAt\":null," MINE "},{\"id\":\"q\"}"),
	    "p", NULL },
	{ LINEAR_PROJECT, PROJECTS("{\"id\":\"o\",\"trashed\":true," MINE
	    "}"), NULL, "archived or deleted" },
	{ LINEAR_PROJECT, PROJECTS("{\"id\":\"o\",\"teams\":{\"nodes\":[]}}"),
	    NULL, "not shared with the team ENG" },
	{ LINEAR_PROJECT, PROJECTS("{\"id\":\"o\"," MINE "},{\"id\":\"p\","
	    MINE "}"), NULL, "2 projects" },
	{ LINEAR_PROJECT, "[]", NULL, "no project" },
	{ LINEAR_TEMPLATE, TEMPLATES("{\"id\":\"w\",\"name\":\"bug\","
	    "\"type\":\"issue\",\"team\":null},{\"id\":\"e\",\"name\":\"Bug\","
	    "\"type\":\"issue\",\"team\":{\"key\":\"eng\"}}"), "e", NULL },
	{ LINEAR_TEMPLATE, TEMPLATES("{\"id\":\"e\",\"name\":\"Bug\","
	    "\"type\":\"issue\",\"team\":{\"key\":\"ENG\"}},{\"id\":\"w\","
	    "\"name\":\"bug\",\"type\":\"issue\",\"team\":null}"), "e",
	    NULL },
	{ LINEAR_TEMPLATE, TEMPLATES("{\"id\":\"w\",\"name\":\"Bug\","
	    "\"type\":\"issue\",\"team\":null},{\"id\":\"x\",\"name\":\"Bug\","
	    "\"type\":\"issue\",\"team\":{\"key\":\"WEB\"}}"), "w", NULL },
	{ LINEAR_TEMPLATE, "{\"templates\":{}}", NULL, "no template" },
};

static void
test_pick(void **state)
{
	const char *id;
	size_t i;
	enum err e;

	(void)state;
	for (i = 0; i < COUNT(picks); i++) {
		job.why.text[0] = '\0';
		e = linear_pick(&job, &target, parsed(picks[i].data),
		    picks[i].field, &id);
		assert_int_equal(e, picks[i].id != NULL ? OK : ERR_REFUSED);
		if (e == OK)
			assert_string_equal(id, picks[i].id);
		else if (strstr(job.why.text, picks[i].says) == NULL)
			fail_msg("%zu: %s", i, job.why.text);
	}
}

#define LABELS(x) "{\"issueLabels\":{\"nodes\":[" x "]}}"

static const struct {
	const char	*name, *data, *id;
} labels[] = {
	{ "a", LABELS("{\"id\":\"1\",\"name\":\"A\"}"), "1" },
	{ "a", LABELS("{\"id\":\"1\",\"name\":\"a\"},{\"id\":\"2\",\"name\":"
	    "\"a\",\"team\":{\"id\":\"t\"}}"), "2" },
	{ "a", LABELS("{\"id\":\"2\",\"name\":\"a\",\"team\":{\"id\":\"t\"}},"
	    "{\"id\":\"1\",\"name\":\"a\"}"), "2" },
	{ "g/a", LABELS("{\"id\":\"1\",\"name\":\"a\"},{\"id\":\"2\",\"name\":"
	    "\"a\",\"parent\":{\"name\":\"G\"}}"), "2" },
	{ "g/a", LABELS("{\"id\":\"1\",\"name\":\"g/a\"}"), "1" },
	{ "g/a", LABELS("{\"id\":\"1\",\"name\":\"a\",\"parent\":{\"name\":"
	    "\"go\"}}"), NULL },
	{ "a", LABELS("{\"id\":\"1\",\"name\":\"a\"},{\"id\":\"2\",\"name\":"
	    "\"a\"}"), NULL },
	{ "a", LABELS("{\"id\":\"1\",\"name\":\"a\",\"isGroup\":true}"),
	    NULL },
	{ "a", LABELS("{\"name\":\"a\"}"), NULL },
	{ "a", "{\"issueLabels\":3}", NULL },
};

static void
test_label(void **state)
{
	const struct json *node;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(labels); i++) {
		(void)linear_pick_label(&job, &target,
		    parsed(labels[i].data), labels[i].name, &node);
		if (labels[i].id == NULL) {
			assert_null(node);
			assert_true(job.why.text[0] != '\0');
		} else
			assert_string_equal(json_text(node, "id"),
			    labels[i].id);
	}
}

/* Any of these in any place: an answer is no more than bytes. */
static const char *const junk[] = { "null", "true", "0", "-1e9", "\"\"",
    "\"a@b.example\"", "\"started\"", "\"issue\"", "\"Bug\"", "[]", "{}" };
static const char *const words[] = { "teams", "users", "projects",
    "templates", "issueLabels", "others", "nodes", "states", "id", "name",
    "type", "team", "key", "parent", "position", "active", "isGroup",
    "archivedAt" };

static void
put_junk(unsigned int *seed, struct buf *b, int depth)
{
	int kind = rand_r(seed) % 4, n, i;

	if (depth == 0 || kind == 0) {
		buf_str(b, junk[(size_t)rand_r(seed) % COUNT(junk)]);
		return;
	}
	n = rand_r(seed) % 5;
	buf_char(b, kind == 1 ? '[' : '{');
	for (i = 0; i < n; i++) {
		/* No key twice. */
		size_t k = ((size_t)rand_r(seed) % 3 + 3 * (size_t)i) %
		    COUNT(words);

		buf_str(b, i > 0 ? "," : "");
		if (kind != 1)
			buf_printf(b, "\"%s\":", words[k]);
		put_junk(seed, b, depth - 1);
	}
	buf_char(b, kind == 1 ? ']' : '}');
}

static void
test_junk(void **state)
{
	unsigned int seed = 20261121;
	const struct json *data, *node;
	const char *id;
	int i, k;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		struct buf b;
		enum err e;

		buf_init(&b, job.arena, 1 << 16);
		put_junk(&seed, &b, 6);
		data = parsed(buf_text(&b));
		for (k = LINEAR_ASSIGNEE; k <= LINEAR_TEMPLATE; k++) {
			e = linear_pick(&job, &target, data,
			    (enum linear_field)k, &id);
			assert_true(e == ERR_REFUSED ||
			    (e == OK && *id != '\0'));
		}
		e = linear_pick_team(&job, &target, data, &node);
		assert_true(e == ERR_REFUSED || json_text(node, "id"));
		e = linear_pick_label(&job, &target, data, "Bug", &node);
		assert_int_equal(e == OK, node != NULL);
		arena_reset(job.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_pick, before_each),
		cmocka_unit_test_setup(test_label, before_each),
		cmocka_unit_test_setup(test_junk, before_each),
	};
	int failed;

	if ((job.arena = arena_new(ARENA)) == NULL)
		return (1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(job.arena);
	return (failed);
}
