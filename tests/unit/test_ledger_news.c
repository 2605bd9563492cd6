/*
 * What ledger_news.h promises: the order of arrival makes no difference, an
 * echo is told from a person, and who is asked for when.
 */
#include "tests/unit/ledger_sqlite.h"

#include "handler/ledger_act.h"
#include "handler/ledger_news.h"

enum {
	SECOND = 1000,
	HOUR = 60 * 60 * SECOND
};

static const int64_t T = (int64_t)WORLD_NOW * 1000;

/* A ticket of [tracker eng] with that lasting id; its row. */
static int64_t
add_ticket(struct job *job, const char *key, const char *remote_id)
{
	struct event event = world_event(key, key, STATUS_FLAKY, 5);
	struct filing f;

	expect(job, world_begin(job, key, &event, &f), OK);
	f.stage = STAGE_CREATED;
	f.remote_id = remote_id;
	f.remote_key = key;
	f.url = arena_printf(job->arena, "https://h/%s", key);
	expect(job, ledger_advance(job, &event.test, &f), OK);
	ledger_release(job, &f);
	return (f.row);
}

static struct news
make_news(int64_t ticket, const char *delivery, int64_t time,
    enum remote_category category)
{

	return ((struct news){ .ticket = ticket, .delivery = delivery,
	    .time = time, .updated = time, .category = category,
	    .state = ledger_news_word(category) });
}

static void
note(struct job *job, const struct news *news)
{

	expect(job, ledger_note_news(job, news), OK);
}

/* "open done" in the order of ledger_news. */
static const char *
told(struct job *job, int64_t ticket)
{
	const struct news *all;
	const char *text = "";
	size_t i, n;

	expect(job, ledger_news(job, ticket, &all, &n), OK);
	for (i = 0; i < n; i++)
		text = arena_printf(job->arena, "%s%s%s%s", text,
		    i == 0 ? "" : " ", ledger_news_word(all[i].category),
		    all[i].ours ? "*" : "");
	return (text);
}

/* Every order in which four news may arrive leaves the same. */
static void
test_orders(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct news four[4];
	int64_t ticket = add_ticket(job, "A-1", "id-1");
	struct filing f;
	int a, b, c;

	four[0] = make_news(ticket, "d0", T - 4 * HOUR, REMOTE_STARTED);
	four[1] = make_news(ticket, "d1", T - 3 * HOUR, REMOTE_DONE);
	/* An edit of the finished ticket: the same since the same time. */
	four[2] = make_news(ticket, "d2", T - 3 * HOUR, REMOTE_DONE);
	four[2].updated = T - 2 * HOUR;
	four[2].remote_key = "B-7";
	four[2].url = "https://h/B-7";
	four[3] = make_news(ticket, "d3", T - HOUR, REMOTE_OPEN);
	for (a = 0; a < 4; a++)
		for (b = 0; b < 4; b++)
			for (c = 0; c < 4; c++) {
				if (a == b || a == c || b == c)
					continue;
				(void)ask(w->path, "DELETE FROM news");
				(void)ask(w->path, "UPDATE followed SET"
				    " updated = 0, remote_key = NULL");
				note(job, &four[a]);
				note(job, &four[b]);
				note(job, &four[c]);
				note(job, &four[6 - a - b - c]);
				note(job, &four[a]);
				assert_string_equal(told(job, ticket),
				    "started done open");
				assert_int_equal(ask(w->path, "SELECT updated"
				    " FROM news WHERE category = 'done'"),
				    T - 3 * HOUR);
				assert_int_equal(ask(w->path, "SELECT closed"
				    " FROM followed"), 0);
			}
	/* The newest version says where it is. */
	expect(job, ledger_take(job, ticket, &f), OK);
	expect(job, ledger_follow(job, &f), OK);
	assert_string_equal(f.remote_key, "A-1");
	four[3].delivery = "d4";
	four[3].updated = T;
	four[3].remote_key = "B-7";
	four[3].url = "https://h/B-7";
	note(job, &four[3]);
	expect(job, ledger_follow(job, &f), OK);
	assert_string_equal(f.remote_key, "B-7");
	assert_string_equal(f.url, "https://h/B-7");
	ledger_release(job, &f);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM ticket WHERE"
	    " remote_key = 'B-7' AND url = 'https://h/B-7'"), 1);
}

