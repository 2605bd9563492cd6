/* {{names}} in a template: what is taken at load expands. */
#include "handler/draft.h"
#include "handler/event.h"
#include "tests/fuzz/fuzz.h"

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	const char *template = fuzz_text(job, data, n);
	struct event event = { .name = "test_case.status_changed",
	    .status = STATUS_FLAKY, .time = (int64_t)FUZZ_NOW * 1000,
	    .test = { .name = "{{test.name}}", .file_path = "a/b.c",
	    .owners = NULL } };

	if (draft_check(template, &job->why) != OK) {
		MUST(job->why.text[0] != '\0');
		return;
	}
	MUST(draft_expand(job->arena, template, &event, NULL) != NULL);
}
