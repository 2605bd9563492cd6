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
#include "handler/linear.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define END "*" LINEAR_END "*"
#define SECTION(body) "### Tide\n\n" body "\n\n" END

enum {
	ARENA = 8 << 20,
	ROUNDS = 20000
};

static struct job job;
static const struct section tide = { "Tide", "new" };

static int
before_each(void **state)
{

	(void)state;
	arena_reset(job.arena);
	return (0);
}

/* What is there, and what it must be once "new" is written. */
static const struct {
	const char	*before, *after;
} replaced[] = {
	{ "", SECTION("new") },
	{ "a", "a\n\n" SECTION("new") },
	{ "a\n", "a\n\n" SECTION("new") },
	{ SECTION("old"), SECTION("new") },
	{ "a\n\n" SECTION("old") "\n\nb\n", "a\n\n" SECTION("new") "\n\nb\n" },
	/* as Linear may give it back */
	{ "### Tide\n* old\n_" LINEAR_END "_", SECTION("new") },
	{ "  ###   Tide  \n\nold\n\n" END "  \nb", SECTION("new") "\nb" },
	{ "### T\\ide\n\n" END, SECTION("new") },
	{ "### Tide\r\nold\r\n" END "\r\nb", SECTION("new") "\nb" },
	/* headings of people, smaller ones inside, code that looks alike */
	{ "# One\n## Two\n" SECTION("#### in\nold") "\n### Three\n",
	    "# One\n## Two\n" SECTION("new") "\n### Three\n" },
	{ SECTION("```\n# no heading\n" END "\n```") "\nb",
	    SECTION("new") "\nb" },
	{ SECTION("~~~ sh\n```\n### Tide\n~~~~\nold"), SECTION("new") },
	{ SECTION("    # indented\n#hash\n####### seven"), SECTION("new") },
	{ "```\n" SECTION("x") "\n```\n" SECTION("old"),
	    "```\n" SECTION("x") "\n```\n" SECTION("new") },
	{ "`` ```x` ``\n" SECTION("old"), "`` ```x` ``\n" SECTION("new") },
	/* the first of two, should there ever be two */
	{ SECTION("1") "\n" SECTION("2"), SECTION("new") "\n" SECTION("2") },
	/* the section of another title is left alone */
	{ "### Ebb\n\nx\n\n" END "\n" SECTION("old"),
	    "### Ebb\n\nx\n\n" END "\n" SECTION("new") },
	{ SECTION("old") "\n### Ebb\n\nx\n\n" END,
	    SECTION("new") "\n### Ebb\n\nx\n\n" END },
	/* cut by people: what is left is theirs, and ours comes again */
	{ "### Tide\n\nold", "### Tide\n\nold\n\n" SECTION("new") },
	{ "### Tide\nold\n## Mine\n" END,
	    "### Tide\nold\n## Mine\n" END "\n\n" SECTION("new") },
	{ "## Tide\n\n" END, "## Tide\n\n" END "\n\n" SECTION("new") },
	{ "### Tides\n\n" END, "### Tides\n\n" END "\n\n" SECTION("new") },
	{ "### Tid\n\n" END, "### Tid\n\n" END "\n\n" SECTION("new") },
	{ "###\n\n" END, "###\n\n" END "\n\n" SECTION("new") },
	{ "### Tide\n" LINEAR_END, "### Tide\n" LINEAR_END "\n\n"
	    SECTION("new") },
	{ "### Tide\n*" LINEAR_END "_", "### Tide\n*" LINEAR_END "_\n\n"
	    SECTION("new") },
	{ "    ### Tide\n" END, "    ### Tide\n" END "\n\n" SECTION("new") },
	{ "### Tide\n    " END, "### Tide\n    " END "\n\n" SECTION("new") },
};

static void
test_replace(void **state)
{
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(replaced); i++) {
		got = linear_text(&job, replaced[i].before, &tide);
		assert_non_null(got);
		if (strcmp(got, replaced[i].after) != 0)
			fail_msg("%zu: \"%s\" became \"%s\"", i,
			    replaced[i].before, got);
		/* Once more changes nothing. */
		assert_string_equal(linear_text(&job, got, &tide), got);
	}
}

