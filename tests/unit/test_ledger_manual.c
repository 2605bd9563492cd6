/*
 * Does tickethook-ledger(5) describe each table and column of the schema, and
 * nothing else?  And each word that a column may hold, so that nobody has to
 * guess what "sent" means.
 */
#include "tests/unit/ledger_sqlite.h"

#include "common/buf.h"

#define PAGE	"handler/tickethook-ledger.5"

enum {
	PAGE_MAX = 256 * 1024,
	LEAST = 20		/* tables; fewer were read wrongly */
};

/* What is wrong, and the end of the test. */
#define wrong(...) do {							\
	print_error(PAGE ": " __VA_ARGS__);				\
	_fail(__FILE__, __LINE__);					\
} while (0)

/* The lines of a table, from its heading to the next; "" if it has none. */
static const char *
part_of(struct arena *arena, const char *page, const char *table)
{
	const char *head = arena_printf(arena, "\n.Ss %s\n", table);
	const char *at = strstr(strstr(page, "\n.Sh TABLES\n"), head);
	const char *end;

	if (at == NULL)
		return ("");
	at += strlen(head) - 1;
	end = strstr(at, "\n.Ss ");
	if (end == NULL)
		end = strstr(at, "\n.Sh ");
	assert_non_null(end);
	return (arena_strndup(arena, at, (size_t)(end - at + 1)));
}

static const char *
slurp(struct arena *arena)
{
	char *text = arena_alloc(arena, PAGE_MAX);
	FILE *f = fopen(PAGE, "r");
	size_t n;

	if (f == NULL)
		wrong("it cannot be read; run this from the top\n");
	assert_non_null(text);
	n = fread(text, 1, PAGE_MAX - 1, f);
	assert_true(n > 0 && n < PAGE_MAX - 1);
	text[n] = '\0';
	assert_int_equal(fclose(f), 0);
	return (text);
}

/* Is the word one of those of a ".It Va a , b" line?  *n: how many of it. */
static bool
has_item(const char *part, const char *word, size_t *n)
{
	static const char item[] = "\n.It Va ";
	size_t len = strlen(word), m;
	bool found = false;
	const char *at, *end;

	*n = 0;
	for (at = part; (at = strstr(at, item)) != NULL; at = end) {
		at += sizeof(item) - 1;
		end = at + strcspn(at, "\n");
		while (at < end) {
			m = strcspn(at, " \n");
			*n += at[0] != ',';
			found = found || (m == len &&
			    strncmp(at, word, m) == 0);
			at += m + (at[m] == ' ');
		}
	}
	return (found);
}

/* Is the word in the text, as a word? */
static bool
has_word(const char *text, const char *word)
{
	static const char in[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t len = strlen(word);
	const char *at;

	for (at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
		if (strchr(in, at[-1]) == NULL && strspn(at + len, in) == 0)
			return (true);
	return (false);
}

/* All that stands in quotes after CHECK (... IN. */
static size_t
check_words(struct arena *arena, const char *table, const char *sql,
    const char *part)
{
	const char *at = sql, *end, *word;
	size_t n = 0;

	while ((at = strchr(at, '\'')) != NULL) {
		assert_non_null(end = strchr(at + 1, '\''));
		word = arena_strndup(arena, at + 1, (size_t)(end - at - 1));
		if (!has_word(part, word))
			wrong("%s does not say what '%s' is\n", table,
			    word);
		at = end + 1;
		n++;
	}
	return (n);
}

static size_t
check_table(sqlite3 *db, const char *table,
    const char *part)
{
	size_t columns = 0, told = 0;
	sqlite3_stmt *stmt;
	const char *name;

	assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM"
	    " pragma_table_info(?)", -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_bind_text(stmt, 1, table, -1,
	    SQLITE_TRANSIENT), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		name = (const char *)sqlite3_column_text(stmt, 0);
		if (!has_item(part, name, &told))
			wrong("it lacks the column %s of %s\n", name, table);
		columns++;
	}
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	if (told != columns)
		wrong("it has columns of %s that do not exist\n", table);
	return (columns);
}

static size_t
count_headings(const char *page)
{
	const char *at = strstr(page, "\n.Sh TABLES\n") + 1;
	const char *end = strstr(at, "\n.Sh ");
	size_t n = 0;

	assert_non_null(end);
	for (; (at = strstr(at, "\n.Ss ")) != NULL && at < end; at++)
		n++;
	return (n);
}

static void
test_tables(void **state)
{
	struct world *w = *state;
	struct arena *arena = w->job.arena;
	const char *page = slurp(arena), *table, *part;
	size_t tables = 0, words = 0;
	sqlite3_stmt *stmt;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT name, sql FROM"
	    " sqlite_schema WHERE type = 'table'"
	    " AND name NOT LIKE 'sqlite_%'", -1, &stmt, NULL), SQLITE_OK);
	for (; sqlite3_step(stmt) == SQLITE_ROW; tables++) {
		table = (const char *)sqlite3_column_text(stmt, 0);
		part = part_of(arena, page, table);
		if (part[0] == '\0')
			wrong("it lacks the table %s\n", table);
		assert_true(check_table(db, table, part) > 0);
		words += check_words(arena, table,
		    (const char *)sqlite3_column_text(stmt, 1), part);
	}
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_true(tables >= LEAST);
	assert_true(words >= LEAST);
	if (count_headings(page) != tables)
		wrong("it has tables that do not exist\n");
}

/* The two numbers by which others know the file. */
static void
test_numbers(void **state)
{
	struct world *w = *state;
	const char *page = slurp(w->job.arena);
	const char *says;

	says = arena_printf(w->job.arena, "application id is %lld,",
	    (long long)ask(w->path, "PRAGMA application_id"));
	assert_non_null(strstr(page, says));
	says = arena_printf(w->job.arena, "version of the schema, %lld.",
	    (long long)ask(w->path, "PRAGMA user_version"));
	assert_non_null(strstr(page, says));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tables,
		    world_setup_open, world_teardown),
		cmocka_unit_test_setup_teardown(test_numbers,
		    world_setup_open, world_teardown)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
