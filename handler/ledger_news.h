#ifndef LEDGER_NEWS_H_
#define LEDGER_NEWS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_sweep.h"
#include "handler/remote.h"
#include "handler/types.h"

struct job;

/*
 * What the trackers tell of our tickets, by webhook or because `sync` asked:
 * how a ticket is, and since when.  The order of it:
 *
 *	ledger_news_of		is it a ticket of ours, under its lasting id?
 *	ledger_note_news	from here on nothing is lost
 *	ledger_take		the ticket's lock
 *	ledger_follow		its key and URL, if it was moved; news in hand
 *	(what follows from it: ledger_news)
 *	ledger_news_seen	done
 *
 * The same state since the same time is one record, whoever tells it and
 * however often: the record keeps what was told of it with the oldest version
 * of the ticket, so that an edit of a finished ticket is nothing new, and so
 * that the order in which news arrive makes no difference.  They are kept as
 * long as their ticket.  Arrays and their text are in the job's arena.  The
 * failures are those of handler/ledger.h.
 */
enum {
	NEWS_KEPT = 200,	/* of a ticket, at most: the newest */
	NEWS_BATCH = 100,	/* tickets asked for at once */
	/*
	 * The tracker's clock may differ so much (ms) from ours, and an act
	 * of ours be so much older than its echo.
	 */
	NEWS_ECHO = 120 * 1000
};

/* ms: a ticket that was closed is looked after for so long. */
#define NEWS_AFTER	(INT64_C(14) * 24 * 60 * 60 * 1000)

enum news_source {
	NEWS_WEBHOOK = 0,
	NEWS_POLL
};

/* Text that was not told is NULL. */
struct news {
	int64_t		 row;		/* 0: not on disk yet */
	int64_t		 ticket;	/* its row */
	const char	*delivery;	/* that told it */
	enum news_source source;
	int64_t		 time;		/* since when it is so, wall ms */
	int64_t		 updated;	/* version of the ticket, wall ms */
	enum remote_category category;
	const char	*state;		/* as people see it */
	const char	*resolution;	/* Jira */
	const char	*resolution_id;
	bool		 gone;		/* deleted, or in the trash */
	const char	*remote_key;	/* as it is now */
	const char	*url;
	const char	*actor;		/* id of who brought it there */
	enum answer	 us;		/* is that the account we use? */
	/*
	 * Read only: an echo of our own act.  The ticket has an act of kind
	 * "move", neither refused nor void, whose body begins with the word
	 * (ledger_news_word) of a category on the same side, open or closed;
	 * the time is within NEWS_ECHO of it; and nobody else did it.
	 */
	bool		 ours;
};

/* A ticket of ours that a tracker speaks of. */
struct followed {
	int64_t		 ticket;	/* its row */
	const char	*remote_id;
	const char	*remote_key;	/* as we know it */
	const char	*url;
	int64_t		 updated;	/* newest version told; 0: none */
	bool		 moved;		/* there is an act of kind "move" */
	bool		 gone;		/* by the newest news */
};

/* How far a tracker was searched for what names a test. */
struct searched {
	int64_t		 tried;		/* wall ms; 0: never */
	int64_t		 reached;	/* all before that was seen; 0: none */
};

/* "unknown" "open" "started" "done" "dropped" */
const char *ledger_news_word(enum remote_category);

/* All of that lasting id in [tracker] of that name; ERR_ABSENT: none. */
enum err ledger_news_of(struct job *, const char *tracker,
    const char *remote_id, const struct followed **, size_t *n);

/* The same of all that were made with that marker, wherever. */
enum err ledger_news_marked(struct job *, const char *marker,
    const struct followed **, size_t *n);

/* OK if that delivery told anything of a ticket of ours, else ERR_ABSENT. */
enum err ledger_news_heard(struct job *, const char *delivery);

/* Write it down.  Neither row nor ours is read; the same again is OK. */
enum err ledger_note_news(struct job *, const struct news *);

/* All of a ticket by time, then by version. */
enum err ledger_news(struct job *, int64_t ticket, const struct news **,
    size_t *n);

/* A ticket that has news which nothing followed from yet, after that row. */
enum err ledger_news_next(struct job *, int64_t after, int64_t *ticket);

/*
 * With the ticket claimed: give it the key and the URL of its newest news,
 * on disk and in the filing, and take all its news in hand.
 */
enum err ledger_follow(struct job *, struct filing *);

/* With the ticket still claimed: what was taken in hand had its effect. */
enum err ledger_news_seen(struct job *, int64_t ticket);

/*
 * Tickets of one tracker (*tracker), at most NEWS_BATCH, not asked for since
 * that time: those that are open, or were closed or not found less than
 * NEWS_AFTER ago, but none told to be deleted.  ERR_ABSENT: there are none.
 */
enum err ledger_poll_next(struct job *, int64_t before,
    const char **tracker, struct followed **, size_t *n);

/* Note that this one was asked for, whatever the answer was. */
enum err ledger_note_poll(struct job *, int64_t ticket);

enum err ledger_searched(struct job *, const char *, struct searched *);
/* Note a search; reached: up to when it saw all, 0: as it was. */
enum err ledger_note_search(struct job *, const char *tracker,
    int64_t reached);

/*
 * The test of that id of Trunk's, in whichever scope; key is that of its
 * ticket, or NULL when it has none.  ERR_ABSENT when it is unknown.
 */
enum err ledger_test_of(struct job *, const char *trunk_id,
    struct unlinked *);

#endif
