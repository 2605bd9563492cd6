#include <md4c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/markup.h"
#include "common/utf8.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(16 << 20);
	return (arena == NULL);
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return (0);
}

static const char *
wiki_of(const char *markdown, size_t limit)
{
	const char *out = NULL;

	assert_int_equal(markup_wiki(arena, markdown, limit, &out), OK);
	return (out);
}

static const struct json *
adf_of(const char *markdown, size_t limit)
{
	const struct json *tree = NULL;
	const char *out = NULL;

	assert_int_equal(markup_adf(arena, markdown, limit, &out), OK);
	assert_true(strlen(out) <= limit);
	assert_int_equal(json_parse(arena, out, strlen(out), &tree, NULL), OK);
	return (tree);
}

/*
 * What Jira's help page says about each notation:
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */
static const struct {
	const char	*markdown;
	const char	*wiki;
} notations[] = {
	{ "", "" },
	{ "# One\n\n###### Six", "h1. One\n\nh6. Six" },
	{ "**b** *i* ~~s~~ `m`", "*b* _i_ -s- {{m}}" },
	{ "a**b**c", "a{*}b{*}c" },
	{ "***x***", "*_x_*" },
	{ "**a *b* c**", "*a* *_b_* *c*" },
	{ "[t](https://e.org/a_b)", "[t|https://e.org/a_b]" },
	{ "[t](https://e.org/?a=1&amp;b&#61;2)", "[t|https://e.org/?a=1&b=2]" },
	{ "```ja&#118;a\nx\n```", "{code:java}\nx\n{code}" },
	{ "[a|b\\]](https://e.org/[x]|y)",
	    "[a\\|b\\]|https://e.org/%5Bx%5D%7Cy]" },
	{ "<https://e.org>", "[https://e.org|https://e.org]" },
	{ "![pic](https://e.org/p.png)", "[pic|https://e.org/p.png]" },
	{ "![](https://e.org/p.png)",
	    "[https://e.org/p.png|https://e.org/p.png]" },
	{ "[x](javascript:alert(1))", "x" },
	{ "![](data:image/png;base64,AAAA)", "" },
	{ "[x](file.md)", "x" },
	{ "a\nb", "a b" },
	{ "a  \nb", "a \\\\ b" },
	{ "- a\n- b\n  - c\n    1. d", "* a\n* b\n** c\n**# d" },
	{ "1. a\n2. b", "# a\n# b" },
	{ "- a\n\n  b", "* a \\\\ b" },
	{ "- a\n\n  ```\n  x\n  ```", "* a\n{noformat}\nx\n{noformat}" },
	{ "- # h\n- b", "* *h*\n* b" },
	{ "- [ ] a\n- [x] b", "* \xe2\x98\x90 a\n* \xe2\x98\x91 b" },
	{ "> a\n>\n> b", "{quote}\na\n\nb\n{quote}" },
	{ "> > a", "{quote}\na\n{quote}" },
	{ "> # h", "{quote}\n*h*\n{quote}" },
	{ "a\n\n---\n\nb", "a\n\n----\n\nb" },
	{ "```java\nx\n```", "{code:java}\nx\n{code}" },
	{ "```rust\nx\n```", "{noformat}\nx\n{noformat}" },
	{ "```\n{code}{NOFORMAT}{x}\n```",
	    "{noformat}\n{ code}{ NOFORMAT}{x}\n{noformat}" },
	{ "|a|b|\n|---|---|\n|c\\|d||", "|| a || b ||\n| c\\|d |  |" },
	{ "{code}x{quote}", "\\{code\\}x\\{quote\\}" },
	{ "src/a_b.c", "src/a\\_b.c" },
	{ "C:\\Temp \\\\\\\\srv", "C:&#92;Temp &#92;&#92;srv" },
	{ "h1. x", "h1&#46; x" },
	{ "bq. x", "bq&#46; x" },
	{ "&num; &lt; &amp;lt; &#35;", "&amp;num; < &amp;lt; #" },
	{ "\\# x #y", "\\# x #y" },
	{ "[~user] !p.png! ??c?? (x) :D",
	    "\\[\\~user\\] \\!p.png\\! \\?\\?c\\?\\? \\(x\\) &#58;D" },
	{ "{color:red}", "\\{color:red\\}" },
	{ "`a_{b}`", "{{a\\_\\{b\\}}}" },
	{ "<b>x</b>", "<b>x</b>" },
	{ "a\001\033[1mb", "a  \\[1mb" },
	{ "\xff\xc3(", "\xef\xbf\xbd\xef\xbf\xbd\\(" },
	{ "&#0;&#xd800;&#x110000;&#7;z",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd z" },
	{ "&#955;&#x1f41e;&eacute;", "\xce\xbb\xf0\x9f\x90\x9e&amp;eacute;" },
	{ "&#X3BB;&#x7f;z&#x9f;z&#xa0;", "\xce\xbb z z\xc2\xa0" },
};

static void
test_wiki_notation(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(notations) / sizeof(notations[0]); i++)
		assert_string_equal(wiki_of(notations[i].markdown, 32000),
		    notations[i].wiki);
}

