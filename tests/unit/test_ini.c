#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "common/ini.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define TEXT(s)		s, sizeof(s) - 1
#define BOM		"\xef\xbb\xbf"

enum {
	ROOM = 1 << 20
};

static struct arena *arena;

static int
begin(void **state)
{
	(void)state;
	arena = arena_new(ROOM);
	return (arena == NULL ? -1 : 0);
}

static int
finish(void **state)
{
	(void)state;
	arena_free(arena);
	return (0);
}

/* A list as text: "line|section|kind|name" and "line|section|key|value". */
static const char *
listed(const struct ini_entry *e)
{
	struct buf b;

	buf_init(&b, arena, ROOM);
	for (; e != NULL; e = e->next)
		if (e->key == NULL)
			buf_printf(&b, "%d|%d|[%s|%s]\n", e->line, e->section,
			    e->kind, e->name);
		else
			buf_printf(&b, "%d|%d|%s|%s\n", e->line, e->section,
			    e->key, e->value);
	return (buf_text(&b));
}

static const struct ini_entry *
read_ok(const char *text, size_t len)
{
	struct ini_entry *list = NULL;
	struct why why = { "" };

	if (ini_read(arena, &(struct ini_source){ "t.ini", text, len }, &list,
	    &why) != OK)
		fail_msg("%s: %s", text, why.text);
	return (list);
}

