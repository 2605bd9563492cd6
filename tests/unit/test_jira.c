/*
 * The parts of the Jira client that ask nobody: values by type, names, and
 * a section of a description.  What Jira takes is from its own pages:
 * https://developer.atlassian.com/server/jira/platform/
 *     jira-rest-api-examples/
 */
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
#include "common/json.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/jira_value.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	ARENA = 8 << 20,
	LIMIT = 30000,		/* bytes of a document, at most */
	LONG = 60000,		/* bytes of a text that does not fit */
	GRAIN = 48		/* bytes, of a cap */
};

static struct job job;
static struct tracker cloud = { .name = "cloud", .email = "a@b.example",
    .url = "https://brook.example" };
static struct tracker dc = { .name = "dc", .url = "https://dc.example" };

static int
before_each(void **state)
{

	(void)state;
	arena_reset(job.arena);
	job.why.text[0] = '\0';
	return (0);
}

static const struct json *
parse(const char *text)
{
	const struct json *tree;

	if (json_parse(job.arena, text, strlen(text), &tree, &job.why) != OK)
		fail_msg("%s: %s", text, job.why.text);
	return (tree);
}

#define CF "com.atlassian.jira.plugin.system.customfieldtypes:"
#define ONE(type) "{\"name\":\"F\",\"schema\":{\"type\":\"" type "\"}"
#define MANY(items) "{\"name\":\"F\",\"schema\":{\"type\":\"array\"," \
    "\"items\":\"" items "\"}"
#define OPTIONS ",\"allowedValues\":[{\"id\":\"7\",\"value\":\"Red\"}," \
    "{\"id\":\"8\",\"value\":\"Blue\",\"disabled\":true}," \
    "{\"id\":\"9\",\"value\":\"Green\",\"children\":" \
    "[{\"id\":\"91\",\"value\":\"Moss\"}]}]}"
#define NAMES ",\"allowedValues\":[{\"id\":\"5\",\"name\":\"Mill\"}," \
    "{\"id\":\"6\",\"name\":\"Weir\",\"archived\":true}]}"

