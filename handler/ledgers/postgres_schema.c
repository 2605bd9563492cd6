/*
 * The tables in a schema of a database.  That they are ours, and their
 * version, says the comment of one of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/postgres.h"
#include "handler/ledgers/postgres_words.h"
#include "handler/ledgers/sql_schema.h"

static const char OURS[] = "tickethook ledger, version ";

static enum err
check_version(struct job *job, const char *comment, int64_t *version)
{
	const struct postgres *l = postgres_of(job);

	if (comment == NULL || strncmp(comment, OURS, strlen(OURS)) != 0)
		return (fail(job, ERR_CONFIG, "ledger %s: schema %s holds the "
		    "tables of another program; make one for tickethook",
		    l->sql.name, l->schema_name));
	*version = strtoll(comment + strlen(OURS), NULL, 10);
	if (*version > SQL_SCHEMA_VERSION)
		return (fail(job, ERR_CONFIG, "ledger %s has schema %lld, "
		    "this program knows %d; upgrade tickethook", l->sql.name,
		    (long long)*version, SQL_SCHEMA_VERSION));
	return (OK);
}

/* 0: there are no tables yet. */
static enum err
read_version(struct job *job, int64_t *version)
{
	struct sql_query q;
	enum err e = OK, ended;

	*version = 0;
	sql_query(&q, job, "SELECT obj_description(oid, 'pg_class')"
	    " FROM pg_class WHERE CAST(relnamespace AS BIGINT) = ?"
	    " AND relname = 'test'");
	sql_query_int(&q, postgres_of(job)->schema);
	if (sql_query_row(&q))
		e = check_version(job, sql_query_get(&q, 0).data, version);
	ended = sql_query_end(&q);
	return (ended != OK ? ended : e);
}

static enum err
run_part(struct job *job, const char *part)
{
	char *text;
	enum err e;

	if ((text = postgres_words_schema(part)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the schema"));
	e = postgres_run(job, text, NULL);
	free(text);
	return (e);
}

static enum err
upgrade(struct job *job)
{
	char text[128];
	const char *part;
	int64_t version;
	enum err e;
	int i;

	/* Another process may have been faster. */
	if ((e = read_version(job, &version)) != OK)
		return (e);
	for (; version < SQL_SCHEMA_VERSION && e == OK; version++)
		for (i = 0; e == OK &&
		    (part = sql_schema_part((int)version, i)) != NULL; i++)
			e = run_part(job, part);
	(void)snprintf(text, sizeof(text), "COMMENT ON TABLE test IS '%s%d'",
	    OURS, SQL_SCHEMA_VERSION);
	return (e == OK ? postgres_run(job, text, NULL) : e);
}

/* In turn, before anything else is done on a session. */
enum err
postgres_schema(struct job *job)
{
	struct postgres *l = postgres_of(job);
	int64_t version = 0;
	enum err e;

	e = read_version(job, &version);
	if (e != OK || version == SQL_SCHEMA_VERSION)
		return (e);
	if ((e = l->sql.store->begin(job)) != OK)
		return (e);
	if ((e = upgrade(job)) == OK)
		e = l->sql.store->commit(job);
	l->sql.store->over(&l->sql);
	return (e);
}
