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
#include "handler/tracker.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ARENA = 1 << 20,
	LABELS = 64,		/* of one ticket, at most */
	SANE = 1024,		/* bytes of an id, a key or a URL */
	GRAIN = 16		/* bytes, of a cap */
};

static struct job job;

static int
before_each(void **state)
{

	(void)state;
	arena_reset(job.arena);
	job.why.text[0] = '\0';
	return (0);
}

static void
test_kinds(void **state)
{
	static const char *const types[] = { "jira", "linear" };
	const struct tracker_kind *k;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(types); i++) {
		assert_non_null(k = tracker_kind(types[i]));
		assert_string_equal(k->type, types[i]);
		assert_non_null(strstr(tracker_kinds(), types[i]));
		assert_true(k->marker && k->resolve && k->create && k->find &&
		    k->key_of && k->read);
	}
	/* Jira takes no id of ours, Linear does. */
	assert_true(tracker_kind("jira")->careful);
	assert_false(tracker_kind("linear")->careful);
	assert_int_equal(tracker_kind("jira")->project, DEST_PROJECT);
	assert_int_equal(tracker_kind("linear")->project, DEST_TEAM);
	assert_null(tracker_kind("Jira"));
	assert_null(tracker_kind("jir"));
	assert_null(tracker_kind("jiras"));
	assert_null(tracker_kind(""));
	assert_string_equal(tracker_kinds(), "jira, linear");
}

static const struct {
	const char	*text;
	bool		 sane;
} words[] = {
	{ "PAY-12", true },
	{ "10017", true },
	{ "0b8c7c1e-5a0e-4a5c-9a53-2a6a1f0c7a11", true },
	{ "https://dock.example.net/browse/PAY-12?a=b&c=%20#d", true },
	{ "a'b`c", true },
	{ "\xc3\x9c" "B-1", true },
	{ "~!@$^*()_+{}|\\:;,./?[]", true },
	{ "x", true },
	{ "", false },
	{ " ", false },
	{ "PAY 12", false },
	{ " PAY-12", false },
	{ "PAY-12 ", false },
	{ "PAY-12\n", false },
	{ "PAY-12\r\nX: y", false },
	{ "\tPAY-12", false },
	{ "PAY\x01", false },
	{ "PAY\x1b[31m", false },
	{ "PAY\x7f", false },
	{ "\"PAY-12\"", false },
	{ "https://dock.example.net/\">", false },
	{ "<b>", false },
	{ "a>b", false },
	/* no UTF-8: alone, cut, overlong, a surrogate, beyond Unicode */
	{ "PAY\xff", false },
	{ "PAY\x80", false },
	{ "PAY\xc3", false },
	{ "PAY\xc0\xaf", false },
	{ "PAY\xed\xa0\x80", false },
	{ "PAY\xf4\x90\x80\x80", false },
};

static void
test_sane(void **state)
{
	char text[SANE + 2];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(words); i++)
		if (tracker_sane(words[i].text) != words[i].sane)
			fail_msg("\"%s\"", words[i].text);
	memset(text, 'k', sizeof(text));
	text[SANE + 1] = '\0';
	assert_false(tracker_sane(text));
	text[SANE] = '\0';
	assert_true(tracker_sane(text));
	/* Each byte there is, in the middle of a word. */
	for (i = 1; i < 0x80; i++) {
		(void)snprintf(text, sizeof(text), "a%cb", (int)i);
		assert_int_equal(tracker_sane(text), i > ' ' && i != 0x7f &&
		    i != '"' && i != '<' && i != '>');
	}
}

