/*
 * Strict JSON: what is taken is JSON for SQLite's reader too, and written
 * again it reads the same.
 */
#include <sqlite3.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

static bool
is_json(const uint8_t *data, size_t n)
{
	static sqlite3_stmt *stmt;
	static sqlite3 *db;
	bool valid;

	if (stmt == NULL)
		MUST(sqlite3_open(":memory:", &db) == SQLITE_OK &&
		    sqlite3_prepare_v2(db, "SELECT json_valid(?)", -1, &stmt,
		    NULL) == SQLITE_OK);
	MUST(sqlite3_bind_text(stmt, 1, (const char *)data, (int)n,
	    SQLITE_STATIC) == SQLITE_OK);
	valid = sqlite3_step(stmt) == SQLITE_ROW &&
	    sqlite3_column_int(stmt, 0) == 1;
	MUST(sqlite3_reset(stmt) == SQLITE_OK);
	return (valid);
}

static const char *
write_tree(struct job *job, const struct json *tree)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, FUZZ_ARENA / 4);
	json_open(&w, &buf);
	json_put_tree(&w, NULL, tree);
	return (buf_text(&buf));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct job *job = fuzz_job();
	const struct json *tree, *again;
	const char *once, *twice;

	if (json_parse(job->arena, data, n, &tree, &job->why) != OK)
		return (0);
	MUST(utf8_valid(data, n));
	MUST(is_json(data, n));
	if ((once = write_tree(job, tree)) == NULL)
		return (0);
	MUST(json_parse(job->arena, once, strlen(once), &again, &job->why) ==
	    OK);
	if ((twice = write_tree(job, again)) != NULL)
		MUST(strcmp(once, twice) == 0);
	return (0);
}
