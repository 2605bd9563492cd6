/*
 * A ticket's life on disk: whatever the order in which things are told, it
 * ends the same; and nothing is done twice.
 */
#include "tests/unit/fake_tracker.h"

#include "common/crypt.h"
#include "handler/ledger_act.h"
#include "handler/ledger_history.h"
#include "handler/ledger_life.h"
#include "handler/ledger_news.h"
#include "handler/life.h"

enum {
	HOUR = 60 * 60 * 1000,
	EVENTS = 5,
	ORDERS = 120,
	TEXT_MAX = 2048
};

static const int64_t T = (int64_t)WORLD_NOW * 1000;

/* "open;done;": where the fake was moved to. */
static char moves[256];
static enum err move_result;

/* What the life_run()s of a test did. */
static enum outcome_kind did;

static enum err
fake_move(struct job *job, struct target *t, const struct filing *f,
    enum remote_category to, const char **said)
{
	size_t n = strlen(moves);

	assert_string_equal(t->project, "HAR");
	assert_non_null(f->remote_id);
	(void)snprintf(moves + n, sizeof(moves) - n, "%s;",
	    to == REMOTE_OPEN ? "open" : "done");
	*said = "Somewhere";
	return (move_result == OK ? OK : fail(job, move_result,
	    "no transition leads there"));
}

/* In memory where there is some: thousands of commits are waited for. */
static int
setup(void **state)
{
	struct why why;
	struct world *w;

	if (world_setup(state) != 0)
		return (-1);
	w = *state;
	if (access("/dev/shm", W_OK) == 0 && world_server() == NULL) {
		(void)rmdir(w->dir);
		(void)snprintf(w->dir, sizeof(w->dir),
		    "/dev/shm/ledger.XXXXXX");
		assert_non_null(mkdtemp(w->dir));
		(void)snprintf(w->path, sizeof(w->path), "%s/l.db", w->dir);
		(void)snprintf(w->url, sizeof(w->url), "sqlite:%s", w->path);
	}
	if (world_open(w, &why) != OK)
		return (-1);
	fake_setup(false);
	fake_kind.move = fake_move;
	fake_config.keep = INT64_C(30) * 24 * HOUR;
	fake_rule.policy = (struct policy){ .on_healthy = ON_HEALTHY_UNSET };
	moves[0] = '\0';
	move_result = OK;
	did = OUTCOME_NONE;
	return (0);
}

/* One thing that came to pass: "F@1", see life_script.h. */
struct thing {
	char		 what;
	int		 hour;
};

static int64_t
hours(int n)
{

	return (T - INT64_C(100) * 24 * HOUR + (int64_t)n * HOUR);
}

/* An event of Trunk's arrives. */
static void
tell_change(struct world *w, const char *key, const struct thing *thing,
    int order, int64_t now)
{
	static const char letters[] = "HFB";
	struct test_record known;
	struct attempt a;

	attempt_begin(w, &a, key, now);
	a.event.status = (enum status)(STATUS_HEALTHY +
	    (strchr(letters, thing->what) - letters));
	a.event.previous = a.event.status == STATUS_HEALTHY ? STATUS_FLAKY :
	    STATUS_HEALTHY;
	a.event.why_healthy = thing->what == 'H' ? HEALTHY_RESOLVED :
	    HEALTHY_UNKNOWN;
	a.event.time = hours(thing->hour);
	a.mail = world_mail(arena_printf(a.job.arena, "msg_%s_%d", key,
	    order));
	expect(&a.job, ledger_meet(&a.job, &a.event.test, &known), OK);
	expect(&a.job, ledger_note_change(&a.job, &a.event, known.row,
	    a.mail.id), OK);
	if (a.event.status >= STATUS_FLAKY) {
		expect(&a.job, life_renew(&a.job, &a.event, &a.f), OK);
		expect(&a.job, ticket_file(&a.job, &a.mail, &a.event,
		    &a.route, &a.f), OK);
		expect(&a.job, ticket_link(&a.job, &a.event, &a.f), OK);
	}
	expect(&a.job, life_run(&a.job, &a.f, &did), OK);
	attempt_end(&a);
}

