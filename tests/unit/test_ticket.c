/*
 * The order in which a ticket comes to be, with a tracker that answers what
 * a row of a table says and a real ledger.  See test_ticket_chance.c for
 * what may never happen in any order.
 */
#include "tests/unit/fake_tracker.h"

#include <fcntl.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SECOND(n) ((int64_t)(n) * 1000)

static const int64_t T = (int64_t)WORLD_NOW * 1000;

static int
setup(void **state)
{
	struct world *w;

	if (world_setup_open(state) != 0)
		return (-1);
	w = *state;
	fake_setup(true);
	fake.path = w->path;
	return (0);
}

/* One try of that key; its error, and the filing as it was left. */
static enum err
attempt(struct world *w, const char *key, int64_t now, struct attempt *a)
{

	attempt_begin(w, a, key, now);
	return (ticket_file(&a->job, &a->mail, &a->event, &a->route, &a->f));
}

/* How a ticket stands before a try. */
struct before {
	enum stage	 stage;
	int		 looks;		/* in vain, of a STAGE_SENT */
	int64_t		 looked;	/* ms after the create was sent */
};

static void
prepare(struct world *w, const char *key, const struct before *b)
{
	struct attempt a;

	if (b->stage == STAGE_NONE)
		return;
	attempt_begin(w, &a, key, T);
	a.f.marker = "dock-before-1";
	a.f.tracker = "harbour";
	a.f.project = "HAR";
	a.f.rule = "cranes";
	a.f.stage = STAGE_INTENT;
	expect(&a.job, ledger_intend(&a.job, &a.mail, &a.event, &a.f), OK);
	a.f.stage = b->stage;
	if (b->stage == STAGE_SENT) {
		a.f.sent = T;
		a.f.attempts = 1;
		a.f.looks = b->looks;
		a.f.looked = b->looks > 0 ? T + b->looked : 0;
	}
	if (b->stage == STAGE_CREATED) {
		a.f.remote_id = "id-5";
		a.f.remote_key = "HAR-5";
		a.f.url = "https://dock.example.net/HAR-5";
	}
	expect(&a.job, ledger_advance(&a.job, &a.event.test, &a.f), OK);
	attempt_end(&a);
}

struct row {
	bool		 careful;
	struct before	 before;
	enum err	 find, resolve, create;
	int64_t		 after;		/* ms after T */
	/* what comes of it */
	enum err	 e;
	enum stage	 stage;
	int		 finds, creates, looks;
	int		 retry_after;	/* s; 0: the default */
};

#define NONE	{ STAGE_NONE, 0, 0 }
#define INTENT	{ STAGE_INTENT, 0, 0 }
#define SENT(n, at) { STAGE_SENT, n, SECOND(at) }
#define MADE	{ STAGE_CREATED, 0, 0 }
#define ABSENT	ERR_ABSENT

