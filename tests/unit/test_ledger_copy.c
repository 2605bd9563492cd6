/*
 * All of a ledger into another: what comes out, and when nothing does.
 * The oracle is the dump of both, row by row, and SQLite itself.
 */
#include "tests/unit/ledger_setup.h"

#include <sqlite3.h>

#include "common/buf.h"
#include "common/crypt.h"
#include "handler/ledger_copy.h"
#include "handler/ledger_history.h"
#include "handler/ledger_view.h"

enum {
	TESTS = 40,
	DUMP_MAX = 2 << 20
};

struct pair {
	struct world	*w;
	struct job	 from, to;
};

static bool
put_row(void *arg, const char *table, const struct view_cell *cells, size_t n)
{
	struct buf *b = arg;
	size_t i, k;

	buf_printf(b, "%s", table);
	for (i = 0; i < n; i++) {
		buf_printf(b, " %s:%d:%lld:%zu:", cells[i].name,
		    (int)cells[i].type, cells[i].type == VIEW_INT ?
		    (long long)cells[i].n : 0LL, cells[i].len);
		for (k = 0; cells[i].type > VIEW_INT && k < cells[i].len; k++)
			buf_printf(b, "%02x", (unsigned char)cells[i].data[k]);
	}
	buf_char(b, '\n');
	return (true);
}

static const char *
dump(struct job *job)
{
	struct buf b;

	buf_init(&b, job->arena, DUMP_MAX);
	job->deadline = clock_mono() + WORLD_PATIENCE;
	expect(job, ledger_view_dump(job, put_row, &b), OK);
	assert_non_null(buf_text(&b));
	return (buf_text(&b));
}

/* Tests with tickets, changes, monitors and answers of both sorts. */
static void
fill(struct job *job)
{
	struct event event;
	struct filing f;
	char id[32], identity[32], key[32];
	int i;

	for (i = 0; i < TESTS; i++) {
		(void)snprintf(id, sizeof(id), "id-%d", i);
		(void)snprintf(identity, sizeof(identity), "lifts %d", i);
		(void)snprintf(key, sizeof(key), "test|%d", i);
		event = world_event(id, identity, i % 3 == 0 ? STATUS_BROKEN :
		    STATUS_FLAKY, 1000 + i);
		event.test.variant = i % 2 == 0 ? "l\xc3\xb6" "we '\"\\" : NULL;
		job->deadline = clock_mono() + WORLD_PATIENCE;
		expect(job, world_begin(job, key, &event, &f), OK);
		if (i % 4 != 0) {
			f.stage = STAGE_CREATED;
			f.remote_id = id;
			f.remote_key = "ENG-1";
			f.link = LINK_DONE;
			expect(job, ledger_advance(job, &event.test, &f), OK);
		}
		expect(job, world_finish(job, id, &event, i % 5 == 0 ? 503 :
		    200, i % 5 != 0), OK);
		expect(job, ledger_note_change(job, &event, i + 1, id), OK);
		ledger_release(job, &f);
	}
}

static struct ledger *
open_beside(const struct world *w, const char *name)
{
	struct ledger *ledger = NULL;
	struct why why = { "" };
	char url[192];

	(void)snprintf(url, sizeof(url), "sqlite:%s/%s", w->dir, name);
	if (ledger_open(url, &ledger, &why) != OK)
		print_error("%s\n", why.text);
	assert_non_null(ledger);
	return (ledger);
}

static struct pair
open_pair(struct world *w)
{
	struct pair p = { .w = w };

	world_job(w, &p.from);
	world_job(w, &p.to);
	p.to.ledger = open_beside(w, "target.db");
	return (p);
}

static void
close_pair(struct pair *p)
{

	ledger_close(p->to.ledger);
	arena_free(p->to.arena);
	arena_free(p->from.arena);
}

static void
test_all_arrives(void **state)
{
	struct pair p = open_pair(*state);
	struct ledger_copy copy = { .at = NULL };
	int64_t rows = 0;
	const char *line;
	size_t i;

	fill(&p.from);
	expect(&p.to, ledger_copy(&p.from, &p.to, &copy), OK);
	assert_string_equal(dump(&p.to), dump(&p.from));
	for (i = 0; i < copy.n; i++) {
		assert_int_equal(strlen(copy.tables[i].sum), LEDGER_COPY_SUM);
		rows += copy.tables[i].rows;
	}
	for (line = dump(&p.from); (line = strchr(line, '\n')) != NULL; line++)
		rows--;
	assert_int_equal(rows, 0);
	close_pair(&p);
}

/* Both go on as before, numbers of new rows included. */
static void
test_both_go_on(void **state)
{
	struct pair p = open_pair(*state);
	struct ledger_copy copy = { .at = NULL };
	struct event event = world_event("new", "new", STATUS_FLAKY, 9000);
	struct job *jobs[] = { &p.from, &p.to };
	struct filing f;
	size_t i;

	fill(&p.from);
	expect(&p.to, ledger_copy(&p.from, &p.to, &copy), OK);
	for (i = 0; i < 2; i++) {
		jobs[i]->deadline = clock_mono() + WORLD_PATIENCE;
		expect(jobs[i], world_begin(jobs[i], "test|new", &event, &f),
		    OK);
		f.stage = STAGE_CREATED;
		f.remote_id = "new";
		expect(jobs[i], ledger_advance(jobs[i], &event.test, &f), OK);
		ledger_release(jobs[i], &f);
	}
	assert_string_equal(dump(&p.to), dump(&p.from));
	close_pair(&p);
}

