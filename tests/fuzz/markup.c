/*
 * Markdown to a tree, and what becomes of it: ADF of one input in WRITTEN, wiki
 * text of another, within a limit that is ample but for one in NARROW of
 * these, which are written again and again until they fit.  One ADF in PARSED
 * is read as JSON.  With FUZZ_ADF in the environment each document is printed,
 * a line for it: see adf.js.
 */
#include "common/json.h"
#include "common/markup.h"
#include "common/markup_tree.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

enum {
	LIMIT_MIN = 200,
	AMPLE = 64,		/* bytes of ADF for one of Markdown, at most */
	WRITTEN = 8,
	NARROW = 16,
	PARSED = 2
};

/* What is written of the tree stands in the pool, one text after the other. */
static void
tree(struct job *job, const char *markdown)
{
	const struct markup_node *n, *next;
	struct markup_tree t;
	size_t at = 0;

	MUST(markup_tree_read(job->arena, markdown, &t) == OK);
	for (n = t.root; n != NULL; n = next) {
		if (n->kind == MARKUP_TEXT) {
			MUST(n->start >= at && n->len > 0);
			at = n->start + n->len;
		}
		MUST(n->kind == MARKUP_DOC || n->parent != NULL);
		MUST(n->kind != MARKUP_ITEM || n->first == NULL ||
		    (n->first->kind != MARKUP_BULLETS &&
		    n->first->kind != MARKUP_NUMBERS));
		next = n->first;
		while (next == NULL && n != NULL) {
			next = n->next;
			n = n->parent;
		}
	}
	MUST(at <= t.pool.len);
}

static void
adf(struct job *job, const char *markdown, size_t limit, bool parsed)
{
	const struct json *doc;
	const char *text;

	MUST(markup_adf(job->arena, markdown, limit, &text) == OK);
	MUST(strlen(text) <= limit);
	if (getenv("FUZZ_ADF") != NULL)
		puts(text);
	if (!parsed)
		return;
	MUST(json_parse(job->arena, text, strlen(text), &doc, &job->why) ==
	    OK);
	MUST(strcmp(json_text(doc, "type"), "doc") == 0);
}

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	uint64_t hash = fuzz_hash(data, n);
	size_t limit = LIMIT_MIN * 2 + n * AMPLE;
	const char *markdown = fuzz_text(job, data, n), *text;

	if (hash / WRITTEN % NARROW == 0 && n > 0)
		limit = LIMIT_MIN + (size_t)data[0] * 40;
	if (hash % WRITTEN == 0 || getenv("FUZZ_ADF") != NULL) {
		adf(job, markdown, limit,
		    hash / WRITTEN / NARROW % PARSED == 0);
	} else if (hash % WRITTEN == 1) {
		MUST(markup_wiki(job->arena, markdown, limit, &text) == OK);
		MUST(strlen(text) <= limit && utf8_valid(text, strlen(text)));
	} else
		tree(job, markdown);
}
