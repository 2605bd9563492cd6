/*
 * Whose file it is and which version of the tables it has, both in the header
 * of the file; and the way to the newest.
 */
#include <stdio.h>

#include "handler/job.h"
#include "handler/ledgers/sql_schema.h"
#include "handler/ledgers/sqlite.h"

enum {
	VERSION = SQL_SCHEMA_VERSION,
	APPLICATION = 1953001323	/* "thok"; see sqlite_schema_touch() */
};

/* One statement, so that nobody's upgrade comes between. */
static enum err
read_header(struct job *job, int64_t *version, int64_t *application,
    int64_t *tables)
{
	struct sql_query q;

	*version = *application = *tables = 0;
	sql_query(&q, job, "SELECT user_version, application_id,"
	    " (SELECT count(*) FROM sqlite_schema)"
	    " FROM pragma_user_version, pragma_application_id");
	if (sql_query_row(&q)) {
		*version = sql_query_get_int(&q, 0);
		*application = sql_query_get_int(&q, 1);
		*tables = sql_query_get_int(&q, 2);
	}
	return (sql_query_end(&q));
}

/* Is it ours or empty, and not from the future? */
static enum err
check(struct job *job, int64_t *version)
{
	const char *path = sqlite_of(job)->path;
	int64_t application, tables;
	enum err e;

	e = read_header(job, version, &application, &tables);
	if (e != OK)
		return (e);
	if (application != APPLICATION &&
	    (application != 0 || *version != 0 || tables != 0))
		return (fail(job, ERR_CONFIG, "ledger %s is the database of "
		    "another program; name another file in [ledger] url",
		    path));
	if (*version > VERSION)
		return (fail(job, ERR_CONFIG, "ledger %s has schema %lld, "
		    "this program knows %d; upgrade tickethook", path,
		    (long long)*version, VERSION));
	return (OK);
}

static enum err
execute(struct job *job, const char *sql)
{
	int rc = sqlite3_exec(sqlite_of(job)->db, sql, NULL, NULL, NULL);

	return (rc == SQLITE_OK ? OK : sqlite_fail(job, rc));
}

static enum err
upgrade(struct job *job)
{
	const char *part;
	char text[48];
	int64_t version = 0;
	enum err e;
	int i;

	/* Another process may have been faster. */
	if ((e = check(job, &version)) != OK)
		return (e);
	for (; version < VERSION && e == OK; version++)
		for (i = 0; e == OK &&
		    (part = sql_schema_part((int)version, i)) != NULL; i++)
			e = execute(job, part);
	(void)snprintf(text, sizeof(text), "PRAGMA user_version = %d",
	    VERSION);
	if (e == OK)
		e = execute(job, text);
	return (e == OK ? sqlite_schema_touch(job) : e);
}

enum err
sqlite_schema(struct job *job)
{
	int64_t version = 0;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	e = check(job, &version);
	if ((e = sql_leave(job, e)) != OK || version == VERSION)
		return (e);
	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	e = upgrade(job);
	return (sql_leave(job, e));
}

enum err
sqlite_schema_touch(struct job *job)
{
	struct sql_query q;

	/* APPLICATION, since no parameter can stand here. */
	sql_query(&q, job, "PRAGMA application_id = 1953001323");
	return (sql_query_run(&q));
}
