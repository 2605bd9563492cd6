/*
 * What a PostgreSQL ledger needs while a whole one is copied into it or out
 * of it: tables without their triggers, which only their owner may say, and a
 * session that may wait for the other ledger.
 */
#include "handler/ledgers/postgres.h"

#include "handler/job.h"

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

/* The server ends a transaction in which nothing is said for long. */
enum err
postgres_patient(struct job *job)
{

	return (postgres_run(job, "SET LOCAL"
	    " idle_in_transaction_session_timeout TO 0", NULL));
}
