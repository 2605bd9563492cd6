#ifndef SECRET_H_
#define SECRET_H_

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct arena;

/*
 * Secrets live in locked pages that stay out of core dumps and are wiped
 * when the vault is freed.  Nothing prints a struct secret, and the logger
 * takes none.  OpenSSL and curl keep copies of what they are given while
 * they work; that much cannot be helped.
 *
 *	vault = secret_vault();
 *	secret_load(vault, "file:/etc/tickethook/linear.key", &s, why);
 *	... s.bytes, s.len ...
 *	secret_free(vault);
 */
struct secret {
	const char	*bytes;		/* NUL-terminated; may hold NULs */
	size_t		 len;
	int64_t		 since;		/* its file was written; 0: no file */
};

struct secret_vault;

enum {
	SECRET_MAX = 16384	/* bytes of one secret */
};

/* A new vault, or NULL without memory. */
struct secret_vault *secret_vault(void);

/* Wipe and give back.  NULL is accepted. */
void secret_free(struct secret_vault *);

/* Keep a copy of n bytes. ERR_NOMEM. */
enum err secret_keep(struct secret_vault *, const void *, size_t n,
    struct secret *, struct why *);

/*
 * Somebody else's text is about to be shown: put stars over every secret of
 * the vault that stands in it, with or without JSON's backslashes.  What is
 * shorter than 8 bytes is not looked for.  A vault of NULL has none.
 */
void secret_hide(const struct secret_vault *, char *text);

/*
 * Load what a value of the configuration names:
 *
 *	file:/path	 a file of ours (or of root) that nobody else may
 *			 read or write: 0600, 0400, 0640 or 0440
 *	env:NAME	 an environment variable, read once; see secret_env()
 *	credential:NAME	 a file in systemd's $CREDENTIALS_DIRECTORY
 *	anything else	 the secret itself
 *
 * White space around it is trimmed.  An empty one is refused.  ERR_CONFIG
 * says what to do (e.g. the chmod to run) and never shows a byte of it.
 */
enum err secret_load(struct secret_vault *, const char *, struct secret *,
    struct why *);

/*
 * Copy the environment away for later env: look-ups (a reload still finds
 * them) and wipe every value of the original block except PATH, TZ, LANG
 * and the like.  Called once, before threads and before OpenSSL and
 * curl start, since what libraries would read (proxies, key logs, CA
 * paths) goes too.  ERR_NOMEM leaves the environment as it was.
 */
enum err secret_env(struct why *);

#endif
