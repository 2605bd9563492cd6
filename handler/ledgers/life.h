#ifndef LEDGERS_LIFE_H_
#define LEDGERS_LIFE_H_

#include "common/err.h"
#include "handler/ledger_life.h"

/*
 * What a backend keeps of the lives of tickets: each member does what the
 * function of its name in handler/ledger_life.h promises.  What a call fills
 * in is cleared before.
 */
struct life_backend {
	enum err	(*read)(struct job *, int64_t ticket,
			    struct life_record *);
	enum err	(*write)(struct job *, int64_t ticket,
			    const struct life_record *);
	enum err	(*want)(struct job *, int64_t ticket, int64_t time);
	enum err	(*find)(struct job *, const char *key,
			    int generation, struct filing *);
	enum err	(*acts)(struct job *, int64_t ticket,
			    const struct act **, size_t *n);
	enum err	(*tests)(struct job *, int64_t ticket,
			    const struct life_member **, size_t *n);
	enum err	(*changes)(struct job *, int64_t test, size_t most,
			    const struct change **, size_t *n);
	enum err	(*note)(struct job *, const struct life_worse *);
	enum err	(*worse)(struct job *, int64_t test,
			    const struct life_worse **, size_t *n);
	enum err	(*due)(struct job *, int64_t now, int64_t *ticket);
	enum err	(*rival)(struct job *, int64_t since,
			    struct life_rival *);
};

extern const struct life_backend sql_life;

#endif
