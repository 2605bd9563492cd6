/*
 * Which ports are called: walks all URLs of a configuration, once to tell
 * the jail, and after that to see what a new one would lead to in vain.
 */
#include "handler/reach.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/jail.h"
#include "handler/config.h"
#include "handler/notify.h"

enum {
	PLACE_MAX = 320		/* bytes of a section and a key */
};

static const struct {
	const char	*name;
	int		 port;
} schemes[] = {
	{ "https://", 443 },
	{ "http://", 1080 },	/* of a proxy */
	{ "postgres://", 5432 },
	{ "postgresql://", 5432 }
};

/* The port that one host says, or its scheme's; a colon is in [::1], too. */
static int
port_of(const char *host, size_t n, int otherwise)
{
	const char *p = host + n;

	while (p > host && p[-1] >= '0' && p[-1] <= '9')
		p--;
	return (p > host && p < host + n && p[-1] == ':' ? atoi(p) :
	    otherwise);
}

/* What libpq takes from a query instead: "?port=5432,5433". */
static bool
all_of_query(const char *query, bool (*right)(int port))
{
	const char *p;

	for (p = query; (p = strstr(p, "port=")) != NULL; p++) {
		if (p[-1] != '?' && p[-1] != '&')
			continue;
		for (p += strlen("port="); *p >= '0' && *p <= '9';
		    p += *p == ',') {
			if (!right(atoi(p)))
				return (false);
			p += strspn(p, "0123456789");
		}
	}
	return (true);
}

bool
reach_all(const char *url, bool (*right)(int port))
{
	const char *host, *end, *at, *query;
	size_t i, n;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(url, schemes[i].name,
		    strlen(schemes[i].name)) == 0)
			break;
	if (i == sizeof(schemes) / sizeof(schemes[0]))
		return (true);
	host = url + strlen(schemes[i].name);
	end = host + strcspn(host, "/?#");
	if ((at = memchr(host, '@', (size_t)(end - host))) != NULL)
		host = at + 1;
	for (;; host += n + 1) {
		n = strcspn(host, ",/?#");
		if (!right(port_of(host, n, schemes[i].port)))
			return (false);
		if (host[n] != ',')
			break;
	}
	query = strncasecmp(url, "postgres", 8) == 0 ? strchr(host, '?') : NULL;
	return (query == NULL || all_of_query(query, right));
}

/* The first place that leads to a port for which it is not right. */
static const char *
walk(const struct config *c, bool (*right)(int port))
{
	static char place[PLACE_MAX];
	const struct tracker *t;
	const struct notify *n;

	if (!reach_all(c->ledger_url, right))
		return ("[ledger] url");
	if (!reach_all(c->trunk_url, right))
		return ("[trunk] api");
	if (c->proxy != NULL && !reach_all(c->proxy, right))
		return ("[handler] proxy");
	for (t = c->trackers; t != NULL; t = t->next)
		if (!reach_all(t->url, right)) {
			(void)snprintf(place, sizeof(place),
			    "[tracker %s] url", t->name);
			return (place);
		}
	for (n = c->notifies; n != NULL; n = n->next)
		if (!reach_all(n->url.bytes, right)) {
			(void)snprintf(place, sizeof(place),
			    "[notify %s] url", n->name);
			return (place);
		}
	return (NULL);
}

static bool
keep(int port)
{

	jail_port(port);
	return (true);
}

void
reach_keep(const struct config *c)
{

	(void)walk(c, keep);
}

const char *
reach_beyond(const struct config *c)
{

	return (walk(c, jail_reaches));
}
