#ifndef BACKEND_H_
#define BACKEND_H_

#include "common/err.h"
#include "handler/ledger.h"
#include "handler/ledger_act.h"
#include "handler/ledger_history.h"
#include "handler/ledger_list.h"
#include "handler/ledger_queue.h"
#include "handler/ledger_sweep.h"

/*
 * A kind of store: one file in ledgers/ each, and a line in the table of
 * ledger.c.  Each member does what the function of its name in ledger.h
 * promises; ledger.c has cleared what a call fills in before it gets here,
 * and has set filing->key, generation 1 and lock -1 for a claim (lock -1 for
 * a take and a list's claim).
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
	enum err	(*take)(struct job *, int64_t row, struct filing *);
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
	enum err	(*past)(struct job *, int64_t since,
			    struct past_mark *, struct past *);
	enum err	(*list_of)(struct job *, const struct test *,
			    int64_t *row);
	enum err	(*list_claim)(struct job *, int64_t row,
			    struct listing *);
	enum err	(*list_note)(struct job *, const struct listing *,
			    enum list_note, const char *hash);
	void		(*list_release)(struct job *, struct listing *);
	enum err	(*unlisted)(struct job *, int64_t before,
			    int64_t *row);
	enum err	(*note_change)(struct job *, int64_t test,
			    const struct change *);
	enum err	(*changes)(struct job *, int64_t test,
			    const struct change **, size_t *n);
	enum err	(*note_monitor)(struct job *, int64_t test,
			    const struct monitor_record *);
	enum err	(*monitors)(struct job *, int64_t test,
			    const struct monitor_record **, size_t *n);
	enum err	(*note_known)(struct job *, const char *type,
			    const char *delivery);
	enum err	(*known)(struct job *, const struct known **,
			    size_t *n);
	enum err	(*act_add)(struct job *, const struct filing *,
			    const struct act *, size_t n);
	enum err	(*acts_due)(struct job *, int64_t ticket,
			    struct act **, size_t *n);
	enum err	(*act_mark)(struct job *, const struct act *);
	enum err	(*act_next)(struct job *, int64_t before,
			    int64_t *ticket);
	enum err	(*note_queue)(struct job *,
			    const struct queue_record *);
	enum err	(*queue_next)(struct job *, const char *repository,
			    int64_t pr, struct queue_cursor *,
			    struct queue_record *);
};

extern const struct ledger_backend sqlite_backend;

#endif
