#ifndef PAGE_H_
#define PAGE_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * A page of HTML for people.  Markup is what stands in our own source as a
 * string literal, and nothing else can become markup: everything that comes
 * from anywhere goes through a function that escapes it.
 *
 *	page_begin(&p, job, in, "Tickets");
 *	PAGE(&p, "<p>Found ");
 *	page_text(&p, name);
 *	PAGE(&p, "</p>");
 *	return (page_end(&p));
 *
 * No page holds a script, a handler of events or an attribute of style; the
 * one style sheet stands in it and is named by its hash in the policy that
 * goes with the page.  Links are relative to where the web server mounts us.
 * Failures are sticky as in a buf and come out at the end.
 */
struct page {
	struct job	*job;
	const struct request *in;
	struct buf	 buf;
	const char	*root;		/* from here to "/": "" or "../" */
	const char	*label;		/* of the next cell, see page_cell() */
};

/* The place of a page in the navigation; PAGE_NOWHERE: none. */
enum page_place {
	PAGE_NOWHERE = 0,
	PAGE_VERIFICATION,
	PAGE_TICKETS,
	PAGE_DELIVERIES,
	PAGE_QUEUE,
	PAGE_PARKED,
	PAGE_UNHANDLED
};

/* Everything up to the heading, which is the title. */
void page_begin(struct page *, struct job *, const struct request *,
    enum page_place, const char *title);

/* The reply with its headers, or what a page without memory becomes. */
struct outcome page_end(struct page *);

/* A literal of ours, which is markup. */
#define PAGE(p, literal) page_literal((p), "" literal "")
void page_literal(struct page *, const char *);

/*
 * Text: & < > " ' as entities, control characters as pictures of them, what
 * is no UTF-8 as U+FFFD.  NULL is nothing.  What is very long is cut, and
 * more so towards the end of a long page: whoever names a test must not make
 * a page that nobody gets.
 */
void page_text(struct page *, const char *);
void page_int(struct page *, int64_t);

/* A time (wall ms) as <time>, to the minute, UTC; 0 is a dash. */
void page_time(struct page *, int64_t);
/* How long ago, as "3 d" or "25 min". */
void page_ago(struct page *, int64_t);

/*
 * In an attribute or a header: root, path (ours), "?key=" and the value,
 * escaped for a URL.
 */
void page_path(struct page *, const char *path, const char *key,
    const char *value);
/* "&key=value" after one of these; nothing for a NULL or empty value. */
void page_query(struct page *, const char *key, const char *value);

/* <a> to a page of ours, and to one elsewhere (https only, else text). */
void page_link(struct page *, const char *path, const char *key,
    const char *value, const char *text);
void page_link_out(struct page *, const char *url, const char *text);

/* A word of a state in a box: its class is chosen from ours by the word. */
void page_badge(struct page *, const char *word);

/*
 * Tables that become cards where there is little room.  A cell begins with
 * the name of its column; open cells and rows are ended by the next one.
 *
 *	page_table(&p, "Tickets", heads, COUNT(heads));
 *	for (...) {
 *		page_row(&p);
 *		page_cell(&p, "Ticket");
 *		page_text(&p, key);
 *	}
 *	page_table_end(&p);
 */
void page_table(struct page *, const char *caption, const char *const *heads,
    size_t n);
void page_row(struct page *);
void page_cell(struct page *, const char *label);
void page_table_end(struct page *);

/* A form with one field and one button that posts to /act/NAME. */
void page_button(struct page *, const char *act, const char *key,
    const char *value, const char *text);

/* A form that asks this page again; the other values go along. */
void page_search(struct page *, const char *label, const char *value);

/*
 * The decoded value of "key" in a query or a form; NULL: none, or empty.
 * ERR_NOMEM is neither, and no page goes on as if nothing had been asked for.
 */
enum err page_value(struct job *, const char *query, const char *key,
    const char **value);

/* The style sheet, in pieces. */
enum {
	PAGE_STYLES = 3
};
extern const char *const page_style[PAGE_STYLES];

#endif
