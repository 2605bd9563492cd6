/*
 * Calls to Trunk's API.  A test of version 1 is named in the body, with its
 * repository; one of version 2 in the path.  A status means what we do about
 * it: refused until a person acts, or tried again by whoever sends the event.
 * https://docs.trunk.io/api
 */
#include "handler/trunk.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/http.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/trunk_call.h"
#include "handler/upstream.h"

enum {
	BODY_MAX = 16384	/* bytes of a request of ours */
};

/* v2 keys carry what they are; the organization's old token does not. */
static enum err
authorise(struct job *job, const struct test *test, struct http_call *call)
{
	const struct config *c = job->config;

	if (test->scope == SCOPE_REPOSITORY && c->trunk_token.len > 0) {
		call->header[0].name = "x-api-token";
		call->header[0].value = c->trunk_token.bytes;
		return (OK);
	}
	if (test->scope == SCOPE_COLLECTION && c->trunk_key.len > 0) {
		call->header[0].name = "Authorization";
		call->header[0].value = arena_printf(job->arena, "Bearer %s",
		    c->trunk_key.bytes);
		return (call->header[0].value == NULL ? ERR_NOMEM : OK);
	}
	return (fail(job, ERR_LINK_REFUSED, test->scope == SCOPE_COLLECTION ?
	    "this test belongs to a test collection and [trunk] api_key is "
	    "not set; add a key that may link tickets" :
	    "this test belongs to a repository and [trunk] token is not set; "
	    "add the organization's API token"));
}

/* Something that passes. */
static bool
is_later(int status)
{

	return (status == 408 || status == 425 || status == 429 ||
	    status >= 500);
}

enum err
trunk_call(struct job *job, const struct test *test, struct http_call *call,
    struct http_answer *answer)
{
	const char *path = call->url;
	int tries = 0;
	enum err e;

	if ((e = authorise(job, test, call)) != OK)
		return (e);
	call->url = arena_printf(job->arena, "%s%s", job->config->trunk_url,
	    path);
	if (call->url == NULL || path == NULL)
		return (fail(job, ERR_NOMEM, "no memory to call Trunk"));
	call->header[1].name = "Content-Type";
	call->header[1].value = "application/json";
	if (call->deadline == 0 || call->deadline > job->deadline)
		call->deadline = job->deadline;
	call->private_ok = job->config->trunk_private;
	/* Nothing that we ask of Trunk does harm twice. */
	do {
		job->retry_after = 0;
		e = upstream_call(job, call, answer);
		if (e == OK && is_later(answer->status))
			(void)upstream_retry(job, answer);
	} while (e == OK && upstream_wait(job, &tries));
	return (e);
}

/*
 * Trunk's own words: error.message of the v2 envelope when there is one,
 * else the plain text that v1 and the edge send.
 */
static const char *
sentence(struct job *job, const struct http_answer *answer)
{
	const struct json *tree;
	const char *text = NULL;

	if (json_parse(job->arena, answer->body, answer->len, &tree,
	    NULL) == OK && (text = json_text(tree, "error.message")) == NULL)
		text = json_text(tree, "message");
	return (upstream_quote(job, text == NULL ? answer->body : text));
}

/* What an answer that is no success asks of the sender. */
enum err
trunk_refusal(struct job *job, const struct http_answer *answer,
    const char *what)
{
	int s = answer->status;

	if (is_later(s))
		return (fail(job, ERR_UPSTREAM, "Trunk answered %d to %s; it "
		    "is tried again", s, what));
	if (s < 400)
		return (fail(job, ERR_UPSTREAM, "Trunk answered %d to %s%s",
		    s, what, upstream_redirect(job, answer)));
	return (fail(job, ERR_LINK_REFUSED, "Trunk answered %d to %s: %s; "
	    "check that the credential in [trunk] is valid and that Trunk's "
	    "own integration may read the ticket's project", s, what,
	    sentence(job, answer)));
}

void
trunk_put_repository(struct json_writer *w, const struct repository *r)
{

	json_begin(w, "repo", JSON_OBJECT);
	json_put_string(w, "host", r->host);
	json_put_string(w, "owner", r->owner);
	json_put_string(w, "name", r->name);
	json_end(w);
}

