/*
 * Lists for people and for programs, out of the same calls.  As a table, all
 * rows are kept until the end, since a column is as wide as its widest cell;
 * on a terminal the widest columns that may be cut give way until a line
 * fits.  As JSON each row is a line, written as soon as it is whole.
 */
#include "common/table.h"

#include <sys/ioctl.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/utf8.h"

enum {
	TABLE_MEMORY = 256 * 1024 * 1024,
	GAP = 2,		/* blanks between two columns */
	CELL_MAX = 8 * 1024 * 1024	/* bytes of one cell, escaped */
};

#define ELLIPSIS	"\xe2\x80\xa6"

struct cell {
	const char	*text;
	size_t		 points;
	bool		 right;
};

struct row {
	struct row	*next;
	struct cell	 cell[];
};

struct table {
	struct arena	*arena;
	const struct table_column *column;
	size_t		 n;
	struct table_options o;
	struct row	*first, **tail, *row;	/* row: being filled */
	size_t		 at;		/* its next cell */
	size_t		 rows;
	struct buf	 line;		/* JSON: of the row */
	struct json_writer w;
	bool		 begun;		/* JSON: the row has an object */
	bool		 failed;
};

enum err
table_new(struct table **out, const struct table_column *column, size_t n,
    const struct table_options *o)
{
	struct table *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->arena = arena_new(TABLE_MEMORY)) == NULL) {
		free(t);
		return (ERR_NOMEM);
	}
	t->column = column;
	t->n = n;
	t->o = *o;
	t->tail = &t->first;
	*out = t;
	return (OK);
}

bool
table_acts(uint32_t c)
{
	return (c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c ||
	    c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff);
}

static void
put_escape(struct buf *b, uint32_t c, unsigned char byte)
{
	static const char names[] = "\n\t\r\033", letters[] = "ntre";
	const char *at = c != 0 && c < 0x80 ? strchr(names, (int)c) : NULL;

	if (at != NULL)
		buf_printf(b, "\\%c", letters[at - names]);
	else if (c == 0xfffd)
		buf_printf(b, "\\x%02x", byte);
	else if (c < 0x80)
		buf_printf(b, "\\x%02x", (unsigned)c);
	else
		buf_printf(b, "\\u%04x", (unsigned)c);
}

void
table_visible(struct buf *b, const char *text)
{
	size_t left, n;
	uint32_t c;

	for (left = strlen(text); left > 0; text += n, left -= n) {
		c = utf8_next(text, left, &n);
		/* A bad byte comes out as U+FFFD, and so does that one. */
		if (table_acts(c) || (c == 0xfffd && n == 1))
			put_escape(b, c, (unsigned char)text[0]);
		else
			buf_add(b, text, n);
	}
}

/* Begin the row if need be; the cell to fill, or NULL. */
static struct cell *
next_cell(struct table *t)
{
	if (t->failed || t->at >= t->n)
		return (NULL);
	if (t->row == NULL)
		t->row = arena_alloc(t->arena, sizeof(*t->row) + t->n *
		    sizeof(t->row->cell[0]));
	if (t->row == NULL) {
		t->failed = true;
		return (NULL);
	}
	return (&t->row->cell[t->at]);
}

/* The member of the next cell, or NULL when JSON has none for it. */
static const char *
next_key(struct table *t)
{
	if (t->failed || t->at >= t->n)
		return (NULL);
	if (!t->begun) {
		arena_reset(t->arena);
		buf_init(&t->line, t->arena, TABLE_MEMORY);
		json_open(&t->w, &t->line);
		json_begin(&t->w, NULL, JSON_OBJECT);
		t->begun = true;
	}
	return (t->column[t->at].key);
}

static void
put_cell(struct table *t, const char *text, bool right)
{
	struct cell *c;
	struct buf b;

	if (t->column[t->at].title == NULL || (c = next_cell(t)) == NULL)
		return;
	buf_init(&b, t->arena, CELL_MAX);
	table_visible(&b, text);
	if ((c->text = buf_text(&b)) == NULL) {
		t->failed = true;
		return;
	}
	c->points = utf8_count(c->text, b.len);
	c->right = right;
}

void
table_text(struct table *t, const char *text)
{
	const char *key;

	if (t->at >= t->n)
		return;
	if (!t->o.json)
		put_cell(t, text == NULL ? "-" : text, false);
	else if ((key = next_key(t)) != NULL)
		json_put_string(&t->w, key, text);
	t->at++;
}

void
table_int(struct table *t, int64_t n)
{
	const char *key;
	char text[32];

	if (t->at >= t->n)
		return;
	(void)snprintf(text, sizeof(text), "%" PRId64, n);
	if (!t->o.json)
		put_cell(t, text, true);
	else if ((key = next_key(t)) != NULL)
		json_put_int(&t->w, key, n);
	t->at++;
}

