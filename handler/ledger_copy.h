#ifndef LEDGER_COPY_H_
#define LEDGER_COPY_H_

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct job;

/*
 * All of one ledger into another, for `migrate`.
 *
 *	struct ledger_copy copy = { .at = draw, .arg = &progress };
 *
 *	if ((e = ledger_copy(&from, &to, &copy)) != OK)
 *		... to.why says it, and the target is as it was before ...
 *	... copy.tables[0 .. copy.n - 1] ...
 *
 * Each job has its own ledger; to->arena must outlive the target.  ERR_BUSY
 * when anybody else has either of them open; nobody can open them until they
 * are closed.  A target that holds anything is ERR_REFUSED.
 *
 * Everything is one transaction of the target.  Before it ends, all is read
 * again there: each table must have as many rows as at the source, and the
 * same sum over their SHA-256, else ERR_LEDGER.  Rows are taken one by one,
 * so memory does not grow with them.
 */
enum {
	LEDGER_COPY_SUM = 32	/* hex digits */
};

struct ledger_copied {
	const char	*table;
	int64_t		 rows;
	char		 sum[LEDGER_COPY_SUM + 1];
};

struct ledger_copy {
	/* So many rows of all; each is told twice, read there and checked. */
	void		(*at)(void *, int64_t done, int64_t total);
	void		*arg;
	struct ledger_copied *tables;	/* in the arena of `to` */
	size_t		 n;
};

enum err ledger_copy(struct job *from, struct job *to, struct ledger_copy *);

#endif
