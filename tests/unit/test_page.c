/*
 * What stands on a page: nothing that came from anywhere is markup.
 */
#include "tests/unit/ledger_setup.h"

#include <openssl/evp.h>

#include "common/crypt.h"
#include "handler/outcome.h"
#include "handler/page.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	LONG_NAME = 100 * 1000,	/* characters of a name */
	ID_LENGTH = 256,	/* of a delivery */
	TEXTS = 300		/* on a page */
};

static int
setup(void **state)
{
	struct job *job = calloc(1, sizeof(*job));
	struct why why;

	if (job == NULL || crypt_init(&why) != OK ||
	    (job->arena = arena_new(32 << 20)) == NULL)
		return (-1);
	job->now = INT64_C(1700000000000);
	*state = job;
	return (0);
}

static int
teardown(void **state)
{
	struct job *job = *state;

	arena_free(job->arena);
	free(job);
	return (0);
}

static void
open_bare(struct job *job, struct page *p)
{

	*p = (struct page){ .job = job, .root = "" };
	buf_init(&p->buf, job->arena, 1 << 20);
}

static const struct {
	const char	*text;
	const char	*html;
} texts[] = {
	{ "plain", "plain" },
	{ NULL, "" },
	{ "<script>alert(1)</script>",
	    "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ "a&amp;b", "a&amp;amp;b" },
	{ "\"'\"", "&quot;&#39;&quot;" },
	{ "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80",
	    "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80" },
	/* Control characters as U+2400 and on; a line and a tab stay. */
	{ "a\x1b[31m\rb\x7f", "a&#x241B;[31m&#x240D;b&#x2421;" },
	{ "a\n\tb", "a\n\tb" },
	{ "\xc2\x80\xc2\x9b", "&#xFFFD;&#xFFFD;" },
	/* No UTF-8: each byte by itself, and what follows is whole. */
	{ "\xff\xc3<", "&#xFFFD;&#xFFFD;&lt;" },
	{ "\xc0\xbc", "&#xFFFD;&#xFFFD;" },
	{ "\xed\xa0\x80x", "&#xFFFD;&#xFFFD;&#xFFFD;x" },
};

static void
text_is_text(void **state)
{
	struct page p;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		open_bare(*state, &p);
		page_text(&p, texts[i].text);
		assert_string_equal(buf_text(&p.buf), texts[i].html);
	}
}

/* All 255 bytes: none of them opens a tag, an attribute or an entity. */
static void
no_byte_is_markup(void **state)
{
	char one[2] = "";
	const char *html;
	struct page p;
	int c;

	for (c = 1; c < 256; c++) {
		open_bare(*state, &p);
		one[0] = (char)c;
		page_text(&p, one);
		html = buf_text(&p.buf);
		assert_null(strpbrk(html, "<>\"'"));
		if (strchr(html, '&') != NULL)
			assert_non_null(strchr(html, ';'));
	}
}

static void
links_elsewhere_are_https(void **state)
{
	static const char *const bad[] = { "javascript:alert(1)",
	    "http://dock.example.net/1", "data:text/html,x", "//evil", "",
	    " https://x", "HTTPS://x" };
	struct page p;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		open_bare(*state, &p);
		page_link_out(&p, bad[i], NULL);
		assert_null(strstr(buf_text(&p.buf), "href"));
	}
	open_bare(*state, &p);
	page_link_out(&p, "https://dock.example.net/\"x", "HAR-1");
	assert_string_equal(buf_text(&p.buf), "<a rel=\"noreferrer\" href=\""
	    "https://dock.example.net/&quot;x\"><bdi>HAR-1</bdi></a>");
}

static void
addresses_are_escaped(void **state)
{
	struct page p;

	open_bare(*state, &p);
	p.root = "../";
	page_path(&p, "delivery", "id", "msg_1 /?&=#\"\r\n\xc3\xbc~");
	page_query(&p, "said", "a b");
	page_query(&p, "none", NULL);
	page_query(&p, "empty", "");
	assert_string_equal(buf_text(&p.buf), "../delivery?id=msg_1%20%2F%3F"
	    "%26%3D%23%22%0D%0A%C3%BC~&amp;said=a%20b");
}

static const struct {
	const char	*query;
	const char	*key;
	const char	*value;
} values[] = {
	{ "q=a", "q", "a" },
	{ "x=1&q=a+b%20c&q=second", "q", "a b c" },
	{ "q=%C3%BC%3c%3E", "q", "\xc3\xbc<>" },
	{ "q=100%", "q", "100%" },
	{ "q=%zz%4", "q", "%zz%4" },
	{ "q=%4z%41", "q", "%4zA" },
	{ "qq=a", "q", NULL },
	{ "q", "q", NULL },
	{ "q=", "q", NULL },
	{ "q=a%00b", "q", NULL },
	{ "", "q", NULL },
	{ NULL, "q", NULL },
	{ "&&=&q=1", "q", "1" },
};

static void
values_of_queries(void **state)
{
	const char *got;
	size_t i;

	for (i = 0; i < COUNT(values); i++) {
		got = "not set";
		assert_int_equal(page_value(*state, values[i].query,
		    values[i].key, &got), OK);
		if (values[i].value == NULL)
			assert_null(got);
		else
			assert_string_equal(got, values[i].value);
	}
}

