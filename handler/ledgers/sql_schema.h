#ifndef SQL_SCHEMA_H_
#define SQL_SCHEMA_H_

/*
 * The tables of an SQL ledger, in SQLite's words: statements, several to a
 * part, that lead from a version to the next.  A store that has other words
 * translates them (handler/ledgers/postgres_words.h).
 */
enum {
	SQL_SCHEMA_VERSION = 1
};

/* NULL behind the last one; version and part count from 0. */
const char *sql_schema_part(int version, int part);

#endif