/* What an escaped text shows: the inverse that the help page describes. */
static const char *
wiki_shown(const char *s)
{
	struct buf out;
	char *end;

	buf_init(&out, arena, 1 << 20);
	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			buf_char(&out, *++s);
		else if (strncmp(s, "&#", 2) == 0) {
			buf_char(&out, (char)strtol(s + 2, &end, 10));
			s = end;
		} else
			buf_char(&out, *s);
	}
	return (buf_text(&out));
}

static uint32_t random_state = 42;

static uint32_t
random_below(uint32_t n)
{
	random_state = random_state * 1664525 + 1013904223;
	return ((random_state >> 8) % n);
}

/* Any text, as Markdown of ours carries it, reads the same in Jira. */
static void
test_wiki_shows_any_text(void **state)
{
	static const char chars[] = "ab1 .,:;!?#@*_-+^~|{}[]()<>\\/`'\"=$%";
	const char *escaped, *wiki;
	char text[25];
	size_t i, k, n;

	(void)state;
	for (k = 0; k < 5000; k++) {
		n = 1 + random_below(sizeof(text) - 2);
		for (i = 0; i < n; i++)
			text[i] = chars[random_below(sizeof(chars) - 1)];
		text[0] = 'x';
		text[n - 1] = 'y';
		text[n] = '\0';
		escaped = markup_escape(arena, text);
		assert_non_null(escaped);
		wiki = wiki_of(escaped, 32000);
		assert_string_equal(wiki_shown(wiki), text);
		for (i = 0; wiki[i] != '\0'; i++)
			if (strchr("{}[]*_-+^~|!?", wiki[i]) != NULL)
				assert_true(i > 0 && wiki[i - 1] == '\\');
		arena_reset(arena);
	}
}

/* What a reader with all extensions makes of a text of ours. */
struct reading {
	struct buf	text;
	int		blocks;		/* but the document and paragraphs */
	int		paragraphs;
	int		spans;
	int		code;		/* spans or blocks of code */
};

static int
read_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
	struct reading *r = arg;

	(void)detail;
	if (type == MD_BLOCK_P)
		r->paragraphs++;
	else if (type == MD_BLOCK_CODE)
		r->code++;
	else if (type != MD_BLOCK_DOC)
		r->blocks++;
	return (0);
}

static int
read_span(MD_SPANTYPE type, void *detail, void *arg)
{
	struct reading *r = arg;

	(void)detail;
	if (type == MD_SPAN_CODE)
		r->code++;
	else
		r->spans++;
	return (0);
}

static int
read_end(MD_BLOCKTYPE type, void *detail, void *arg)
{
	(void)type;
	(void)detail;
	(void)arg;
	return (0);
}

