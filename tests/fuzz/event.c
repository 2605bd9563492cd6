/* Each family of Trunk's events: whatever is taken can be told and cut. */
#include "common/json.h"
#include "handler/draft.h"
#include "handler/event.h"
#include "tests/fuzz/fuzz.h"

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	struct delivery mail = { .id = "msg_fuzz", .signed_at = FUZZ_NOW,
	    .body = (const char *)data, .len = n };
	const struct json *tree;
	struct event event;
	const char *text;

	memset(&event, 0, sizeof(event));
	if (event_read(job, &mail, &event) != OK)
		return;
	text = draft_expand(job->arena, "{{test.name}} {{test.file_path}} "
	    "{{repository.name}} {{owner}} {{status}}", &event, NULL);
	MUST(text != NULL);
	if (event_redact(job, &event, &mail) == OK)
		MUST(json_parse(job->arena, mail.body, mail.len, &tree,
		    &job->why) == OK);
}