/* News of the tracker's arrive; false: there is no ticket yet. */
static bool
tell_news(struct world *w, const char *key, const struct thing *thing,
    int order, int64_t now)
{
	struct attempt a;
	struct news news = { .source = NEWS_WEBHOOK, .us = ANSWER_UNKNOWN,
	    .time = hours(thing->hour), .updated = hours(thing->hour),
	    .state = "Somewhere", .category = thing->what == 'd' ?
	    REMOTE_DONE : thing->what == 'w' ? REMOTE_DROPPED :
	    thing->what == 's' ? REMOTE_STARTED : REMOTE_OPEN };
	bool there;

	attempt_begin(w, &a, key, now);
	if ((there = a.f.stage == STAGE_CREATED)) {
		news.ticket = a.f.row;
		news.remote_key = a.f.remote_key;
		news.delivery = arena_printf(a.job.arena, "hook_%s_%d", key,
		    order);
		expect(&a.job, ledger_note_news(&a.job, &news), OK);
		expect(&a.job, life_run(&a.job, &a.f, &did), OK);
	}
	attempt_end(&a);
	return (there);
}

/* How much of a ticket's end does not depend on the order. */
enum depth {
	STAGE = 0,	/* an act that was done cannot be undone */
	KEYS,		/* which acts were planned */
	STATES		/* and what came of them */
};

/* All that is left of it, in one line. */
static void
summary(struct world *w, const char *key, enum depth depth, char *out)
{
	const struct act *acts;
	struct life_record r;
	struct attempt a;
	size_t i, j, n, len;

	attempt_begin(w, &a, key, T);
	expect(&a.job, ledger_life_read(&a.job, a.f.row, &r), OK);
	expect(&a.job, ledger_life_acts(&a.job, a.f.row, &acts, &n), OK);
	len = (size_t)snprintf(out, TEXT_MAX, "%d %s %d %lld:",
	    a.f.generation, life_stage_name(r.stage), r.flaps,
	    (long long)((r.since - hours(0)) / HOUR));
	/* In the order of their keys. */
	for (i = 0; i < n && depth > STAGE; i++) {
		const struct act *least = NULL;

		for (j = 0; j < n; j++)
			if (strncmp(acts[j].key, "\x7f", 1) != 0 &&
			    (least == NULL ||
			    strcmp(acts[j].key, least->key) < 0))
				least = &acts[j];
		len += (size_t)snprintf(out + len, TEXT_MAX - len,
		    depth == STATES ? " %s=%d" : " %s", least->key,
		    (int)least->state);
		((struct act *)(uintptr_t)least)->key = "\x7f";
	}
	attempt_end(&a);
}

/* One life in one order of arrival. */
static void
live(struct world *w, const char *key, const struct thing *things,
    const int order[EVENTS])
{
	bool told[EVENTS] = { false };
	int64_t now = T;
	int i, j;

	for (i = 0; i < EVENTS; i++, now += HOUR)
		for (j = 0; j <= i; j++) {
			const struct thing *thing = &things[order[j]];

			if (told[j])
				continue;
			told[j] = true;
			if (strchr("HFB", thing->what) != NULL)
				tell_change(w, key, thing, order[j], now);
			else
				told[j] = tell_news(w, key, thing, order[j],
				    now);
		}
}

/* The next permutation, or false. */
static bool
permute(int order[EVENTS])
{
	int i = EVENTS - 2, j = EVENTS - 1, t;

	while (i >= 0 && order[i] > order[i + 1])
		i--;
	if (i < 0)
		return (false);
	while (order[j] < order[i])
		j--;
	t = order[i], order[i] = order[j], order[j] = t;
	for (i++, j = EVENTS - 1; i < j; i++, j--)
		t = order[i], order[i] = order[j], order[j] = t;
	return (true);
}

struct story {
	const char	*name;
	struct thing	 things[EVENTS];
	struct policy	 policy;
	enum depth	 depth;
	const char	*end;		/* generation, stage, flaps */
};