static const struct row rows[] = {
	/* 0: nothing is on disk: is it there? */
	{ true, NONE, ABSENT, OK, OK, 0, OK, STAGE_CREATED, 1, 1, 0, 0 },
	{ true, NONE, OK, OK, OK, 0, OK, STAGE_CREATED, 1, 0, 0, 0 },
	{ true, NONE, ERR_UPSTREAM, OK, OK, 0, ERR_UPSTREAM, STAGE_NONE, 1,
	    0, 0, 0 },
	{ true, NONE, ERR_REFUSED, OK, OK, 0, ERR_REFUSED, STAGE_NONE, 1, 0,
	    0, 0 },
	{ true, NONE, ERR_UNKNOWN, OK, OK, 0, ERR_UNKNOWN, STAGE_NONE, 1, 0,
	    0, 0 },
	{ true, NONE, ERR_DEADLINE, OK, OK, 0, ERR_DEADLINE, STAGE_NONE, 1,
	    0, 0, 0 },
	/* 6: what is known before a create is asked first */
	{ true, NONE, ABSENT, ERR_REFUSED, OK, 0, ERR_REFUSED, STAGE_INTENT,
	    1, 0, 0, 0 },
	{ true, NONE, ABSENT, ERR_UPSTREAM, OK, 0, ERR_UPSTREAM,
	    STAGE_INTENT, 1, 0, 0, 0 },
	/* 8: what a create may end with */
	{ true, NONE, ABSENT, OK, ERR_REFUSED, 0, ERR_REFUSED, STAGE_INTENT,
	    1, 1, 0, 0 },
	{ true, NONE, ABSENT, OK, ERR_UPSTREAM, 0, ERR_UPSTREAM,
	    STAGE_INTENT, 1, 1, 0, 0 },
	{ true, NONE, ABSENT, OK, ERR_UNKNOWN, 0, ERR_UNKNOWN, STAGE_SENT,
	    1, 1, 0, 0 },
	{ true, NONE, ABSENT, OK, ERR_DEADLINE, 0, ERR_DEADLINE, STAGE_SENT,
	    1, 1, 0, 0 },
	{ true, NONE, ABSENT, OK, ERR_NOMEM, 0, ERR_NOMEM, STAGE_SENT, 1, 1,
	    0, 0 },
	{ true, NONE, ABSENT, OK, ERR_LEDGER, 0, ERR_LEDGER, STAGE_SENT, 1,
	    1, 0, 0 },
	/* 14: where a create may be repeated it is not looked for */
	{ false, NONE, ERR_REFUSED, OK, OK, 0, OK, STAGE_CREATED, 0, 1, 0,
	    0 },
	{ false, NONE, OK, OK, ERR_REFUSED, 0, ERR_REFUSED, STAGE_INTENT, 0,
	    1, 0, 0 },
	{ false, NONE, OK, OK, ERR_UPSTREAM, 0, ERR_UPSTREAM, STAGE_INTENT,
	    0, 1, 0, 0 },
	{ false, NONE, OK, OK, ERR_UNKNOWN, 0, ERR_UNKNOWN, STAGE_INTENT, 0,
	    1, 0, 0 },
	{ false, NONE, OK, OK, ERR_DEADLINE, 0, ERR_DEADLINE, STAGE_INTENT,
	    0, 1, 0, 0 },
	{ false, NONE, OK, ERR_UPSTREAM, OK, 0, ERR_UPSTREAM, STAGE_INTENT,
	    0, 0, 0, 0 },
	/* 20: but a create may have been sent, and the rest not written */
	{ false, INTENT, OK, OK, ERR_REFUSED, 1, OK, STAGE_CREATED, 1, 0, 0,
	    0 },
	{ false, INTENT, ABSENT, OK, OK, 1, OK, STAGE_CREATED, 1, 1, 0, 0 },
	{ false, INTENT, ABSENT, OK, ERR_UNKNOWN, 1, ERR_UNKNOWN,
	    STAGE_INTENT, 1, 1, 0, 0 },
	{ false, INTENT, ERR_UPSTREAM, OK, OK, 1, ERR_UPSTREAM,
	    STAGE_INTENT, 1, 0, 0, 0 },
	/* 24: our word is on disk, and nothing was sent: at once */
	{ true, INTENT, OK, OK, OK, 1, OK, STAGE_CREATED, 0, 1, 0, 0 },
	{ true, INTENT, OK, OK, ERR_REFUSED, 1, ERR_REFUSED, STAGE_INTENT,
	    0, 1, 0, 0 },
	{ true, INTENT, OK, OK, ERR_UNKNOWN, 1, ERR_UNKNOWN, STAGE_SENT, 0,
	    1, 0, 0 },
	{ true, INTENT, OK, ERR_REFUSED, OK, 1, ERR_REFUSED, STAGE_INTENT,
	    0, 0, 0, 0 },
	/* 28: sent, and found */
	{ true, SENT(0, 0), OK, OK, OK, 1, OK, STAGE_CREATED, 1, 0, 0, 0 },
	{ true, SENT(1, 5), OK, OK, OK, SECOND(10), OK, STAGE_CREATED, 1, 0,
	    1, 0 },
	{ true, SENT(9, 5), OK, OK, OK, SECOND(999999), OK, STAGE_CREATED,
	    1, 0, 9, 0 },
	/* 31: sent, and nobody can tell */
	{ true, SENT(0, 0), ERR_UPSTREAM, OK, OK, SECOND(5), ERR_UPSTREAM,
	    STAGE_SENT, 1, 0, 0, 0 },
	{ true, SENT(5, 800), ERR_UPSTREAM, OK, OK, SECOND(99999),
	    ERR_UPSTREAM, STAGE_SENT, 1, 0, 5, 0 },
	{ true, SENT(5, 800), ERR_REFUSED, OK, OK, SECOND(99999),
	    ERR_REFUSED, STAGE_SENT, 1, 0, 5, 0 },
	{ true, SENT(5, 800), ERR_DEADLINE, OK, OK, SECOND(99999),
	    ERR_DEADLINE, STAGE_SENT, 1, 0, 5, 0 },
	/* 35: sent, not there, and it has not had its time */
	{ true, SENT(0, 0), ABSENT, OK, OK, SECOND(5), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 1, 600 },
	{ true, SENT(1, 5), ABSENT, OK, OK, SECOND(64), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 1, 600 },
	{ true, SENT(1, 5), ABSENT, OK, OK, SECOND(65), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 2, 600 },
	{ true, SENT(2, 65), ABSENT, OK, OK, SECOND(400), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 3, 500 },
	{ true, SENT(9, 400), ABSENT, OK, OK, SECOND(820), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 10, 80 },
	{ true, SENT(9, 800), ABSENT, OK, OK, SECOND(899), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 10, 60 },
	{ true, SENT(9, 800), ABSENT, OK, OK, SECOND(900) - 1, ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 10, 60 },
	/* 42: it had its time, but was looked for too seldom */
	{ true, SENT(0, 0), ABSENT, OK, OK, SECOND(900), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 1, 60 },
	{ true, SENT(0, 0), ABSENT, OK, OK, SECOND(999999), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 1, 60 },
	{ true, SENT(1, 890), ABSENT, OK, OK, SECOND(949), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 1, 60 },
	/* 45: it had its time and was looked for: another one */
	{ true, SENT(2, 899), ABSENT, OK, OK, SECOND(900), OK,
	    STAGE_CREATED, 1, 1, 0, 0 },
	{ true, SENT(1, 840), ABSENT, OK, OK, SECOND(900), OK,
	    STAGE_CREATED, 1, 1, 0, 0 },
	{ true, SENT(1, 890), ABSENT, OK, OK, SECOND(950), OK,
	    STAGE_CREATED, 1, 1, 0, 0 },
	{ true, SENT(2, 100), ABSENT, OK, ERR_UNKNOWN, SECOND(900),
	    ERR_UNKNOWN, STAGE_SENT, 1, 1, 0, 0 },
	{ true, SENT(2, 100), ABSENT, OK, ERR_REFUSED, SECOND(900),
	    ERR_REFUSED, STAGE_INTENT, 1, 1, 0, 0 },
	{ true, SENT(2, 100), ABSENT, ERR_UPSTREAM, OK, SECOND(900),
	    ERR_UPSTREAM, STAGE_INTENT, 1, 0, 3, 0 },
	/* 51: the clock went back: its time begins anew */
	{ true, SENT(0, 0), ABSENT, OK, OK, -1, ERR_UNKNOWN, STAGE_SENT, 1,
	    0, 1, 600 },
	{ true, SENT(9, 800), ABSENT, OK, OK, -SECOND(3600), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 10, 600 },
	{ true, SENT(9, 800), ABSENT, OK, OK, -T, ERR_UNKNOWN, STAGE_SENT,
	    1, 0, 10, 600 },
	{ true, SENT(9, 800), ABSENT, OK, OK, SECOND(600), ERR_UNKNOWN,
	    STAGE_SENT, 1, 0, 10, 300 },
	/* 55: it exists: nothing is asked of anybody */
	{ true, MADE, OK, OK, OK, 1, OK, STAGE_CREATED, 0, 0, 0, 0 },
	{ true, MADE, ERR_REFUSED, ERR_REFUSED, ERR_REFUSED, -T, OK,
	    STAGE_CREATED, 0, 0, 0, 0 },
	{ false, MADE, OK, OK, OK, 1, OK, STAGE_CREATED, 0, 0, 0, 0 },
};