/* json NULL: refused, with that in the sentence. */
static const struct {
	const char	*field, *text, *json, *why;
} shapes[] = {
	{ ONE("string") "}", "plain \"text\"", "\"plain \\\"text\\\"\"",
	    NULL },
	{ ONE("number") "}", "3", "3", NULL },
	{ ONE("number") "}", "-2.5", "-2.5", NULL },
	{ ONE("number") "}", "1e3", "1e3", NULL },
	{ ONE("number") "}", "3,5", NULL, "F is a number" },
	{ ONE("number") "}", "0x10", NULL, "F is a number" },
	{ ONE("number") "}", "nan", NULL, "F is a number" },
	{ ONE("number") "}", "\"3\"", NULL, "F is a number" },
	{ ONE("number") "}", "", NULL, "F is a number" },
	{ ONE("option") OPTIONS, "red", "{\"value\":\"Red\"}", NULL },
	{ ONE("option") OPTIONS, "7", "{\"value\":\"Red\"}", NULL },
	{ ONE("option") OPTIONS, "blue", NULL, "Blue of F is disabled" },
	{ ONE("option") OPTIONS, "pink", NULL,
	    "F has no pink; it has Red, Green" },
	{ ONE("option") "}", "pink", "{\"value\":\"pink\"}", NULL },
	{ MANY("option") OPTIONS, "Red , green",
	    "[{\"value\":\"Red\"},{\"value\":\"Green\"}]", NULL },
	{ MANY("option") OPTIONS, " , ", "[]", NULL },
	{ ONE("option-with-child") OPTIONS, "Green / moss",
	    "{\"value\":\"Green\",\"child\":{\"value\":\"Moss\"}}", NULL },
	{ ONE("option-with-child") OPTIONS, "Green", "{\"value\":\"Green\"}",
	    NULL },
	{ ONE("option-with-child") OPTIONS, "Red / Moss", NULL,
	    "Red has no Moss; it has none" },
	{ ONE("option-with-child") OPTIONS, "Grey / Moss", NULL,
	    "F has no Grey" },
	{ ONE("user") "}", "5b109f2e9729b51b54dc274d",
	    "{\"id\":\"5b109f2e9729b51b54dc274d\"}", NULL },
	{ MANY("user") "}", "712020:a,712020:b",
	    "[{\"id\":\"712020:a\"},{\"id\":\"712020:b\"}]", NULL },
	{ ONE("date") "}", "2026-02-28", "\"2026-02-28\"", NULL },
	{ ONE("date") "}", "2026-02-29", NULL, "F is a date" },
	{ ONE("date") "}", "28.02.2026", NULL, "F is a date" },
	{ ONE("datetime") "}", "2026-02-28T23:30:00+01:00",
	    "\"2026-02-28T22:30:00.000+0000\"", NULL },
	{ ONE("datetime") "}", "2026-02-28", NULL, "F is a time" },
	{ MANY("string") "}", "a, b", "[\"a\",\"b\"]", NULL },
	{ MANY("string") "}", "a b", NULL, "words without blanks" },
	{ MANY("component") NAMES, "mill", "[{\"name\":\"Mill\"}]", NULL },
	{ MANY("version") NAMES, "Weir", NULL, "Weir of F is archived" },
	{ ONE("version") NAMES, "MILL", "{\"name\":\"Mill\"}", NULL },
	{ ONE("priority") NAMES, "mill", "{\"name\":\"Mill\"}", NULL },
	{ ONE("group") "}", "crew", "{\"name\":\"crew\"}", NULL },
	{ ONE("project") "}", "PAY", "{\"key\":\"PAY\"}", NULL },
	{ ONE("issuelink") "}", "PAY-1", "{\"key\":\"PAY-1\"}", NULL },
	{ ONE("any") "}", "PAY-1", "\"PAY-1\"", NULL },
	{ "{\"name\":\"F\",\"schema\":{\"type\":\"array\",\"items\":\"json\","
	    "\"custom\":\"com.pyxis.greenhopper.jira:gh-sprint\"}}", "12",
	    "12", NULL },
	{ "{\"name\":\"F\",\"schema\":{\"type\":\"string\",\"custom\":\"" CF
	    "textfield\"}}", "a *b*", "\"a *b*\"", NULL },
	{ "{\"name\":\"F\",\"schema\":{\"type\":\"string\",\"custom\":\"" CF
	    "textarea\"}}", "hi", "{\"version\":1,\"type\":\"doc\",\"content\""
	    ":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\","
	    "\"text\":\"hi\"}]}]}", NULL },
};

static void
test_shapes(void **state)
{
	struct target t = { .tracker = &cloud, .project = "PAY" };
	const char *json;
	enum err e;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(shapes); i++) {
		json = NULL;
		e = jira_shape(&job, &t, parse(shapes[i].field),
		    shapes[i].text, &json);
		if (shapes[i].json == NULL) {
			assert_int_equal(e, ERR_MALFORMED);
			if (strstr(job.why.text, shapes[i].why) == NULL)
				fail_msg("%s: %s", shapes[i].text,
				    job.why.text);
			continue;
		}
		if (e != OK)
			fail_msg("%s: %s", shapes[i].text, job.why.text);
		assert_string_equal(json, shapes[i].json);
	}
}

/* Data Center: names instead of ids, wiki text instead of documents. */
static void
test_shapes_dc(void **state)
{
	struct target t = { .tracker = &dc, .project = "OPS" };
	const char *json;

	(void)state;
	assert_int_equal(jira_shape(&job, &t, parse(ONE("user") "}"), "ines",
	    &json), OK);
	assert_string_equal(json, "{\"name\":\"ines\"}");
	assert_int_equal(jira_shape(&job, &t, parse("{\"name\":\"F\","
	    "\"schema\":{\"type\":\"string\",\"system\":\"environment\"}}"),
	    "a **b**", &json), OK);
	assert_string_equal(parse(json)->text, "a *b*");
}

