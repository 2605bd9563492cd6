#ifndef LEDGER_POSTGRES_H_
#define LEDGER_POSTGRES_H_

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "handler/ledgers/postgres_lib.h"

/*
 * With TICKETHOOK_TEST_LEDGER=postgresql://... (a database, with at least one
 * parameter behind a question mark) the tests of the ledger run there, each
 * in a schema of its own; see tests/run/postgres.js.
 */
static inline const char *
world_server(void)
{

	return (getenv("TICKETHOOK_TEST_LEDGER"));
}

/* A session that is not the program's. */
static inline PGconn *
world_session(const char *url)
{
	const char *words[] = { "dbname", NULL };
	const char *values[] = { url, NULL };
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;
	struct why why;
	struct pollfd p;
	PGconn *conn;

	if (postgres_lib_load(&why) != OK)
		abort();
	conn = pq.PQconnectStartParams(words, values, 1);
	while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
		p = (struct pollfd){ .fd = pq.PQsocket(conn), .events =
		    state == PGRES_POLLING_READING ? POLLIN : POLLOUT };
		(void)poll(&p, 1, 10000);
		state = pq.PQconnectPoll(conn);
	}
	if (state == PGRES_POLLING_OK)
		return (conn);
	(void)fprintf(stderr, "%s\n", pq.PQerrorMessage(conn));
	abort();
}

/* The first value of the last row of it, as a number; -1: there is none. */
static inline int64_t
world_ask(const char *url, const char *sql)
{
	PGconn *conn = world_session(url);
	int64_t n = -1;
	PGresult *res;
	bool wrong = pq.PQsendQuery(conn, sql) == 0;

	while ((res = pq.PQgetResult(conn)) != NULL) {
		if (pq.PQresultStatus(res) == PGRES_FATAL_ERROR)
			wrong = true;
		else if (pq.PQntuples(res) > 0)
			n = *pq.PQgetvalue(res, 0, 0) == 't' ? 1 :
			    strtoll(pq.PQgetvalue(res, 0, 0), NULL, 10);
		pq.PQclear(res);
	}
	if (wrong) {
		(void)fprintf(stderr, "%s: %s\n", sql,
		    pq.PQerrorMessage(conn));
		abort();
	}
	pq.PQfinish(conn);
	return (n);
}

/* The URL of the schema of the world that there is. */
static char world_here[512];

static inline void
world_schema(void)
{
	static int worlds;
	char name[48], sql[80];

	(void)snprintf(name, sizeof(name), "w%ld_%d", (long)getpid(),
	    worlds++);
	(void)snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", name);
	(void)world_ask(world_server(), sql);
	(void)snprintf(world_here, sizeof(world_here),
	    "%s&options=-csearch_path%%3D%s", world_server(), name);
}

static inline void
world_schema_drop(void)
{
	const char *name = strstr(world_here, "search_path%3D");
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "SET client_min_messages TO error;"
	    "DROP SCHEMA %s CASCADE", name + strlen("search_path%3D"));
	(void)world_ask(world_server(), sql);
}

#endif
