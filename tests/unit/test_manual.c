/*
 * Do the manuals and the sample configuration say what the program does?
 * Their keys, ranges, names, verbs and answers are compared with its tables,
 * and what they show as a configuration is loaded.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/crypt.h"
#include "handler/config_table.h"
#include "handler/draft.h"
#include "handler/outcome.h"
#include "handler/verb.h"

#define PAGE_INI	"handler/tickethook.ini.5"
#define PAGE_PROGRAM	"handler/tickethook.8"
#define PAGE_VERBS	"handler/tickethook.1"
#define SAMPLE		"handler/tickethook.ini"
#define ETC		"/etc/tickethook/"
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

enum {
	ROOM = 16 << 20,
	FILE_MAX = 1 << 20,
	ITEMS_MAX = 256,
	SYNOPSIS_MAX = 4096
};

/* A key of a manual page and what is said of it, in one line. */
struct item {
	const char	*section;	/* of ".Ss" or ".Sh": "[rule NAME]" */
	const char	*key;		/* of ".It Ic" */
	struct buf	 text;
};

struct page {
	struct item	 item[ITEMS_MAX];
	size_t		 n;
};

#define VERB(name) extern const struct verb verb_##name;
#include "verbs.inc"
#undef VERB

static const struct verb *const verbs[] = {
#define VERB(name) &verb_##name,
#include "verbs.inc"
#undef VERB
};

static struct arena *arena;
static char dir[] = "/tmp/tickethook-manual-XXXXXX";

static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = arena_alloc(arena, FILE_MAX);
	size_t n;

	if (f == NULL)
		fail_msg("%s cannot be read; run this from the top", path);
	assert_non_null(text);
	n = fread(text, 1, FILE_MAX - 1, f);
	assert_true(n > 0 && n < FILE_MAX - 1);
	fclose(f);
	return (text);
}

static void
put(const char *name, const char *text)
{
	const char *path = arena_printf(arena, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int
begin(void **state)
{
	static const char *const secrets[] = { "trunk.token", "trunk.key",
	    "jira.token", "linear.key", "github.token",
	    "metrics.token", "jira.hook",
	    "linear.hook" };
	struct why why = { "" };

	(void)state;
	arena = arena_new(ROOM);
	if (arena == NULL || mkdtemp(dir) == NULL || crypt_init(&why) != OK)
		return (-1);
	for (size_t i = 0; i < COUNT(secrets); i++)
		put(secrets[i], "not-the-real-one\n");
	put("svix.secret.old", "whsec_bm90IHRoZSByZWFsIG9uZSwgb2Ygb2xk\n");
	put("svix.secret", "whsec_bm90IHRoZSByZWFsIG9uZSwgb2Ygbm93\n");
	return (0);
}

static int
finish(void **state)
{
	static const char *const files[] = { "svix.secret", "svix.secret.old",
	    "trunk.token", "trunk.key", "jira.token", "linear.key",
	    "github.token", "metrics.token", "jira.hook", "linear.hook",
	    "t.ini" };

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++)
		(void)unlink(arena_printf(arena, "%s/%s", dir, files[i]));
	(void)rmdir(dir);
	arena_free(arena);
	return (0);
}

/* The next line of *text without its newline, or NULL; *text moves on. */
static char *
next_line(char **text)
{
	char *line = *text, *end;

	if (line == NULL || *line == '\0')
		return (NULL);
	if ((end = strchr(line, '\n')) != NULL)
		*end++ = '\0';
	*text = end;
	return (line);
}

static const char *
after(const char *line, const char *start)
{
	size_t n = strlen(start);

	return (strncmp(line, start, n) == 0 ? line + n : NULL);
}

/* All keys of a page with their sections. */
static void
read_page(const char *path, struct page *p)
{
	char *text = slurp(path), *line;
	const char *section = "", *rest;
	bool open = false;

	p->n = 0;
	while ((line = next_line(&text)) != NULL) {
		if ((rest = after(line, ".Ss ")) != NULL ||
		    (rest = after(line, ".Sh ")) != NULL) {
			section = rest;
			open = false;
		} else if ((rest = after(line, ".It Ic ")) != NULL) {
			assert_true(p->n < ITEMS_MAX);
			p->item[p->n].section = section;
			p->item[p->n].key = arena_strndup(arena, rest,
			    strcspn(rest, " "));
			buf_init(&p->item[p->n].text, arena, FILE_MAX);
			buf_str(&p->item[p->n++].text, rest);
			open = true;
		} else if (open) {
			buf_char(&p->item[p->n - 1].text, ' ');
			buf_str(&p->item[p->n - 1].text, line);
		}
	}
}

/* The heading of a kind: "[rule NAME]" or "[defaults]". */
static const char *
heading(const struct config_kind *kind)
{

	return (arena_printf(arena, "[%s%s]", kind->kind,
	    kind->named ? " NAME" : ""));
}

static struct item *
find(struct page *p, const char *section, const char *key)
{

	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->item[i].section, section) == 0 &&
		    strcmp(p->item[i].key, key) == 0)
			return (&p->item[i]);
	return (NULL);
}