/* One delivery has its effect once, and what failed half-way is found. */
static void
test_seen(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t one = add_ticket(job, "A-1", "id-1");
	int64_t two = add_ticket(job, "A-2", "id-2");
	struct news news = make_news(one, "d1", T, REMOTE_DONE);
	struct filing f;
	int64_t row;

	expect(job, ledger_news_next(job, 0, &row), ERR_ABSENT);
	expect(job, ledger_news_heard(job, "d1"), ERR_ABSENT);
	note(job, &news);
	expect(job, ledger_news_heard(job, "d1"), OK);
	news.ticket = two;
	note(job, &news);
	expect(job, ledger_news_next(job, 0, &row), OK);
	assert_int_equal(row, one);
	expect(job, ledger_news_next(job, one, &row), OK);
	assert_int_equal(row, two);
	expect(job, ledger_news_next(job, two, &row), ERR_ABSENT);
	/* In hand when a crash came: still to be seen to. */
	expect(job, ledger_take(job, one, &f), OK);
	expect(job, ledger_follow(job, &f), OK);
	expect(job, ledger_news_next(job, 0, &row), OK);
	assert_int_equal(row, one);
	/* What comes meanwhile is not taken for seen. */
	news = make_news(one, "d2", T + 1, REMOTE_OPEN);
	note(job, &news);
	expect(job, ledger_news_seen(job, one), OK);
	ledger_release(job, &f);
	expect(job, ledger_news_next(job, 0, &row), OK);
	assert_int_equal(row, one);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM news"
	    " WHERE seen = 2"), 1);
}

static void
test_ours(void **state)
{
	static const struct {
		int64_t		 off;	/* after our act */
		enum remote_category category;
		enum answer	 us;
		bool		 gone;
		bool		 ours;
	} rows[] = {
		{ 0, REMOTE_DONE, ANSWER_UNKNOWN, false, true },
		{ NEWS_ECHO, REMOTE_DONE, ANSWER_UNKNOWN, false, true },
		{ -NEWS_ECHO, REMOTE_DONE, ANSWER_UNKNOWN, false, true },
		{ NEWS_ECHO + 1, REMOTE_DONE, ANSWER_UNKNOWN, false, false },
		{ -NEWS_ECHO - 1, REMOTE_DONE, ANSWER_YES, false, false },
		{ 1, REMOTE_DROPPED, ANSWER_YES, false, true },
		{ 1, REMOTE_DONE, ANSWER_NO, false, false },
		{ 1, REMOTE_OPEN, ANSWER_UNKNOWN, false, false },
		{ 1, REMOTE_STARTED, ANSWER_YES, false, false },
		{ 1, REMOTE_UNKNOWN, ANSWER_YES, false, false },
		{ 1, REMOTE_DONE, ANSWER_UNKNOWN, true, false }
	};
	static const struct act act = { .key = "k", .kind = "move",
	    .body = "done" };
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t ticket = add_ticket(job, "A-1", "id-1");
	const struct followed *all;
	const struct news *news;
	struct filing f;
	struct news one;
	size_t i, n;

	expect(job, ledger_news_of(job, "eng", "id-1", &all, &n), OK);
	assert_false(all[0].moved);
	expect(job, ledger_take(job, ticket, &f), OK);
	expect(job, ledger_act_add(job, &f, &act, 1), OK);
	ledger_release(job, &f);
	expect(job, ledger_news_of(job, "eng", "id-1", &all, &n), OK);
	assert_true(all[0].moved);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)ask(w->path, "DELETE FROM news");
		one = make_news(ticket, "d", T + rows[i].off,
		    rows[i].category);
		one.us = rows[i].us;
		one.gone = rows[i].gone;
		note(job, &one);
		expect(job, ledger_news(job, ticket, &news, &n), OK);
		assert_int_equal(n, 1);
		assert_int_equal(news->ours, rows[i].ours);
	}
	/* What was refused has no echo. */
	(void)ask(w->path, "UPDATE act SET state = 'refused'");
	one = make_news(ticket, "e", T, REMOTE_DONE);
	note(job, &one);
	assert_string_equal(told(job, ticket), "done done");
}

/* No more than the newest are kept. */
static void
test_kept(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	int64_t ticket = add_ticket(job, "A-1", "id-1");
	struct news news;
	char id[32];
	int i;

	for (i = 0; i < NEWS_KEPT + 20; i++) {
		(void)snprintf(id, sizeof(id), "d%d", i);
		news = make_news(ticket, id, T + i, i % 2 == 0 ?
		    REMOTE_DONE : REMOTE_OPEN);
		note(job, &news);
	}
	assert_int_equal(ask(w->path, "SELECT count(*) FROM news"),
	    NEWS_KEPT);
	assert_int_equal(ask(w->path, "SELECT min(time) FROM news"), T + 20);
}