static const struct story stories[] = {
	{ "usual", { { 'F', 1 }, { 'B', 2 }, { 'H', 3 }, { 'F', 4 },
	    { 'H', 5 } }, { .flap_limit = 0 }, STATES, "1 open 0 " },
	{ "early", { { 'H', 1 }, { 'F', 1 }, { 'B', 2 }, { 'F', 2 },
	    { 'H', 3 } }, { .flap_limit = 0 }, STATES, "1 open 0 " },
	{ "back", { { 'F', 1 }, { 'd', 3 }, { 'F', 4 }, { 's', 5 },
	    { 'd', 6 } }, { .flap_limit = 0 }, KEYS, "1 verifying 1 " },
	{ "twice", { { 'F', 1 }, { 'd', 3 }, { 'F', 4 }, { 'F', 5 },
	    { 'B', 6 } }, { .flap_limit = 0 }, STATES, "1 not_fixed 1 " },
	{ "wontfix", { { 'F', 1 }, { 'w', 3 }, { 'F', 4 }, { 'H', 5 },
	    { 'B', 6 } }, { .flap_limit = 0 }, KEYS, "1 blocked 0 " },
	{ "close", { { 'F', 1 }, { 'H', 2 }, { 'F', 3 }, { 'H', 4 },
	    { 'F', 5 } }, { .on_healthy = ON_HEALTHY_CLOSE }, KEYS,
	    "1 open 2 " },
	{ "flap", { { 'F', 1 }, { 'H', 2 }, { 'F', 3 }, { 'H', 4 },
	    { 'F', 5 } }, { .on_healthy = ON_HEALTHY_CLOSE,
	    .flap_limit = 1 }, STAGE, "1 flapping 1 " },
	{ "trust", { { 'F', 1 }, { 'd', 3 }, { 'F', 4 }, { 's', 5 },
	    { 'd', 6 } }, { .on_resolved = ON_RESOLVED_TRUST }, KEYS,
	    "1 verified 1 " },
	{ "ignore", { { 'F', 1 }, { 'd', 3 }, { 'B', 4 }, { 'H', 5 },
	    { 'F', 6 } }, { .on_resolved = ON_RESOLVED_TRUST,
	    .on_regression = ON_REGRESSION_IGNORE }, KEYS,
	    "1 verified 0 " }
};

static void
test_orders(void **state)
{
	struct world *w = *state;
	char first[TEXT_MAX], now[TEXT_MAX], key[32];
	size_t i;
	int n;

	for (i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		const struct story *s = &stories[i];
		int order[EVENTS] = { 0, 1, 2, 3, 4 };

		fake_rule.policy = s->policy;
		for (n = 0; n == 0 || permute(order); n++) {
			(void)snprintf(key, sizeof(key), "%s%d", s->name, n);
			live(w, key, s->things, order);
			summary(w, key, s->depth, now);
			if (n == 0)
				(void)snprintf(first, sizeof(first), "%s",
				    now);
			if (n == 0 && strncmp(now, s->end,
			    strlen(s->end)) != 0)
				print_error("%s: %s\n", s->name, now);
			assert_true(n > 0 || strncmp(now, s->end,
			    strlen(s->end)) == 0);
			if (strcmp(first, now) != 0)
				print_error("%s %d%d%d%d%d\n", s->name,
				    order[0], order[1], order[2], order[3],
				    order[4]);
			assert_string_equal(now, first);
		}
		assert_int_equal(n, ORDERS);
	}
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
	    " WHERE state IN ('due', 'sent')"), 0);
	assert_sound(w->path);
}

/* What was done is not done again, and what is over is told once. */
static void
test_again(void **state)
{
	static const struct thing things[] = { { 'F', 1 }, { 'd', 3 },
	    { 'F', 4 } };
	struct world *w = *state;
	int i;

	tell_change(w, "k", &things[0], 0, T);
	assert_int_equal(did, OUTCOME_NONE);
	assert_true(tell_news(w, "k", &things[1], 1, T + HOUR));
	tell_change(w, "k", &things[2], 2, T + 2 * HOUR);
	assert_int_equal(did, OUTCOME_REOPENED);
	assert_string_equal(moves, "open;");
	assert_int_equal(fake.comments, 1);
	for (i = 0; i < 3; i++) {
		did = OUTCOME_NONE;
		tell_change(w, "k", &things[2], 2, T + 3 * HOUR);
		assert_int_equal(did, OUTCOME_NONE);
	}
	assert_string_equal(moves, "open;");
	assert_int_equal(fake.comments, 1);
	assert_int_equal(fake.creates, 1);
}