static int
read_span_end(MD_SPANTYPE type, void *detail, void *arg)
{
	(void)type;
	(void)detail;
	(void)arg;
	return (0);
}

static int
read_text(MD_TEXTTYPE type, const MD_CHAR *s, MD_SIZE n, void *arg)
{
	struct reading *r = arg;

	if (type == MD_TEXT_HTML || type == MD_TEXT_ENTITY ||
	    type == MD_TEXT_BR)
		r->spans++;
	buf_add(&r->text, type == MD_TEXT_SOFTBR ? "\n" : s,
	    type == MD_TEXT_SOFTBR ? 1 : n);
	return (0);
}

static struct reading
reading_of(const char *markdown)
{
	static const MD_PARSER parser = {
		.flags = MD_DIALECT_GITHUB | MD_FLAG_LATEXMATHSPANS |
		    MD_FLAG_WIKILINKS | MD_FLAG_PERMISSIVEATXHEADERS,
		.enter_block = read_block,
		.leave_block = read_end,
		.enter_span = read_span,
		.leave_span = read_span_end,
		.text = read_text,
	};
	struct reading r = { .blocks = 0 };

	buf_init(&r.text, arena, 1 << 20);
	assert_int_equal(md_parse(markdown, (MD_SIZE)strlen(markdown),
	    &parser, &r), 0);
	assert_non_null(buf_text(&r.text));
	return (r);
}

static const char *const nasty[] = {
	"plain", "src/a_b_c.c", "*a* _b_ ~c~ `d` **e**", "# h", "###### h",
	"- item", "+ item", "* item", "1. item", "12) item", "> quote",
	"+++ fold", "+++", "---", "===", "***", "```js", "~~~", "| a | b |",
	"[x](https://e.org)", "![x](y)", "[[wiki]]", "<b>x</b>", "<!-- x -->",
	"<https://e.org>", "https://e.org/x", "http://e.org", "www.e.org",
	"WWW.e.org", "me@e.org", "@me and @you/team", "&amp; &#35;", "\\*a\\*",
	"a\\", "$x$ $$y$$", "[^1]", "[ref]: https://e.org", ":smile:",
	"-", "- [ ] task", "ends with blank", "a  b", "==mark==", "^sup^",
	"\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x90\x9e", "`", "``", "``` a `` b `",
	"1986\\. A", "0.", "x`y``z", "|", "||", "\"q\" 'r'", "(a)", "a-b--c",
};

/* Nothing of theirs formats, wherever in a line we put it. */
static void
test_escape_shows_text(void **state)
{
	const char *escaped;
	struct reading r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		escaped = markup_escape(arena, nasty[i]);
		r = reading_of(escaped);
		assert_string_equal(r.text.data, nasty[i]);
		assert_int_equal(r.paragraphs, 1);
		assert_int_equal(r.blocks + r.spans + r.code, 0);
		r = reading_of(arena_printf(arena, "a\n%s\nz", escaped));
		assert_string_equal(r.text.data,
		    arena_printf(arena, "a\n%s\nz", nasty[i]));
		assert_int_equal(r.blocks + r.spans + r.code, 0);
		r = reading_of(arena_printf(arena, "- %s", escaped));
		assert_string_equal(r.text.data, nasty[i]);
		assert_int_equal(r.blocks, 2);
		assert_int_equal(r.spans + r.code, 0);
		r = reading_of(arena_printf(arena, "|h|i|\n|---|---|\n|%s|j|",
		    escaped));
		assert_string_equal(r.text.data,
		    arena_printf(arena, "hi%sj", nasty[i]));
		assert_int_equal(r.spans + r.code, 0);
	}
}

