#ifndef POSTGRES_WORDS_H_
#define POSTGRES_WORDS_H_

/*
 * SQLite's words in PostgreSQL's, for the statements and the schema of the
 * ledger, which keep to what both know but for
 *
 *	? and ?1		$1
 *	INDEXED BY name		nothing: the planner knows
 *	IS NOT x		IS DISTINCT FROM x
 *	instr, group_concat	strpos, string_agg
 *
 * and, where tables are made,
 *
 *	INTEGER, TEXT, BLOB	BIGINT, TEXT that is compared by its bytes,
 *				BYTEA
 *	INTEGER PRIMARY KEY	a key that numbers itself
 *	STRICT, WITHOUT ROWID	nothing; where there is a rowid and no such
 *				key, a column of that name
 *	CREATE TRIGGER		one that calls a function of its name
 *
 * The result is the caller's to free(); NULL: no memory.
 */
char *postgres_words(const char *sql);
char *postgres_words_schema(const char *sql);

#endif