/* An act that is due when it becomes needless is not done. */
static void
test_overtaken(void **state)
{
	static const struct thing things[] = { { 'F', 1 }, { 'H', 3 },
	    { 'F', 4 }, { 'H', 5 } };
	struct world *w = *state;
	struct attempt a;

	fake_rule.policy.on_healthy = ON_HEALTHY_CLOSE;
	tell_change(w, "k", &things[0], 0, T);
	fake.comment = ERR_UPSTREAM;
	attempt_begin(w, &a, "k", T);
	attempt_end(&a);
	attempt_begin(w, &a, "k", T + HOUR);
	a.event.status = STATUS_HEALTHY;
	a.event.time = hours(3);
	expect(&a.job, ledger_note_change(&a.job, &a.event, 1, "msg_x"), OK);
	expect(&a.job, life_run(&a.job, &a.f, &did), ERR_UPSTREAM);
	attempt_end(&a);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
	    " WHERE state = 'due'"), 2);
	fake.comment = OK;
	fake.said[0] = '\0';
	tell_change(w, "k", &things[2], 2, T + 2 * HOUR);
	assert_string_equal(moves, "");
	assert_string_equal(fake.said, "");
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
	    " WHERE state <> 'void'"), 0);
	tell_change(w, "k", &things[3], 3, T + 3 * HOUR);
	assert_string_equal(moves, "done;");
	assert_int_equal(did, OUTCOME_CLOSED);
}

/* Nobody but a person can move it: that is said once, and is no failure. */
static void
test_no_way(void **state)
{
	static const struct thing things[] = { { 'F', 1 }, { 'd', 3 },
	    { 'F', 4 }, { 'F', 5 } };
	struct world *w = *state;

	tell_change(w, "k", &things[0], 0, T);
	assert_true(tell_news(w, "k", &things[1], 1, T + HOUR));
	move_result = ERR_REFUSED;
	tell_change(w, "k", &things[2], 2, T + 2 * HOUR);
	assert_int_equal(fake.comments, 2);	/* what was tried, and that */
	tell_change(w, "k", &things[3], 3, T + 3 * HOUR);
	assert_int_equal(fake.comments, 2);
	assert_string_equal(moves, "open;");
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
	    " WHERE kind = 'move' AND state = 'refused'"), 1);
}

/* Crash after the move was noted: it is looked at again, and is ours. */
static void
test_unknown(void **state)
{
	static const struct thing things[] = { { 'F', 1 }, { 'd', 3 },
	    { 'F', 4 }, { 'F', 5 } };
	struct world *w = *state;
	struct attempt a;

	tell_change(w, "k", &things[0], 0, T);
	assert_true(tell_news(w, "k", &things[1], 1, T + HOUR));
	move_result = ERR_UNKNOWN;
	attempt_begin(w, &a, "k", T + 2 * HOUR);
	a.event.status = STATUS_FLAKY;
	a.event.time = hours(4);
	expect(&a.job, ledger_note_change(&a.job, &a.event, 1, "msg_x"), OK);
	expect(&a.job, life_run(&a.job, &a.f, &did), ERR_UNKNOWN);
	attempt_end(&a);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
	    " WHERE kind = 'move' AND state = 'sent'"), 1);
	move_result = OK;
	tell_change(w, "k", &things[3], 3, T + 3 * HOUR);
	assert_int_equal(did, OUTCOME_REOPENED);
	assert_string_equal(moves, "open;open;");
	assert_int_equal(fake.comments, 1);
}

/*
 * Our move may have been made: it is made to its end, whatever was told
 * since, so that what follows begins where the ticket really is.
 */