static void
test_body(void **state)
{
	struct section s = { "A [b](c) #1", "x\n\n\n" };

	(void)state;
	assert_string_equal(linear_text(&job, "", &s),
	    "### A [b](c) #1\n\nx\n\n" END);
	/* What would hide the end of the section from us the next time. */
	s.body = "# One\n### Three\n#### Four\n```\n# code\n```\n## Two";
	assert_string_equal(linear_text(&job, "", &s),
	    "### A [b](c) #1\n\n#### One\n###### Three\n#### Four\n```\n"
	    "# code\n```\n##### Two\n\n" END);
	s.body = "x\n````sh\n# code\n```";
	assert_string_equal(linear_text(&job, "", &s),
	    "### A [b](c) #1\n\nx\n````sh\n# code\n```\n````\n\n" END);
	s.body = "";
	assert_string_equal(linear_text(&job, "### A \\[b\\](c) #1\n" END "\ny",
	    &s), "### A [b](c) #1\n\n\n\n" END "\ny");
}

static const char *const pieces[] = { "text", "- item", "# One", "## Two",
    "### Ebb", "#### Four", "```", "~~~", "> quote", "", "", "| a | b |",
    "    code", "### Tidex", ("*" LINEAR_END), "caf\xc3\xa9" };

/* Lines of people's; a fence is closed again, as Linear does. */
static void
people(unsigned int *seed, char *out, size_t size)
{
	int n = rand_r(seed) % 12;
	const char *fence = NULL;

	*out = '\0';
	while (n-- > 0) {
		const char *p = pieces[(size_t)rand_r(seed) % COUNT(pieces)];
		bool mark = *p == '`' || *p == '~';

		if (fence != NULL && mark && strcmp(p, fence) != 0)
			continue;
		if (mark)
			fence = fence == NULL ? p : NULL;
		strncat(out, p, size - strlen(out) - 1);
		strncat(out, "\n", size - strlen(out) - 1);
	}
	if (fence != NULL) {
		strncat(out, fence, size - strlen(out) - 1);
		strncat(out, "\n", size - strlen(out) - 1);
	}
}

/* Whatever stands around a section, only the section changes. */
static void
test_around(void **state)
{
	unsigned int seed = 20261121;
	char above[1024], below[1024], *text, *want;
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		people(&seed, above, sizeof(above));
		people(&seed, below, sizeof(below));
		text = arena_printf(job.arena, "%s" SECTION("old\n* x") "\n%s",
		    above, below);
		want = arena_printf(job.arena, "%s" SECTION("new") "%s%s",
		    above, *below == '\0' ? "" : "\n", below);
		assert_string_equal(linear_text(&job, text, &tide), want);
		arena_reset(job.arena);
	}
}

/* Whatever a section holds, it is found again as a whole. */
static void
test_again(void **state)
{
	unsigned int seed = 20261122;
	char around[1024], body[1024];
	struct section s = { "Tide", body };
	const char *text;
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		people(&seed, around, sizeof(around));
		people(&seed, body, sizeof(body));
		/* Cut anywhere, in a block of code too. */
		body[(size_t)rand_r(&seed) % (strlen(body) + 1)] = '\0';
		text = linear_text(&job, around, &s);
		assert_non_null(text);
		assert_string_equal(linear_text(&job, text, &tide),
		    linear_text(&job, around, &tide));
		arena_reset(job.arena);
	}
}

static void
test_no_memory(void **state)
{
	char *text = malloc(200 * 1024);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 200 * 1024);
	text[200 * 1024 - 1] = '\0';
	assert_null(linear_text(&job, text, &tide));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_replace, before_each),
		cmocka_unit_test_setup(test_body, before_each),
		cmocka_unit_test_setup(test_around, before_each),
		cmocka_unit_test_setup(test_again, before_each),
		cmocka_unit_test_setup(test_no_memory, before_each),
	};
	int failed;

	if ((job.arena = arena_new(ARENA)) == NULL)
		return (1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(job.arena);
	return (failed);
}