static void
test_escape_any_text(void **state)
{
	static const char chars[] = "a1 .:!#@*_-+^~|{}[]()<>\\/`&=$\n";
	const char *escaped;
	struct reading r;
	char text[20];
	size_t i, k, n;

	(void)state;
	for (k = 0; k < 20000; k++) {
		n = 1 + random_below(sizeof(text) - 2);
		for (i = 0; i < n; i++)
			text[i] = chars[random_below(sizeof(chars) - 1)];
		text[n] = '\0';
		escaped = markup_escape(arena, text);
		assert_null(strchr(escaped, '\n'));
		r = reading_of(escaped);
		assert_int_equal(r.blocks + r.spans + r.code, 0);
		for (i = 0; i < n; i++)
			if (text[i] == '\n')
				text[i] = ' ';
		for (; n > 0 && text[n - 1] == ' '; n--)
			;
		text[n] = '\0';
		assert_string_equal(buf_text(&r.text),
		    text + strspn(text, " "));
		arena_reset(arena);
	}
}

static void
test_escape_special_cases(void **state)
{
	const char *s;

	(void)state;
	assert_string_equal(markup_escape(arena, ""), "");
	assert_string_equal(markup_escape(arena, NULL), "");
	assert_string_equal(markup_escape(arena, " \n\t "), "");
	assert_string_equal(markup_escape(arena, "a\r\nb\001c\177d"),
	    "a  b c d");
	assert_string_equal(markup_escape(arena, "a\xe2\x80\xa8" "b"),
	    "a   b");
	assert_string_equal(markup_escape(arena, "a\xff" "b"),
	    "a\xef\xbf\xbd" "b");
	/* No plain URL of Linear is left: https://linear.app/developers */
	s = markup_escape(arena, "see https://Linear.app/x/issue/A-1 now");
	assert_null(strstr(s, "Linear.app"));
	assert_null(strstr(s, "https://"));
	assert_string_equal(reading_of(s).text.data,
	    "see https://Linear\xe2\x81\xa0.app/x/issue/A-1 now");
	/* A path stays readable without any reader, too. */
	assert_string_equal(markup_escape(arena, "src/net/http.c"),
	    "src/net/http.c");
}

/* The spec: https://spec.commonmark.org/0.31.2/#code-spans */
static void
test_code_span(void **state)
{
	struct reading r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		r = reading_of(markup_code(arena, nasty[i]));
		assert_string_equal(r.text.data, nasty[i]);
		assert_int_equal(r.code, 1);
		assert_int_equal(r.blocks + r.spans, 0);
	}
	r = reading_of(markup_code(arena, " both ends "));
	assert_string_equal(r.text.data, " both ends ");
	r = reading_of(markup_code(arena, "two\nlines"));
	assert_string_equal(r.text.data, "two lines");
	assert_int_equal(reading_of(markup_code(arena, "")).code, 1);
	r = reading_of(markup_code(arena, " one end"));
	assert_string_equal(r.text.data, " one end");
	r = reading_of(markup_code(arena, "   "));
	assert_string_equal(r.text.data, "   ");
}

/* The spec: https://spec.commonmark.org/0.31.2/#fenced-code-blocks */
static void
test_code_block(void **state)
{
	struct reading r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		r = reading_of(arena_printf(arena, "a\n\n%sz",
		    markup_block(arena, nasty[i])));
		assert_string_equal(r.text.data,
		    arena_printf(arena, "a%s\nz", nasty[i]));
		assert_int_equal(r.code, 1);
		assert_int_equal(r.blocks + r.spans, 0);
	}
	r = reading_of(markup_block(arena, "a\r\nb\rc\n````\nx\td"));
	assert_string_equal(r.text.data, "a\nb\nc\n````\nx\td\n");
	assert_int_equal(r.code, 1);
	assert_string_equal(markup_block(arena, ""), "```\n```\n");
	assert_string_equal(markup_block(arena, NULL), "```\n```\n");
}

/* Follow child numbers, e.g. "content" of the third block. */
static const struct json *
nth(const struct json *node, size_t n)
{
	const struct json *j = json_get(node, "content");

	assert_non_null(j);
	for (j = j->child; j != NULL && n > 0; n--)
		j = j->next;
	assert_non_null(j);
	return (j);
}

