/*
 * One session and what is said on it, never waiting longer than the unit whose
 * turn it is may take.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "handler/job.h"
#include "handler/ledgers/postgres.h"

enum {
	CONNECT_WAIT = 5000,	/* ms, for all its servers */
	STALL = 5000,		/* ms for an answer while others wait for it */
	SNAPSHOT = 60000,	/* ms for an answer, of a whole table */
	LATE = 500,		/* ms past a deadline, for what has begun */
	VERSION_MIN = 130000
};

struct postgres *
postgres_of(const struct job *job)
{

	return ((struct postgres *)job->ledger);
}

void
postgres_hang_up(struct postgres *l, const char *why)
{

	if (l->conn == NULL)
		return;
	(void)snprintf(l->lost, sizeof(l->lost), "%.*s",
	    (int)strcspn(why, "\n"), why);
	l->late = l->snapshot = false;
	pq.PQfinish(l->conn);
	l->conn = NULL;
	l->session++;
}

enum err
postgres_fail_lost(struct job *job)
{
	const struct postgres *l = postgres_of(job);

	return (fail(job, l->late ? ERR_DEADLINE : ERR_LEDGER, "ledger %s: "
	    "the connection is lost: %s; it is opened again for the next try",
	    l->sql.name, l->lost));
}

enum err
postgres_time(struct job *job)
{
	const struct postgres *l = postgres_of(job);

	if (clock_mono() < l->sql.deadline + LATE || l->snapshot)
		return (OK);
	return (fail(job, ERR_DEADLINE, "ledger %s: the time was up before it "
	    "could be asked", l->sql.name));
}

/* By the class of its SQLSTATE: postgresql.org/docs/current/errcodes... */
enum err
postgres_fail(struct job *job, const PGresult *res)
{
	struct postgres *l = postgres_of(job);
	const char *state = pq.PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = pq.PQresultErrorField(res,
	    PG_DIAG_MESSAGE_PRIMARY);

	if (text == NULL)
		text = pq.PQerrorMessage(l->conn);
	if (state == NULL || strncmp(state, "57P", 3) == 0 ||
	    strncmp(state, "08", 2) == 0) {
		postgres_hang_up(l, text);
		return (postgres_fail_lost(job));
	}
	if (strcmp(state, "55P03") == 0)
		return (fail(job, ERR_DEADLINE, "ledger %s: another process "
		    "was writing until the time was up", l->sql.name));
	if (strcmp(state, "57014") == 0)
		return (fail(job, ERR_DEADLINE, "ledger %s: the server ended "
		    "what took too long", l->sql.name));
	/* Our BEGIN asks to write, which a standby calls not supported. */
	if (strcmp(state, "25006") == 0 ||
	    (l->begins && strcmp(state, "0A000") == 0)) {
		postgres_hang_up(l, text);
		return (fail(job, ERR_LEDGER, "ledger %s: this server only "
		    "reads; name the one that writes, or all of them with "
		    "target_session_attrs=read-write", l->sql.name));
	}
	if (strcmp(state, "42501") == 0)
		return (fail(job, ERR_LEDGER, "ledger %s: %s; grant it, see "
		    "tickethook.ini(5)", l->sql.name, text));
	return (fail(job, ERR_LEDGER, "ledger %s: the server says %s: %s",
	    l->sql.name, state, text));
}

/*
 * Until when the server may take for what it was asked last.  A session that
 * is hung up on takes the locks of all threads along, so an answer that is
 * on its way gets a moment.
 */
static int64_t
until(const struct postgres *l)
{
	const int64_t now = clock_mono();
	const int64_t limit = l->sql.deadline > now ? l->sql.deadline : now;

	if (l->sql.members != NULL && now + STALL < limit)
		return (now + STALL);
	return (l->snapshot ? now + SNAPSHOT : limit + LATE);
}

static bool
wait_for(struct postgres *l, short events, int64_t limit)
{
	struct pollfd p = { .fd = pq.PQsocket(l->conn), .events = events };
	int64_t left;
	int n;

	do {
		left = limit - clock_mono();
		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n == -1 && errno == EINTR);
	if (n <= 0) {
		postgres_hang_up(l, "the server did not answer in time");
		l->late = true;
	} else if (pq.PQconsumeInput(l->conn) == 0)
		postgres_hang_up(l, pq.PQerrorMessage(l->conn));
	return (l->conn != NULL);
}

PGresult *
postgres_next(struct postgres *l)
{
	const int64_t limit = until(l);
	int rc;

	if (l->conn == NULL)
		return (NULL);
	while ((rc = pq.PQflush(l->conn)) == 1)
		if (!wait_for(l, POLLIN | POLLOUT, limit))
			return (NULL);
	if (rc == -1)
		postgres_hang_up(l, pq.PQerrorMessage(l->conn));
	while (l->conn != NULL && pq.PQisBusy(l->conn) != 0)
		if (!wait_for(l, POLLIN, limit))
			return (NULL);
	return (l->conn != NULL ? pq.PQgetResult(l->conn) : NULL);
}