/* Whose turn it is: a hundred at once, each once an hour. */
static void
test_turns(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	const char *tracker;
	struct followed *all;
	char key[32], id[32];
	struct news news;
	int64_t row = 0;
	size_t i, n;

	expect(job, ledger_poll_next(job, T - HOUR, &tracker, &all, &n),
	    ERR_ABSENT);
	for (i = 0; i < NEWS_BATCH + 5; i++) {
		(void)snprintf(key, sizeof(key), "A-%zu", i);
		(void)snprintf(id, sizeof(id), "id-%zu", i);
		row = add_ticket(job, arena_strdup(job->arena, key),
		    arena_strdup(job->arena, id));
	}
	expect(job, ledger_poll_next(job, T - HOUR, &tracker, &all, &n), OK);
	assert_string_equal(tracker, "eng");
	assert_int_equal(n, NEWS_BATCH);
	for (i = 0; i < n; i++)
		expect(job, ledger_note_poll(job, all[i].ticket), OK);
	expect(job, ledger_poll_next(job, T - HOUR, &tracker, &all, &n), OK);
	assert_int_equal(n, 5);
	for (i = 0; i < n; i++)
		expect(job, ledger_note_poll(job, all[i].ticket), OK);
	expect(job, ledger_poll_next(job, T - HOUR, &tracker, &all, &n),
	    ERR_ABSENT);
	/* A clock that was ahead does not keep them waiting. */
	job->now = T - HOUR;
	expect(job, ledger_poll_next(job, T - 2 * HOUR, &tracker, &all, &n),
	    OK);
	/* A closed one is looked after for two weeks, a gone one is not. */
	(void)ask(w->path, "UPDATE followed SET watched = 0");
	(void)ask(w->path, "UPDATE followed SET watched = 1 WHERE ticket ="
	    " (SELECT max(id) FROM ticket)");
	news = make_news(row, "done", T, REMOTE_DONE);
	note(job, &news);
	job->now = T + NEWS_AFTER - 1;
	expect(job, ledger_note_poll(job, row), OK);
	job->now += HOUR + 1;
	expect(job, ledger_poll_next(job, job->now - HOUR, &tracker, &all,
	    &n), OK);
	expect(job, ledger_note_poll(job, row), OK);
	job->now += HOUR + 1;
	expect(job, ledger_poll_next(job, job->now - HOUR, &tracker, &all,
	    &n), ERR_ABSENT);
	/* Opened again it is looked after again. */
	news = make_news(row, "open", job->now, REMOTE_OPEN);
	note(job, &news);
	expect(job, ledger_poll_next(job, job->now - HOUR, &tracker, &all,
	    &n), OK);
	news = make_news(row, "gone", job->now + 1, REMOTE_OPEN);
	news.gone = true;
	note(job, &news);
	expect(job, ledger_poll_next(job, job->now - HOUR, &tracker, &all,
	    &n), ERR_ABSENT);
}

static void
test_search(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct unlinked u;
	struct searched s;

	expect(job, ledger_searched(job, "eng", &s), OK);
	assert_int_equal(s.tried, 0);
	assert_int_equal(s.reached, 0);
	expect(job, ledger_note_search(job, "eng", T), OK);
	job->now += HOUR;
	/* One that failed leaves how far it was seen. */
	expect(job, ledger_note_search(job, "eng", 0), OK);
	expect(job, ledger_searched(job, "eng", &s), OK);
	assert_int_equal(s.tried, T + HOUR);
	assert_int_equal(s.reached, T);
	expect(job, ledger_searched(job, "other", &s), OK);
	assert_int_equal(s.tried, 0);
	/* Tests by their id, with a ticket or without. */
	expect(job, ledger_test_of(job, "A-1", &u), ERR_ABSENT);
	(void)add_ticket(job, "A-1", "id-1");
	expect(job, ledger_test_of(job, "A-1", &u), OK);
	assert_string_equal(u.test.name, "lifts");
	assert_string_equal(u.test.identity, "A-1");
	assert_string_equal(u.test.file_path, "src/lift_test.c");
	assert_string_equal(u.key, "A-1");
}

/* Only what was really made, and only there. */
static void
test_whose(void **state)
{
	struct world *w = *state;
	struct job *job = &w->job;
	struct event event = world_event("A-2", "A-2", STATUS_FLAKY, 5);
	const struct followed *all;
	struct filing f;
	size_t n;

	(void)add_ticket(job, "A-1", "id-1");
	expect(job, world_begin(job, "A-2", &event, &f), OK);
	ledger_release(job, &f);
	expect(job, ledger_news_of(job, "eng", "id-1", &all, &n), OK);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].remote_key, "A-1");
	assert_int_equal(all[0].updated, 0);
	expect(job, ledger_news_of(job, "eng", "id-2", &all, &n),
	    ERR_ABSENT);
	expect(job, ledger_news_of(job, "ops", "id-1", &all, &n),
	    ERR_ABSENT);
	assert_sound(w->path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, \
	    world_setup_open, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_orders), TEST(test_seen), TEST(test_ours),
		TEST(test_kept), TEST(test_turns), TEST(test_search),
		TEST(test_whose)
	};

	return (cmocka_run_group_tests_name("ledger_news", tests, NULL,
	    NULL));
}
