/*
 * Linear's answers: whatever they are, what is kept of a ticket is sane, and
 * what is sent next is.
 */
#include "tests/fuzz/fuzz_http.h"

#define ISSUE	"5f0c3f53-2d6c-4a0a-8a1f-2f5a9c3f7e11"

static void
answers_one(struct job *job, const uint8_t *data, size_t n)
{
	struct config config = { .deadline = FUZZ_DEADLINE };
	struct asked a = { .f.remote_id = ISSUE, .f.remote_key = "ENG-7" };
	struct setting *dest = a.route.dest;
	const char *line = answers_begin(job, data, n);

	job->config = &config;
	a.tracker.kind = tracker_kind("linear");
	a.tracker.url = "https://linear.example.net/graphql";
	a.f.project = a.target.project = "ENG";
	dest[DEST_TEAM].value = "ENG";
	if (line[0] != '\0' && line[1] == 'x') {
		dest[DEST_LABELS].value = "flaky, web";
		dest[DEST_ASSIGNEE].value = "crane@example.net";
		dest[DEST_PROJECT].value = "Cranes";
		dest[DEST_STATE].value = "Todo";
		dest[DEST_TEMPLATE].value = "Flaky";
		dest[DEST_ESTIMATE].value = "3";
		dest[DEST_PRIORITY].value = "high";
	}
	answers_run(job, &a, line);
}
