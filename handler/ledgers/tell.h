#ifndef TELL_H_
#define TELL_H_

#include "handler/ledger_notice.h"
#include "handler/ledger_storm.h"

/*
 * The part of a store that is about notices and storms, see backend.h: each
 * member does what the function of its name in ledger_notice.h or
 * ledger_storm.h promises; what a call fills in is cleared before.
 */
struct tell_backend {
	enum err	(*notice_add)(struct job *,
			    const struct notice_record *);
	enum err	(*notice_next)(struct job *, int64_t lease,
			    struct notice_record *);
	enum err	(*notice_mark)(struct job *,
			    const struct notice_record *, enum notice_state,
			    int64_t next);
	enum err	(*notice_wait)(struct job *, const char *section,
			    int64_t until);
	enum err	(*notice_left)(struct job *, int64_t *n);
	enum err	(*notice_fresh)(struct job *, int64_t ticket,
			    bool *fresh);
	enum err	(*token_take)(struct job *, const struct token *,
			    struct token_answer *);
	enum err	(*token_give)(struct job *, const char *key);
	enum err	(*storm_state)(struct job *, struct storm_state *);
	enum err	(*parked)(struct job *, const char *rule,
			    struct past_mark *, struct due *);
	enum err	(*folded)(struct job *, const char *test,
			    struct folded *);
	enum err	(*unfold)(struct job *, const struct folded *);
};

extern const struct tell_backend sql_tell;

/* Parts of it, in sql_notice.c and sql_storm.c. */
enum err sql_notice_add(struct job *, const struct notice_record *);
enum err sql_notice_next(struct job *, int64_t, struct notice_record *);
enum err sql_notice_mark(struct job *, const struct notice_record *,
    enum notice_state, int64_t);
enum err sql_notice_wait(struct job *, const char *, int64_t);
enum err sql_notice_left(struct job *, int64_t *);
enum err sql_notice_fresh(struct job *, int64_t, bool *);

/* Within a transaction. */
enum err sql_notice_told(struct job *, int64_t ticket);
enum err sql_notice_prune(struct job *, int64_t before);
enum err sql_storm_prune(struct job *, int64_t before);

#endif
