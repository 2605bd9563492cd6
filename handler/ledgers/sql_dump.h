#ifndef SQL_DUMP_H_
#define SQL_DUMP_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"
#include "handler/ledger_view.h"

/*
 * The rows of an SQL ledger, once entered: tables in the order in which they
 * were made, so that none refers to a later one.
 *
 *	struct sql_dump d = { .job = job, .put = put, .arg = arg };
 *
 *	if ((e = sql_dump_tables(&d)) == OK)
 *		e = sql_dump_table(&d, d.tables[0]);
 */
enum {
	SQL_TABLES_MAX = 64,
	SQL_COLUMNS_MAX = 64
};

struct sql_dump {
	struct job	*job;
	const char	*tables[SQL_TABLES_MAX];
	size_t		 ntables;
	bool		 (*put)(void *, const char *table,
			    const struct view_cell *, size_t);
	void		*arg;
};

enum err sql_dump_tables(struct sql_dump *);
enum err sql_dump_table(struct sql_dump *, const char *table);

#endif