static void
reads_lines_of_every_form(void **state)
{
	static const struct {
		const char	*text;
		size_t		 len;
		const char	*list;
	} cases[] = {
		{ TEXT(""), "" },
		{ TEXT("\n\n"), "" },
		{ TEXT("; c\n# d\n  ;e\n\t#f"), "" },
		{ TEXT(BOM), "" },
		{ TEXT(BOM "[a]\nk = v\n"), "1|0|[a|]\n2|0|k|v\n" },
		{ TEXT("[a]"), "1|0|[a|]\n" },
		{ TEXT("[a]\nk=v"), "1|0|[a|]\n2|0|k|v\n" },
		{ TEXT("[a]\r\n\r\nk = v\r\n; c\r\nl = w\r\n"),
		    "1|0|[a|]\n3|0|k|v\n5|0|l|w\n" },
		{ TEXT("[a]\nk = v\r"), "1|0|[a|]\n2|0|k|v\n" },
		{ TEXT("\n# one\n\n  [a]\n\n; two\n\tk\t=\tv\t\n"),
		    "4|0|[a|]\n7|0|k|v\n" },
		/* sections */
		{ TEXT("[rule flaky]\n[ rule \t two words ]\n"),
		    "1|0|[rule|flaky]\n2|1|[rule|two words]\n" },
		{ TEXT("[owner @a/b;c \"d\" #e [f]"),
		    "1|0|[owner|@a/b;c \"d\" #e [f]\n" },
		{ TEXT("[owner @a/b  ; not a comment]"),
		    "1|0|[owner|@a/b  ; not a comment]\n" },
		{ TEXT("[a]  ; c]\n[b]\t;c\n[c] \n"),
		    "1|0|[a|]\n2|1|[b|]\n3|2|[c|]\n" },
		{ TEXT("[owner \xc3\xa9\xe2\x82\xac]"),
		    "1|0|[owner|\xc3\xa9\xe2\x82\xac]\n" },
		/* the same again is kept, not merged */
		{ TEXT("[a]\nk = 1\nk = 2\n[b]\n[a]\nk = 1\n"),
		    "1|0|[a|]\n2|0|k|1\n3|0|k|2\n4|1|[b|]\n5|2|[a|]\n"
		    "6|2|k|1\n" },
		/* keys end at the first '=' and nowhere else */
		{ TEXT("[a]\nfield.Story: x = y\n"),
		    "1|0|[a|]\n2|0|field.Story: x|y\n" },
		{ TEXT("[a]\nk = a=b = c\nl == d\n"),
		    "1|0|[a|]\n2|0|k|a=b = c\n3|0|l|= d\n" },
		{ TEXT("[a]\nu = https://h:1/p?q=r&s=t;u#v\n"),
		    "1|0|[a|]\n2|0|u|https://h:1/p?q=r&s=t;u#v\n" },
		{ TEXT("[a]\nk;l = v\nm #n = w\n"),
		    "1|0|[a|]\n2|0|k;l|v\n3|0|m #n|w\n" },
		{ TEXT("[a]\nk =\nl = \nm=\n"),
		    "1|0|[a|]\n2|0|k|\n3|0|l|\n4|0|m|\n" },
		/* comments after values */
		{ TEXT("[a]\nk = v  ; c\nl = w\t; d ; e\nm = x \t;f  ;g\n"),
		    "1|0|[a|]\n2|0|k|v\n3|0|l|w\n4|0|m|x\n" },
		{ TEXT("[a] ; c\nk = v ; c\nl = w ;d ; e\nm = ; c\n"),
		    "1|0|[a|]\n2|0|k|v\n3|0|l|w\n4|0|m|\n" },
		{ TEXT("[a]\nk =  ; c\nl =\t;\n"),
		    "1|0|[a|]\n2|0|k|\n3|0|l|\n" },
		{ TEXT("[a]\nk = v;w\nl =;x\nm = a;;b; c\n"),
		    "1|0|[a|]\n2|0|k|v;w\n3|0|l|;x\n4|0|m|a;;b; c\n" },
		{ TEXT("[a]\nk = v  # w\nl = #1\nm = v  #  ; c\n"),
		    "1|0|[a|]\n2|0|k|v  # w\n3|0|l|#1\n4|0|m|v  #\n" },
		{ TEXT("[a]\nk = v  ; it's \"so\n"),
		    "1|0|[a|]\n2|0|k|v\n" },
		/* quotes */
		{ TEXT("[a]\nk = \"v  ; w\"\nl = \" x \"\nm = \"\"  ; c\n"),
		    "1|0|[a|]\n2|0|k|v  ; w\n3|0|l| x \n4|0|m|\n" },
		{ TEXT("[a]\nk = \"v\" and \"w\"\nl = a \"b  ; c\" d  ; e\n"),
		    "1|0|[a|]\n2|0|k|\"v\" and \"w\"\n"
		    "3|0|l|a \"b  ; c\" d\n" },
		{ TEXT("[a]\nb = {\"t\": \"x ; #y\", \"u\": \"\\\" ; z\"}  ;c"),
		    "1|0|[a|]\n"
		    "2|0|b|{\"t\": \"x ; #y\", \"u\": \"\\\" ; z\"}\n" },
		{ TEXT("[a]\nk = 5\" disk\nl = \"\nm = \"x\n"),
		    "1|0|[a|]\n2|0|k|5\" disk\n3|0|l|\"\n4|0|m|\"x\n" },
		{ TEXT("[a]\nk = \"a\\\"b\"\nl = \"c\\\\\"\nm = \"d\\\"\n"),
		    "1|0|[a|]\n2|0|k|a\\\"b\n3|0|l|c\\\\\n"
		    "4|0|m|\"d\\\"\n" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		assert_string_equal(listed(read_ok(cases[i].text,
		    cases[i].len)), cases[i].list);
}

static void
refuses_by_line_and_says_why(void **state)
{
	static const struct {
		const char	*text;
		size_t		 len;
		int		 line;
		const char	*what;
	} cases[] = {
		{ TEXT("[a]\nk = 5\" disk  ; c\n"), 2, "quote" },
		{ TEXT("[a]\nk = \"v\\\" ; c\n"), 2, "quote" },
		{ TEXT("[a]\n\n  k  \n"), 3, "neither" },
		{ TEXT("[a]\nk  ; l = v\n"), 2, "neither" },
		{ TEXT("[a]\nk ; l = v\n"), 2, "neither" },
		{ TEXT("[a]\nk\t; l = v\n"), 2, "neither" },
		{ TEXT("[a]\n  k = 1\n two\n"), 3, "neither" },
		{ TEXT("; c\n\nk = v\n[a]\n"), 3, "before any" },
		{ TEXT("k = v"), 1, "before any" },
		{ TEXT("[a]\n = v\n"), 2, "before the '='" },
		{ TEXT("= v\n"), 1, "before the '='" },
		{ TEXT("[a]\n[b\nk = v\n"), 2, "']'" },
		{ TEXT("["), 1, "']'" },
		{ TEXT("[a] b\n"), 1, "after the ']'" },
		{ TEXT("[a]b\n"), 1, "after the ']'" },
		{ TEXT("[a];b\n"), 1, "after the ']'" },
		{ TEXT("[a]]\n"), 1, "after the ']'" },
		{ TEXT("[a]  # b\n"), 1, "after the ']'" },
		{ TEXT("[a] b  ; c\n"), 1, "after the ']'" },
		{ TEXT("\n[]\n"), 2, "without a name" },
		{ TEXT("[ \t ]\n"), 1, "without a name" },
		{ TEXT("[a]\nk = v\0w\n"), 2, "0x00" },
		{ TEXT("[a]\n\0"), 2, "0x00" },
		{ TEXT("[a]\n; c\x01\n"), 2, "0x01" },
		{ TEXT("[a]\nk = v\rw\n"), 2, "0x0d" },
		{ TEXT("[a]\nk = v\r\r\n"), 2, "0x0d" },
		{ TEXT("[a]\nk = \x1b[1m\n"), 2, "0x1b" },
		{ TEXT("[a]\nk = v\x7f\n"), 2, "0x7f" },
		{ TEXT("[a]\n\n\nk = \xe9t\xe9\n"), 4, "UTF-8" },
		{ TEXT("[a]\n# \xc0\xaf\n"), 2, "UTF-8" },
		{ TEXT("[a]\nk = \xed\xa0\x80\n"), 2, "UTF-8" },
		{ TEXT("\xff\xfe[\n"), 1, "UTF-8" },
		{ TEXT("[a]\n" BOM "k\n"), 2, "neither" },
		{ TEXT("[a]\r\n\r\n# c\r\nk\r\n"), 4, "neither" },
	};
	struct ini_entry *list, *untouched = (struct ini_entry *)&list;
	struct why why;
	char place[32];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		list = untouched;
		why.text[0] = '\0';
		assert_int_equal(ini_read(arena, &(struct ini_source){
		    "dir/t.ini", cases[i].text, cases[i].len }, &list, &why),
		    ERR_CONFIG);
		assert_ptr_equal(list, untouched);
		snprintf(place, sizeof(place), "dir/t.ini:%d: ",
		    cases[i].line);
		if (strncmp(why.text, place, strlen(place)) != 0 ||
		    strstr(why.text, cases[i].what) == NULL)
			fail_msg("%s: %s", cases[i].text, why.text);
		assert_int_equal(ini_read(arena, &(struct ini_source){
		    "t", cases[i].text, cases[i].len }, &list, NULL),
		    ERR_CONFIG);
	}
}

/* A sentence about a line shows nothing of it: it may be a secret. */
static void
shows_no_text_of_a_bad_line(void **state)
{
	static const char *const lines[] = {
		"hush", "[hush", "[a] hush",
		"k = \"hush ; c", "= hush", "k = hush\x01", "k = hush\xff"
	};
	struct ini_entry *list;
	struct why why;
	size_t i;
	char *text;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		text = arena_printf(arena, "[a]\n%s\n", lines[i]);
		assert_non_null(text);
		why.text[0] = '\0';
		assert_int_equal(ini_read(arena, &(struct ini_source){
		    "t.ini", text, strlen(text) }, &list, &why), ERR_CONFIG);
		assert_null(strstr(why.text, "hush"));
		assert_memory_equal(why.text, "t.ini:2: ", 9);
	}
}