static void
test_accounts(void **state)
{

	(void)state;
	assert_true(jira_is_account("712020:5d0c2b1a-6f3e"));
	assert_true(jira_is_account("557058:f58131cb-b67d"));
	assert_true(jira_is_account("5b109f2e9729b51b54dc274d"));
	assert_false(jira_is_account("ines@brook.example"));
	assert_false(jira_is_account("ines: moreau"));
	assert_false(jira_is_account("moreau"));
	assert_false(jira_is_account("deadbeef"));
}

static void
test_priorities(void **state)
{
	const struct json *usual = parse("{\"name\":\"Priority\","
	    "\"allowedValues\":[{\"name\":\"Highest\"},{\"name\":\"High\"},"
	    "{\"name\":\"Medium\"},{\"name\":\"Low\"}]}");
	const struct json *own = parse("{\"name\":\"Priority\","
	    "\"allowedValues\":[{\"name\":\"Urgent\"},{\"name\":\"P1\"}]}");
	const char *found;

	(void)state;
	assert_int_equal(jira_priority(&job, usual, "urgent", &found), OK);
	assert_string_equal(found, "Highest");
	assert_int_equal(jira_priority(&job, usual, "High", &found), OK);
	assert_string_equal(found, "High");
	assert_int_equal(jira_priority(&job, usual, "medium", &found), OK);
	assert_string_equal(found, "Medium");
	assert_int_equal(jira_priority(&job, usual, "low", &found), OK);
	assert_string_equal(found, "Low");
	assert_int_equal(jira_priority(&job, usual, "none", &found), OK);
	assert_null(found);
	assert_int_equal(jira_priority(&job, own, "urgent", &found), OK);
	assert_string_equal(found, "Urgent");
	assert_int_equal(jira_priority(&job, own, "p1", &found), OK);
	assert_string_equal(found, "P1");
	assert_int_equal(jira_priority(&job, own, "low", &found),
	    ERR_MALFORMED);
	assert_non_null(strstr(job.why.text, "it has Urgent, P1"));
}

/* A node that we know nothing of, numbers that a double would change. */
#define FOREIGN "{\"type\":\"mediaSingle\",\"attrs\":{\"width\":66.60," \
    "\"localId\":\"9\",\"n\":12345678901234567890,\"e\":1E+2}," \
    "\"content\":[{\"type\":\"nova\",\"x\":[null,true,{}]}]}"
#define HUMAN "{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\"," \
    "\"text\":\"by \\u00fcs\",\"marks\":[{\"type\":\"em\"}]}]}"
#define EXPAND(title, text) "{\"type\":\"expand\",\"attrs\":{\"title\":\"" \
    title "\",\"localId\":\"k1\"},\"content\":[{\"type\":\"paragraph\"," \
    "\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}]}]}"
#define DOC(blocks) "{\"version\":1,\"type\":\"doc\",\"content\":[" blocks \
    "]}"
#define FRESH(text) "{\"type\":\"expand\",\"attrs\":{\"title\":\"Runs\"}," \
    "\"content\":[{\"type\":\"paragraph\",\"content\":[{\"type\":\"text\"," \
    "\"text\":\"" text "\"}]}]}"

static const struct {
	const char	*before, *after;
} documents[] = {
	{ NULL, DOC(FRESH("new")) },
	{ DOC(""), DOC(FRESH("new")) },
	{ DOC(HUMAN), DOC(HUMAN "," FRESH("new")) },
	{ DOC(HUMAN "," EXPAND("Runs", "old") "," FOREIGN),
	    DOC(HUMAN "," EXPAND("Runs", "new") "," FOREIGN) },
	/* Another one's fold, and one that a person put into a quote. */
	{ DOC(EXPAND("Notes", "old")), DOC(EXPAND("Notes", "old") ","
	    FRESH("new")) },
	{ DOC(EXPAND("Runs", "old") "," EXPAND("Runs", "copy")),
	    DOC(EXPAND("Runs", "new") "," EXPAND("Runs", "copy")) },
};