static size_t
count(const struct page *p, const char *section)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += strcmp(p->item[i].section, section) == 0;
	return (n);
}

static void
test_keys(void **state)
{
	static struct page page;
	const struct config_param *p;
	const char *section;
	size_t n, brackets = 0, rows = 0;

	(void)state;
	read_page(PAGE_INI, &page);
	for (size_t i = 0; i < config_kinds_len; i++) {
		section = heading(&config_kinds[i]);
		p = config_table_rows(config_kinds[i].kind, &n);
		for (size_t j = 0; j < n; j++)
			if (find(&page, section, p[j].key) == NULL)
				fail_msg("%s lacks %s %s", PAGE_INI, section,
				    p[j].key);
		if (count(&page, section) != n)
			fail_msg("%s has keys in %s that do not exist",
			    PAGE_INI, section);
		rows += n;
	}
	assert_int_equal(rows, config_table_len);
	for (size_t i = 0; i < page.n; i++)
		brackets += page.item[i].section[0] == '[';
	assert_int_equal(brackets, config_table_len);
}

static void
need(const struct item *item, const char *text)
{

	if (strstr(buf_text((struct buf *)(uintptr_t)&item->text), text) ==
	    NULL)
		fail_msg("%s: %s %s does not say \"%s\"", PAGE_INI,
		    item->section, item->key, text);
}

static void
test_ranges(void **state)
{
	static struct page page;
	const struct config_param *p;
	const struct item *item;
	size_t n, checked = 0;

	(void)state;
	read_page(PAGE_INI, &page);
	for (size_t i = 0; i < config_kinds_len; i++) {
		p = config_table_rows(config_kinds[i].kind, &n);
		for (; n > 0; n--, p++) {
			item = find(&page, heading(&config_kinds[i]), p->key);
			assert_non_null(item);
			if (p->min != NULL)
				need(item, arena_printf(arena, "%s to %s",
				    p->min, p->max));
			if (p->fallback != NULL)
				need(item, arena_printf(arena, "default %s)",
				    p->fallback));
			for (size_t w = 0; p->words != NULL &&
			    p->words[w] != NULL; w++)
				need(item, p->words[w]);
			checked += p->min != NULL || p->fallback != NULL;
		}
	}
	assert_true(checked > 10);
}

static void
test_templates(void **state)
{
	static struct page page;
	size_t i;

	(void)state;
	read_page(PAGE_INI, &page);
	for (i = 0; draft_name(i) != NULL; i++)
		if (find(&page, "TEMPLATES", draft_name(i)->name) == NULL)
			fail_msg("%s lacks {{%s}}", PAGE_INI,
			    draft_name(i)->name);
	assert_true(i > 0);
	assert_int_equal(count(&page, "TEMPLATES"), i);
}

/* Each verb, and each option of its usage as ".It" writes it. */
static void
test_verbs(void **state)
{
	static struct page page;
	const struct item *item;
	const char *s, *text;
	size_t n;

	(void)state;
	read_page(PAGE_VERBS, &page);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		item = find(&page, "COMMANDS", verbs[i]->name);
		if (item == NULL)
			fail_msg("%s lacks %s", PAGE_VERBS, verbs[i]->name);
		text = buf_text((struct buf *)(uintptr_t)&item->text);
		for (s = verbs[i]->usage; (s = strstr(s, "--")) != NULL;
		    s += n) {
			n = strcspn(s, " ]");
			if (strstr(text, arena_printf(arena, "Fl -%.*s",
			    (int)(n - 2), s + 2)) == NULL)
				fail_msg("%s: %s lacks %.*s", PAGE_VERBS,
				    verbs[i]->name, (int)n, s);
		}
	}
	assert_int_equal(count(&page, "COMMANDS"), COUNT(verbs));
}