static void
keeps_names_and_values_of_any_length(void **state)
{
	char name[61], value[4001];
	const struct ini_entry *e;
	char *text;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	memset(value, 'v', sizeof(value) - 1);
	name[60] = value[4000] = '\0';
	name[59] = '1';
	value[3999] = '!';
	text = arena_printf(arena, "[owner %s]\n%s = %s\n", name, value,
	    value);
	name[59] = '2';
	text = arena_printf(arena, "%s[owner %s]\nk = v", text, name);
	assert_non_null(text);
	e = read_ok(text, strlen(text));
	assert_memory_equal(e->name, name, 59);
	assert_string_equal(e->name + 59, "1");
	e = e->next;
	assert_string_equal(e->key, value);
	assert_string_equal(e->value, value);
	e = e->next;
	assert_string_equal(e->name, name);
	assert_int_equal(e->section, 1);
	assert_int_equal(e->line, 3);
	assert_string_equal(e->next->name, name);
	assert_null(e->next->next);
}

static void
outlives_its_source(void **state)
{
	static const char text[] = "[rule r]\nk = v\n";
	char source[sizeof(text)], file[] = "a.ini";
	struct ini_entry *list;

	(void)state;
	memcpy(source, text, sizeof(text));
	assert_int_equal(ini_read(arena, &(struct ini_source){ file, source,
	    sizeof(text) - 1 }, &list, NULL), OK);
	memset(source, 'x', sizeof(source));
	memset(file, 'x', sizeof(file) - 1);
	assert_string_equal(listed(list), "1|0|[rule|r]\n2|0|k|v\n");
	assert_string_equal(list->file, "a.ini");
	assert_string_equal(list->next->file, "a.ini");
	assert_string_equal(list->next->kind, "rule");
	assert_string_equal(list->next->name, "r");
	assert_string_equal(list->value, "");
}

