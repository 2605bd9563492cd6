#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <locale.h>
#include <regex.h>
#include <time.h>

#include "handler/route.h"

enum {
	ROUNDS = 60000,		/* random pairs for the oracle */
	LONG = 3000		/* characters of a nasty text */
};

static const struct {
	const char	*glob;
	const char	*text;
	bool		 nocase;
	bool		 want;
} table[] = {
	/* themselves */
	{ "", "", false, true },
	{ "", "a", false, false },
	{ "a", "", false, false },
	{ "abc", "abc", false, true },
	{ "abc", "abcd", false, false },
	{ "abcd", "abc", false, false },
	{ "a[1]", "a[1]", false, true },
	{ "a[1]", "a1", false, false },
	{ "a\\b", "a\\b", false, true },
	{ "{a,b}", "a", false, false },
	/* case */
	{ "Flaky", "flaky", false, false },
	{ "Flaky", "fLAKY", true, true },
	{ "\xc3\x84", "\xc3\xa4", true, false },
	{ "@[", "`{", true, false },
	/* one character */
	{ "?", "a", false, true },
	{ "?", "", false, false },
	{ "?", "/", false, false },
	{ "?", "\xc3\xa4", false, true },
	{ "??", "\xc3\xa4", false, false },
	{ "?", "\xf0\x9f\x90\x9b", false, true },
	{ "a?c", "a\xe2\x82\xac" "c", false, true },
	{ "*??", "\xe2\x82\xac", false, false },
	{ "**??", "\xe2\x82\xac", false, false },
	{ "*?", "\xe2\x82\xac", false, true },
	/* within a segment */
	{ "*", "", false, true },
	{ "*", "abc", false, true },
	{ "*", "a/b", false, false },
	{ "*/*", "a/b", false, true },
	{ "*/*", "a/b/c", false, false },
	{ "a*", "a", false, true },
	{ "*a", "ba", false, true },
	{ "*a", "baab", false, false },
	{ "a*b*c", "aXbYbZc", false, true },
	{ "a*b*c", "aXbYbZ", false, false },
	{ "src/*.go", "src/a.go", false, true },
	{ "src/*.go", "src/x/a.go", false, false },
	{ "src/*/a.go", "src//a.go", false, true },
	{ "*.test_case", "x.test_case", false, true },
	{ "pull_request.*", "pull_request.created", false, true },
	{ "pull_request.*", "pull_request_batch.created", false, false },
	/* across segments */
	{ "**", "", false, true },
	{ "**", "a/b/c", false, true },
	{ "**/c", "c", false, true },
	{ "**/c", "a/b/c", false, true },
	{ "**/c", "a/bc", false, false },
	{ "a/**/c", "a/c", false, true },
	{ "a/**/c", "a/b/c", false, true },
	{ "a/**/c", "a/b/d/c", false, true },
	{ "a/**/c", "ac", false, false },
	{ "a/**/c", "a/bc", false, false },
	{ "a/**", "a/", false, true },
	{ "a/**", "a/b/c", false, true },
	{ "a/**", "a", false, false },
	{ "a**c", "a/b/c", false, true },
	{ "a**/c", "ac", false, false },
	{ "a**/c", "ab/d/c", false, true },
	{ "**.go", "a/b.go", false, true },
	{ "**/*.go", "b.go", false, true },
	{ "**/*.go", "a/b/c.go", false, true },
	{ "**/**/x", "x", false, true },
	{ "**/a/**/b", "a/a/c/b", false, true },
	{ "**/a/**/b", "c/b/a", false, false },
	{ "services/payments/**/e2e/**", "services/payments/e2e/a.js",
	    false, true },
	{ "services/payments/**/e2e/**", "services/payments/x/y/e2e/z/a.js",
	    false, true },
	{ "services/payments/**/e2e/**", "services/payments/xe2e/a.js",
	    false, false },
	{ "***", "a/b", false, true },
	{ "**a*b", "x/ya/zb", false, false },
	{ "**a*b", "x/yaz/abb", false, true },
	{ "**a*/b*c", "aa/b/ab/bc", false, true },
	{ "github.com/acme/attic-*", "GitHub.com/Acme/attic-3", true, true }
};

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (route_glob(table[i].glob, table[i].text,
		    table[i].nocase) != table[i].want)
			fail_msg("%s on %s", table[i].glob, table[i].text);
}