/* The outcome of a try that ended well. */
static enum outcome_kind
wanted_outcome(const struct row *r)
{

	if (r->before.stage == STAGE_CREATED)
		return (OUTCOME_EXISTS);
	return (r->before.stage == STAGE_NONE && r->creates == 0 ?
	    OUTCOME_ADOPTED : OUTCOME_CREATED);
}

static bool
check_row(struct world *w, const struct row *r, const char *key)
{
	struct attempt a;
	struct filing f;
	enum err e;
	bool good;

	fake_setup(r->careful);
	prepare(w, key, &r->before);
	fake.find = r->find;
	fake.resolve = r->resolve;
	fake.create = r->create;
	e = attempt(w, key, T + r->after, &a);
	good = e == r->e && fake.finds == r->finds &&
	    fake.creates == r->creates && a.job.retry_after == r->retry_after;
	if (!good)
		print_error("%s: %d finds, %d creates, retry after %d: %s\n",
		    err_name(e), fake.finds, fake.creates, a.job.retry_after,
		    a.job.why.text);
	if (e == OK && ticket_outcome(&a.f) != wanted_outcome(r)) {
		print_error("outcome %d\n", (int)ticket_outcome(&a.f));
		good = false;
	}
	if (e == OK && (a.f.remote_id == NULL || a.f.remote_key == NULL ||
	    a.f.url == NULL))
		good = false;
	attempt_end(&a);
	f = on_disk(w, key);
	if (f.stage != r->stage || f.looks != r->looks) {
		print_error("on disk: stage %d, %d looks\n", (int)f.stage,
		    f.looks);
		good = false;
	}
	if (r->careful && f.attempts != r->creates +
	    (r->before.stage == STAGE_SENT ? 1 : 0)) {
		print_error("on disk: %d attempts\n", f.attempts);
		good = false;
	}
	return (good);
}

