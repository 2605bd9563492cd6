#ifndef ACCOUNT_H_
#define ACCOUNT_H_

#include <sys/types.h>

#include "common/err.h"

/*
 * Users and groups as a sentence names them, and what keeps the user of this
 * process from a file.  Looks into the password database, so it is for
 * failures and not for every request.
 */
enum {
	ACCOUNT_MAX = 64	/* bytes of a name, NUL included */
};

struct account {
	char	user[ACCOUNT_MAX];	/* "tickethook", or "1017" */
	char	group[ACCOUNT_MAX];	/* its first group */
};

/* A user without an entry has its number for both names. */
void account_of(uid_t, struct account *);

/*
 * After open() said EACCES: "user kim may not read it; run: chown ...", or
 * the same of the directory that cannot be entered.  why gets the sentence
 * without the path in front; the result is ERR_CONFIG.
 */
enum err account_barred(const char *path, struct why *);

#endif