/* https://developer.atlassian.com/cloud/jira/platform/apis/document/ */
static void
test_adf_structure(void **state)
{
	const struct json *doc, *j;
	int64_t n;

	(void)state;
	doc = adf_of("## T\n\n3. a **b**\n\n```c\nx\n```\n\n> # q", 30000);
	assert_true(json_int(doc, "version", &n) && n == 1);
	assert_string_equal(json_string(doc, "type"), "doc");
	assert_string_equal(json_string(nth(doc, 0), "type"), "heading");
	assert_true(json_int(nth(doc, 0), "attrs.level", &n) && n == 2);
	assert_string_equal(json_string(nth(doc, 1), "type"), "orderedList");
	assert_true(json_int(nth(doc, 1), "attrs.order", &n) && n == 3);
	j = nth(nth(nth(nth(doc, 1), 0), 0), 1);
	assert_string_equal(json_string(j, "text"), "b");
	assert_string_equal(json_string(json_get(j, "marks")->child, "type"),
	    "strong");
	assert_string_equal(json_string(nth(doc, 2), "attrs.language"), "c");
	assert_string_equal(json_string(nth(nth(doc, 2), 0), "text"), "x");
	assert_string_equal(json_string(nth(doc, 3), "type"), "blockquote");
	assert_string_equal(json_string(nth(nth(doc, 3), 0), "type"),
	    "paragraph");
}

/* A long code block gives way; what stands around it stays. */
static void
test_limit_cuts_code_first(void **state)
{
	const struct json *doc, *code;
	struct buf b;
	const char *text, *wiki;
	int i;

	(void)state;
	buf_init(&b, arena, 1 << 20);
	buf_str(&b, "before\n\n```\nshort\n```\n\n```\n");
	for (i = 0; i < 5000; i++)
		buf_str(&b, "stack \xe2\x86\x92 frame\n");
	buf_str(&b, "```\n\nafter\n");
	doc = adf_of(buf_text(&b), 30000);
	assert_string_equal(json_string(nth(nth(doc, 0), 0), "text"), "before");
	assert_string_equal(json_string(nth(nth(doc, 1), 0), "text"), "short");
	assert_string_equal(json_string(nth(nth(doc, 3), 0), "text"), "after");
	code = nth(doc, 2);
	text = json_string(nth(code, 0), "text");
	assert_true(strlen(text) > 20000);
	assert_true(utf8_valid(text, strlen(text)));
	assert_string_equal(json_string(nth(code, 1), "text"),
	    "\n\xe2\x80\xa6");
	wiki = wiki_of(buf_text(&b), 32000);
	assert_true(strlen(wiki) <= 32000 && strlen(wiki) > 31900);
	assert_true(utf8_valid(wiki, strlen(wiki)));
	assert_non_null(strstr(wiki, "\n\xe2\x80\xa6\n{noformat}\n\nafter"));
}

/* What follows the last rule is read, however long the rest is. */
static void
test_limit_keeps_tail(void **state)
{
	static const char tail[] = "\n\n---\n\nwho did *it*\n";
	static const char *const units[] = { "word \n\n", "- item\n",
	    "a b c ", "> q\n\n", "***\n\nx\n\n" };
	const char *adf, *wiki;
	struct buf b;
	size_t i, k, limit;

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		for (limit = 1000; limit <= 9000; limit += 777) {
			arena_reset(arena);
			buf_init(&b, arena, 1 << 20);
			for (k = 0; k < 2000; k++)
				buf_str(&b, units[i]);
			buf_str(&b, tail);
			assert_int_equal(markup_adf(arena, buf_text(&b),
			    limit, &adf), OK);
			assert_in_range(strlen(adf), limit - 250, limit);
			assert_non_null(strstr(adf, "{\"type\":\"text\",\"text"
			    "\":\"\xe2\x80\xa6\"}]},{\"type\":\"rule\"},{"));
			assert_non_null(strstr(adf, "who did "));
			assert_int_equal(markup_wiki(arena, buf_text(&b),
			    limit, &wiki), OK);
			assert_in_range(strlen(wiki), limit - 50, limit);
			assert_non_null(strstr(wiki, "\n\n\xe2\x80\xa6\n\n"
			    "----\n\nwho did _it_"));
		}
	/* A tail that is no footnote is cut like any text. */
	buf_init(&b, arena, 1 << 20);
	buf_str(&b, "head\n\n---\n\n");
	for (k = 0; k < 3000; k++)
		buf_str(&b, "word ");
	assert_int_equal(markup_wiki(arena, buf_text(&b), 1000, &wiki), OK);
	assert_ptr_equal(strstr(wiki, "head\n\n----\n\nword"), wiki);
	assert_in_range(strlen(wiki), 950, 1000);
}