void
table_bool(struct table *t, bool yes)
{
	const char *key;

	if (t->at >= t->n)
		return;
	if (!t->o.json)
		put_cell(t, yes ? "yes" : "no", false);
	else if ((key = next_key(t)) != NULL)
		json_put_bool(&t->w, key, yes);
	t->at++;
}

void
table_time(struct table *t, int64_t ms)
{
	char iso[CLOCK_ISO_MAX];

	if (ms == 0) {
		table_text(t, NULL);
		return;
	}
	clock_format(ms, iso);
	table_text(t, iso);
}

static void
end_object(struct table *t)
{
	const char *text;

	json_end(&t->w);
	t->begun = false;
	if ((text = buf_text(&t->line)) == NULL)
		t->failed = true;
	else
		(void)fprintf(t->o.out, "%s\n", text);
}

void
table_row(struct table *t)
{
	while (t->at < t->n)
		table_text(t, NULL);
	t->at = 0;
	if (t->failed)
		return;
	t->rows++;
	if (t->o.json) {
		if (t->begun)
			end_object(t);
		return;
	}
	if (t->row == NULL)
		return;
	*t->tail = t->row;
	t->tail = &t->row->next;
	t->row = NULL;
}

size_t
table_rows(const struct table *t)
{
	return (t->rows);
}

/* As wide as the widest cell of each column. */
static void
measure(const struct table *t, size_t *width)
{
	const struct row *r;
	size_t i;

	for (i = 0; i < t->n; i++) {
		width[i] = 0;
		if (t->column[i].title == NULL)
			continue;
		if (!t->o.bare)
			width[i] = utf8_count(t->column[i].title,
			    strlen(t->column[i].title));
		for (r = t->first; r != NULL; r = r->next)
			if (r->cell[i].points > width[i])
				width[i] = r->cell[i].points;
	}
}

/* Take from the widest column that may be cut until the line fits. */
static void
squeeze(const struct table *t, size_t *width)
{
	size_t i, widest, sum = 0, shown = 0;

	for (i = 0; i < t->n; i++) {
		sum += width[i];
		shown += t->column[i].title != NULL;
	}
	sum += shown > 0 ? (shown - 1) * GAP : 0;
	sum += t->o.indent != NULL ? strlen(t->o.indent) : 0;
	for (; t->o.width > 0 && sum > t->o.width; sum--) {
		for (widest = t->n, i = 0; i < t->n; i++)
			if (t->column[i].least > 0 &&
			    width[i] > t->column[i].least &&
			    (widest == t->n || width[i] > width[widest]))
				widest = i;
		if (widest == t->n)
			return;
		width[widest]--;
	}
}

/* One cell; pad: blanks that still wait to be written before it. */
static void
print_cell(FILE *out, const struct cell *c, size_t width, size_t *pad)
{
	size_t len = strlen(c->text), points = c->points;

	if (points > width) {
		len = utf8_cut_points(c->text, len, width - 1);
		points = width;
	}
	if (c->right)
		*pad += width - points;
	(void)fprintf(out, "%*s%.*s%s", (int)*pad, "", (int)len, c->text,
	    c->points > width ? ELLIPSIS : "");
	*pad = GAP + (c->right ? 0 : width - points);
}

static void
print_row(const struct table *t, const struct row *r, const size_t *width)
{
	const char *title;
	struct cell head;
	size_t i, pad = 0;

	(void)fputs(t->o.indent != NULL ? t->o.indent : "", t->o.out);
	for (i = 0; i < t->n; i++) {
		if ((title = t->column[i].title) == NULL)
			continue;
		if (r != NULL) {
			print_cell(t->o.out, &r->cell[i], width[i], &pad);
			continue;
		}
		/* A heading stands as the cells below it do. */
		head = (struct cell){ title, utf8_count(title, strlen(title)),
		    t->first != NULL && t->first->cell[i].right };
		print_cell(t->o.out, &head, width[i], &pad);
	}
	(void)fputc('\n', t->o.out);
}

static void
print(const struct table *t)
{
	size_t *width = arena_alloc(t->arena, t->n * sizeof(*width));
	const struct row *r;

	if (width == NULL || t->first == NULL)
		return;
	measure(t, width);
	squeeze(t, width);
	if (!t->o.bare)
		print_row(t, NULL, width);
	for (r = t->first; r != NULL; r = r->next)
		print_row(t, r, width);
}

enum err
table_end(struct table *t)
{
	enum err e = OK;

	if (t == NULL)
		return (OK);
	print(t);
	if (t->failed)
		e = ERR_NOMEM;
	else if (fflush(t->o.out) != 0 || ferror(t->o.out))
		e = ERR_LEDGER;
	arena_free(t->arena);
	free(t);
	return (e);
}

size_t
table_width(FILE *f)
{
	struct winsize size;
	int fd = fileno(f);

	if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0)
		return (0);
	return (size.ws_col);
}
