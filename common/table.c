/*
 * Lists for people and for programs, out of the same calls.  As a table, all
 * rows are spooled until the end, since a column is as wide as its widest
 * cell; on a terminal the widest columns that may be cut give way until a line
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
#include "common/spool.h"
#include "common/utf8.h"

enum {
	TABLE_MEMORY = 256 * 1024 * 1024,
	TABLE_KEEP = 128 * 1024,	/* bytes of rows without a file */
	GAP = 2			/* blanks between two columns */
};

/* What a cell begins with in the spool; its text ends with a NUL. */
enum {
	TO_LEFT = 'l',
	TO_RIGHT = 'r'
};

#define ELLIPSIS	"\xe2\x80\xa6"

struct cell {
	const char	*text;
	size_t		 points;
	bool		 right;
};

struct shape {
	size_t		 width;		/* of the widest cell, or as cut */
	bool		 right;		/* the first cell stands there */
};

struct table {
	struct arena	*arena;		/* of the row */
	const struct table_column *column;
	size_t		 n;
	struct table_options o;
	struct spool	*spool;		/* rows for people */
	size_t		 at;		/* the next cell */
	size_t		 rows;
	struct buf	 line;		/* the row: JSON, or cells */
	struct json_writer w;
	bool		 begun;		/* the row has a line */
	bool		 failed;
	struct shape	 shape[];	/* of each column */
};

static void
drop(struct table *t)
{
	spool_free(t->spool);
	arena_free(t->arena);
	free(t);
}

enum err
table_new(struct table **out, const struct table_column *column, size_t n,
    const struct table_options *o)
{
	struct table *t = calloc(1, sizeof(*t) + n * sizeof(t->shape[0]));

	if (t == NULL)
		return (ERR_NOMEM);
	t->column = column;
	t->n = n;
	t->o = *o;
	t->arena = arena_new(TABLE_MEMORY);
	t->spool = spool_new(TABLE_KEEP, TABLE_MEMORY);
	if (t->arena == NULL || t->spool == NULL) {
		drop(t);
		return (ERR_NOMEM);
	}
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

/* Begin the row if need be; false: no cell is to be written. */
static bool
begin_cell(struct table *t)
{
	if (t->failed || t->at >= t->n)
		return (false);
	if (t->begun)
		return (true);
	arena_reset(t->arena);
	buf_init(&t->line, t->arena, TABLE_MEMORY);
	if (t->o.json) {
		json_open(&t->w, &t->line);
		json_begin(&t->w, NULL, JSON_OBJECT);
	}
	t->begun = true;
	return (true);
}

/* The member of the next cell, or NULL when JSON has none for it. */
static const char *
next_key(struct table *t)
{
	return (begin_cell(t) ? t->column[t->at].key : NULL);
}

static void
put_cell(struct table *t, const char *text, bool right)
{
	struct shape *shape = &t->shape[t->at];
	size_t from, points;

	if (t->column[t->at].title == NULL || !begin_cell(t))
		return;
	buf_char(&t->line, right ? TO_RIGHT : TO_LEFT);
	from = t->line.len;
	table_visible(&t->line, text);
	if (buf_text(&t->line) == NULL) {
		t->failed = true;
		return;
	}
	points = utf8_count(t->line.data + from, t->line.len - from);
	buf_char(&t->line, '\0');
	if (points > shape->width)
		shape->width = points;
	if (t->rows == 0)
		shape->right = right;
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

/* JSON is printed, the cells of people wait for the rest. */
static void
end_line(struct table *t)
{
	const char *text;

	if (t->o.json)
		json_end(&t->w);
	t->begun = false;
	if ((text = buf_text(&t->line)) == NULL)
		t->failed = true;
	else if (t->o.json)
		(void)fprintf(t->o.out, "%s\n", text);
	else
		t->failed = !spool_add(t->spool, text, t->line.len);
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
	if (t->begun)
		end_line(t);
}

size_t
table_rows(const struct table *t)
{
	return (t->rows);
}

/* The headings are cells like others. */
static void
measure(struct table *t)
{
	size_t i, points;

	for (i = 0; i < t->n && !t->o.bare; i++) {
		if (t->column[i].title == NULL)
			continue;
		points = utf8_count(t->column[i].title,
		    strlen(t->column[i].title));
		if (points > t->shape[i].width)
			t->shape[i].width = points;
	}
}

/* Take from the widest column that may be cut until the line fits. */
static void
squeeze(struct table *t)
{
	size_t i, widest, sum = 0, shown = 0;

	for (i = 0; i < t->n; i++) {
		sum += t->shape[i].width;
		shown += t->column[i].title != NULL;
	}
	sum += shown > 0 ? (shown - 1) * GAP : 0;
	sum += t->o.indent != NULL ? strlen(t->o.indent) : 0;
	for (; t->o.width > 0 && sum > t->o.width; sum--) {
		for (widest = t->n, i = 0; i < t->n; i++)
			if (t->column[i].least > 0 &&
			    t->shape[i].width > t->column[i].least &&
			    (widest == t->n ||
			    t->shape[i].width > t->shape[widest].width))
				widest = i;
		if (widest == t->n)
			return;
		t->shape[widest].width--;
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

/* The cell that is next in a record, or a heading where there is none. */
static struct cell
take_cell(const struct table *t, size_t i, const char **record)
{
	struct cell c = { .text = t->column[i].title,
	    .right = t->shape[i].right };

	if (*record != NULL) {
		c.right = **record == TO_RIGHT;
		c.text = *record + 1;
		*record = c.text + strlen(c.text) + 1;
	}
	c.points = utf8_count(c.text, strlen(c.text));
	return (c);
}

/* Without a record, the headings. */
static void
print_row(const struct table *t, const char *record)
{
	struct cell cell;
	size_t i, pad = 0;

	(void)fputs(t->o.indent != NULL ? t->o.indent : "", t->o.out);
	for (i = 0; i < t->n; i++) {
		if (t->column[i].title == NULL)
			continue;
		cell = take_cell(t, i, &record);
		print_cell(t->o.out, &cell, t->shape[i].width, &pad);
	}
	(void)fputc('\n', t->o.out);
}

/* A row that did not fit is not there, nor are those after it. */
static void
print(struct table *t)
{
	const char *record;
	size_t len;

	record = spool_next(t->spool, &len);
	measure(t);
	squeeze(t);
	if (record != NULL && !t->o.bare)
		print_row(t, NULL);
	for (; record != NULL; record = spool_next(t->spool, &len))
		print_row(t, record);
	t->failed = t->failed || spool_failed(t->spool);
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
	drop(t);
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
