/*
 * Markdown to ADF and wiki text: JSON, and within the limit.  With FUZZ_ADF
 * in the environment each document is printed, a line for it: see adf.js.
 */
#include "common/json.h"
#include "common/markup.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

enum {
	LIMIT_MIN = 200
};

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	size_t limit = LIMIT_MIN + (n > 0 ? (size_t)data[0] * 40 : 0);
	const char *markdown = fuzz_text(job, data, n), *text;
	const struct json *tree;

	MUST(markup_adf(job->arena, markdown, limit, &text) == OK);
	MUST(strlen(text) <= limit);
	MUST(json_parse(job->arena, text, strlen(text), &tree, &job->why) ==
	    OK);
	MUST(strcmp(json_text(tree, "type"), "doc") == 0);
	if (getenv("FUZZ_ADF") != NULL)
		puts(text);
	MUST(markup_wiki(job->arena, markdown, limit, &text) == OK);
	MUST(strlen(text) <= limit && utf8_valid(text, strlen(text)));
}
