/*
 * A tree of Markdown as a document of Atlassian's format, node by node.  Its
 * schema is strict, and Jira refuses a whole document for one node in a wrong
 * place: text marks have rules, a cell and a list item want a block in them.
 * https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
 */
#include "common/json.h"
#include "common/markup_tree.h"

/* What the functions below share. */
struct adf {
	const struct markup_tree	*tree;
	const struct markup_view	*view;
	struct json_writer		 w;
};

static const char *const types[] = {
	[MARKUP_DOC] = "doc",
	[MARKUP_PARA] = "paragraph",
	[MARKUP_HEADING] = "heading",
	[MARKUP_QUOTE] = "blockquote",
	[MARKUP_BULLETS] = "bulletList",
	[MARKUP_NUMBERS] = "orderedList",
	[MARKUP_ITEM] = "listItem",
	[MARKUP_CODE] = "codeBlock",
	[MARKUP_RULE] = "rule",
	[MARKUP_TABLE] = "table",
	[MARKUP_ROW] = "tableRow",
	[MARKUP_HEAD] = "tableHeader",
	[MARKUP_CELL] = "tableCell",
	[MARKUP_TEXT] = "text",
	[MARKUP_BREAK] = "hardBreak",
};

static void
write_mark(struct adf *a, const char *type)
{
	json_begin(&a->w, NULL, JSON_OBJECT);
	json_put_string(&a->w, "type", type);
	json_end(&a->w);
}

/* A code mark stands alone or with a link. */
static void
write_marks(struct adf *a, const struct markup_node *n)
{
	if (n->marks == 0 && n->link == NULL)
		return;
	json_begin(&a->w, "marks", JSON_ARRAY);
	if (n->link != NULL) {
		json_begin(&a->w, NULL, JSON_OBJECT);
		json_put_string(&a->w, "type", "link");
		json_begin(&a->w, "attrs", JSON_OBJECT);
		json_put_string(&a->w, "href", n->link);
		json_end(&a->w);
		json_end(&a->w);
	}
	if (n->marks & MARKUP_MONO)
		write_mark(a, "code");
	else {
		if (n->marks & MARKUP_EM)
			write_mark(a, "em");
		if (n->marks & MARKUP_STRONG)
			write_mark(a, "strong");
		if (n->marks & MARKUP_STRIKE)
			write_mark(a, "strike");
	}
	json_end(&a->w);
}

static void
write_plain(struct adf *a, const char *s)
{
	json_begin(&a->w, NULL, JSON_OBJECT);
	json_put_string(&a->w, "type", "text");
	json_put_string(&a->w, "text", s);
	json_end(&a->w);
}

static void
write_text(struct adf *a, const struct markup_node *n)
{
	char *s = a->tree->pool.data + n->start;
	size_t len = markup_tree_length(a->tree, n, a->view);
	char behind = s[len];

	if (len > 0) {
		s[len] = '\0';
		json_begin(&a->w, NULL, JSON_OBJECT);
		json_put_string(&a->w, "type", "text");
		json_put_string(&a->w, "text", s);
		write_marks(a, n);
		json_end(&a->w);
		s[len] = behind;
	}
	if (len < n->len && n->parent->kind == MARKUP_CODE)
		write_plain(a, "\n" MARKUP_ELLIPSIS);
}

static void
write_line(struct adf *a, const struct markup_node *parent)
{
	const struct markup_node *n;

	json_begin(&a->w, "content", JSON_ARRAY);
	for (n = parent->first; n != NULL; n = n->next) {
		if (n->kind == MARKUP_TEXT)
			write_text(a, n);
		else if (markup_tree_kept(a->tree, n, a->view))
			write_mark(a, types[n->kind]);
	}
	json_end(&a->w);
}

static void
write_attrs(struct adf *a, const struct markup_node *n)
{
	const char *key;

	if (n->kind == MARKUP_HEADING)
		key = "level";
	else if (n->kind == MARKUP_NUMBERS)
		key = "order";
	else if (n->kind == MARKUP_CODE && n->link != NULL)
		key = "language";
	else
		return;
	json_begin(&a->w, "attrs", JSON_OBJECT);
	if (n->kind == MARKUP_CODE)
		json_put_string(&a->w, key, n->link);
	else
		json_put_int(&a->w, key, n->number);
	json_end(&a->w);
}

/* A cell's text, in the paragraph that it must have. */
static void
write_cell(struct adf *a, const struct markup_node *n)
{
	json_begin(&a->w, "content", JSON_ARRAY);
	json_begin(&a->w, NULL, JSON_OBJECT);
	json_put_string(&a->w, "type", "paragraph");
	write_line(a, n);
	json_end(&a->w);
	json_end(&a->w);
}

/* Recursion is as deep as the tree: some twice MARKUP_DEPTH. */
static void
write_block(struct adf *a, const struct markup_node *n)
{
	const struct markup_node *child;

	json_begin(&a->w, NULL, JSON_OBJECT);
	json_put_string(&a->w, "type", types[n->kind]);
	write_attrs(a, n);
	switch (n->kind) {
	case MARKUP_RULE:
		break;
	case MARKUP_PARA:
	case MARKUP_HEADING:
	case MARKUP_CODE:
		write_line(a, n);
		break;
	case MARKUP_HEAD:
	case MARKUP_CELL:
		write_cell(a, n);
		break;
	default:
		json_begin(&a->w, "content", JSON_ARRAY);
		for (child = n->first; child != NULL; child = child->next)
			if (markup_tree_kept(a->tree, child, a->view))
				write_block(a, child);
		json_end(&a->w);
	}
	json_end(&a->w);
}

/* The paragraph that stands for what was cut. */
static void
write_cut(struct adf *a)
{
	json_begin(&a->w, NULL, JSON_OBJECT);
	json_put_string(&a->w, "type", types[MARKUP_PARA]);
	json_begin(&a->w, "content", JSON_ARRAY);
	write_plain(a, MARKUP_ELLIPSIS);
	json_end(&a->w);
	json_end(&a->w);
}

void
markup_adf_write(const struct markup_tree *tree,
    const struct markup_view *view, struct buf *out)
{
	struct adf a = { .tree = tree, .view = view };
	const struct markup_node *n;
	bool cut = markup_tree_cut(tree, view);

	json_open(&a.w, out);
	json_begin(&a.w, NULL, JSON_OBJECT);
	json_put_int(&a.w, "version", 1);
	json_put_string(&a.w, "type", types[tree->root->kind]);
	json_begin(&a.w, "content", JSON_ARRAY);
	for (n = tree->root->first; n != NULL; n = n->next) {
		if (cut && n->at >= view->tail) {
			write_cut(&a);
			cut = false;
		}
		if (markup_tree_kept(tree, n, view))
			write_block(&a, n);
	}
	if (cut)
		write_cut(&a);
	json_end(&a.w);
	json_end(&a.w);
}
