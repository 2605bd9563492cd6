#ifndef START_H_
#define START_H_

#include "common/err.h"

struct config;

/*
 * How were we started?  The first that fits, see tickethook(8):
 * systemd's socket, a listening descriptor 0, CGI, a command.
 */
enum start {
	START_SYSTEMD,		/* LISTEN_FDS: serve descriptor 3 */
	START_STDIN,		/* descriptor 0 listens: serve it */
	START_CGI,		/* GATEWAY_INTERFACE: one request */
	START_COMMAND,		/* arguments: a verb */
	START_NOTHING		/* none of these */
};

enum start start_how(int argc);

/* What descriptor 0 is, for the usage message: "a terminal", ... */
const char *start_stdin(void);

/*
 * Open and listen on "unix:/path" (mode 0660) or "127.0.0.1:9000".  A unix
 * socket that nobody listens on any more is replaced; one that is alive is
 * not.  ERR_CONFIG.
 */
enum err start_listen(const char *where, int *listener, struct why *);

/*
 * Give up all that serving does not need, see common/jail.h: writing but to
 * the ledger, programs, homes and ports but for what this configuration
 * names.  The ledger is open; no thread is started yet.
 */
void start_confine(const struct config *);

#endif
