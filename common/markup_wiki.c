/*
 * A tree of Markdown as wiki text, which Jira Data Center shows.  What a text
 * contains must not become markup, so its punctuation is escaped.
 * https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/markup_tree.h"

/*
 * What the functions below share.  A backslash escapes most punctuation;
 * where the renderer does not know it, an entity does.
 */
struct wiki {
	const struct markup_tree	*tree;
	const struct markup_view	*view;
	struct buf			*out;
	size_t				 line;	/* where it began in out */
	size_t				 depth;	/* of lists */
	char				 marks[MARKUP_DEPTH + 2];
};

/* The languages that {code} knows; it shows an error for another. */
static const char *const languages[] = {
	"actionscript", "ada", "applescript", "bash", "c", "c#", "c++", "cpp",
	"css", "erlang", "go", "groovy", "haskell", "html", "java",
	"javascript", "js", "json", "lua", "objc", "perl", "php", "python",
	"r", "ruby", "scala", "sh", "sql", "swift", "visualbasic", "xml",
	"yaml",
};

/* Macros whose names may not stand in a verbatim block. */
static const char *const macros[] = {
	"{code", "{noformat", "{quote", "{panel",
};

static bool
is_word(char c)
{
	return (isalnum((unsigned char)c) || (unsigned char)c >= 0x80);
}

static void
begin_line(struct wiki *w)
{
	w->line = w->out->len;
}

/* "h1." or "bq." at the start of a line: is the dot theirs? */
static bool
is_block_dot(const struct wiki *w, const char *s)
{
	const char *line = w->out->data + w->line;
	size_t n = w->out->len - w->line;

	if (s[0] != '.' || n != 2 || w->out->failed)
		return (false);
	return (memcmp(line, "bq", 2) == 0 ||
	    (line[0] == 'h' && isdigit((unsigned char)line[1])));
}

static bool
is_entity(const char *s, size_t n)
{
	size_t i;

	for (i = 1; i < n && (isalnum((unsigned char)s[i]) || s[i] == '#');
	    i++)
		;
	return (i > 1 && i < n && s[i] == ';');
}

static bool
is_mark(char c)
{
	switch (c) {
	case '{': case '}': case '[': case ']': case '(': case ')': case '*':
	case '_': case '-': case '+': case '^': case '~': case '|': case '!':
	case '?':
		return (true);
	default:
		return (false);
	}
}

/* One byte of theirs, of which n are left. */
static void
put_byte(struct wiki *w, const char *s, size_t n)
{
	char next = n > 1 ? s[1] : '\0';

	if (*s == '\\')
		buf_str(w->out, "&#92;");
	else if (*s == '&' && is_entity(s, n))
		buf_str(w->out, "&amp;");
	else if (is_block_dot(w, s))
		buf_str(w->out, "&#46;");
	else if (*s == ':' && next != '\0' && strchr("DdPp", next) != NULL)
		buf_str(w->out, "&#58;");
	else if (*s == '\n')
		buf_char(w->out, ' ');
	else {
		if (is_mark(*s) ||
		    (*s == '#' && w->out->len == w->line))
			buf_char(w->out, '\\');
		buf_char(w->out, *s);
	}
}

static void
put_text(struct wiki *w, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put_byte(w, s + i, n - i);
}

/* A URL without the bytes that mean something to the renderer. */
static void
put_url(struct wiki *w, const char *url)
{
	for (; *url != '\0'; url++)
		if ((unsigned char)*url <= ' ' ||
		    strchr("\\[]{}|^<>\"`!*", *url) != NULL)
			buf_printf(w->out, "%%%02X",
			    (unsigned int)(unsigned char)*url);
		else
			buf_char(w->out, *url);
}

static void
put_mark(struct wiki *w, const char *mark, bool braces)
{
	if (braces)
		buf_printf(w->out, "{%s}", mark);
	else
		buf_str(w->out, mark);
}

/* The marks in their order, or backwards to close them. */
static void
put_marks(struct wiki *w, unsigned int marks, bool braces, bool closing)
{
	static const struct {
		unsigned int	 mark;
		const char	*open;
		const char	*close;
	} all[] = {
		{ MARKUP_STRONG, "*", "*" },
		{ MARKUP_EM, "_", "_" },
		{ MARKUP_STRIKE, "-", "-" },
		{ MARKUP_MONO, "{{", "}}" },
	};
	size_t i, k, n = sizeof(all) / sizeof(all[0]);

	for (i = 0; i < n; i++) {
		k = closing ? n - 1 - i : i;
		if ((marks & all[k].mark) == 0)
			continue;
		put_mark(w, closing ? all[k].close : all[k].open,
		    braces && all[k].mark != MARKUP_MONO);
	}
}

/* Does the run touch a word, so that its marks need braces? */
static bool
touches(const struct wiki *w, const struct markup_node *n, size_t tail)
{
	const struct markup_node *next = n->next;
	const struct buf *out = w->out;

	if (out->len > w->line && is_word(out->data[out->len - 1]))
		return (true);
	return (tail == 0 && next != NULL && next->kind == MARKUP_TEXT &&
	    next->len > 0 && is_word(w->tree->pool.data[next->start]));
}