/* None, empty and no memory are not the same. */
static void
a_value_without_room_is_an_error(void **state)
{
	struct job *job = *state;
	const char *got;

	arena_free(job->arena);
	assert_non_null(job->arena = arena_new(32));
	while (arena_alloc(job->arena, 1) != NULL)
		continue;
	assert_int_equal(page_value(job, "p=1&q=a", "q", &got), ERR_NOMEM);
	assert_null(got);
	assert_string_not_equal(job->why.text, "");
	assert_int_equal(page_value(job, "p=1&q=a", "r", &got), OK);
	assert_null(got);
}

/* The policy names the very style sheet that stands in the page. */
static void
style_is_the_one_of_the_policy(void **state)
{
	const struct request in = { .path = "/tickets",
	    .visitor = { .user = "kim <k>" } };
	unsigned char sum[EVP_MAX_MD_SIZE], b64[64], want[128];
	struct job *job = *state;
	struct outcome out;
	const char *from, *to;
	struct page p;

	page_begin(&p, job, &in, PAGE_TICKETS, "Tickets & <more>");
	out = page_end(&p);
	assert_int_equal(out.status, 200);
	from = strstr(out.body, "<style>") + strlen("<style>");
	to = strstr(from, "</style>");
	assert_int_equal(EVP_Digest(from, (size_t)(to - from), sum, NULL,
	    EVP_sha256(), NULL), 1);
	EVP_EncodeBlock(b64, sum, 32);
	(void)snprintf((char *)want, sizeof(want), "style-src 'sha256-%s';",
	    (char *)b64);
	assert_non_null(strstr(out.header[0], (char *)want));
	assert_non_null(strstr(out.header[0], "default-src 'none'"));
	assert_non_null(strstr(out.header[0], "frame-ancestors 'none'"));
	assert_non_null(strstr(out.header[0], "base-uri 'none'"));
	assert_non_null(strstr(out.header[0], "form-action 'self'"));
	assert_non_null(strstr(out.body, "kim &lt;k&gt;"));
	assert_non_null(strstr(out.body, "<h1>Tickets &amp; &lt;more&gt;"));
	assert_null(strstr(out.body, "<script"));
	assert_null(strstr(out.body, " style="));
}

/* Whoever names tests cannot take the page that lists them away. */
static void
long_texts_are_cut(void **state)
{
	const struct request in = { .path = "/tickets" };
	static char name[LONG_NAME + 1], id[ID_LENGTH + 1];
	struct job *job = *state;
	struct outcome out;
	struct page p;
	int i;

	memset(name, '\'', LONG_NAME);
	memset(id, 'i', ID_LENGTH);
	page_begin(&p, job, &in, PAGE_TICKETS, "Tickets");
	for (i = 0; i < TEXTS; i++) {
		page_text(&p, name);
		page_button(&p, "replay", "id", id, "Run again");
	}
	out = page_end(&p);
	assert_int_equal(out.status, 200);
	assert_non_null(strstr(out.body, "&#39;&hellip;"));
	/* What is sent back is whole, also at the end. */
	assert_non_null(strstr(out.body + strlen(out.body) - 1000, id));
}

/* Between characters, and not before it must be. */
static void
cuts_are_between_characters(void **state)
{
	static char text[2 * LONG_NAME + 1];
	size_t i, len;
	struct page p;

	for (i = 0; i < LONG_NAME; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 2);
	open_bare(*state, &p);
	page_text(&p, text);
	len = strlen(buf_text(&p.buf));
	assert_true(len > 16 * 1024 && len < sizeof(text));
	assert_null(strstr(buf_text(&p.buf), "&#xFFFD;"));
	assert_string_equal(buf_text(&p.buf) + len - strlen("\xc3\xa9"
	    "&hellip;"), "\xc3\xa9&hellip;");
}

static void
times(void **state)
{
	struct page p;

	open_bare(*state, &p);
	page_time(&p, 0);
	page_time(&p, INT64_C(1700000000000));
	page_ago(&p, INT64_C(1700000000000) - 3 * 86400000);
	assert_string_equal(buf_text(&p.buf), "&ndash;<time datetime=\""
	    "2023-11-14T22:13:20.000Z\">2023-11-14 22:13</time>3 days");
	/* From one to under two of a unit it is told in the smaller one. */
	open_bare(*state, &p);
	page_ago(&p, INT64_C(1700000000000) - 59 * 1000);
	PAGE(&p, ", ");
	page_ago(&p, INT64_C(1700000000000) - 119 * 60000);
	PAGE(&p, ", ");
	page_ago(&p, INT64_C(1700000000000) - 47 * 3600000);
	PAGE(&p, ", ");
	page_ago(&p, 0);
	assert_string_equal(buf_text(&p.buf), "just now, 119 min, 47 h, "
	    "&ndash;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(text_is_text, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(no_byte_is_markup, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(links_elsewhere_are_https,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(addresses_are_escaped, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_value_without_room_is_an_error, setup, teardown),
		cmocka_unit_test_setup_teardown(values_of_queries, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    style_is_the_one_of_the_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(long_texts_are_cut, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(cuts_are_between_characters,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(times, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