static void
test_only_into_nothing(void **state)
{
	struct pair p = open_pair(*state);
	struct ledger_copy copy = { .at = NULL };
	const char *before;

	fill(&p.from);
	expect(&p.to, ledger_note_known(&p.to, "test.new", "msg_1"), OK);
	before = dump(&p.to);
	expect(&p.to, ledger_copy(&p.from, &p.to, &copy), ERR_REFUSED);
	assert_non_null(strstr(p.to.why.text, "target.db holds 1 rows"));
	assert_int_equal(copy.n, 0);
	assert_string_equal(dump(&p.to), before);
	close_pair(&p);
}

/* Triggers are there again, whatever came of it. */
static void
test_failure_leaves_nothing(void **state)
{
	struct pair p = open_pair(*state);
	struct ledger_copy copy = { .at = NULL };
	const char *empty = dump(&p.to);
	char *said = NULL;
	sqlite3 *db;

	fill(&p.from);
	/* SQLite keeps a NUL within a text; we would lose what follows. */
	assert_int_equal(sqlite3_open(p.w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE test SET url ="
	    " CAST(X'610062' AS TEXT) WHERE id = 7", NULL, NULL, &said),
	    SQLITE_OK);
	(void)sqlite3_close(db);
	expect(&p.to, ledger_copy(&p.from, &p.to, &copy), ERR_LEDGER);
	assert_non_null(strstr(p.to.why.text, "rows of test"));
	assert_string_equal(dump(&p.to), empty);
	fill(&p.to);
	assert_non_null(strstr(dump(&p.to), "census"));
	close_pair(&p);
}

/* Somebody else has one of them open. */
static void
test_not_alone(void **state)
{
	struct pair p = open_pair(*state);
	struct ledger_copy copy = { .at = NULL };
	struct why why = { "" };
	struct ledger *other;
	const char *names[] = { "l.db", "target.db" };
	char url[192];
	size_t i;

	fill(&p.from);
	for (i = 0; i < 2; i++) {
		other = open_beside(p.w, names[i]);
		expect(&p.to, ledger_copy(&p.from, &p.to, &copy), ERR_BUSY);
		assert_non_null(strstr(p.to.why.text, names[i]));
		assert_non_null(strstr(p.to.why.text, "stop tickethook"));
		ledger_close(other);
	}
	expect(&p.to, ledger_copy(&p.from, &p.to, &copy), OK);
	/* Until they are closed. */
	(void)snprintf(url, sizeof(url), "sqlite:%s/target.db", p.w->dir);
	assert_int_equal(ledger_open(url, &other, &why), ERR_BUSY);
	assert_non_null(strstr(why.text, "is being copied"));
	close_pair(&p);
	assert_int_equal(ledger_open(url, &other, &why), OK);
	ledger_close(other);
}

/* A program without our locks writes the source, and does not stop. */
static void
test_source_in_use(void **state)
{
	struct pair p = open_pair(*state);
	struct ledger_copy copy = { .at = NULL };
	sqlite3 *db;

	fill(&p.from);
	assert_int_equal(sqlite3_open(p.w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL), SQLITE_OK);
	expect(&p.to, ledger_copy(&p.from, &p.to, &copy), ERR_DEADLINE);
	assert_non_null(strstr(p.to.why.text, "l.db"));
	(void)sqlite3_close(db);
	expect(&p.to, ledger_copy(&p.from, &p.to, &copy), OK);
	close_pair(&p);
}

/* What the schema says is counted by the database is what the copy sorts. */
static void
test_order_of_rows(void **state)
{
	struct world *w = *state;
	sqlite3_stmt *stmt;
	sqlite3 *db;
	int n = 0;

	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM"
	    " sqlite_schema WHERE type = 'table' AND sql NOT LIKE"
	    " '%INTEGER PRIMARY KEY%' AND sql NOT LIKE '%WITHOUT ROWID%'"
	    " ORDER BY name", -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		assert_string_equal((const char *)sqlite3_column_text(stmt,
		    0), n++ == 0 ? "delivery" : "early_monitor");
	assert_int_equal(n, 2);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(test_all_arrives,
	    world_setup_open, world_teardown),
	cmocka_unit_test_setup_teardown(test_both_go_on,
	    world_setup_open, world_teardown),
	cmocka_unit_test_setup_teardown(test_only_into_nothing,
	    world_setup_open, world_teardown),
	cmocka_unit_test_setup_teardown(test_failure_leaves_nothing,
	    world_setup_open, world_teardown),
	cmocka_unit_test_setup_teardown(test_not_alone,
	    world_setup_open, world_teardown),
	cmocka_unit_test_setup_teardown(test_source_in_use,
	    world_setup_open, world_teardown),
	cmocka_unit_test_setup_teardown(test_order_of_rows,
	    world_setup_open, world_teardown)
};

int
main(void)
{
	struct why why;

	if (crypt_init(&why) != OK)
		return (1);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
