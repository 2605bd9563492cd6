#ifndef REACH_H_
#define REACH_H_

#include <stdbool.h>

struct config;

/*
 * The TCP ports that a configuration leads to: those of Trunk, the trackers,
 * the notices, the proxy and the ledger's database.  The jail lets the
 * program call no others, see common/jail.h.
 *
 *	reach_keep(config);		before jail_close()
 *	what = reach_beyond(fresh);	at a reload
 */
void reach_keep(const struct config *);

/*
 * The first place of a configuration that leads beyond the closed jail, as
 * "[tracker lin] url", or NULL.  The text lives until the next call, and the
 * calls are of one thread.
 */
const char *reach_beyond(const struct config *);

/*
 * Is it right for every port of a URL?  That is the number behind each of
 * its hosts ("host1:5432,host2:5433"), or else its scheme's own: 443 of
 * https, 1080 of a proxy's http (as libcurl has it), 5432 of a database.  A
 * URL that names no host, "sqlite:/path", has none.
 */
bool reach_all(const char *url, bool (*right)(int port));

#endif