/* What the synopsis shows of a verb, one way of calling it after the other. */
static const char *
synopsis(const char *page, const char *verb)
{
	const char *mark = arena_printf(arena, ".Nm\n.Cm %s\n", verb);
	const char *end = strstr(page, "\n.Sh DESCRIPTION\n"), *at;
	struct buf all;

	assert_non_null(end);
	buf_init(&all, arena, SYNOPSIS_MAX);
	for (at = page; (at = strstr(at, mark)) != NULL && at < end;) {
		at += strlen(mark);
		buf_add(&all, at, (size_t)(strstr(at, "\n.Nm\n") - at + 1));
	}
	return (buf_text(&all));
}

/* The synopsis has each verb with each option of its usage, and no other. */
static void
test_synopsis(void **state)
{
	const char *page = slurp(PAGE_VERBS), *s, *text, *word;
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT(verbs); i++) {
		text = synopsis(page, verbs[i]->name);
		if (text[0] == '\0')
			fail_msg("%s: no synopsis of %s", PAGE_VERBS,
			    verbs[i]->name);
		for (s = verbs[i]->usage; (s = strstr(s, "--")) != NULL;
		    s += n) {
			n = strcspn(s, " ]");
			word = arena_printf(arena, "Fl -%.*s", (int)(n - 2),
			    s + 2);
			if (strstr(text, word) == NULL)
				fail_msg("%s: the synopsis of %s lacks %.*s",
				    PAGE_VERBS, verbs[i]->name, (int)n, s);
		}
		for (s = text; (s = strstr(s, "Fl -")) != NULL; s += n) {
			s += strlen("Fl -");
			n = strcspn(s, " \n");
			word = arena_printf(arena, "--%.*s", (int)n, s);
			if (strcmp(word, "--json") != 0 &&
			    strstr(verbs[i]->usage, word) == NULL)
				fail_msg("%s: %s has no %s", PAGE_VERBS,
				    verbs[i]->name, word);
		}
	}
}

/* What can be answered to a delivery, with its status. */
static void
test_answers(void **state)
{
	static const char *const good[] = { "created", "adopted", "exists",
	    "parked", "recorded", "ignored" };
	const char *page = slurp(PAGE_PROGRAM);
	struct job job = { .arena = arena };
	struct outcome out;
	char line[128];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(line, sizeof(line), "\n.It 200 %s\n", good[i]);
		if (strstr(page, line) == NULL)
			fail_msg("%s lacks 200 %s", PAGE_PROGRAM, good[i]);
	}
	for (int e = OK + 1; e < ERR_COUNT; e++) {
		out = outcome_error(&job, (enum err)e);
		snprintf(line, sizeof(line), "\n.It %d %s\n", out.status,
		    out.name);
		if (strstr(page, line) == NULL)
			fail_msg("%s lacks %d %s", PAGE_PROGRAM, out.status,
			    out.name);
	}
}

/* Load a text whose secrets lie in dir; its warnings, or NULL. */
static const char *
load(const char *what, const char *text)
{
	struct config *config = NULL;
	struct why why = { "" };
	const char *at, *warnings = NULL;
	struct buf b;

	buf_init(&b, arena, FILE_MAX);
	while ((at = strstr(text, ETC)) != NULL) {
		buf_add(&b, text, (size_t)(at - text));
		buf_printf(&b, "%s/", dir);
		text = at + strlen(ETC);
	}
	buf_str(&b, text);
	put("t.ini", buf_text(&b));
	if (config_load(arena_printf(arena, "%s/t.ini", dir), &config,
	    &why) != OK)
		fail_msg("%s: %s", what, why.text);
	if (config->warnings != NULL)
		warnings = arena_strdup(arena, config->warnings);
	config_free(config);
	return (warnings);
}

static void
load_clean(const char *what, const char *text)
{
	const char *warnings = load(what, text);

	if (warnings != NULL)
		fail_msg("%s: %s", what, warnings);
}

/* With each setting that is not in force taken into force. */
static const char *
uncomment(char *text)
{
	struct buf b;
	const char *line;

	buf_init(&b, arena, FILE_MAX);
	while ((line = next_line(&text)) != NULL) {
		if (line[0] == ';' && (line[1] == '[' ||
		    (line[1] >= 'a' && line[1] <= 'z')))
			line++;
		buf_str(&b, line);
		buf_char(&b, '\n');
	}
	return (buf_text(&b));
}

