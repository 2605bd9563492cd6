/* A name of somebody else's, made safe: UTF-8, and one line where it is. */
#include "common/markup.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
check(const char *text, bool lines)
{

	MUST(text != NULL && utf8_valid(text, strlen(text)));
	MUST(lines || strpbrk(text, "\r\n") == NULL);
}

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	const char *text = fuzz_text(job, data, n);

	check(markup_escape(job->arena, text), false);
	check(markup_code(job->arena, text), false);
	check(markup_block(job->arena, text), true);
}
