/*
 * Jira's answers, of Cloud and (a 'd' among the flags) of a Data Center:
 * whatever they are, what is kept of a ticket is sane, and what is sent next
 * is.
 */
#include "tests/fuzz/fuzz_http.h"

static struct field fields[] = {
	{ .name = "Severity", .setting = { .value = "bad", .line = 1 },
	    .next = &fields[1] },
	{ .name = "Sprints", .setting = { .value = "a, b", .line = 2 } }
};

static bool
flag(const char *line, char c)
{
	size_t n = strcspn(line, " ");

	return (n > 1 && memchr(line + 1, c, n - 1) != NULL);
}

static void
answers_one(struct job *job, const uint8_t *data, size_t n)
{
	struct config config = { .deadline = FUZZ_DEADLINE };
	struct asked a = { .f.remote_id = "10001", .f.remote_key = "PAY-7" };
	struct setting *dest = a.route.dest;
	const char *line = answers_begin(job, data, n);

	job->config = &config;
	a.tracker.kind = tracker_kind("jira");
	a.tracker.url = "https://jira.example.net";
	a.tracker.email = flag(line, 'd') ? NULL :
	    "bot@example.net";
	a.f.project = a.target.project = "PAY";
	dest[DEST_PROJECT].value = "PAY";
	dest[DEST_ISSUE_TYPE].value = "Bug";
	if (flag(line, 'x')) {
		dest[DEST_LABELS].value = "flaky, web";
		dest[DEST_ASSIGNEE].value = "crane@example.net";
		dest[DEST_COMPONENT].value = "Cranes, Quay";
		dest[DEST_PRIORITY].value = "urgent";
		a.route.fields = fields;
	}
	answers_run(job, &a, line);
}
