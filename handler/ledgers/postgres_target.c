/*
 * The servers that a URL names.  libpq tries several of them in turn, but only
 * waits for each with a limit when it blocks; so each is tried by itself here,
 * all with the same URL, the one that answered last time first.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "handler/job.h"
#include "handler/ledger_place.h"
#include "handler/ledgers/postgres.h"

enum {
	HOSTS_MAX = 16,
	TRY_MIN = 200		/* ms for a server, at least */
};

struct postgres_target {
	char		*url;
	char		*name;
	PQconninfoOption *options;
	int		 n;		/* hosts */
	int		 last;		/* the one that answered */
	char		*words[3];	/* host, hostaddr and port, ... */
	const char	*parts[3][HOSTS_MAX];	/* ... cut at their commas */
};

static const char *const lists[] = { "host", "hostaddr", "port" };

enum {
	LIST_HOST,
	LIST_ADDRESS,
	LIST_PORT,
	LISTS
};

static const char *
option(const struct postgres_target *t, const char *name)
{
	const PQconninfoOption *o;

	for (o = t->options; o->keyword != NULL; o++)
		if (strcmp(o->keyword, name) == 0)
			return (o->val);
	return (NULL);
}

static bool
is_local(const char *host)
{

	return (host == NULL || *host == '\0' || *host == '/' ||
	    *host == '@' || strcmp(host, "localhost") == 0 ||
	    strcmp(host, "::1") == 0 || (strncmp(host, "127.", 4) == 0 &&
	    host[strspn(host, "0123456789.")] == '\0'));
}

/* Cut at commas: how many there are, 0 for none; too many are -1. */
static int
cut(char *text, const char *parts[HOSTS_MAX])
{
	int n = 0;

	while (text != NULL && n < HOSTS_MAX) {
		parts[n++] = text;
		if ((text = strchr(text, ',')) != NULL)
			*text++ = '\0';
	}
	return (text != NULL ? -1 : n);
}

static enum err
find_hosts(struct postgres_target *t, struct why *why)
{
	const char *value;
	int counts[LISTS] = { 0 };
	int i;

	for (i = 0; i < LISTS; i++) {
		value = option(t, lists[i]);
		if (value == NULL || *value == '\0')
			continue;
		if ((t->words[i] = strdup(value)) == NULL)
			return (err_set(why, ERR_NOMEM, "no memory for the "
			    "ledger"));
		if ((counts[i] = cut(t->words[i], t->parts[i])) == -1)
			return (err_set(why, ERR_CONFIG, "[ledger] url names "
			    "more than %d hosts; name fewer", HOSTS_MAX));
	}
	t->n = counts[LIST_ADDRESS] > counts[LIST_HOST] ?
	    counts[LIST_ADDRESS] : counts[LIST_HOST];
	if (t->n == 0)
		t->n = 1;
	for (i = 1; counts[LIST_PORT] == 1 && i < t->n; i++)
		t->parts[LIST_PORT][i] = t->parts[LIST_PORT][0];
	return (OK);
}

/*
 * Who reads along between two hosts could forge the record, so the server
 * must prove itself, or its owner must say that nobody can.
 */
static enum err
check_tls(const struct postgres_target *t, struct why *why)
{
	const char *mode = option(t, "sslmode");
	const char *host;
	int i;

	if (mode != NULL && (strcmp(mode, "verify-full") == 0 ||
	    strcmp(mode, "verify-ca") == 0 || strcmp(mode, "disable") == 0))
		return (OK);
	for (i = 0; i < t->n; i++) {
		host = t->parts[LIST_ADDRESS][i] != NULL ?
		    t->parts[LIST_ADDRESS][i] : t->parts[LIST_HOST][i];
		if (!is_local(host))
			return (err_set(why, ERR_CONFIG, "[ledger] url does "
			    "not say how %s proves that it is the server; add "
			    "sslmode=verify-full and sslrootcert=/path of its "
			    "CA, or sslmode=disable where nobody else can "
			    "reach the network between", host));
	}
	return (OK);
}

static enum err
make_name(struct postgres_target *t, struct why *why)
{
	const char *host = option(t, "host"), *port = option(t, "port");
	const char *db = option(t, "dbname");
	size_t size = strlen(t->url) + 256;

	if (host == NULL)
		host = option(t, "hostaddr");
	if ((t->name = malloc(size)) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory for the ledger"));
	(void)snprintf(t->name, size, "postgresql://%s%s%s/%s",
	    host != NULL ? host : "", port != NULL && *port != '\0' ? ":" : "",
	    port != NULL ? port : "", db != NULL ? db : "");
	return (OK);
}

static enum err
parse(struct postgres_target *t, struct why *why)
{
	char *wrong = NULL;
	enum err e;

	if ((t->options = pq.PQconninfoParse(t->url, &wrong)) == NULL) {
		e = err_set(why, ERR_CONFIG, "[ledger] url is not one that "
		    "libpq understands: a parameter has no such name, or a "
		    "byte must be written as %%XX; see tickethook.ini(5) for "
		    "examples");
		pq.PQfreemem(wrong);
		return (e);
	}
	if (option(t, "password") != NULL || option(t, "sslpassword") != NULL)
		return (err_set(why, ERR_CONFIG, "[ledger] url has a password "
		    "in it; put it in a file with the line *:*:*:*:PASSWORD "
		    "and mode 0600, and name that by passfile=/path"));
	if ((e = find_hosts(t, why)) != OK || (e = check_tls(t, why)) != OK)
		return (e);
	return (make_name(t, why));
}

enum err
postgres_target_new(const char *url, struct postgres_target **out,
    struct why *why)
{
	struct postgres_target *t;
	enum err e;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (t->url = strdup(url)) == NULL) {
		free(t);
		return (err_set(why, ERR_NOMEM, "no memory for the ledger"));
	}
	if ((e = parse(t, why)) != OK)
		postgres_target_free(t);
	else
		*out = t;
	return (e);
}

