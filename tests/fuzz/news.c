/* Webhooks of trackers: of what is taken, the ticket is told. */
#include "common/json.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/linear.h"
#include "handler/news.h"
#include "tests/fuzz/fuzz.h"

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	struct bulletin bulletin;
	const struct json *tree;

	if (json_parse(job->arena, data, n, &tree, &job->why) != OK)
		return;
	memset(&bulletin, 0, sizeof(bulletin));
	if (linear_news(job, tree, &bulletin) == OK && bulletin.tells)
		MUST(bulletin.remote_id != NULL);
	memset(&bulletin, 0, sizeof(bulletin));
	if (jira_news(job, tree, &bulletin) == OK && bulletin.tells)
		MUST(bulletin.remote_id != NULL);
}