static void
test_under_way(void **state)
{
	static const struct thing things[] = { { 'F', 1 }, { 'F', 4 } };
	struct world *w = *state;
	struct attempt a;

	fake_rule.policy.on_healthy = ON_HEALTHY_CLOSE;
	tell_change(w, "k", &things[0], 0, T);
	move_result = ERR_UNKNOWN;
	attempt_begin(w, &a, "k", T + HOUR);
	a.event.status = STATUS_HEALTHY;
	a.event.time = hours(3);
	expect(&a.job, ledger_note_change(&a.job, &a.event, 1, "msg_x"), OK);
	expect(&a.job, life_run(&a.job, &a.f, &did), ERR_UNKNOWN);
	attempt_end(&a);
	assert_string_equal(moves, "done;");
	move_result = OK;
	tell_change(w, "k", &things[1], 1, T + 2 * HOUR);
	assert_string_equal(moves, "done;done;open;");
	assert_int_equal(did, OUTCOME_REOPENED);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
	    " WHERE state IN ('due', 'sent')"), 0);
}

/* Whatever came of our move: a person has moved it since, and that stands. */
static void
test_overruled(void **state)
{
	static const struct thing things[] = { { 'F', 1 }, { 'd', 3 },
	    { 'F', 4 }, { 'w', 5 }, { 'F', 6 } };
	struct world *w = *state;
	struct attempt a;

	tell_change(w, "k", &things[0], 0, T);
	assert_true(tell_news(w, "k", &things[1], 1, T + HOUR));
	move_result = ERR_UNKNOWN;
	attempt_begin(w, &a, "k", T + 2 * HOUR);
	a.event.status = STATUS_FLAKY;
	a.event.time = hours(4);
	expect(&a.job, ledger_note_change(&a.job, &a.event, 1, "msg_x"), OK);
	expect(&a.job, life_run(&a.job, &a.f, &did), ERR_UNKNOWN);
	attempt_end(&a);
	move_result = OK;
	did = OUTCOME_NONE;
	assert_true(tell_news(w, "k", &things[3], 3, T + 3 * HOUR));
	tell_change(w, "k", &things[4], 4, T + 4 * HOUR);
	assert_int_equal(did, OUTCOME_NONE);
	assert_string_equal(moves, "open;");
	assert_int_equal(ask(w->path, "SELECT count(*) FROM ticket"
	    " WHERE life = 'blocked'"), 1);
	assert_int_equal(ask(w->path, "SELECT count(*) FROM act"
	    " WHERE state IN ('due', 'sent')"), 0);
}

/* After the proof, and late: the next generation, told to the one before. */
static void
test_generations(void **state)
{
	static const struct thing things[] = { { 'F', 1 }, { 'd', 3 },
	    { 'F', 50 }, { 'H', 51 }, { 'H', 49 } };
	struct world *w = *state;
	struct life_record r;
	struct arena *none = arena_new(0), *some;
	struct filing old;
	struct attempt a;

	fake_rule.policy.on_resolved = ON_RESOLVED_TRUST;
	fake_rule.policy.reopen_within = 10 * HOUR;
	tell_change(w, "k", &things[0], 0, T);
	assert_true(tell_news(w, "k", &things[1], 1, T + HOUR));
	tell_change(w, "k", &things[2], 2, T + 2 * HOUR);
	assert_int_equal(fake.creates, 2);
	assert_string_equal(fake.made, "dock-k-2");
	assert_non_null(strstr(fake.said, "followed="));
	attempt_begin(w, &a, "k", T + 3 * HOUR);
	assert_int_equal(a.f.generation, 2);
	expect(&a.job, life_follows(&a.job, &a.f,
	    "https://dock.example.net/HAR-1"), OK);
	expect(&a.job, life_follows(&a.job, &a.f,
	    "https://dock.example.net/HAR-2"), ERR_ABSENT);
	/* What cannot be looked up is not another one. */
	some = a.job.arena;
	a.job.arena = none;
	expect(&a.job, life_follows(&a.job, &a.f,
	    "https://dock.example.net/HAR-1"), ERR_NOMEM);
	a.job.arena = some;
	arena_free(none);
	expect(&a.job, ledger_life_find(&a.job, "k", 1, &old), OK);
	expect(&a.job, ledger_life_read(&a.job, old.row, &r), OK);
	assert_int_equal(r.stage, LIFE_CLOSED);
	assert_true(r.followed);
	expect(&a.job, ledger_life_find(&a.job, "k", 3, &old), ERR_ABSENT);
	attempt_end(&a);
	/* What is older belongs to the one before, and is let be. */
	fake.said[0] = '\0';
	tell_change(w, "k", &things[4], 4, T + 3 * HOUR);
	assert_string_equal(fake.said, "");
	tell_change(w, "k", &things[3], 3, T + 4 * HOUR);
	assert_non_null(strstr(fake.said, "healthy|"));
	assert_int_equal(fake.creates, 2);
}