static void
survives_any_lack_of_memory(void **state)
{
	static const char text[] = "[rule a]\nk = v\n\n[b]\nl = \"w\"\n";
	struct ini_entry *list;
	struct why why;
	struct arena *a;
	size_t cap;
	enum err e = ERR_NOMEM;

	(void)state;
	for (cap = 0; e == ERR_NOMEM && cap < 1 << 16; cap += 16) {
		list = NULL;
		a = arena_new(cap);
		assert_non_null(a);
		e = ini_read(a, &(struct ini_source){ "t.ini", text,
		    sizeof(text) - 1 }, &list, &why);
		if (e == ERR_NOMEM) {
			assert_null(list);
			assert_non_null(strstr(why.text, "memory"));
		} else
			assert_string_equal(listed(list), "1|0|[rule|a]\n"
			    "2|0|k|v\n4|1|[b|]\n5|1|l|w\n");
		arena_free(a);
	}
	assert_int_equal(e, OK);
	assert_true(cap > sizeof(text));
}

struct row {
	int		 before;
	const char	*name;
	int		 after;
};

static const struct row rows[] = {
	{ 0, "url", 0 },
	{ 0, "token", 0 },
	{ 0, "deadline", 0 },
	{ 0, NULL, 0 },
	{ 0, "max_body", 0 },
	{ 0, "webhook_secret", 0 },
	{ 0, "on_healthy", 0 },
	{ 0, "on_worse", 0 },
	{ 0, "to", 0 }
};

static void
guesses_what_was_meant(void **state)
{
	static const struct {
		const char *typo, *meant;
	} cases[] = {
		{ "url", "url" },
		{ "URL", "url" },
		{ "ulr", "url" },		/* swapped */
		{ "ur", "url" },		/* left out */
		{ "urls", "url" },		/* added */
		{ "urk", "url" },		/* wrong */
		{ "tokne", "token" },
		{ "otken", "token" },
		{ "Tokens", "token" },
		{ "max-body", "max_body" },
		{ "maxbody", "max_body" },
		{ "dedaline", "deadline" },
		{ "daedlnie", "deadline" },	/* two swaps */
		{ "deadlines_", "deadline" },
		{ "dead", "deadline" },		/* how it begins */
		{ "webhook", "webhook_secret" },
		{ "on_", "on_healthy" },	/* the first of two */
		{ "on_wors", "on_worse" },
		{ "on_w", "on_worse" },
		{ "on", NULL },
		{ "de", NULL },			/* too short a beginning */
		{ "ul", "url" },
		{ "ox", NULL },			/* half of it wrong */
		{ "t", NULL },
		{ "", NULL },
		{ "dxadxinx", NULL },		/* three wrong */
		{ "secret", NULL },
		{ "color", NULL },
		{ "token_of_the_whole_company_and_of_every_one_of_its_many_"
		    "subsidiaries", NULL }
	};
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		got = ini_nearest(cases[i].typo, &rows[0].name, COUNT(rows),
		    sizeof(rows[0]));
		if (got == NULL || cases[i].meant == NULL) {
			if (got != cases[i].meant)
				fail_msg("%s: %s", cases[i].typo,
				    got == NULL ? "nothing" : got);
		} else
			assert_string_equal(got, cases[i].meant);
	}
	assert_null(ini_nearest("url", &rows[0].name, 0, sizeof(rows[0])));
}

