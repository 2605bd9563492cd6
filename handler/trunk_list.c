/*
 * All tests of a repository or collection, page by page.  Version 1 of
 * Trunk's API and version 2 differ in path, in names and in how the next page
 * is asked for; the caller sees pages of raw entries and the end of them.
 */
#include "handler/trunk_list.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/http.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/trunk_call.h"
#include "handler/upstream.h"

enum {
	BODY_MAX = 16384	/* bytes of a request of ours */
};

const char *
trunk_list_org(struct job *job, const char *page)
{

	if (job->config->org != NULL)
		return (job->config->org);
	if (page == NULL || (page = strstr(page, "://")) == NULL ||
	    (page = strchr(page + 3, '/')) == NULL ||
	    strcspn(page + 1, "/?#") == 0)
		return (NULL);
	return (arena_strndup(job->arena, page + 1,
	    strcspn(page + 1, "/?#")));
}

static const char *
body_v1(struct job *job, const struct trunk_list *l)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, BODY_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	trunk_put_repository(&w, &l->repository);
	json_put_string(&w, "org_url_slug", l->org);
	json_begin(&w, "page_query", JSON_OBJECT);
	json_put_int(&w, "page_size", TRUNK_PAGE);
	if (l->token[0] != '\0')
		json_put_string(&w, "page_token", l->token);
	json_end(&w);
	json_put_string(&w, "status", l->status == STATUS_BROKEN ? "BROKEN" :
	    "FLAKY");
	json_end(&w);
	return (buf_text(&buf));
}

static const char *
path_v2(struct job *job, const struct trunk_list *l)
{
	const char *c = l->token;
	struct buf buf;

	buf_init(&buf, job->arena, BODY_MAX);
	buf_printf(&buf, "/v2/tests?status=%s&limit=%d",
	    event_status(l->status), TRUNK_PAGE);
	if (*c != '\0')
		buf_str(&buf, "&cursor=");
	for (; *c != '\0'; c++)
		if (isalnum((unsigned char)*c) || *c == '-' || *c == '_')
			buf_char(&buf, *c);
		else
			buf_printf(&buf, "%%%02X", (unsigned char)*c);
	return (buf_text(&buf));
}

static enum err
ask(struct job *job, const struct trunk_list *l, const struct json **tree)
{
	const struct test whose = { .scope = l->scope };
	struct http_call call = { .method = "GET" };
	struct http_answer answer;
	enum err e;

	if (l->scope == SCOPE_COLLECTION) {
		call.url = path_v2(job, l);
	} else {
		call.method = "POST";
		call.url = "/v1/flaky-tests/list-unhealthy-tests";
		if ((call.body = body_v1(job, l)) == NULL)
			return (fail(job, ERR_NOMEM, "no memory to ask "
			    "Trunk"));
		call.len = strlen(call.body);
	}
	e = upstream_read(trunk_call(job, &whose, &call, &answer));
	if (e != OK)
		return (e);
	if (answer.status == 404 && l->scope == SCOPE_REPOSITORY)
		return (ERR_ABSENT);
	if (answer.status != 200)
		return (trunk_refusal(job, &answer, "listing its tests"));
	return (upstream_read(json_parse(job->arena, answer.body, answer.len,
	    tree, &job->why) == OK ? OK : fail(job, ERR_UPSTREAM, "Trunk's "
	    "list of tests cannot be read")));
}

/* The token of the next page; one that comes again would never end. */
static enum err
turn(struct job *job, struct trunk_list *l, const char *token)
{

	l->done = token == NULL;
	if (token == NULL)
		return (OK);
	if (strlen(token) >= sizeof(l->token) ||
	    strcmp(token, l->token) == 0)
		return (fail(job, ERR_UPSTREAM, "Trunk's list of tests does "
		    "not go on from page to page"));
	memcpy(l->token, token, strlen(token) + 1);
	return (OK);
}

enum err
trunk_list(struct job *job, struct trunk_list *l, const struct json **tests)
{
	bool v2 = l->scope == SCOPE_COLLECTION;
	const struct json *tree = NULL;
	bool more = false;
	enum err e;

	if (l->done)
		return (ERR_ABSENT);
	if ((e = ask(job, l, &tree)) != OK)
		return (e);
	*tests = json_get(tree, v2 ? "data" : "tests");
	if (*tests == NULL || (*tests)->type != JSON_ARRAY)
		return (fail(job, ERR_UPSTREAM, "Trunk's list of tests "
		    "cannot be read"));
	if ((*tests)->len == 0) {
		l->done = true;
		return (ERR_ABSENT);
	}
	if (v2 && json_bool(tree, "hasMore", &more) && !more)
		return (turn(job, l, NULL));
	return (turn(job, l, json_text(tree, v2 ? "nextCursor" :
	    "page.next_page_token")));
}