/* One run: the marks touch its text, its outer blanks stay outside. */
static void
put_run(struct wiki *w, const struct markup_node *n)
{
	const char *s = w->tree->pool.data + n->start;
	size_t len = markup_tree_length(w->tree, n, w->view);
	size_t head = 0, tail = 0;
	bool braces;

	while (head < len && s[head] == ' ')
		head++;
	while (tail < len - head && s[len - 1 - tail] == ' ')
		tail++;
	if (w->out->len > w->line)
		buf_add(w->out, s, head);
	s += head;
	len -= head + tail;
	if (len > 0) {
		braces = touches(w, n, tail);
		buf_str(w->out, n->link != NULL ? "[" : "");
		put_marks(w, n->marks, braces, false);
		put_text(w, s, len);
		put_marks(w, n->marks, braces, true);
		if (n->link != NULL) {
			buf_char(w->out, '|');
			put_url(w, n->link);
			buf_char(w->out, ']');
		}
	}
	buf_add(w->out, s + len, tail);
}

static void
put_line(struct wiki *w, const struct markup_node *parent)
{
	const struct markup_node *n;

	begin_line(w);
	for (n = parent->first; n != NULL; n = n->next) {
		if (!markup_tree_kept(w->tree, n, w->view))
			break;
		if (n->kind == MARKUP_BREAK)
			buf_str(w->out, " \\\\ ");
		else
			put_run(w, n);
	}
}

static bool
is_macro(const char *s, size_t n)
{
	size_t i, len;

	if (s[0] != '{')
		return (false);
	for (i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
		len = strlen(macros[i]);
		if (len <= n && strncasecmp(s, macros[i], len) == 0)
			return (true);
	}
	return (false);
}

static bool
is_known(const char *language)
{
	size_t i;

	for (i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (strcasecmp(languages[i], language) == 0)
			return (true);
	return (false);
}

static void
put_code(struct wiki *w, const struct markup_node *code)
{
	const struct markup_node *text = code->first;
	const char *s = w->tree->pool.data + text->start;
	size_t i, len = markup_tree_length(w->tree, text, w->view);
	bool known = code->link != NULL && is_known(code->link);

	if (known)
		buf_printf(w->out, "{code:%s}\n", code->link);
	else
		buf_str(w->out, "{noformat}\n");
	for (i = 0; i < len; i++) {
		buf_char(w->out, s[i]);
		if (is_macro(s + i, len - i))
			buf_char(w->out, ' ');
	}
	if (len < text->len)
		buf_str(w->out, "\n" MARKUP_ELLIPSIS);
	buf_str(w->out, known ? "\n{code}" : "\n{noformat}");
}

static void
put_table(struct wiki *w, const struct markup_node *table)
{
	const struct markup_node *row, *cell;
	const char *bar = "|";

	for (row = table->first; row != NULL; row = row->next) {
		if (!markup_tree_kept(w->tree, row, w->view))
			break;
		if (row->prev != NULL)
			buf_char(w->out, '\n');
		for (cell = row->first; cell != NULL; cell = cell->next) {
			bar = cell->kind == MARKUP_HEAD ? "||" : "|";
			buf_printf(w->out, "%s ", bar);
			put_line(w, cell);
			buf_char(w->out, ' ');
		}
		buf_str(w->out, bar);
	}
}

static void put_blocks(struct wiki *, const struct markup_node *);

/* Recursion is as deep as the tree: some twice MARKUP_DEPTH. */
static void
put_block(struct wiki *w, const struct markup_node *n)
{
	switch (n->kind) {
	case MARKUP_HEADING:
		buf_printf(w->out, "h%u. ", n->number);
		put_line(w, n);
		break;
	case MARKUP_QUOTE:
		buf_str(w->out, "{quote}\n");
		put_blocks(w, n);
		buf_str(w->out, "\n{quote}");
		break;
	case MARKUP_BULLETS:
	case MARKUP_NUMBERS:
		w->marks[w->depth++] = n->kind == MARKUP_BULLETS ? '*' : '#';
		put_blocks(w, n);
		w->depth--;
		break;
	case MARKUP_ITEM:
		buf_add(w->out, w->marks, w->depth);
		buf_char(w->out, ' ');
		put_blocks(w, n);
		break;
	case MARKUP_CODE:
		put_code(w, n);
		break;
	case MARKUP_RULE:
		buf_str(w->out, "----");
		break;
	case MARKUP_TABLE:
		put_table(w, n);
		break;
	default:
		put_line(w, n);
	}
}

/* An empty line would end a list. */
static const char *
gap(const struct markup_node *n)
{
	if (n->parent->kind == MARKUP_DOC || n->parent->kind == MARKUP_QUOTE)
		return ("\n\n");
	if (n->kind == MARKUP_PARA && n->prev->kind == MARKUP_PARA)
		return (" \\\\ ");
	return ("\n");
}

static void
put_blocks(struct wiki *w, const struct markup_node *parent)
{
	const struct markup_node *n;

	for (n = parent->first; n != NULL; n = n->next) {
		if (!markup_tree_kept(w->tree, n, w->view))
			break;
		if (n->prev != NULL)
			buf_str(w->out, gap(n));
		put_block(w, n);
	}
}

static void
put_cut(struct buf *out)
{
	if (out->len > 0)
		buf_str(out, "\n\n");
	buf_str(out, MARKUP_ELLIPSIS);
}

void
markup_wiki_write(const struct markup_tree *tree,
    const struct markup_view *view, struct buf *out)
{
	struct wiki w = { .tree = tree, .view = view, .out = out };
	const struct markup_node *n;
	bool cut = markup_tree_cut(tree, view);

	buf_str(out, "");
	for (n = tree->root->first; n != NULL; n = n->next) {
		if (cut && n->at >= view->tail) {
			put_cut(out);
			cut = false;
		}
		if (!markup_tree_kept(tree, n, view))
			continue;
		if (out->len > 0)
			buf_str(out, gap(n));
		put_block(&w, n);
	}
	if (cut)
		put_cut(out);
}