/* The same as an extended regular expression (POSIX 9.4). */
static void
to_regex(const char *glob, char *out)
{
	const char *p = glob;

	*out++ = '^';
	while (*p != '\0') {
		size_t n = strspn(p, "*");
		bool first = p == glob || p[-1] == '/';

		p += n;
		if (n > 1 && first && *p == '/') {
			out = stpcpy(out, "(.*/)?");
			p++;
		} else if (n > 0) {
			out = stpcpy(out, n > 1 ? ".*" : "[^/]*");
		} else {
			if (*p == '?')
				out = stpcpy(out, "[^/]");
			else
				*out++ = *p;
			p++;
		}
	}
	(void)stpcpy(out, "$");
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return (*seed);
}

static void
random_text(uint32_t *seed, const char *const *letter, size_t n, char *out)
{
	uint32_t len = next_random(seed) % 11;

	*out = '\0';
	while (len-- > 0)
		out = stpcpy(out, letter[next_random(seed) % n]);
}

/* regcomp(3) knows nothing of our way and must agree with it. */
static void
test_oracle(void **state)
{
	static const char *const in_glob[] = { "a", "a", "b", "/", "/", "*",
	    "*", "**", "**/", "?", "\xc3\xa4" };
	static const char *const in_text[] = { "a", "a", "b", "/", "/",
	    "\xc3\xa4" };
	char glob[64], text[64], expression[128];
	uint32_t seed = 20261121;
	unsigned matched = 0;
	regex_t re;

	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		fail_msg("there is no locale C.UTF-8");
	for (int i = 0; i < ROUNDS; i++) {
		random_text(&seed, in_glob, 11, glob);
		random_text(&seed, in_text, 6, text);
		to_regex(glob, expression);
		assert_int_equal(regcomp(&re, expression,
		    REG_EXTENDED | REG_NOSUB), 0);
		bool want = regexec(&re, text, 0, NULL, 0) == 0;
		regfree(&re);
		if (route_glob(glob, text, false) != want)
			fail_msg("%s on %s: %s", glob, text, expression);
		matched += want;
	}
	assert_in_range(matched, ROUNDS / 100, ROUNDS);
	(void)setlocale(LC_CTYPE, "C");
}

static char *
repeated(const char *begin, const char *piece, size_t n, const char *end)
{
	char *s = malloc(strlen(begin) + strlen(piece) * n + strlen(end) + 1);
	char *p;

	assert_non_null(s);
	p = stpcpy(s, begin);
	while (n-- > 0)
		p = stpcpy(p, piece);
	(void)stpcpy(p, end);
	return (s);
}

/* What takes others for ever: each is over long before a second. */
static void
test_pathological(void **state)
{
	static const struct {
		const char	*begin, *glob, *end;
		const char	*text, *text_end;
	} nasty[] = {
		{ "", "a*", "b", "a", "" },
		{ "", "*a", "b", "a", "" },
		{ "", "**a", "b", "a", "" },
		{ "", "**/a", "b", "a/", "a" },
		{ "", "**/*a", "b", "aa/", "a" },
		{ "", "**a*", "b", "aa/", "a" },
		{ "", "*?", "b", "a", "" },
		{ "", "a?", "**b", "a", "" },
		{ "", "*/", "**/b", "a/", "c" },
		{ "**a*", "a", "b", "a", "" },
		{ "**/a*", "a", "b", "a", "/" },
		{ "**a/*", "a", "b", "a", "/aaaaaaaa" }
	};
	struct timespec from, to;
	char *glob, *text;

	(void)state;
	for (size_t i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		glob = repeated(nasty[i].begin, nasty[i].glob, LONG / 10,
		    nasty[i].end);
		text = repeated("", nasty[i].text, LONG, nasty[i].text_end);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
		assert_false(route_glob(glob, text, false));
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
		assert_in_range((to.tv_sec - from.tv_sec) * 1000 +
		    (to.tv_nsec - from.tv_nsec) / 1000000, 0, 500);
		free(glob);
		free(text);
	}
}

/* Neither reads past the end, whatever the bytes are. */
static void
test_malformed(void **state)
{
	(void)state;
	assert_true(route_glob("?", "\xe2", false));
	assert_true(route_glob("*", "a\xf0\x9f", false));
	assert_true(route_glob("**", "\xff/\xfe", false));
	assert_false(route_glob("?", "\xe2\x82", false));
	assert_false(route_glob("a\xe2", "a\xe2\x82\xac", false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_pathological),
		cmocka_unit_test(test_malformed)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
