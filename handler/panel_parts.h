#ifndef PANEL_PARTS_H_
#define PANEL_PARTS_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/ledger_panel.h"
#include "handler/page.h"

/*
 * The parts that the panel's pages are made of; inside.
 *
 * A page writes itself from page_begin() on.  Its failure makes a reply of
 * its own: ERR_ABSENT that there is no such thing, anything else that error.
 */
enum err panel_verification(struct page *, struct job *,
    const struct request *);
enum err panel_tickets(struct page *, struct job *, const struct request *);
enum err panel_ticket(struct page *, struct job *, const struct request *);
enum err panel_deliveries(struct page *, struct job *, const struct request *);
enum err panel_delivery(struct page *, struct job *, const struct request *);
enum err panel_queue(struct page *, struct job *, const struct request *);
enum err panel_history(struct page *, struct job *, const struct request *);
enum err panel_parked(struct page *, struct job *, const struct request *);
enum err panel_unhandled(struct page *, struct job *, const struct request *);

/* Where an act leads back to, and which word of panel_said() it says. */
struct panel_back {
	const char	*path;		/* below where we are mounted */
	const char	*key;		/* NULL: none */
	const char	*value;
	const char	*said;
};

/*
 * The act of one more look at a fix.  Where a [notify] section lists
 * `resolved` it is told first, so that the test runs again, and the look is
 * due an hour later; else it is looked at now.
 */
enum err panel_rerun(struct job *, const struct request *, const char *row,
    struct panel_back *);

/* A value of the page's query, as page_value(). */
enum err panel_asked(struct job *, const struct request *, const char *key,
    const char **value);

/*
 * Where the next page is and how to get back to the first.  The other
 * values of the query go along: key and value, NULL for none.
 */
struct panel_step {
	const char	*path;
	const char	*key;
	const char	*value;
	struct panel_cut cut;
	bool		 first;		/* this is it */
};

/* Take the mark out of "after=TIME.ROW", before the list is read. */
enum err panel_after(struct job *, const struct request *,
    struct panel_step *);
void panel_steps(struct page *, const struct panel_step *);

/* What the act that led here came to, by a word of ours. */
enum err panel_said(struct page *, struct job *, const struct request *);

/* Instead of a table without rows. */
void panel_empty(struct page *, const char *sentence);

/* A ticket's cells, from its key to its test. */
void panel_put_ticket(struct page *, const struct panel_ticket *);
void panel_put_test(struct page *, const struct panel_ticket *);
void panel_put_state(struct page *, const struct panel_ticket *);
void panel_put_rerun(struct page *, const struct panel_ticket *);

/* "not proven" for "not_proven". */
const char *panel_word(struct job *, const char *);

/* A list of deliveries; buttons run them again. */
void panel_put_deliveries(struct page *, const char *caption,
    const struct view_delivery *, size_t n, bool buttons);

/* A term and what is told of it; nothing for NULL. */
void panel_fact(struct page *, const char *name, const char *value);

struct panel_week;

/* What came to pass in each week. */
void panel_charts(struct page *, const struct panel_week *, size_t n);

/* A row id as text. */
const char *panel_row(struct job *, int64_t);

#endif
