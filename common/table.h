#ifndef TABLE_H_
#define TABLE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"

/*
 * A list for people, as aligned columns, or for programs, as one JSON object
 * a line.
 *
 *	static const struct table_column columns[] = {
 *		{ "TICKET", "ticket", 0 },
 *		{ "TEST", "test", 20 },
 *		{ NULL, "test_id", 0 }			only in JSON
 *	};
 *	const struct table_options o = { .out = stdout, .json = json,
 *	    .width = table_width(stdout) };
 *
 *	if ((e = table_new(&t, columns, 3, &o)) != OK)
 *		...
 *	table_text(t, "PAY-12");		a cell for each column ...
 *	table_text(t, "adds one");
 *	table_text(t, NULL);
 *	table_row(t);				... and the end of the row
 *	return (table_end(t));
 *
 * A table for people is spooled until table_end(), since its last row may be
 * its widest, see common/spool.h; JSON is written row by row.  Either needs as
 * much memory as its largest row.
 *
 * Widths count code points.  What comes from others cannot move the cursor
 * or change a colour: see table_visible().  In JSON it stays as it is.
 */
struct table;

struct table_column {
	const char	*title;		/* heading; NULL: not for people */
	const char	*key;		/* member; NULL: not for programs */
	size_t		 least;		/* may be cut to that; 0: never cut */
};

struct table_options {
	FILE		*out;
	bool		 json;
	bool		 bare;		/* no line of headings */
	size_t		 width;		/* cut to so much; 0: do not */
	const char	*indent;	/* before each line, or NULL */
};

/* The columns are borrowed.  ERR_NOMEM. */
enum err table_new(struct table **, const struct table_column *, size_t n,
    const struct table_options *);

/*
 * The next cell of the row.  What was not told (NULL, time 0) is "-", in
 * JSON null.  A number stands to the right; a time is wall milliseconds and
 * reads "2026-11-03T07:41:09.512Z".  Everything is copied.
 */
void table_text(struct table *, const char *);
void table_int(struct table *, int64_t);
void table_bool(struct table *, bool);
void table_time(struct table *, int64_t);

/* The row is complete: cells that were not given were not told. */
void table_row(struct table *);

/* How many rows there are so far. */
size_t table_rows(const struct table *);

/*
 * Print what is left and give the table back; NULL is accepted.  ERR_NOMEM
 * when not all of it fitted into memory, ERR_LEDGER when the output could
 * not be written.
 */
enum err table_end(struct table *);

/* Columns of the terminal, or 0 if it is none. */
size_t table_width(FILE *);

struct buf;

/*
 * Add text so that nothing of it acts on a terminal: control characters as
 * \n, \t, \r, \e, \x07 or \u0085, marks of line and of text direction as
 * \u202e, bytes that are not UTF-8 as \xff.  A backslash stays one.
 */
void table_visible(struct buf *, const char *);

/* Is that code point one that table_visible() writes as an escape? */
bool table_acts(uint32_t);

#endif