/* At every limit: within it, whole characters, and it says it was cut. */
static void
test_every_limit(void **state)
{
	static const char doc[] = "# h \xf0\x9f\x90\x9e\n\n- a **\xc3\xa9**\n"
	    "- b\n\n|x|y|\n|---|---|\n|1|2|\n\n"
	    "> q `\xe6\xbc\xa2` [l](http://e)\n"
	    "\n```c\nline \xe6\xbc\xa2\nline\n```\n\n***\n\nend";
	const struct json *tree;
	const char *out;
	size_t limit, whole;
	enum err e;

	(void)state;
	assert_int_equal(markup_adf(arena, doc, 30000, &out), OK);
	whole = strlen(out);
	for (limit = 0; limit <= whole; limit++) {
		arena_reset(arena);
		if ((e = markup_adf(arena, doc, limit, &out)) != OK) {
			assert_int_equal(e, ERR_NOMEM);
			assert_true(limit < 128);
			continue;
		}
		assert_true(strlen(out) <= limit);
		assert_int_equal(json_parse(arena, out, strlen(out), &tree,
		    NULL), OK);
		assert_int_equal(limit < whole,
		    strstr(out, "\xe2\x80\xa6") != NULL);
		assert_int_equal(markup_wiki(arena, doc, limit, &out), OK);
		assert_true(strlen(out) <= limit);
		assert_true(utf8_valid(out, strlen(out)));
	}
}

/* Hostile shapes end soon, in bounded memory. */
static void
test_hostile_shapes(void **state)
{
	static const struct {
		const char	*piece;
		const char	*after;
	} shapes[] = {
		{ ">", "x" }, { "- ", "x" }, { "*", "x" }, { "[", "](x)" },
		{ "![", "](x)" }, { "`", "" }, { "<", "" }, { "&#", "" },
		{ "a|", "\n---|" }, { "1. ", "x" }, { "_a*b~", "" },
		{ "***\n", "" }, { "*a* ", "" }, { "# h\n", "" },
		{ "- a\n", "" }, { "|a|b|\n|---|---|\n\n", "" },
		{ "a\n\n", "" },
		{ "> a\n\n", "" }, { "[a]: b\n", "[a]" }, { "\\", "" },
	};
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		arena_reset(arena);
		buf_init(&b, arena, 1 << 20);
		while (b.len < 60000)
			buf_str(&b, shapes[i].piece);
		buf_str(&b, shapes[i].after);
		assert_non_null(buf_text(&b));
		adf_of(buf_text(&b), 30000);
		assert_true(strlen(wiki_of(buf_text(&b), 32000)) <= 32000);
	}
}

