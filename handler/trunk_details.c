#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/http.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/failure.h"
#include "handler/job.h"
#include "handler/trunk.h"
#include "handler/trunk_call.h"
#include "handler/upstream.h"

enum {
	BODY_MAX = 16384,	/* bytes of a request of ours */
	DETAILS_TIME = 3000	/* ms that a nicer text may cost */
};

/* What Trunk said of a test in this job, or that it did not. */
struct trunk_seen {
	const char		*id;
	enum scope		 scope;
	enum err		 result;
	const struct json	*tree;		/* the test, if result is OK */
	bool			 used;		/* as news of the ticket */
};

/* Where a version of the API keeps what; paths for json_get(). */
struct names {
	const char	*file_path;
	const char	*parent;
	const char	*classname;
	const char	*variant;
	const char	*url;
	const char	*rate;
	const char	*pull_requests;
};

/* https://docs.trunk.io/api/v1/get-flaky-test-details */
static const struct names v1 = {
	.file_path = "file_path",
	.parent = "parent",
	.classname = "classname",
	.variant = "variant",
	.url = "html_url",
	.rate = "failure_rate_last_7d",
	.pull_requests = "pull_requests_impacted_last_7d",
};

/* https://docs.trunk.io/api/tests/get-a-test */
static const struct names v2 = {
	.file_path = "file",
	.parent = "parentName",
	.classname = "className",
	.variant = "variant",
	.url = "url",
	.rate = "metrics.failureRate",
	.pull_requests = "metrics.prsImpacted",
};

/*
 * The organization's slug: configured, or the first path segment of the
 * test's page, https://app.trunk.io/SLUG/flaky-tests/test/...
 */
static const char *
slug(struct job *job, const struct test *test)
{
	const char *at = test->url;

	if (job->config->org != NULL)
		return (job->config->org);
	if (at == NULL || (at = strstr(at, "://")) == NULL ||
	    (at = strchr(at + 3, '/')) == NULL || at[1] == '\0')
		return (NULL);
	return (arena_strndup(job->arena, at + 1, strcspn(at + 1, "/?#")));
}

static const char *
details_body(struct job *job, const struct test *test, const char *org)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, BODY_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	trunk_put_repository(&w, &test->repository);
	json_put_string(&w, "org_url_slug", org);
	json_put_string(&w, "test_id", test->id);
	json_end(&w);
	return (buf_text(&buf));
}

