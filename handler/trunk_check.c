/*
 * For `check`: does Trunk take the credentials?  Asked about a test that
 * cannot be, so that nothing is read or changed that is anybody's.
 * https://docs.trunk.io/api/v1, https://docs.trunk.io/api/errors
 */
#include <string.h>

#include "common/arena.h"
#include "common/http.h"
#include "common/json.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/trunk_call.h"

#define NOBODY	"00000000-0000-4000-8000-000000000000"
#define KEY	"[trunk] api"
#define V2	"trunk_v2_"

/* One question, and what its answer means. */
struct asking {
	const char	*place;		/* "[trunk] token" */
	enum scope	 scope;
	const char	*method;
	const char	*path;
	const char	*body;
};

static const struct asking questions[] = {
	{ "[trunk] token", SCOPE_REPOSITORY, "POST",
	    "/v1/flaky-tests/get-test-details",
	    "{\"repo\":{\"host\":\"github.com\",\"owner\":\"none\","
	    "\"name\":\"none\"},\"org_url_slug\":\"none\",\"test_id\":\""
	    NOBODY "\"}" },
	{ "[trunk] api_key", SCOPE_COLLECTION, "GET",
	    "/v2/tests/" NOBODY, NULL },
	/* Linking without a ticket: refused for one or the other reason. */
	{ "[trunk] api_key", SCOPE_COLLECTION, "POST",
	    "/v2/tests/" NOBODY "/ticket", "{}" },
};

enum {
	ASK_V1 = 0,
	ASK_V2,
	ASK_LINK
};

static const char *
code_of(struct job *job, const struct http_answer *a)
{
	const struct json *tree;
	const char *code = NULL;

	if (json_parse(job->arena, a->body, a->len, &tree, NULL) == OK)
		code = json_text(tree, "error.code");
	return (code == NULL ? "" : code);
}

/* ERR_UPSTREAM: whatever the credential is, nobody there can judge it. */
static enum err
ask(struct check *c, const struct asking *q, struct http_answer *a)
{
	struct http_call call = { .method = q->method, .url = q->path,
	    .body = q->body };
	struct test test = { .scope = q->scope };
	enum err e, stray;

	check_begin(c);
	call.len = q->body == NULL ? 0 : strlen(q->body);
	e = trunk_call(c->job, &test, &call, a);
	if (e != OK) {
		(void)check_no_answer(c, a, e, KEY);
		return (ERR_UPSTREAM);
	}
	check_clock(c, a);
	stray = check_stray(c, a, "Trunk", KEY);
	if (stray != ERR_ABSENT)
		return (ERR_UPSTREAM);
	if (a->status == 404 && (check_is_page(a) ||
	    strcmp(code_of(c->job, a), "NOT_FOUND") == 0))
		return (fail(c->job, ERR_UPSTREAM, "there is no API of Trunk "
		    "at %s; take " KEY " out, since https://api.trunk.io is "
		    "known", c->job->config->trunk_url));
	return (OK);
}

static enum err
check_token(struct check *c)
{
	const struct secret *s = &c->job->config->trunk_token;
	struct http_answer a;
	enum err e;

	if (strncmp(s->bytes, V2, strlen(V2)) == 0)
		return (fail(c->job, ERR_REFUSED, "this is a key of API v2, "
		    "which v1 does not take; write it as api_key, and here "
		    "the organization's API token"));
	if ((e = ask(c, &questions[ASK_V1], &a)) != OK)
		return (e);
	if (a.status == 401 || a.status == 403)
		return (fail(c->job, ERR_REFUSED, "Trunk does not accept the "
		    "token: it was rotated, or is another organization's; "
		    "copy the organization API token (v1) from Settings, "
		    "Developer, API Keys"));
	return (OK);
}

static enum err
check_key(struct check *c)
{
	const struct secret *s = &c->job->config->trunk_key;
	struct http_answer a;
	enum err e;

	if ((e = ask(c, &questions[ASK_V2], &a)) != OK)
		return (e);
	if (a.status == 401 && strncmp(s->bytes, V2, strlen(V2)) != 0)
		return (fail(c->job, ERR_REFUSED, "Trunk does not accept the "
		    "key, and it does not begin with " V2 " as keys of API v2 "
		    "do; make one in Settings, Developer, API Keys"));
	if (a.status == 401)
		return (fail(c->job, ERR_REFUSED, "Trunk does not accept the "
		    "key: it was deleted; make a new one in Settings, "
		    "Developer, API Keys"));
	if (a.status == 403)
		return (fail(c->job, ERR_REFUSED, "the key may not read "
		    "tests; give it that permission in Settings, Developer, "
		    "API Keys"));
	if ((e = ask(c, &questions[ASK_LINK], &a)) != OK)
		return (e);
	if (a.status == 403)
		return (fail(c->job, ERR_REFUSED, "the key may not link "
		    "tickets; give it the permission \"Link tickets\" in "
		    "Settings, Developer, API Keys"));
	return (OK);
}

static enum err
tell(struct check *c, const char *place, enum err e, const char *well)
{
	if (e == OK)
		check_say(c, CHECK_OK, place, "%s", well);
	else
		check_say(c, CHECK_FAILED, place, "%s", c->job->why.text);
	return (e);
}

void
check_trunk(struct check *c)
{
	const struct config *config = c->job->config;
	const struct tracker *t;
	bool links = false;
	enum err e = OK;

	for (t = config->trackers; t != NULL; t = t->next)
		links = links || t->link != LINK_NEVER;
	if (config->trunk_token.len > 0)
		e = tell(c, questions[ASK_V1].place, check_token(c),
		    "accepted, for tests of repositories");
	else if (links)
		check_say(c, CHECK_WARNING, questions[ASK_V1].place, "not "
		    "set, so that no ticket of a repository's test can be "
		    "linked; set it, unless all tests are in collections");
	if (config->trunk_key.len > 0 && e == ERR_UPSTREAM)
		check_say(c, CHECK_SKIPPED, questions[ASK_V2].place, "Trunk "
		    "cannot be asked");
	else if (config->trunk_key.len > 0)
		(void)tell(c, questions[ASK_V2].place, check_key(c),
		    "accepted, for tests of collections");
}
