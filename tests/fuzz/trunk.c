/*
 * Trunk's answers, of version 1 and (a '2' in the first line) version 2:
 * whatever they are, what is taken of a test is what may be told of one.
 */
#include "common/json.h"
#include "common/utf8.h"
#include "handler/trunk.h"
#include "handler/trunk_list.h"
#include "handler/trunk_runs.h"
#include "tests/fuzz/fuzz_http.h"

enum {
	PAGES = 8
};

static enum err
list(struct job *job, const struct test *test)
{
	struct trunk_list l = { .scope = test->scope,
	    .status = STATUS_FLAKY, .repository = test->repository,
	    .org = "harbour" };
	const struct json *tests;
	enum err e = OK;
	int i;

	for (i = 0; i < PAGES && e == OK; i++) {
		if ((e = trunk_list(job, &l, &tests)) == OK)
			MUST(tests != NULL && tests->type == JSON_ARRAY);
		MUST(strnlen(l.token, sizeof(l.token)) < sizeof(l.token));
	}
	return (e);
}

static enum err
details(struct job *job, struct test *test)
{
	enum err e = trunk_details(job, test);
	size_t i;

	MUST(test->failure_rate <= 1);
	for (i = 0; i < test->nowners; i++)
		MUST(test->owners[i] != NULL && test->owners[i][0] != '\0');
	for (i = 0; i < test->nfailures; i++)
		MUST(test->failures[i].summary != NULL);
	return (e);
}

static enum err
ask(struct job *job, struct test *test, char letter)
{
	int64_t passed = 0, failed = 0;
	const char *url = NULL;
	enum err e;

	switch (letter) {
	case 'l':
		return (trunk_link(job, test, "ENG-7"));
	case 't':
		if ((e = trunk_ticket(job, test, &url)) == OK)
			MUST(url != NULL && url[0] != '\0');
		return (e);
	case 'r':
		e = trunk_runs(job, test, job->now - 86400000, &passed,
		    &failed);
		MUST(passed >= 0 && failed >= 0);
		return (e);
	case 'p':
		return (list(job, test));
	default:
		return (details(job, test));
	}
}

static void
answers_one(struct job *job, const uint8_t *data, size_t n)
{
	struct config config = { .deadline = FUZZ_DEADLINE,
	    .trunk_url = "https://api.trunk.example.net",
	    .trunk_token = { "old", 3, 0 }, .trunk_key = { "new", 3, 0 } };
	struct test test = { .id = "a/1", .failure_rate = -1,
	    .pull_requests = -1, .repository = { "git.example", "harbour",
	    "cranes", NULL }, .url =
	    "https://app.trunk.io/harbour/flaky-tests/test/1" };
	const char *line = answers_begin(job, data, n);
	enum err e;

	job->config = &config;
	test.scope = strchr(line, '2') != NULL ? SCOPE_COLLECTION :
	    SCOPE_REPOSITORY;
	e = ask(job, &test, line[0]);
	answers_end(job, e);
	MUST(e != ERR_UNKNOWN);
}