static void
test_sample(void **state)
{

	(void)state;
	load_clean(SAMPLE, slurp(SAMPLE));
}

/* What is not in force must be right too, for the day somebody uses it. */
static void
test_sample_whole(void **state)
{

	(void)state;
	load_clean(SAMPLE ", all settings in force",
	    uncomment(slurp(SAMPLE)));
}

/* Does that key stand in a section of that kind? */
static bool
stands(const char *text, const char *kind, const char *key)
{
	char *copy = arena_strdup(arena, text), *line;
	size_t n = strlen(kind), len = strlen(key);
	bool in = false;

	/* "field.NAME": any name will do. */
	if (len > 4 && strcmp(key + len - 4, "NAME") == 0)
		len -= 4;
	while ((line = next_line(&copy)) != NULL) {
		if (line[0] == '[')
			in = strncmp(line + 1, kind, n) == 0 &&
			    (line[n + 1] == ' ' || line[n + 1] == ']');
		else if (in && strncmp(line, key, len) == 0 &&
		    (key[len] != '\0' ||
		    line[len + strspn(line + len, " ")] == '='))
			return (true);
	}
	return (false);
}

static void
test_sample_keys(void **state)
{
	const char *text = uncomment(slurp(SAMPLE));

	(void)state;
	for (size_t i = 0; i < config_table_len; i++)
		if (!stands(text, config_table[i].kind, config_table[i].key))
			fail_msg("%s lacks %s in a [%s]", SAMPLE,
			    config_table[i].key, config_table[i].kind);
}

/* The defaults that the sample shows are those of the table. */
static void
test_sample_defaults(void **state)
{
	static const char *const kinds[] = { "handler", "ledger", "defaults" };
	const char *text = slurp(SAMPLE), *line, *value;
	const struct config_param *p;
	size_t n, len, checked = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (p = config_table_rows(kinds[i], &n); n > 0; n--, p++) {
			if (p->fallback == NULL)
				continue;
			line = strstr(text, arena_printf(arena, "\n[%s]",
			    kinds[i]));
			assert_non_null(line);
			line = strstr(line, arena_printf(arena, "\n;%s ",
			    p->key));
			assert_non_null(line);
			value = strchr(line, '=') + 2;
			len = strlen(p->fallback);
			if (strncmp(value, p->fallback, len) != 0 ||
			    strchr(" \t\n", value[len]) == NULL)
				fail_msg("%s: [%s] %s is not %s", SAMPLE,
				    kinds[i], p->key, p->fallback);
			checked++;
		}
	assert_true(checked > 5);
}

/* A line as it is read, with the escapes of mdoc undone. */
static void
put_shown(struct buf *b, const char *line)
{

	for (; *line != '\0'; line++) {
		if (strncmp(line, "\\(ga", 4) == 0) {
			buf_char(b, '`');
			line += 3;
		} else if (strncmp(line, "\\e", 2) == 0) {
			buf_char(b, '\\');
			line++;
		} else {
			buf_char(b, *line);
		}
	}
	buf_char(b, '\n');
}

/*
 * Each configuration that the manual shows is one; keys alone are keys of
 * [defaults], beside the first of them.
 */
static void
test_examples(void **state)
{
	char *text = slurp(PAGE_INI), *line;
	const char *first = NULL, *shown;
	struct buf b;
	bool in = false;
	int n = 0;

	(void)state;
	while ((line = next_line(&text)) != NULL) {
		if (after(line, ".Bd -literal") != NULL) {
			buf_init(&b, arena, FILE_MAX);
			in = true;
		} else if (in && strcmp(line, ".Ed") == 0) {
			in = false;
			shown = buf_text(&b);
			/* Not the lines that only show the form. */
			if (strstr(shown, "[kind name]") != NULL)
				continue;
			if (shown[0] == '[') {
				load_clean(PAGE_INI, shown);
				first = first != NULL ? first : shown;
				n++;
			} else {
				assert_non_null(first);
				load_clean(PAGE_INI, arena_printf(arena,
				    "%s[defaults]\n%s", first, shown));
			}
		} else if (in) {
			put_shown(&b, line);
		}
	}
	assert_int_equal(n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_synopsis),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_sample_whole),
		cmocka_unit_test(test_sample_keys),
		cmocka_unit_test(test_sample_defaults),
		cmocka_unit_test(test_examples)
	};

	return (cmocka_run_group_tests(tests, begin, finish));
}