/* https://docs.trunk.io/api/v1/link-a-ticket-to-a-test-case */
static const char *
link_body_v1(struct job *job, const struct test *test, const char *key)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, BODY_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "test_case_id", test->id);
	json_put_string(&w, "external_ticket_id", key);
	trunk_put_repository(&w, &test->repository);
	json_end(&w);
	return (buf_text(&buf));
}

/* https://docs.trunk.io/api/tests/link-a-ticket-to-a-test */
static const char *
link_body_v2(struct job *job, const char *key)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, BODY_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "externalTicketId", key);
	json_end(&w);
	return (buf_text(&buf));
}

const char *
trunk_test_path(struct job *job, const char *id, const char *tail)
{
	struct buf buf;

	buf_init(&buf, job->arena, BODY_MAX);
	buf_str(&buf, "/v2/tests/");
	for (; *id != '\0'; id++)
		if (isalnum((unsigned char)*id) || *id == '-' || *id == '_')
			buf_char(&buf, *id);
		else
			buf_printf(&buf, "%%%02X", (unsigned char)*id);
	buf_str(&buf, tail);
	return (buf_text(&buf));
}

/* v1 answers without a body; v2 with the ticket as Trunk now shows it. */
static enum err
check_linked(struct job *job, const struct test *test,
    const struct http_answer *answer)
{
	const struct json *tree;

	if (test->scope == SCOPE_REPOSITORY)
		return (OK);
	if (json_parse(job->arena, answer->body, answer->len, &tree,
	    NULL) == OK && (json_text(tree, "key") != NULL ||
	    json_text(tree, "url") != NULL))
		return (OK);
	return (fail(job, ERR_UPSTREAM, "Trunk's answer to linking the ticket "
	    "cannot be read; it is linked again"));
}

enum err
trunk_link(struct job *job, const struct test *test, const char *ticket_key)
{
	struct http_call call = { .method = "POST" };
	struct http_answer answer;
	const char *what = arena_printf(job->arena, "linking the ticket %s",
	    ticket_key);
	enum err e;

	if (test->scope == SCOPE_COLLECTION) {
		call.url = trunk_test_path(job, test->id, "/ticket");
		call.body = link_body_v2(job, ticket_key);
	} else if (test->repository.name == NULL) {
		return (fail(job, ERR_LINK_REFUSED, "Trunk did not tell the "
		    "test's repository, which linking needs"));
	} else {
		call.url = "/v1/flaky-tests/link-ticket-to-test-case";
		call.body = link_body_v1(job, test, ticket_key);
	}
	if (call.body == NULL || what == NULL)
		return (fail(job, ERR_NOMEM, "no memory to link"));
	call.len = strlen(call.body);
	/* A repeat is a no-op at Trunk. */
	e = upstream_read(trunk_call(job, test, &call, &answer));
	if (e != OK)
		return (e);
	if (answer.status >= 200 && answer.status < 300)
		return (check_linked(job, test, &answer));
	return (trunk_refusal(job, &answer, what));
}

/* https://docs.trunk.io/api/tests/get-the-ticket-of-a-test */
static enum err
ticket_v2(struct job *job, const struct test *test, const char **url)
{
	struct http_call call = { .method = "GET" };
	struct http_answer answer;
	const struct json *tree;
	enum err e;

	call.url = trunk_test_path(job, test->id, "/ticket");
	e = upstream_read(trunk_call(job, test, &call, &answer));
	if (e != OK)
		return (e);
	if (answer.status == 404)
		return (ERR_ABSENT);
	if (answer.status != 200)
		return (trunk_refusal(job, &answer,
		    "asking for the test's ticket"));
	if (json_parse(job->arena, answer.body, answer.len, &tree,
	    &job->why) != OK || tree->type != JSON_OBJECT)
		return (fail(job, ERR_UPSTREAM, "Trunk's answer about the "
		    "test's ticket cannot be read"));
	if (json_text(tree, "deletedAt") != NULL)
		return (ERR_ABSENT);
	*url = json_text(tree, "url");
	return (*url == NULL ? ERR_ABSENT : OK);
}

enum err
trunk_ticket(struct job *job, const struct test *test, const char **url)
{
	const struct json *shown;
	enum err e;

	if (test->scope == SCOPE_COLLECTION)
		return (ticket_v2(job, test, url));
	if ((e = trunk_test(job, test, &shown)) != OK)
		return (e);
	*url = json_text(shown, "ticket.html_url");
	return (*url == NULL ? ERR_ABSENT : OK);
}