void
postgres_target_free(struct postgres_target *t)
{
	int i;

	if (t == NULL)
		return;
	for (i = 0; i < LISTS; i++)
		free(t->words[i]);
	if (t->options != NULL)
		pq.PQconninfoFree(t->options);
	free(t->name);
	free(t->url);
	free(t);
}

const char *
postgres_target_name(const struct postgres_target *t)
{

	return (t->name);
}

/* A value of the URL as it was before it was written with %XX. */
static bool
decode(const char *from, size_t n, char *out, size_t size)
{
	char hex[3] = "";
	size_t i, len = 0;

	for (i = 0; i < n && len + 1 < size; i++) {
		out[len] = from[i];
		if (from[i] == '%' && i + 2 < n) {
			memcpy(hex, from + i + 1, 2);
			out[len] = (char)strtol(hex, NULL, 16);
			i += 2;
		}
		len++;
	}
	out[len] = '\0';
	return (i == n);
}

void
postgres_target_files(const char *url, void (*keep)(const char *))
{
	static const char *const files[] = {
		"passfile=", "sslrootcert=", "sslcert=", "sslkey=", "sslcrl="
	};
	const char *p = url + strcspn(url, "?");
	char path[LEDGER_PATH];
	size_t i, n;

	while (*p != '\0') {
		p++;
		for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			n = strlen(files[i]);
			if (strncmp(p, files[i], n) == 0 && decode(p + n,
			    strcspn(p + n, "&"), path, sizeof(path)))
				keep(path);
		}
		p += strcspn(p, "&");
	}
}

static void
be_quiet(void *arg, const char *message)
{

	(void)arg;
	(void)message;
}

static PGconn *
begin(const struct postgres_target *t, int place)
{
	const char *words[LISTS + 4], *values[LISTS + 4];
	int i, n = 0;

	words[n] = "dbname";
	values[n++] = t->url;
	for (i = 0; i < LISTS; i++)
		if (t->parts[i][place] != NULL) {
			words[n] = lists[i];
			values[n++] = t->parts[i][place];
		}
	words[n] = "fallback_application_name";
	values[n++] = "tickethook";
	words[n] = "client_encoding";
	values[n++] = "UTF8";
	words[n] = NULL;
	values[n] = NULL;
	return (pq.PQconnectStartParams(words, values, 1));
}

/* Until it is done, has failed (both OK here), or time is up. */
static bool
go_on(PGconn *conn, int64_t until)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	struct pollfd p;
	int64_t left;

	while (pq.PQstatus(conn) != CONNECTION_BAD &&
	    state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
		if ((left = until - clock_mono()) <= 0)
			return (false);
		p = (struct pollfd){ .fd = pq.PQsocket(conn), .events =
		    state == PGRES_POLLING_READING ? POLLIN : POLLOUT };
		if (poll(&p, 1, (int)left) > 0)
			state = pq.PQconnectPoll(conn);
	}
	return (true);
}

/* What to do about it: only libpq's own words are always English. */
static const char *
advice(const PGconn *conn, const char *text)
{

	if (pq.PQconnectionNeedsPassword(conn) != 0)
		return ("it wants a password: passfile=/path in its URL "
		    "must name a file of this user with mode 0600 and a line "
		    "for that server and role");
	if (strstr(text, "read-only") != NULL ||
	    strstr(text, "standby") != NULL)
		return ("name a server that is as target_session_attrs in its "
		    "URL asks");
	if (pq.PQconnectionUsedPassword(conn) != 0)
		return ("see that the role, its password in the passfile and "
		    "the database are right");
	if (strstr(text, "certificate") != NULL)
		return ("see that sslrootcert in its URL is the CA of "
		    "the server, and that its certificate is for that name");
	return ("see that the server runs and lets this host in");
}

static enum err
try_host(struct job *job, struct postgres_target *t, int place,
    int64_t until, PGconn **out)
{
	PGconn *conn;
	const char *text;
	bool in_time;

	if ((conn = begin(t, place)) == NULL)
		return (fail(job, ERR_NOMEM, "ledger %s: no memory left",
		    t->name));
	(void)pq.PQsetNoticeProcessor(conn, be_quiet, NULL);
	in_time = go_on(conn, until);
	if (in_time && pq.PQstatus(conn) == CONNECTION_OK) {
		(void)pq.PQsetnonblocking(conn, 1);
		*out = conn;
		return (OK);
	}
	text = in_time ? pq.PQerrorMessage(conn) : "no answer in time";
	(void)fail(job, ERR_LEDGER, "ledger %s cannot be reached: %.*s; %s",
	    t->name, (int)strcspn(text, "\n"), text, advice(conn, text));
	pq.PQfinish(conn);
	return (ERR_LEDGER);
}

enum err
postgres_target_connect(struct job *job, struct postgres_target *t,
    int64_t until, PGconn **conn)
{
	int64_t left;
	enum err e = ERR_LEDGER;
	int i, place;

	*conn = NULL;
	for (i = 0; i < t->n; i++) {
		place = (t->last + i) % t->n;
		left = (until - clock_mono()) / (t->n - i);
		if (left < TRY_MIN)
			left = TRY_MIN;
		e = try_host(job, t, place, clock_mono() + left, conn);
		if (e == OK)
			t->last = place;
		if (e != ERR_LEDGER)
			break;
	}
	return (e);
}