/*
 * A ticket of many tests that each came and went often: no request may need
 * more for it than a request has.
 */
static void
test_crowd(void **state)
{
	enum { ROOM = 24 << 20 };
	static const struct thing first = { 'F', 1 };
	struct world *w = *state;
	struct attempt a;
	struct arena *own;
	struct why why;
	int i;

	assert_int_equal(crypt_init(&why), OK);
	tell_change(w, "k", &first, 0, T);
	(void)ask(w->path, "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL"
	    " SELECT n + 1 FROM i WHERE n < 300) INSERT INTO test (identity,"
	    " name) SELECT 'crowd ' || n, 'a test with a name ' || n FROM i");
	(void)ask(w->path, "INSERT INTO link (ticket, test, scope, stage,"
	    " tried) SELECT 1, id, 'repository', 'done', 0 FROM test"
	    " WHERE identity GLOB 'crowd *'");
	(void)ask(w->path, "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL"
	    " SELECT n + 1 FROM i WHERE n < 100) INSERT INTO change (delivery,"
	    " test, time, status, previous, type, monitor, monitor_type,"
	    " reason, quarantined) SELECT 'msg_' || id || '_' || n, id,"
	    " 1691360000000 + n * 36000000 + id, iif(n % 2, 'flaky',"
	    " 'healthy'), 'unknown', 'v2.test_case.status_changed',"
	    " '0b0bd5c3-0000-4000-8000-000000000000', 'pass_on_retry', NULL,"
	    " 'no' FROM i, test WHERE identity GLOB 'crowd *'");
	for (i = 0; i < 2; i++) {	/* the second time with its acts */
		attempt_begin(w, &a, "k", T);
		own = a.job.arena;
		assert_non_null(a.job.arena = arena_new(ROOM));
		expect(&a.job, life_run(&a.job, &a.f, &did), OK);
		arena_free(a.job.arena);
		a.job.arena = own;
		attempt_end(&a);
	}
}

/* What looks like another automation, and what does not. */
static void
test_rival(void **state)
{
	static const struct thing things[] = { { 'F', 1 }, { 'H', 3 },
	    { 'd', 3 } };
	struct world *w = *state;
	struct life_rival r;

	tell_change(w, "k", &things[0], 0, T);
	expect(&w->job, ledger_life_rival(&w->job, 0, &r), OK);
	assert_int_equal(r.closed + r.made, 0);
	assert_null(r.closed_key);
	tell_change(w, "k", &things[1], 1, T);
	assert_true(tell_news(w, "k", &things[2], 2, T));
	expect(&w->job, ledger_life_rival(&w->job, 0, &r), OK);
	assert_int_equal(r.closed, 1);
	assert_string_equal(r.closed_key, "HAR-1");
	assert_int_equal(r.made, 0);
	expect(&w->job, ledger_life_rival(&w->job, hours(4), &r), OK);
	assert_int_equal(r.closed, 0);
	(void)ask(w->path, "UPDATE ticket SET adopted = 1");
	expect(&w->job, ledger_life_rival(&w->job, 0, &r), OK);
	assert_int_equal(r.made, 1);
	assert_string_equal(r.made_key, "HAR-1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_orders, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_again, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_overtaken, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_no_way, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_unknown, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_under_way, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_overruled, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_generations, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_crowd, setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_rival, setup,
		    world_teardown)
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
