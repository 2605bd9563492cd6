/*
 * A section of a description, in a document of Cloud's or in wiki text of Data
 * Center's.  Only our own part is replaced; what people wrote around it goes
 * back byte for byte, or node for node.
 * https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
 */
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/markup.h"
#include "handler/jira.h"
#include "handler/jira_issue.h"
#include "handler/job.h"

enum {
	ROOM_MIN = 400,		/* bytes our part must have at least */
	TEXT_MAX = 1024 * 1024	/* bytes of a description in memory */
};

static const char PANEL_END[] = "{panel}";

static bool
is_text(const struct json *n, const char *path, const char *text)
{
	const char *have = json_string(n, path);

	return (have != NULL && strcmp(have, text) == 0);
}

static bool
is_ours(const struct json *node, const struct section *s)
{

	return (is_text(node, "type", "expand") &&
	    is_text(node, "attrs.title", s->title));
}

/* What stands in our part: at least one block. */
static void
put_content(struct json_writer *w, const struct json *content)
{
	const struct json *n;

	json_begin(w, "content", JSON_ARRAY);
	for (n = content == NULL ? NULL : content->child; n != NULL;
	    n = n->next)
		json_put_tree(w, NULL, n);
	if (content == NULL || content->child == NULL) {
		json_begin(w, NULL, JSON_OBJECT);
		json_put_string(w, "type", "paragraph");
		json_begin(w, "content", JSON_ARRAY);
		json_end(w);
		json_end(w);
	}
	json_end(w);
}

/* Our node: as it was but for its content, or a new one. */
static void
put_ours(struct json_writer *w, const struct json *old,
    const struct section *s, const struct json *content)
{
	const struct json *n;

	json_begin(w, NULL, JSON_OBJECT);
	for (n = old == NULL ? NULL : old->child; n != NULL; n = n->next)
		if (strcmp(n->key, "content") != 0)
			json_put_tree(w, n->key, n);
	if (old == NULL) {
		json_put_string(w, "type", "expand");
		json_begin(w, "attrs", JSON_OBJECT);
		json_put_string(w, "title", s->title);
		json_end(w);
	}
	put_content(w, content);
	json_end(w);
}

static void
put_blocks(struct json_writer *w, const struct json *blocks,
    const struct section *s, const struct json *content)
{
	const struct json *n;
	bool done = false;

	json_begin(w, "content", JSON_ARRAY);
	for (n = blocks == NULL ? NULL : blocks->child; n != NULL;
	    n = n->next) {
		if (done || !is_ours(n, s)) {
			json_put_tree(w, NULL, n);
			continue;
		}
		put_ours(w, n, s, content);
		done = true;
	}
	if (!done)
		put_ours(w, NULL, s, content);
	json_end(w);
}

/* The whole document; NULL without memory. */
static const char *
write_document(struct job *job, const struct json *document,
    const struct section *s, const struct json *content)
{
	const struct json *n;
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, TEXT_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	if (document == NULL) {
		json_put_int(&w, "version", 1);
		json_put_string(&w, "type", "doc");
	} else
		for (n = document->child; n != NULL; n = n->next)
			if (strcmp(n->key, "content") != 0)
				json_put_tree(&w, n->key, n);
	put_blocks(&w, json_get(document, "content"), s, content);
	json_end(&w);
	return (buf_text(&buf));
}

static enum err
no_room(struct job *job, const struct section *s)
{

	return (fail(job, ERR_REFUSED, "jira: the description is so long that "
	    "\"%s\" has no room in it; shorten it", s->title));
}

enum err
jira_text_adf(struct job *job, const struct json *document,
    const struct section *s, const char **json)
{
	const struct json *ours;
	const char *bare, *text;

	if (document != NULL && (document->type != JSON_OBJECT ||
	    !is_text(document, "type", "doc")))
		return (fail(job, ERR_REFUSED, "jira: the description is no "
		    "document, so \"%s\" is not written to it", s->title));
	if ((bare = write_document(job, document, s, NULL)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a description"));
	if (strlen(bare) + ROOM_MIN > JIRA_ADF)
		return (no_room(job, s));
	if (markup_adf(job->arena, s->body, JIRA_ADF - strlen(bare),
	    &text) != OK || json_parse(job->arena, text, strlen(text), &ours,
	    NULL) != OK)
		return (fail(job, ERR_NOMEM, "no memory for a description"));
	*json = write_document(job, document, s, json_get(ours, "content"));
	return (*json == NULL ? fail(job, ERR_NOMEM, "no memory for a "
	    "description") : OK);
}

/* The title as it can stand in a panel's head. */
static const char *
panel_title(struct job *job, const char *title)
{
	char *copy = arena_strdup(job->arena, title), *at = copy;

	if (copy == NULL)
		return (NULL);
	while ((at = strpbrk(at, "{}|\r\n")) != NULL)
		*at = ' ';
	return (copy);
}

/* Where our panel begins, and *end behind it; NULL: it is not there. */
static const char *
find_panel(const char *text, const char *head, const char **end)
{
	const char *at = text, *body;
	size_t n = strlen(head);

	for (; (at = strstr(at, head)) != NULL; at += n) {
		if (at[n] != '}' && at[n] != '|')
			continue;
		body = strchr(at + n, '}');
		*end = body == NULL ? NULL : strstr(body + 1, PANEL_END);
		if (*end == NULL)
			return (NULL);
		*end += sizeof(PANEL_END) - 1;
		return (at);
	}
	return (NULL);
}

enum err
jira_text_wiki(struct job *job, const char *text, const struct section *s,
    const char **wiki)
{
	const char *title = panel_title(job, s->title);
	const char *head = title == NULL ? NULL : arena_printf(job->arena,
	    "{panel:title=%s", title);
	const char *at, *end, *ours;
	size_t rest;

	if (head == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a description"));
	text = text == NULL ? "" : text;
	if ((at = find_panel(text, head, &end)) == NULL)
		at = end = text + strlen(text);
	rest = (size_t)(at - text) + strlen(end) + strlen(head) + 16;
	if (rest + ROOM_MIN > JIRA_WIKI)
		return (no_room(job, s));
	if (markup_wiki(job->arena, s->body, JIRA_WIKI - rest, &ours) != OK)
		return (fail(job, ERR_NOMEM, "no memory for a description"));
	*wiki = arena_printf(job->arena, "%.*s%s%s}\n%s\n%s%s",
	    (int)(at - text), text, *at == '\0' && at > text ? "\n\n" : "",
	    head, ours, PANEL_END, end);
	return (*wiki == NULL ? fail(job, ERR_NOMEM, "no memory for a "
	    "description") : OK);
}
