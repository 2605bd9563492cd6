#ifndef VIEW_H_
#define VIEW_H_

#include "common/err.h"
#include "handler/ledger_copy.h"
#include "handler/ledger_view.h"

/*
 * What a backend shows to people: each member does what the function of its
 * name in handler/ledger_view.h promises.  What a call fills in is cleared
 * before, and the mark of a walk that begins is before its first row.
 */
struct view_backend {
	enum err	(*deliveries)(struct job *, const struct view_filter *,
			    struct view_mark *, struct view_delivery *);
	enum err	(*tickets)(struct job *, const struct view_filter *,
			    struct view_mark *, struct view_ticket *);
	enum err	(*tests)(struct job *, const struct view_filter *,
			    struct view_mark *, struct view_test *);
	enum err	(*generation)(struct job *, const char *key, int *);
	enum err	(*dump)(struct job *, bool (*put)(void *,
			    const char *, const struct view_cell *, size_t),
			    void *);
	/* handler/ledger_copy.h; both ledgers have this very structure. */
	enum err	(*copy)(struct job *from, struct job *to,
			    struct ledger_copy *);
};

extern const struct view_backend sql_view;

/* Parts of it, from other files. */
enum err sql_copy(struct job *from, struct job *to, struct ledger_copy *);
enum err sql_view_dump(struct job *, bool (*put)(void *, const char *,
    const struct view_cell *, size_t), void *);

#endif
