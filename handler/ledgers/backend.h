#ifndef BACKEND_H_
#define BACKEND_H_

#include "common/err.h"
#include "handler/ledger.h"
#include "handler/ledger_sweep.h"

/*
 * A kind of store: one file in ledgers/ each, and a line in the table of
 * ledger.c.  Each member does what the function of its name in ledger.h
 * promises; ledger.c has cleared what a call fills in before it gets here,
 * and has set filing->key, generation 1 and lock -1 for a claim.
 *
 * A backend's own structure begins with a struct ledger and points it at
 * its table:
 *
 *	struct sqlite {
 *		struct ledger	 base;
 *		...
 *	};
 */
struct ledger {
	const struct ledger_backend	*backend;
};

struct ledger_backend {
	const char	*scheme;	/* of the URL, without its colon */
	/* rest: what follows the colon. */
	enum err	(*open)(const char *rest, struct ledger **,
			    struct why *);
	void		(*close)(struct ledger *);
	enum err	(*probe)(struct ledger *, struct why *);
	enum err	(*recall)(struct job *, const char *id,
			    struct recall *);
	enum err	(*test)(struct job *, const struct test *,
			    struct test_record *);
	enum err	(*meet)(struct job *, const struct test *,
			    struct test_record *);
	enum err	(*claim)(struct job *, const struct test *,
			    struct filing *);
	enum err	(*intend)(struct job *, const struct delivery *,
			    const struct event *, struct filing *);
	enum err	(*advance)(struct job *, const struct test *,
			    const struct filing *);
	enum err	(*finish)(struct job *, const struct finish *);
	void		(*release)(struct job *, struct filing *);
	enum err	(*due)(struct job *, int64_t before, struct due *);
	enum err	(*unlinked)(struct job *, int64_t before,
			    int64_t refused_before, struct unlinked *);
	enum err	(*unsettled)(struct job *, int64_t before,
			    int64_t *row, struct unlinked *);
	enum err	(*unchecked)(struct job *, int64_t before,
			    struct filing *);
	enum err	(*checked)(struct job *, const struct filing *);
	enum err	(*state)(struct job *, struct ledger_state *);
	enum err	(*prune)(struct job *, int64_t before, int64_t *n);
};

extern const struct ledger_backend sqlite_backend;

#endif