enum err
postgres_end(struct job *job, const char *sql, const char *tag)
{
	struct postgres *l = postgres_of(job);
	char last[16] = "";
	PGresult *res;
	enum err e = OK;

	if (l->conn == NULL)
		return (postgres_fail_lost(job));
	if (pq.PQsendQuery(l->conn, sql) == 0)
		postgres_hang_up(l, pq.PQerrorMessage(l->conn));
	while ((res = postgres_next(l)) != NULL) {
		if (pq.PQresultStatus(res) == PGRES_FATAL_ERROR && e == OK)
			e = postgres_fail(job, res);
		l->begins = false;
		(void)snprintf(last, sizeof(last), "%s", pq.PQcmdStatus(res));
		pq.PQclear(res);
	}
	if (e == OK && l->conn == NULL)
		e = postgres_fail_lost(job);
	if (e == OK && tag != NULL && strcmp(last, tag) != 0)
		e = fail(job, ERR_LEDGER, "ledger %s: the server answered %s "
		    "to %s", l->sql.name, last, sql);
	return (e);
}

enum err
postgres_run(struct job *job, const char *sql, const char *tag)
{
	enum err e = postgres_time(job);

	return (e == OK ? postgres_end(job, sql, tag) : e);
}

/*
 * What a session of ours must be like, whatever the role's defaults are.  A
 * host that vanishes must not keep its locks for hours.
 */
static const char set_up[] =
    "SET standard_conforming_strings TO on;"
    "SET idle_in_transaction_session_timeout TO '20s';"
    "SET tcp_keepalives_idle TO 5;"
    "SET tcp_keepalives_interval TO 5;"
    "SET tcp_keepalives_count TO 3;"
    "SET tcp_user_timeout TO '20s';"
    "SET jit TO off;"
    "SELECT set_config('synchronous_commit', 'on', false)"
    "    WHERE current_setting('synchronous_commit') = 'off'";

static enum err
check_session(struct job *job, struct sql_query *q)
{
	struct postgres *l = postgres_of(job);
	const struct sql_value encoding = sql_query_get(q, 2);

	if (sql_query_get_int(q, 3) < VERSION_MIN)
		return (fail(job, ERR_CONFIG, "ledger %s: the server is older "
		    "than PostgreSQL %d", l->sql.name, VERSION_MIN / 10000));
	if (encoding.data == NULL || strcmp(encoding.data, "UTF8") != 0)
		return (fail(job, ERR_CONFIG, "ledger %s: the database is not "
		    "in UTF8; make one with: createdb -T template0 -E UTF8",
		    l->sql.name));
	if (sql_query_get_int(q, 4) != pq.PQbackendPID(l->conn))
		return (fail(job, ERR_CONFIG, "ledger %s: a pooler stands "
		    "before the server and may lend a session with its locks "
		    "to others; connect to the server itself", l->sql.name));
	l->schema = sql_query_get_int(q, 0);
	(void)snprintf(l->schema_name, sizeof(l->schema_name), "%s",
	    sql_query_get(q, 1).data);
	return (OK);
}

static enum err
read_session(struct job *job)
{
	struct sql_query q;
	bool found;
	enum err e = OK, ended;

	sql_query_fresh(&q, job, "SELECT CAST(oid AS BIGINT),"
	    " CAST(nspname AS TEXT), current_setting('server_encoding'),"
	    " CAST(current_setting('server_version_num') AS BIGINT),"
	    " pg_backend_pid() FROM pg_namespace"
	    " WHERE nspname = current_schema()");
	if ((found = sql_query_row(&q)))
		e = check_session(job, &q);
	if ((ended = sql_query_end(&q)) != OK)
		e = ended;
	if (e == OK && !found)
		e = fail(job, ERR_CONFIG, "ledger %s: there is no schema that "
		    "its role may use; see tickethook.ini(5)",
		    postgres_of(job)->sql.name);
	return (e);
}

static void
hear(void *arg, const PGresult *notice)
{
	struct postgres *l = arg;
	const char *kind = pq.PQresultErrorField(notice,
	    PG_DIAG_SEVERITY_NONLOCALIZED);

	if (kind != NULL && strcmp(kind, "WARNING") == 0)
		l->warned = true;
}

/* Has it said that it is gone, while nobody listened? */
static bool
is_alive(struct postgres *l)
{
	struct pollfd p = { .events = POLLIN };

	if (l->conn == NULL)
		return (false);
	p.fd = pq.PQsocket(l->conn);
	/* Its last words come before its end. */
	while (l->conn != NULL && poll(&p, 1, 0) > 0)
		if (pq.PQconsumeInput(l->conn) == 0)
			postgres_hang_up(l, pq.PQerrorMessage(l->conn));
	return (l->conn != NULL);
}

enum err
postgres_open_session(struct job *job)
{
	struct postgres *l = postgres_of(job);
	int64_t limit = clock_mono() + CONNECT_WAIT;
	enum err e;

	if ((e = postgres_time(job)) != OK || is_alive(l))
		return (e);
	if (limit > l->sql.deadline + LATE)
		limit = l->sql.deadline + LATE;
	e = postgres_target_connect(job, l->target, limit, &l->conn);
	if (e != OK)
		return (e);
	l->session++;
	(void)pq.PQsetNoticeReceiver(l->conn, hear, l);
	if ((e = postgres_run(job, set_up, NULL)) == OK &&
	    (e = read_session(job)) == OK &&
	    (e = postgres_present(job)) == OK)
		e = postgres_schema(job);
	if (e != OK)
		postgres_hang_up(l, job->why.text);
	else if (l->lost[0] != '\0')
		log_say(LOG_LEVEL_WARNING, "ledger", "%s: connected again, "
		    "after: %s", l->sql.name, l->lost);
	return (e);
}