/* More than is read or held, whatever the limit: what is kept says so. */
static void
test_much(void **state)
{
	static const struct { const char *first, *unit; int n; } rows[] = {
		{ "", "word \n", 60000 }, { "", "x\\\n", 9000 },
		{ "a*b*c", "x\\\n", 9000 }, { "", "\xff", 250000 }
	};
	const char *out;
	struct buf b;
	size_t i, len;
	int k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		arena_reset(arena);
		buf_init(&b, arena, 1 << 20);
		buf_str(&b, rows[i].first);
		for (k = 0; k < rows[i].n; k++)
			buf_str(&b, rows[i].unit);
		out = wiki_of(buf_text(&b), (1 << 20) + 1);
		len = strlen(out);
		assert_in_range(len, 8192, 1 << 20);
		assert_string_equal(out + len - 3, "\xe2\x80\xa6");
	}
}

/* Wide tables with short rows are where md4c multiplies. */
static void
test_table_bomb(void **state)
{
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, arena, 1 << 20);
	for (i = 0; i < 10000; i++)
		buf_str(&b, "a|");
	buf_char(&b, '\n');
	for (i = 0; i < 10000; i++)
		buf_str(&b, "---|");
	for (i = 0; i < 10000; i++)
		buf_str(&b, "\nb|");
	adf_of(buf_text(&b), 30000);
	assert_true(strlen(wiki_of(buf_text(&b), 32000)) <= 32000);
	/* In a list its cells are no cells of ours, but as many. */
	arena_reset(arena);
	buf_init(&b, arena, 1 << 20);
	buf_str(&b, "- ");
	for (i = 0; i < 10000; i++)
		buf_str(&b, "a|");
	buf_str(&b, "\n  ");
	for (i = 0; i < 10000; i++)
		buf_str(&b, "---|");
	for (i = 0; i < 10000; i++)
		buf_str(&b, "\n  b|");
	adf_of(buf_text(&b), 30000);
	assert_true(strlen(wiki_of(buf_text(&b), 32000)) <= 32000);
}

/* Memory that ends anywhere is ERR_NOMEM, never a wrong result. */
static void
test_memory(void **state)
{
	static const char doc[] = "# h\n\n- a **b**\n\n```c\nx\n```\n\n"
	    "[l](http://e)";
	struct arena *small;
	const char *out, *whole;
	size_t cap, done = 0;
	enum err e;

	(void)state;
	assert_int_equal(markup_adf(arena, doc, 2000, &whole), OK);
	for (cap = 0; cap < 32768; cap += 16) {
		small = arena_new(cap);
		assert_non_null(small);
		if ((e = markup_adf(small, doc, 2000, &out)) == OK) {
			assert_string_equal(out, whole);
			done++;
		} else
			assert_int_equal(e, ERR_NOMEM);
		if (markup_escape(small, doc) == NULL)
			assert_true(e == ERR_NOMEM || cap < 32768);
		arena_free(small);
	}
	assert_true(done > 0 && done < 2048);
}

/* So it is where the text itself has no room, though the result would. */
static void
test_memory_of_text(void **state)
{
	struct arena *small;
	const char *doc, *out, *whole;
	size_t cap, done = 0, n = 0;
	struct buf b;

	(void)state;
	buf_init(&b, arena, 1 << 20);
	for (cap = 0; cap < 20000; cap++)
		buf_str(&b, "word ");
	buf_str(&b, "\n\n---\n\nwho did it\n");
	assert_non_null(doc = buf_text(&b));
	assert_int_equal(markup_wiki(arena, doc, 1000, &whole), OK);
	for (cap = 0; cap < 2 << 20; cap += 4096, n++) {
		small = arena_new(cap);
		assert_non_null(small);
		if (markup_wiki(small, doc, 1000, &out) == OK) {
			assert_string_equal(out, whole);
			done++;
		}
		arena_free(small);
	}
	assert_true(done > 0 && done < n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_wiki_notation, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_wiki_shows_any_text, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_escape_shows_text, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_escape_any_text, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_escape_special_cases,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_code_span, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_code_block, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_adf_structure, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_limit_cuts_code_first,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit_keeps_tail, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_every_limit, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_hostile_shapes, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_much, setup, teardown),
		cmocka_unit_test_setup_teardown(test_table_bomb, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_memory_of_text, setup,
		    teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