/* Fill in the call; ERR_ABSENT: what it needs was not told. */
static enum err
prepare(struct job *job, const struct test *test, struct http_call *call)
{
	const char *org;

	if (test->scope == SCOPE_COLLECTION) {
		call->method = "GET";
		call->url = trunk_test_path(job, test->id,
		    "?include=metrics&period=7d");
		return (OK);
	}
	org = slug(job, test);
	if (test->repository.name == NULL || org == NULL)
		return (ERR_ABSENT);
	call->method = "POST";
	call->url = "/v1/flaky-tests/get-test-details";
	if ((call->body = details_body(job, test, org)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to ask Trunk"));
	call->len = strlen(call->body);
	return (OK);
}

static enum err
ask(struct job *job, const struct test *test, int64_t deadline,
    const struct json **shown)
{
	struct http_call call = { .deadline = deadline };
	struct http_answer answer;
	const struct json *tree;
	enum err e;

	if ((e = prepare(job, test, &call)) != OK)
		return (e);
	e = upstream_read(trunk_call(job, test, &call, &answer));
	if (e != OK)
		return (e);
	if (answer.status == 404)
		return (ERR_ABSENT);
	if (answer.status != 200)
		return (trunk_refusal(job, &answer, "asking for the test"));
	if (json_parse(job->arena, answer.body, answer.len, &tree,
	    &job->why) == OK) {
		*shown = test->scope == SCOPE_COLLECTION ? tree :
		    json_get(tree, "test");
		if (*shown != NULL && (*shown)->type == JSON_OBJECT)
			return (OK);
	}
	return (fail(job, ERR_UPSTREAM, "Trunk's answer about the test "
	    "cannot be read"));
}

/* What was kept of this test, or NULL. */
static struct trunk_seen *
kept(const struct job *job, const struct test *test)
{
	struct trunk_seen *s = job->seen;

	return (s != NULL && s->scope == test->scope &&
	    strcmp(s->id, test->id) == 0 ? s : NULL);
}

/* Ask and keep; without memory it is asked again, that is all. */
static enum err
ask_and_keep(struct job *job, const struct test *test, int64_t deadline,
    const struct json **shown)
{
	enum err e = ask(job, test, deadline, shown);
	struct trunk_seen *s;

	if ((s = arena_alloc(job->arena, sizeof(*s))) == NULL)
		return (e);
	s->id = test->id;
	s->scope = test->scope;
	s->result = e;
	s->tree = e == OK ? *shown : NULL;
	job->seen = s;
	return (e);
}

enum err
trunk_test(struct job *job, const struct test *test,
    const struct json **shown)
{
	struct trunk_seen *s = kept(job, test);
	enum err e;

	if (s != NULL && !s->used &&
	    (s->result == OK || s->result == ERR_ABSENT)) {
		s->used = true;
		*shown = s->tree;
		return (s->result);
	}
	e = ask_and_keep(job, test, job->deadline, shown);
	if ((s = kept(job, test)) != NULL)
		s->used = true;
	return (e);
}

static void
fill_text(const struct json *shown, const char *path, const char **text)
{

	if (*text == NULL)
		*text = json_text(shown, path);
}

/* Trunk tells 0 for what it has not counted yet, so 0 may be filled in. */
static void
fill_metrics(const struct json *shown, const struct names *names,
    struct test *test)
{
	double rate;
	int64_t n;

	if (test->failure_rate <= 0 && json_double(shown, names->rate,
	    &rate) && rate >= 0 && rate <= 1)
		test->failure_rate = rate;
	if (test->pull_requests <= 0 && json_int(shown, names->pull_requests,
	    &n) && n >= 0)
		test->pull_requests = n;
}

static void
fill_quarantine(const struct json *shown, struct test *test)
{
	const char *state = json_text(shown, "quarantineState");
	bool yes;

	if (test->quarantined != ANSWER_UNKNOWN)
		return;
	if (json_bool(shown, "quarantined", &yes))
		test->quarantined = yes ? ANSWER_YES : ANSWER_NO;
	else if (state != NULL && strcasecmp(state, "quarantined") == 0)
		test->quarantined = ANSWER_YES;
	else if (state != NULL && strcasecmp(state, "notQuarantined") == 0)
		test->quarantined = ANSWER_NO;
}

static enum err
fill_owners(struct job *job, const struct json *list, struct test *test)
{
	const struct json *one;

	if (test->nowners > 0 || list == NULL || list->type != JSON_ARRAY ||
	    list->len == 0)
		return (OK);
	test->owners = arena_alloc(job->arena,
	    list->len * sizeof(*test->owners));
	if (test->owners == NULL)
		return (fail(job, ERR_NOMEM, "no memory for %zu code owners",
		    list->len));
	for (one = list->child; one != NULL; one = one->next)
		if (one->type == JSON_STRING && one->len > 0)
			test->owners[test->nowners++] = one->text;
	return (OK);
}

static enum err
fill(struct job *job, const struct json *shown, struct test *test)
{
	const struct names *names = test->scope == SCOPE_COLLECTION ? &v2 :
	    &v1;
	enum err e;

	fill_text(shown, names->file_path, &test->file_path);
	fill_text(shown, names->parent, &test->parent);
	fill_text(shown, names->classname, &test->classname);
	fill_text(shown, names->variant, &test->variant);
	fill_text(shown, names->url, &test->url);
	fill_metrics(shown, names, test);
	fill_quarantine(shown, test);
	if ((e = fill_owners(job, json_get(shown, "codeowners"), test)) != OK)
		return (e);
	if (test->nfailures > 0)
		return (OK);
	return (failure_read(job, json_get(shown, "most_common_failures"),
	    test));
}

enum err
trunk_details(struct job *job, struct test *test)
{
	struct trunk_seen *s = kept(job, test);
	const struct json *shown = NULL;
	int retry_after = job->retry_after;
	enum err e;

	if (s == NULL) {
		e = ask_and_keep(job, test, clock_mono() + DETAILS_TIME,
		    &shown);
		job->retry_after = retry_after;
	} else {
		e = s->result;
		shown = s->tree;
	}
	return (e != OK ? e : fill(job, shown, test));
}