/* What both trackers show as a key: letters, a hyphen and a number. */
static void
test_keys(void **state)
{
	static const struct { const char *key; bool sane; } rows[] = {
		{ "PAY-12", true }, { "A_1-7", true }, { "pay-1", true },
		{ "PAY", false }, { "-12", false }, { "PAY-", false },
		{ "PAY-1x", false }, { "PAY-1-2", false }, { "P.A-1", false },
		{ "PAY/-1", false }, { "PAY 1-1", false }, { "", false }
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (tracker_key_sane(rows[i].key) != rows[i].sane)
			fail_msg("\"%s\"", rows[i].key);
}

/* In the manual page: a comma-separated list, blanks around are cut. */
static const struct {
	const char	*value;
	const char	*label[4];
} splits[] = {
	{ NULL, { NULL } },
	{ "", { NULL } },
	{ " ", { NULL } },
	{ ",", { NULL } },
	{ " , ,\t,", { NULL } },
	{ "flaky", { "flaky", NULL } },
	{ " flaky\t", { "flaky", NULL } },
	{ "flaky,test", { "flaky", "test", NULL } },
	{ "flaky , test", { "flaky", "test", NULL } },
	{ "flaky\t,\ttest ,", { "flaky", "test", NULL } },
	{ ",flaky,,test", { "flaky", "test", NULL } },
	{ "flaky, , test", { "flaky", "test", NULL } },
	{ "needs a look, b", { "needs a look", "b", NULL } },
	{ "a;b, \"c\"", { "a;b", "\"c\"", NULL } },
	{ "\xc3\xbc, \xf0\x9f\x9a\xa2", { "\xc3\xbc", "\xf0\x9f\x9a\xa2",
	    NULL } },
	{ "a, a", { "a", "a", NULL } },
	{ "x,y,z", { "x", "y", "z", NULL } },
};

static enum err
split(const char *value, struct target *t)
{
	struct route route = { .dest[DEST_LABELS] = { .value = value } };
	enum err e;

	*t = (struct target){ .route = &route, .nlabels = 99 };
	e = tracker_labels(&job, t);
	t->route = NULL;
	return (e);
}

static void
test_labels(void **state)
{
	struct target t;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(splits); i++) {
		assert_int_equal(split(splits[i].value, &t), OK);
		for (n = 0; splits[i].label[n] != NULL; n++) {
			assert_true(n < t.nlabels);
			assert_string_equal(t.labels[n], splits[i].label[n]);
		}
		if (t.nlabels != n)
			fail_msg("\"%s\": %zu labels", splits[i].value,
			    t.nlabels);
	}
}

static void
test_many_labels(void **state)
{
	char text[LABELS * 4 + 64] = "", name[16];
	struct target t;
	size_t i;

	(void)state;
	for (i = 0; i < LABELS + 8; i++) {
		(void)snprintf(name, sizeof(name), "%sl%zu", i ? "," : "",
		    i);
		(void)strncat(text, name, sizeof(text) - strlen(text) - 1);
		assert_int_equal(split(text, &t), OK);
		assert_int_equal(t.nlabels, i < LABELS ? i + 1 : LABELS);
		assert_string_equal(t.labels[t.nlabels - 1],
		    i < LABELS ? name + (i ? 1 : 0) : "l63");
		arena_reset(job.arena);
	}
}

static void
test_labels_without_memory(void **state)
{
	struct arena *roomy = job.arena;
	enum err e = ERR_NOMEM;
	struct target t;
	size_t cap;

	(void)state;
	for (cap = 0; e != OK; cap += GRAIN) {
		assert_non_null(job.arena = arena_new(cap));
		job.why.text[0] = '\0';
		e = split("one, two, three", &t);
		assert_true(e == OK || e == ERR_NOMEM);
		assert_int_equal(e == ERR_NOMEM, job.why.text[0] != '\0');
		assert_true(cap > 0 || e == ERR_NOMEM);
		if (e == OK)
			assert_string_equal(t.labels[2], "three");
		arena_free(job.arena);
	}
	job.arena = roomy;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_kinds, before_each),
		cmocka_unit_test_setup(test_sane, before_each),
		cmocka_unit_test_setup(test_keys, before_each),
		cmocka_unit_test_setup(test_labels, before_each),
		cmocka_unit_test_setup(test_many_labels, before_each),
		cmocka_unit_test_setup(test_labels_without_memory,
		    before_each),
	};
	int bad;

	if ((job.arena = arena_new(ARENA)) == NULL)
		return (1);
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(job.arena);
	return (bad);
}