static void
prefers_the_nearest(void **state)
{
	static const char *const names[] = {
		"labels_all", "label_no", "labell", "labels"
	};

	(void)state;
	assert_string_equal(ini_nearest("labels", names, COUNT(names),
	    sizeof(names[0])), "labels");
	assert_string_equal(ini_nearest("labele", names, COUNT(names),
	    sizeof(names[0])), "labell");
	assert_string_equal(ini_nearest("labels_", names, COUNT(names),
	    sizeof(names[0])), "labels");
	assert_string_equal(ini_nearest("labels_al", names, COUNT(names),
	    sizeof(names[0])), "labels_all");
	assert_string_equal(ini_nearest("label_x", names, 2,
	    sizeof(names[0])), "label_no");
}

/* All of the table that the definition names, capitals aside. */
static unsigned
far_off(const char *a, const char *b)
{
	unsigned t[12][12], d;
	size_t i, j;

	for (i = 0; i <= strlen(a); i++)
		for (j = 0; j <= strlen(b); j++) {
			t[i][j] = (unsigned)(i + j);
			if (i == 0 || j == 0)
				continue;
			d = t[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (t[i - 1][j] + 1 < d)
				d = t[i - 1][j] + 1;
			if (t[i][j - 1] + 1 < d)
				d = t[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && t[i - 2][j - 2] + 1 < d)
				d = t[i - 2][j - 2] + 1;
			t[i][j] = d;
		}
	return (t[strlen(a)][strlen(b)]);
}

/* Short words of few letters, so that many are near each other. */
static const char *
word(unsigned *seed, char out[12])
{
	size_t n, i;

	*seed = *seed * 1103515245 + 12345;
	n = (*seed >> 16) % 11;
	for (i = 0; i < n; i++) {
		*seed = *seed * 1103515245 + 12345;
		out[i] = (char)('a' + (*seed >> 16) % 3);
	}
	out[n] = '\0';
	return (out);
}

static void
near_is_what_it_says(void **state)
{
	char typo[12], name[12];
	const char *names[1];
	unsigned seed = 7, d;
	size_t i, longer, found = 0;
	bool near;

	(void)state;
	for (i = 0; i < 200000; i++) {
		(void)word(&seed, typo);
		names[0] = word(&seed, name);
		longer = strlen(typo) > strlen(name) ? strlen(typo) :
		    strlen(name);
		d = far_off(typo, name);
		near = (d <= 2 && 3 * d <= longer) || (strlen(typo) >= 3 &&
		    strncmp(typo, name, strlen(typo)) == 0);
		if ((ini_nearest(typo, names, 1, sizeof(names[0])) != NULL) !=
		    near)
			fail_msg("\"%s\", \"%s\": %u", typo, name, d);
		found += near;
	}
	assert_true(found > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_lines_of_every_form,
		    begin, finish),
		cmocka_unit_test_setup_teardown(refuses_by_line_and_says_why,
		    begin, finish),
		cmocka_unit_test_setup_teardown(shows_no_text_of_a_bad_line,
		    begin, finish),
		cmocka_unit_test_setup_teardown(
		    keeps_names_and_values_of_any_length, begin, finish),
		cmocka_unit_test_setup_teardown(outlives_its_source,
		    begin, finish),
		cmocka_unit_test_setup_teardown(survives_any_lack_of_memory,
		    begin, finish),
		cmocka_unit_test(guesses_what_was_meant),
		cmocka_unit_test(prefers_the_nearest),
		cmocka_unit_test(near_is_what_it_says),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
