#ifndef CONFIG_H_
#define CONFIG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/log.h"
#include "common/secret.h"
#include "handler/rule.h"
#include "handler/types.h"

struct arena;
struct notify;
struct route_index;
struct tracker_kind;

/*
 * The INI file as the program uses it.  One table in config_table.c says of
 * each parameter its section, type, range, default and one line of help;
 * the man page and the tests are checked against that table.
 * A struct config is never changed once loaded.  All strings live in its
 * own arena, all secrets in its own vault.
 */

enum link_mode {
	LINK_REQUIRED = 0,	/* no 2xx without the link */
	LINK_OPTIONAL,		/* "linked":false is enough */
	LINK_NEVER		/* none: no call to Trunk */
};

/* A [tracker NAME]. */
struct tracker {
	const char	*name;
	int		 line;
	const struct tracker_kind *kind;	/* type = */
	const char	*url;		/* without a slash at its end */
	struct secret	 token;		/* api_key or token */
	struct secret	 hook;		/* webhook_secret; len 0: none */
	const char	*email;		/* Jira Cloud; NULL: Data Center */
	bool		 private_ok;
	int64_t		 settle;	/* ms an unanswered create may take */
	enum link_mode	 link;
	struct setting	 wont_fix;	/* list of names */
	struct setting	 dest[DEST_COUNT];
	struct field	*fields;
	struct tracker	*next;
};

enum {
	CONFIG_SECRETS = 8	/* svix secrets at once */
};

struct config {
	struct arena	*arena;
	struct secret_vault *vault;
	const char	*file;
	int64_t		 loaded;	/* wall ms, when it was read */
	/* [handler] */
	int64_t		 deadline;	/* ms */
	int		 workers;
	size_t		 max_body;
	enum log_level	 log_level;
	bool		 log_json;
	const char	*proxy;
	const char	*ca_file;
	/* [ledger] */
	const char	*ledger_url;
	const char	*ledger_dir;	/* for what is this host's own */
	int64_t		 keep;		/* ms */
	/* [svix] decoded keys */
	struct secret	 svix[CONFIG_SECRETS];
	size_t		 nsvix;
	int64_t		 tolerance;	/* seconds */
	/* [trunk] */
	const char	*trunk_url;	/* without a slash at its end */
	struct secret	 trunk_token;	/* v1; len 0: none */
	struct secret	 trunk_key;	/* v2; len 0: none */
	const char	*org;		/* NULL: from the test's URL */
	bool		 adopt;
	bool		 enrich;	/* ask for failures before writing */
	bool		 trunk_private;
	bool		 twins_apart;	/* a test of two scopes is two */
	bool		 keep_actor;	/* who set a quarantine is stored */
	/* [panel] */
	struct matcher	 panel_users;	/* names, or "*" alone */
	struct secret	 panel_token;	/* for metrics; len 0: none */
	/* lists in the order of the file */
	struct tracker	*trackers;
	struct owner	*owners;
	struct rule	*rules;
	struct notify	*notifies;
	struct setting	 defaults[DEST_COUNT];	/* built-in ones included */
	struct field	*default_fields;
	struct policy	 default_policy;	/* what [defaults] says */
	struct budget	 total_budget;	/* of all rules; n 0: none */
	/* made of the lists; NULL: they are walked */
	const struct owner **owner_slots;	/* see config_owner() */
	size_t		 owner_mask;
	const struct route_index *index;
	bool		 asks_metrics;	/* some rule asks for one */
	/* found while reading, for `check`; a line each */
	const char	*warnings;
};

/*
 * The file to read: given (-c) or, in this order, $TICKETHOOK_CONFIG, the
 * account's ~/.config/tickethook/tickethook.ini (home from the password
 * database, not as root), /etc/tickethook/tickethook.ini.  The text lives
 * in the arena.
 */
const char *config_path(struct arena *, const char *given);

/*
 * Read all of it or fail with ERR_CONFIG and "FILE:LINE: [section] key:
 * what is wrong; what to do (and N more)".  Needs crypt_init() and
 * secret_env() first.  config_load_all() also gives the mistakes, a line
 * each, in the arena.  Of the steps lines, values, sections, trackers, names
 * and rules the first one that finds some is the last.
 */
enum err config_load(const char *path, struct config **, struct why *);
enum err config_load_all(const char *path, struct arena *, struct config **,
    const char **mistakes, struct why *);

/* Wipe the secrets and give it back.  NULL is accepted. */
void config_free(struct config *);

/* What the values of a destination are called in the file. */
extern const char *const config_dest_keys[DEST_COUNT];

/* The [tracker] section of that name, or NULL. */
const struct tracker *config_tracker(const struct config *, const char *name);

/*
 * The [owner] section of a code owner, whatever its capitals and with or
 * without its @; NULL: none.
 */
const struct owner *config_owner(const struct config *, const char *name);

#endif