static void
test_table(void **state)
{
	struct world *w = *state;
	char key[32];
	size_t i, bad = 0;

	for (i = 0; i < COUNT(rows); i++) {
		(void)snprintf(key, sizeof(key), "row-%zu", i);
		if (!check_row(w, &rows[i], key)) {
			print_error("row %zu\n", i);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* What a create is told, and what is on disk by then. */
static void
test_noted(void **state)
{
	struct world *w = *state;
	struct attempt a;
	struct filing f;

	expect(&a.job, attempt(w, "one", T, &a), OK);
	assert_int_equal(fake.noted, 1);	/* sent, before it was */
	assert_string_equal(fake.made, "dock-one-1");
	assert_string_equal(fake.project, "HAR");
	assert_string_equal(a.f.remote_key, "HAR-1");
	assert_true(a.f.fresh);
	assert_false(a.f.adopted);
	attempt_end(&a);
	f = on_disk(w, "one");
	assert_int_equal(f.stage, STAGE_CREATED);
	assert_int_equal(f.sent, T);
	assert_int_equal(f.attempts, 1);

	fake_kind.careful = false;
	expect(&a.job, attempt(w, "two", T, &a), OK);
	assert_int_equal(fake.noted, 1);	/* our intent is enough */
	attempt_end(&a);
}

/* A failure that is certain costs no time, however often it comes. */
static void
test_refused_again(void **state)
{
	static const enum err failures[] = { ERR_REFUSED, ERR_UPSTREAM };
	struct world *w = *state;
	struct attempt a;
	int i;

	for (i = 0; i < 6; i++) {
		fake.create = failures[i % 2];
		expect(&a.job, attempt(w, "one", T + i, &a), failures[i % 2]);
		attempt_end(&a);
		assert_int_equal(fake.creates, i + 1);
		assert_int_equal(fake.finds, 1);
	}
	fake.create = OK;
	expect(&a.job, attempt(w, "one", T + i, &a), OK);
	assert_int_equal(ticket_outcome(&a.f), OUTCOME_CREATED);
	attempt_end(&a);
	expect(&a.job, attempt(w, "one", T + i, &a), OK);
	assert_int_equal(ticket_outcome(&a.f), OUTCOME_EXISTS);
	attempt_end(&a);
	assert_int_equal(fake.creates, 7);
	assert_int_equal(on_disk(w, "one").attempts, 7);
}

/* One handle for all the creates of a ticket. */
static void
test_marker_stays(void **state)
{
	struct world *w = *state;
	struct attempt a;
	int i;

	fake_kind.careful = false;
	fake.create = ERR_UNKNOWN;
	for (i = 0; i < 5; i++) {
		expect(&a.job, attempt(w, "one", T + i * FAKE_SETTLE, &a),
		    ERR_UNKNOWN);
		attempt_end(&a);
		assert_string_equal(fake.made, "dock-one-1");
	}
	assert_int_equal(fake.creates, 5);
}

static void
test_marker_fails(void **state)
{
	struct world *w = *state;
	struct attempt a;

	fake.marker = ERR_NOMEM;
	expect(&a.job, attempt(w, "one", T, &a), ERR_NOMEM);
	attempt_end(&a);
	assert_int_equal(fake.creates + fake.finds, 0);
	assert_int_equal(on_disk(w, "one").stage, STAGE_NONE);
}

/* No create is begun when the time is up; one that came back counts. */
static void
test_deadline(void **state)
{
	struct world *w = *state;
	struct attempt a;

	fake.slow_resolve = true;
	expect(&a.job, attempt(w, "one", T, &a), ERR_DEADLINE);
	assert_non_null(strstr(a.job.why.text, "before the ticket is "
	    "created"));
	attempt_end(&a);
	assert_int_equal(fake.creates, 0);
	assert_int_equal(on_disk(w, "one").stage, STAGE_INTENT);

	fake.slow_resolve = false;
	fake.slow_create = true;
	expect(&a.job, attempt(w, "one", T, &a), OK);
	attempt_end(&a);
	assert_int_equal(fake.creates, 1);
	assert_int_equal(on_disk(w, "one").stage, STAGE_CREATED);
}

/* The disk fails just when the ticket exists. */
static void
test_unwritten(void **state)
{
	struct world *w = *state;
	struct attempt a;
	int i;

	for (i = 0; i < 2; i++) {
		fake_kind.careful = i == 0;
		fake.creates = fake.finds = 0;
		stick(w->path, "UPDATE", "ticket", "NEW.stage = 'created'");
		expect(&a.job, attempt(w, i == 0 ? "a" : "b", T, &a),
		    ERR_LEDGER);
		attempt_end(&a);
		unstick(w->path);
		assert_int_equal(fake.creates, 1);
		fake.find = i == 0 ? OK : ERR_ABSENT;
		expect(&a.job, attempt(w, i == 0 ? "a" : "b", T + 1, &a),
		    OK);
		attempt_end(&a);
		/* Found, or sent again under the same handle. */
		assert_int_equal(fake.creates, i == 0 ? 1 : 2);
		fake.find = ERR_ABSENT;
	}
	assert_string_equal(fake.made, "dock-b-1");
}

/* Without our word on disk nothing is sent. */
static void
test_no_word(void **state)
{
	struct world *w = *state;
	struct attempt a;

	stick(w->path, "INSERT", "ticket", NULL);
	expect(&a.job, attempt(w, "one", T, &a), ERR_LEDGER);
	attempt_end(&a);
	assert_int_equal(fake.creates, 0);
	unstick(w->path);
	stick(w->path, "UPDATE", "ticket", "NEW.stage = 'sent'");
	expect(&a.job, attempt(w, "one", T, &a), ERR_LEDGER);
	attempt_end(&a);
	assert_int_equal(fake.creates, 0);
	assert_int_equal(on_disk(w, "one").stage, STAGE_INTENT);
}

/* A refusal that could not be noted: looked for before the next create. */
static void
test_refusal_unwritten(void **state)
{
	struct world *w = *state;
	struct attempt a;

	stick(w->path, "UPDATE", "ticket",
	    "OLD.stage = 'sent' AND NEW.stage = 'intent'");
	fake.create = ERR_REFUSED;
	expect(&a.job, attempt(w, "one", T, &a), ERR_REFUSED);
	attempt_end(&a);
	unstick(w->path);
	assert_int_equal(on_disk(w, "one").stage, STAGE_SENT);
	fake.create = OK;
	expect(&a.job, attempt(w, "one", T + 1, &a), ERR_UNKNOWN);
	attempt_end(&a);
	assert_int_equal(fake.creates, 1);
	assert_int_equal(fake.finds, 2);
}

static void
test_no_settle(void **state)
{
	struct world *w = *state;
	struct attempt a;

	fake_tracker.settle = 0;
	fake.create = ERR_UNKNOWN;
	expect(&a.job, attempt(w, "one", T, &a), ERR_UNKNOWN);
	attempt_end(&a);
	/* It is still looked for twice. */
	expect(&a.job, attempt(w, "one", T + 1, &a), ERR_UNKNOWN);
	attempt_end(&a);
	assert_int_equal(fake.creates, 1);
	fake.create = OK;
	expect(&a.job, attempt(w, "one", T + 2, &a), OK);
	attempt_end(&a);
	assert_int_equal(fake.creates, 2);
	assert_int_equal(fake.finds, 3);
}

/* Another tracker, to which the rule leads now. */
static struct tracker quay;

static void
lead_elsewhere(bool removed)
{

	quay = (struct tracker){ .name = "quay", .kind = &fake_kind,
	    .url = "https://quay.example.net/", .settle = FAKE_SETTLE,
	    .link = LINK_NEVER, .next = removed ? NULL : &fake_tracker };
	fake_config.trackers = &quay;
}

static enum err
attempt_elsewhere(struct world *w, const char *key, int64_t now,
    struct attempt *a)
{

	attempt_begin(w, a, key, now);
	a->route.tracker = &quay;
	a->route.dest[DEST_TEAM].value = "QUAY";
	fake.tracker = NULL;
	return (ticket_file(&a->job, &a->mail, &a->event, &a->route, &a->f));
}

/* What was certainly never made follows the rules as they are now. */
static void
test_intent_follows(void **state)
{
	struct world *w = *state;
	struct attempt a;
	int i;

	for (i = 0; i < 2; i++) {
		fake_setup(i == 0);
		fake.create = ERR_REFUSED;
		expect(&a.job, attempt(w, i == 0 ? "a" : "b", T, &a),
		    ERR_REFUSED);
		attempt_end(&a);
		lead_elsewhere(false);
		fake.create = OK;
		expect(&a.job, attempt_elsewhere(w, i == 0 ? "a" : "b",
		    T + 1, &a), OK);
		assert_string_equal(a.f.tracker, "quay");
		assert_string_equal(a.f.project, "QUAY");
		attempt_end(&a);
		assert_string_equal(fake.tracker, "quay");
		assert_string_equal(fake.project, "QUAY");
		assert_int_equal(fake.creates, 2);
	}
}

/*
 * Where a create may be repeated an unanswered one is not on disk: it is
 * looked for before the ticket goes elsewhere.
 */
static void
test_intent_looks_back(void **state)
{
	static const enum err finds[] = { OK, ERR_UPSTREAM, ERR_ABSENT };
	struct world *w = *state;
	struct attempt a;
	char key[16];
	size_t i;

	for (i = 0; i < COUNT(finds); i++) {
		(void)snprintf(key, sizeof(key), "key-%zu", i);
		fake_setup(false);
		fake.create = ERR_UNKNOWN;
		expect(&a.job, attempt(w, key, T, &a), ERR_UNKNOWN);
		attempt_end(&a);
		lead_elsewhere(false);
		fake.create = OK;
		fake.find = finds[i];
		expect(&a.job, attempt_elsewhere(w, key, T + 1, &a),
		    finds[i] == ERR_UPSTREAM ? ERR_UPSTREAM : OK);
		if (finds[i] == OK)	/* it is there, and stays there */
			assert_string_equal(a.f.tracker, "harbour");
		attempt_end(&a);
		assert_true(fake.finds > 0);
		assert_int_equal(fake.creates, finds[i] == ERR_ABSENT ? 2 : 1);
	}
}

/* A create without an answer is settled where it was sent. */
static void
test_sent_stays(void **state)
{
	struct world *w = *state;
	struct attempt a;

	prepare(w, "one", &(const struct before)SENT(0, 0));
	lead_elsewhere(false);
	expect(&a.job, attempt_elsewhere(w, "one", T + SECOND(5), &a),
	    ERR_UNKNOWN);
	attempt_end(&a);
	fake.find = OK;
	expect(&a.job, attempt_elsewhere(w, "one", T + SECOND(9), &a), OK);
	assert_string_equal(a.f.tracker, "harbour");
	attempt_end(&a);
	assert_int_equal(fake.creates, 0);
	/* It is certain that it is not there: the rules of now. */
	fake.find = ERR_ABSENT;
	prepare(w, "two", &(const struct before)SENT(2, 100));
	expect(&a.job, attempt_elsewhere(w, "two", T + SECOND(900), &a), OK);
	attempt_end(&a);
	assert_int_equal(fake.creates, 1);
	assert_string_equal(fake.tracker, "quay");
}

/* Where it was begun can no longer be looked into. */
static void
test_pinned_removed(void **state)
{
	static const struct before befores[] = { INTENT, SENT(9, 800) };
	struct world *w = *state;
	struct attempt a;
	char key[16];
	size_t i;

	for (i = 0; i < COUNT(befores); i++) {
		(void)snprintf(key, sizeof(key), "key-%zu", i);
		prepare(w, key, &befores[i]);
		lead_elsewhere(true);
		expect(&a.job, attempt_elsewhere(w, key, T + SECOND(9999),
		    &a), ERR_REFUSED);
		assert_non_null(strstr(a.job.why.text, "[tracker harbour]"));
		attempt_end(&a);
		assert_int_equal(fake.creates + fake.finds, 0);
		assert_int_equal(on_disk(w, key).stage, befores[i].stage);
	}
	/* It was put back. */
	lead_elsewhere(false);
	fake.find = OK;
	for (i = 0; i < COUNT(befores); i++) {
		(void)snprintf(key, sizeof(key), "key-%zu", i);
		expect(&a.job, attempt_elsewhere(w, key, T + SECOND(9999),
		    &a), OK);
		attempt_end(&a);
	}
	assert_int_equal(fake.creates, 1);
	assert_int_equal(fake.finds, 1);
	/* One that exists needs it no more. */
	prepare(w, "made", &(const struct before)MADE);
	lead_elsewhere(true);
	expect(&a.job, attempt_elsewhere(w, "made", T + 1, &a), OK);
	assert_string_equal(a.f.remote_key, "HAR-5");
	attempt_end(&a);
}

/* ticket_settle(): the same looks, and never a create. */
static void
test_settle(void **state)
{
	static const struct {
		struct before	 before;
		enum err	 find;
		int64_t		 after;		/* s */
		enum err	 e;
		enum stage	 stage;
		int		 finds;
	} steps[] = {
		{ SENT(0, 0), OK, 5, OK, STAGE_CREATED, 1 },
		{ SENT(0, 0), ERR_ABSENT, 5, ERR_UNKNOWN, STAGE_SENT, 1 },
		{ SENT(9, 5), ERR_ABSENT, 899, ERR_UNKNOWN, STAGE_SENT, 1 },
		{ SENT(0, 0), ERR_ABSENT, 900, ERR_UNKNOWN, STAGE_SENT, 1 },
		{ SENT(9, 5), ERR_ABSENT, 900, OK, STAGE_INTENT, 1 },
		{ SENT(9, 5), ERR_UPSTREAM, 900, ERR_UPSTREAM, STAGE_SENT,
		    1 },
		{ INTENT, OK, 900, OK, STAGE_INTENT, 0 },
		{ MADE, OK, 900, OK, STAGE_CREATED, 0 },
	};
	struct world *w = *state;
	struct attempt a;
	char key[16];
	size_t i;

	for (i = 0; i < COUNT(steps); i++) {
		(void)snprintf(key, sizeof(key), "key-%zu", i);
		prepare(w, key, &steps[i].before);
		fake.find = steps[i].find;
		fake.finds = 0;
		attempt_begin(w, &a, key, T + SECOND(steps[i].after));
		expect(&a.job, ticket_settle(&a.job, &a.event, &a.f),
		    steps[i].e);
		attempt_end(&a);
		assert_int_equal(fake.finds, steps[i].finds);
		assert_int_equal(on_disk(w, key).stage, steps[i].stage);
	}
	assert_int_equal(fake.creates, 0);
	/* Found, it is linked as `link` says. */
	assert_int_equal(on_disk(w, "key-0").link, LINK_SKIPPED);
}

static void
test_link_never(void **state)
{
	struct world *w = *state;
	struct attempt a;
	int i;

	for (i = 0; i < 2; i++) {
		expect(&a.job, attempt(w, "one", T + i, &a), OK);
		expect(&a.job, ticket_link(&a.job, &a.event, &a.f), OK);
		assert_int_equal(a.f.link, LINK_SKIPPED);
		assert_int_equal(ticket_outcome(&a.f), i == 0 ?
		    OUTCOME_CREATED : OUTCOME_EXISTS);
		attempt_end(&a);
	}
	assert_int_equal(on_disk(w, "one").link, LINK_SKIPPED);
	assert_int_equal(fake.creates, 1);
}

/* Trunk shows a ticket already: what is it worth? */
static const struct {
	const char	*url;
	enum err	 read;
	enum err	 e;
	int		 reads;
	int		 creates;
	const char	*key;		/* of the ticket, NULL: none */
} shown[] = {
	{ "https://dock.example.net/HAR-31", OK, OK, 1, 0, "HAR-31" },
	/* it was deleted over there */
	{ "https://dock.example.net/HAR-31", ERR_ABSENT, OK, 1, 1, "HAR-1" },
	{ "https://dock.example.net/HAR-31", ERR_UPSTREAM, ERR_UPSTREAM, 1,
	    0, NULL },
	{ "https://dock.example.net/HAR-31", ERR_REFUSED, ERR_REFUSED, 1, 0,
	    NULL },
	/* of a place that we cannot read: it stands */
	{ "https://elsewhere.example.net/9", ERR_REFUSED, OK, 0, 0,
	    "https://elsewhere.example.net/9" },
};

static void
test_shown(void **state)
{
	struct world *w = *state;
	struct attempt a;
	char key[16];
	size_t i;

	fake_tracker.link = LINK_REQUIRED;
	for (i = 0; i < COUNT(shown); i++) {
		(void)snprintf(key, sizeof(key), "key-%zu", i);
		fake.reads = fake.creates = 0;
		fake.read = shown[i].read;
		attempt_begin(w, &a, key, T);
		a.event.test.ticket_url = shown[i].url;
		expect(&a.job, ticket_file(&a.job, &a.mail, &a.event,
		    &a.route, &a.f), shown[i].e);
		assert_int_equal(fake.reads, shown[i].reads);
		assert_int_equal(fake.creates, shown[i].creates);
		if (shown[i].key != NULL)
			assert_string_equal(a.f.remote_key, shown[i].key);
		if (shown[i].key != NULL && shown[i].creates == 0) {
			assert_int_equal(ticket_outcome(&a.f),
			    OUTCOME_ADOPTED);
			/* Linked it is: nobody is asked for that. */
			expect(&a.job, ticket_link(&a.job, &a.event, &a.f),
			    OK);
			assert_int_equal(a.f.link, LINK_DONE);
		}
		attempt_end(&a);
		assert_int_equal(on_disk(w, key).stage, shown[i].key != NULL ?
		    STAGE_CREATED : STAGE_NONE);
		assert_int_equal(on_disk(w, key).adopted,
		    shown[i].key != NULL && shown[i].creates == 0);
	}
}

/* With adopt = no nobody looks at it; with link = none it is as good. */
static void
test_shown_or_not(void **state)
{
	struct world *w = *state;
	struct attempt a;
	int i;

	fake.read = OK;
	for (i = 0; i < 2; i++) {
		fake_config.adopt = i == 1;
		fake_tracker.link = i == 1 ? LINK_NEVER : LINK_REQUIRED;
		attempt_begin(w, &a, i == 0 ? "a" : "b", T);
		a.event.test.ticket_url = "https://dock.example.net/HAR-31";
		expect(&a.job, ticket_file(&a.job, &a.mail, &a.event,
		    &a.route, &a.f), OK);
		assert_int_equal(ticket_outcome(&a.f), i == 0 ?
		    OUTCOME_CREATED : OUTCOME_ADOPTED);
		attempt_end(&a);
		assert_int_equal(fake.creates, 1);
		assert_int_equal(fake.reads, i);
	}
}

/* ticket_check() of a ticket HAR-5, and what it logs. */
static enum err
check_clones(struct world *w, enum err find, char log[4096])
{
	char path[128];
	struct attempt a;
	int fd, saved;
	ssize_t n;
	enum err e;

	(void)snprintf(path, sizeof(path), "%s/log", w->dir);
	attempt_begin(w, &a, "made", T);
	fake.find = find;
	fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
	saved = dup(STDERR_FILENO);
	assert_true(fd >= 0 && saved >= 0);
	(void)dup2(fd, STDERR_FILENO);
	e = ticket_check(&a.job, &a.f);
	(void)dup2(saved, STDERR_FILENO);
	close(saved);
	n = pread(fd, log, 4095, 0);
	close(fd);
	assert_true(n >= 0);
	log[n] = '\0';
	assert_string_equal(a.f.remote_key, "HAR-5");
	attempt_end(&a);
	return (e);
}

static void
test_clones(void **state)
{
	struct world *w = *state;
	char log[4096];

	prepare(w, "made", &(const struct before)MADE);
	assert_int_equal(check_clones(w, ERR_ABSENT, log), OK);
	assert_string_equal(log, "");
	assert_int_equal(check_clones(w, ERR_UPSTREAM, log), ERR_UPSTREAM);
	assert_string_equal(log, "");
	/* Another one than ours carries the marker. */
	assert_int_equal(check_clones(w, OK, log), OK);
	assert_non_null(strstr(log, "HAR-77"));
	assert_non_null(strstr(log, "HAR-5"));
	assert_non_null(strstr(log, "dock-before-1"));
	assert_int_equal(fake.finds, 3);
	assert_int_equal(fake.creates, 0);
	/* Where there can be none nobody looks. */
	fake_kind.careful = false;
	assert_int_equal(check_clones(w, OK, log), OK);
	fake_kind.careful = true;
	fake_config.trackers = NULL;
	assert_int_equal(check_clones(w, OK, log), OK);
	assert_string_equal(log, "");
	assert_int_equal(fake.finds, 3);
}

int
main(void)
{
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_table),
		WORLD_TEST(test_noted),
		WORLD_TEST(test_refused_again),
		WORLD_TEST(test_marker_stays),
		WORLD_TEST(test_marker_fails),
		WORLD_TEST(test_deadline),
		WORLD_TEST(test_unwritten),
		WORLD_TEST(test_no_word),
		WORLD_TEST(test_refusal_unwritten),
		WORLD_TEST(test_no_settle),
		WORLD_TEST(test_intent_follows),
		WORLD_TEST(test_intent_looks_back),
		WORLD_TEST(test_sent_stays),
		WORLD_TEST(test_pinned_removed),
		WORLD_TEST(test_settle),
		WORLD_TEST(test_link_never),
		WORLD_TEST(test_shown),
		WORLD_TEST(test_shown_or_not),
		WORLD_TEST(test_clones),
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