static void
test_documents(void **state)
{
	struct section s = { "Runs", "new" };
	const char *json, *want;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(documents); i++) {
		assert_int_equal(jira_text_adf(&job, documents[i].before ==
		    NULL ? NULL : parse(documents[i].before), &s, &json), OK);
		/* "\u00fc" may be written as itself. */
		want = documents[i].after;
		if (strstr(want, "\\u00fc") == NULL)
			assert_string_equal(json, want);
		else
			assert_int_equal(strlen(json), strlen(want) - 4);
		if (strstr(want, "nova") != NULL)
			assert_non_null(strstr(json, FOREIGN));
	}
}

static void
test_document_room(void **state)
{
	static char text[LONG + 1], doc[LONG + 200];
	struct section s = { "Runs", text };
	const char *json;

	(void)state;
	memset(text, 'x', LONG);
	assert_int_equal(jira_text_adf(&job, parse(DOC(HUMAN)), &s, &json),
	    OK);
	assert_true(strlen(json) <= LIMIT);
	assert_true(strlen(json) > LIMIT / 2);
	assert_non_null(json_get(parse(json), "content"));
	(void)snprintf(doc, sizeof(doc), DOC("{\"type\":\"paragraph\","
	    "\"content\":[{\"type\":\"text\",\"text\":\"%.*s\"}]}"), LIMIT,
	    text);
	assert_int_equal(jira_text_adf(&job, parse(doc), &s, &json),
	    ERR_REFUSED);
	assert_non_null(strstr(job.why.text, "Runs"));
	assert_int_equal(jira_text_adf(&job, parse("{\"type\":\"list\"}"), &s,
	    &json), ERR_REFUSED);
	/* An empty section is an empty paragraph: a fold holds a block. */
	s.body = "";
	assert_int_equal(jira_text_adf(&job, NULL, &s, &json), OK);
	assert_string_equal(json_string(parse(json), "type"), "doc");
	assert_non_null(json_get(json_get(parse(json), "content")->child,
	    "content")->child);
}

static const struct {
	const char	*before, *after;
} wikis[] = {
	{ NULL, "{panel:title=Runs}\nnew\n{panel}" },
	{ "by us", "by us\n\n{panel:title=Runs}\nnew\n{panel}" },
	{ "a\r\n{panel:title=Runs}\nold\n{panel}\r\nb",
	    "a\r\n{panel:title=Runs}\nnew\n{panel}\r\nb" },
	{ "{panel:title=Runs|bgColor=#fff}\nold\n{panel} b",
	    "{panel:title=Runs}\nnew\n{panel} b" },
	{ "{panel:title=Runs of us}\nours\n{panel}",
	    "{panel:title=Runs of us}\nours\n{panel}\n\n"
	    "{panel:title=Runs}\nnew\n{panel}" },
	/* A panel without an end: nothing of what follows is lost. */
	{ "{panel:title=Runs}\nold", "{panel:title=Runs}\nold\n\n"
	    "{panel:title=Runs}\nnew\n{panel}" },
};

static void
test_wikis(void **state)
{
	struct section s = { "Runs", "new" };
	static char text[LONG + 1];
	const char *wiki;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(wikis); i++) {
		assert_int_equal(jira_text_wiki(&job, wikis[i].before, &s,
		    &wiki), OK);
		assert_string_equal(wiki, wikis[i].after);
	}
	memset(text, 'x', LONG);
	assert_int_equal(jira_text_wiki(&job, text, &s, &wiki), ERR_REFUSED);
	s.body = text;
	assert_int_equal(jira_text_wiki(&job, "a", &s, &wiki), OK);
	assert_true(strlen(wiki) <= 32000);
	assert_string_equal(wiki + strlen(wiki) - 7, "{panel}");
	s = (struct section){ "a}b|c\n{d", "new" };
	assert_int_equal(jira_text_wiki(&job, NULL, &s, &wiki), OK);
	assert_string_equal(wiki, "{panel:title=a b c  d}\nnew\n{panel}");
}

