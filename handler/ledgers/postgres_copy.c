/*
 * What a PostgreSQL ledger needs so that a whole one can be copied into it or
 * out of it: who has it open, tables without their triggers, which only their
 * owner may say, and a session that may wait for the other ledger.
 */
#include "handler/ledgers/postgres.h"

#include "handler/job.h"

enum {
	PRESENCE = POSTGRES_APPLICATION + 1	/* locks of this kind */
};

/* Every table of the schema; the keys of other tables are still checked. */
#define TRIGGERS(what)							\
	"DO $$ DECLARE t record; BEGIN FOR t IN"			\
	" SELECT CAST(CAST(oid AS regclass) AS TEXT) AS name"		\
	" FROM pg_class WHERE relkind = 'r' AND relnamespace ="		\
	" (SELECT oid FROM pg_namespace WHERE nspname = current_schema())" \
	" LOOP EXECUTE 'ALTER TABLE ' || t.name || ' " what		\
	" TRIGGER USER'; END LOOP; END $$"

/* Rows that brought their number have not drawn it. */
static const char numbers[] =
	"DO $$ DECLARE c record; n BIGINT; BEGIN FOR c IN"
	" SELECT CAST(CAST(attrelid AS regclass) AS TEXT) AS name, attname"
	" FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
	" WHERE relkind = 'r' AND attidentity <> '' AND relnamespace ="
	" (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
	" LOOP EXECUTE format('SELECT max(%I) FROM %s', c.attname, c.name)"
	" INTO n; IF n IS NOT NULL THEN PERFORM"
	" setval(pg_get_serial_sequence(c.name, c.attname), n); END IF;"
	" END LOOP; END $$";

enum err
postgres_quiet(struct job *job, bool quiet)
{
	enum err e;

	if (quiet)
		return (postgres_run(job, TRIGGERS("DISABLE"), NULL));
	e = postgres_run(job, TRIGGERS("ENABLE"), NULL);
	return (e == OK ? postgres_run(job, numbers, NULL) : e);
}

/* As lock_present() and lock_alone() in handler/ledgers/lock.h. */
static enum err
presence(struct job *job, const char *sql, bool *got, bool *seen)
{
	struct sql_query q;

	*got = *seen = false;
	sql_query_fresh(&q, job, sql);
	sql_query_int(&q, PRESENCE);
	sql_query_int(&q, (int64_t)(int32_t)(uint32_t)
	    postgres_of(job)->schema);
	if (sql_query_row(&q)) {
		*got = sql_query_get_int(&q, 0) != 0;
		*seen = sql_query_get_int(&q, 1) != 0;
	}
	return (sql_query_end(&q));
}

/* That the lock is seen proves that the server's locks are some. */
#define PRESENT(function)						\
	"WITH mine AS MATERIALIZED (SELECT " function			\
	"(CAST(? AS INTEGER), CAST(? AS INTEGER)) AS got)"		\
	" SELECT got, EXISTS (SELECT 1 FROM pg_locks WHERE"		\
	" locktype = 'advisory' AND pid = pg_backend_pid()) FROM mine"

enum err
postgres_present(struct job *job)
{
	const char *name = postgres_of(job)->sql.name;
	bool got, seen;
	enum err e;

	e = presence(job, PRESENT("pg_try_advisory_lock_shared"), &got, &seen);
	if (e != OK)
		return (e);
	if (!got)
		return (fail(job, ERR_BUSY, "ledger %s is being copied; wait "
		    "until that is over", name));
	if (!seen)
		return (fail(job, ERR_CONFIG, "ledger %s: the advisory locks "
		    "of this server lock nothing, so that two hosts could "
		    "make two tickets; use PostgreSQL itself", name));
	return (OK);
}

enum err
postgres_alone(struct job *job)
{
	bool got, seen;
	enum err e;

	e = presence(job, PRESENT("pg_try_advisory_lock"), &got, &seen);
	if (e == OK && !got)
		e = fail(job, ERR_BUSY, "ledger %s is open on some host; stop "
		    "tickethook everywhere, and whatever starts it, first",
		    postgres_of(job)->sql.name);
	if (e != OK)
		return (e);
	/* The server ends a transaction in which nothing is said for long. */
	return (postgres_run(job, "SET LOCAL"
	    " idle_in_transaction_session_timeout TO 0", NULL));
}
