/*
 * How often a test passed and failed since a time, counted over the pages of
 * Trunk's list of its runs.  It ends at a run that is older, or after so many
 * pages: by then enough is known.  A run whose result is a word that we do not
 * know counts for nothing.
 */
#include "handler/trunk_runs.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/http.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/trunk_call.h"
#include "handler/upstream.h"

enum {
	PAGE = 100,		/* runs asked for at once */
	PAGES = 10,		/* at most: more proves no more */
	TAIL_MAX = 4096		/* bytes of a query */
};

enum result {
	RESULT_UNKNOWN = 0,	/* skipped, or a word we do not know */
	RESULT_PASSED,
	RESULT_FAILED
};

struct count {
	int64_t		 since;
	int64_t		 passed, failed;
	bool		 read;		/* a run with a time and a result */
	bool		 older;		/* what follows is older still */
};

bool
trunk_runs_told(const struct job *job, const struct test *test)
{

	return (test->scope == SCOPE_COLLECTION && test->id != NULL &&
	    job->config->trunk_key.len > 0);
}

/* The words for how a run ended, whatever their case. */
static enum result
result_of(const struct json *run)
{
	static const char *const paths[] = { "status", "result", "outcome",
	    "conclusion" };
	static const struct {
		const char	*word;
		enum result	 result;
	} words[] = {
		{ "passed", RESULT_PASSED }, { "pass", RESULT_PASSED },
		{ "success", RESULT_PASSED }, { "succeeded", RESULT_PASSED },
		{ "failed", RESULT_FAILED }, { "fail", RESULT_FAILED },
		{ "failure", RESULT_FAILED }, { "error", RESULT_FAILED },
		{ "timedOut", RESULT_FAILED }
	};
	const char *word = NULL;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]) && word == NULL; i++)
		word = json_text(run, paths[i]);
	for (i = 0; i < sizeof(words) / sizeof(words[0]) && word != NULL; i++)
		if (strcasecmp(word, words[i].word) == 0)
			return (words[i].result);
	return (RESULT_UNKNOWN);
}

static bool
time_of(const struct json *run, int64_t *time)
{
	static const char *const paths[] = { "startedAt", "ranAt",
	    "timestamp", "createdAt" };
	const char *text = NULL;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]) && text == NULL; i++)
		text = json_text(run, paths[i]);
	return (text != NULL && clock_parse(text, time));
}

/* The newest come first: with one that is older it is enough. */
static void
count_page(const struct json *list, struct count *c)
{
	const struct json *run;
	enum result result;
	int64_t time;

	for (run = list->child; run != NULL; run = run->next) {
		if (!time_of(run, &time))
			continue;
		result = result_of(run);
		c->read = c->read || result != RESULT_UNKNOWN;
		c->older = time <= c->since;
		if (c->older)
			continue;
		c->passed += result == RESULT_PASSED;
		c->failed += result == RESULT_FAILED;
	}
}

static const char *
tail(struct buf *b, const char *cursor)
{

	buf_printf(b, "/test-runs?limit=%d", PAGE);
	if (cursor != NULL)
		buf_str(b, "&cursor=");
	for (; cursor != NULL && *cursor != '\0'; cursor++)
		if (isalnum((unsigned char)*cursor) || *cursor == '-' ||
		    *cursor == '_')
			buf_char(b, *cursor);
		else
			buf_printf(b, "%%%02X", (unsigned char)*cursor);
	return (buf_text(b));
}

static enum err
ask(struct job *job, const struct test *test, const char *cursor,
    const struct json **tree)
{
	struct http_call call = { .method = "GET" };
	struct http_answer answer;
	struct buf b;
	const char *query;
	enum err e;

	buf_init(&b, job->arena, TAIL_MAX);
	if ((query = tail(&b, cursor)) == NULL ||
	    (call.url = trunk_test_path(job, test->id, query)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to ask Trunk"));
	e = upstream_read(trunk_call(job, test, &call, &answer));
	if (e != OK)
		return (e);
	if (answer.status == 404)
		return (fail(job, ERR_ABSENT, "Trunk does not show the runs "
		    "of this test"));
	if (answer.status != 200)
		return (trunk_refusal(job, &answer, "asking for its runs"));
	if (json_parse(job->arena, answer.body, answer.len, tree,
	    &job->why) != OK)
		return (fail(job, ERR_ABSENT, "Trunk's list of runs cannot be "
		    "read"));
	return (OK);
}

enum err
trunk_runs(struct job *job, const struct test *test, int64_t since,
    int64_t *passed, int64_t *failed)
{
	struct count c = { .since = since };
	const struct json *tree = NULL, *list;
	const char *cursor = NULL;
	bool more = true;
	enum err e;
	int i;

	for (i = 0; i < PAGES && more && !c.older; i++) {
		if ((e = ask(job, test, cursor, &tree)) != OK)
			return (e);
		list = json_get(tree, "data");
		if (list == NULL || list->type != JSON_ARRAY)
			break;
		count_page(list, &c);
		if (!json_bool(tree, "hasMore", &more))
			more = false;
		cursor = json_text(tree, "nextCursor");
		more = more && cursor != NULL;
	}
	if (!c.read)
		return (fail(job, ERR_ABSENT, "Trunk shows no runs of this "
		    "test with a time and a result"));
	*passed = c.passed;
	*failed = c.failed;
	return (OK);
}