/* Each with a little more memory, until there is enough. */
static enum err
all_pure(void)
{
	struct target t = { .tracker = &cloud, .project = "PAY" };
	struct section s = { "Runs", "new *text*" };
	const struct json *field, *doc;
	const char *out;
	enum err e;

	if (json_parse(job.arena, shapes[16].field,
	    strlen(shapes[16].field), &field, &job.why) != OK ||
	    json_parse(job.arena, documents[3].before,
	    strlen(documents[3].before), &doc, &job.why) != OK)
		return (ERR_NOMEM);
	job.why.text[0] = '\0';
	if ((e = jira_shape(&job, &t, field, shapes[16].text, &out)) != OK ||
	    (e = jira_text_adf(&job, doc, &s, &out)) != OK)
		return (e);
	return (jira_text_wiki(&job, wikis[2].before, &s, &out));
}

static void
test_without_memory(void **state)
{
	struct arena *roomy = job.arena;
	enum err e = ERR_NOMEM;
	size_t cap;

	(void)state;
	for (cap = 0; e != OK; cap += GRAIN) {
		assert_non_null(job.arena = arena_new(cap));
		job.why.text[0] = '\0';
		e = all_pure();
		if (e != OK)
			assert_int_equal(e, ERR_NOMEM);
		arena_free(job.arena);
	}
	assert_true(cap > GRAIN);
	job.arena = roomy;
}

static void
test_quote(void **state)
{

	(void)state;
	assert_string_equal(jira_quote(&job, "a-b_c.d~9"), "a-b_c.d~9");
	assert_string_equal(jira_quote(&job, "a b+&=?/%\xc3\xbc@x"),
	    "a%20b%2B%26%3D%3F%2F%25%C3%BC%40x");
}

static void
test_fields_by_name(void **state)
{
	const struct json *meta = parse("[{\"fieldId\":\"summary\",\"name\":"
	    "\"Summary\"},{\"fieldId\":\"customfield_1\",\"name\":\"Crew\"},"
	    "{\"fieldId\":\"customfield_2\",\"name\":\"crew\"}]");
	const struct json *twin;

	(void)state;
	assert_string_equal(json_text(jira_field(meta, "SUMMARY", &twin),
	    "fieldId"), "summary");
	assert_null(twin);
	assert_string_equal(json_text(jira_field(meta, "crew", &twin),
	    "fieldId"), "customfield_1");
	assert_string_equal(json_text(twin, "fieldId"), "customfield_2");
	assert_string_equal(json_text(jira_field(meta, "customfield_2",
	    &twin), "fieldId"), "customfield_2");
	assert_null(twin);
	assert_null(jira_field(meta, "customfield", &twin));
	assert_null(jira_field(NULL, "summary", &twin));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_shapes, before_each),
		cmocka_unit_test_setup(test_shapes_dc, before_each),
		cmocka_unit_test_setup(test_accounts, before_each),
		cmocka_unit_test_setup(test_priorities, before_each),
		cmocka_unit_test_setup(test_documents, before_each),
		cmocka_unit_test_setup(test_document_room, before_each),
		cmocka_unit_test_setup(test_wikis, before_each),
		cmocka_unit_test_setup(test_without_memory, before_each),
		cmocka_unit_test_setup(test_quote, before_each),
		cmocka_unit_test_setup(test_fields_by_name, before_each),
	};
	int bad;

	if ((job.arena = arena_new(ARENA)) == NULL ||
	    (job.cache = cache_new()) == NULL)
		return (1);
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	cache_free(job.cache);
	arena_free(job.arena);
	return (bad);
}
