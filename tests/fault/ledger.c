/*
 * ledger FILE [SQL]
 *
 * Reads a ledger with nothing of tickethook's own: SQLite's integrity check
 * and its check of foreign keys, then the rows of SQL, if given, with a tab
 * between two columns.  A ledger that was left by a crash is recovered as
 * the next user would.  Exit status 0: sound; 1: what is wrong is printed.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

enum {
	PATIENCE = 5000		/* ms to wait for a writer */
};

static int
fail(sqlite3 *db, const char *what)
{

	printf("%s: %s\n", what, sqlite3_errmsg(db));
	return (1);
}

static void
print_row(sqlite3_stmt *stmt)
{
	const unsigned char *text;
	int i;

	for (i = 0; i < sqlite3_column_count(stmt); i++) {
		text = sqlite3_column_text(stmt, i);
		printf("%s%s", i == 0 ? "" : "\t",
		    text == NULL ? "" : (const char *)text);
	}
	putchar('\n');
}

/* Print the rows; unlike `wanted`, if that is given, is wrong. */
static int
query(sqlite3 *db, const char *sql, const char *wanted)
{
	sqlite3_stmt *stmt;
	const char *text;
	int rc, bad = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return (fail(db, sql));
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		text = (const char *)sqlite3_column_text(stmt, 0);
		if (wanted != NULL && text != NULL &&
		    strcmp(text, wanted) == 0)
			continue;
		bad |= wanted != NULL;
		print_row(stmt);
	}
	if (rc != SQLITE_DONE)
		bad = fail(db, sql);
	sqlite3_finalize(stmt);
	return (bad);
}

int
main(int argc, char *argv[])
{
	sqlite3 *db;
	int bad;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: ledger FILE [SQL]\n");
		return (2);
	}
	if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE,
	    NULL) != SQLITE_OK)
		bad = fail(db, argv[1]);
	else {
		sqlite3_busy_timeout(db, PATIENCE);
		bad = query(db, "PRAGMA integrity_check", "ok");
		bad |= query(db, "PRAGMA foreign_key_check", "");
		if (!bad && argc == 3)
			bad = query(db, argv[2], NULL);
	}
	sqlite3_close(db);
	return (bad);
}
