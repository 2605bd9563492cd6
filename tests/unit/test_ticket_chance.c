/*
 * No second ticket, in whatever order things happen: tries at random times,
 * creates that commit late and unseen, looks that fail, a clock that goes
 * back.  The dice are the same in every run.
 */
#include "tests/unit/fake_tracker.h"

enum {
	GAMES = 250,
	TRIES = 24,		/* of a game */
	LAG_MAX = 800,		/* s, until a ticket can be found */
	CALM = 60		/* tries at the end, with nothing in the way */
};

static const int64_t T = (int64_t)WORLD_NOW * 1000;

/* A tracker as it really is, by a clock that only goes on. */
static struct dock {
	uint32_t	 dice;
	int64_t		 now;		/* ms, the true time */
	int64_t		 back;		/* ms our clock is behind it */
	bool		 calm;
	int		 tickets;
	int64_t		 shows;		/* when the ticket can be found */
	/* of the last create that nobody knows of */
	bool		 open;
	int64_t		 sent;
	int		 looks;		/* in vain, since */
	int64_t		 first, last;	/* look */
	const char	*wrong;		/* what should never have happened */
} dock;

/* Marsaglia's xorshift: 0 to n - 1. */
static uint32_t
roll(uint32_t n)
{

	dock.dice ^= dock.dice << 13;
	dock.dice ^= dock.dice >> 17;
	dock.dice ^= dock.dice << 5;
	return (dock.dice % n);
}

static enum err
dock_find(struct job *job, const struct target *t, struct filing *f)
{

	(void)t;
	if (!dock.calm && roll(4) == 0)
		return (roll(2) == 0 ? ERR_UPSTREAM : ERR_DEADLINE);
	if (dock.tickets > 0 && dock.now >= dock.shows) {
		fake_ticket(job, f, 1);
		return (OK);
	}
	if (dock.looks++ == 0)
		dock.first = dock.now;
	dock.last = dock.now;
	return (ERR_ABSENT);
}

/* May this create be sent? */
static void
judge(void)
{

	if (!dock.open)
		return;
	if (dock.now - dock.sent < FAKE_SETTLE)
		dock.wrong = "a second create before the first had its time";
	else if (dock.looks < 2)
		dock.wrong = "a second create after too few looks";
	else if (dock.back == 0 && dock.last - dock.first < FAKE_SPACING)
		dock.wrong = "a second create after looks at one time";
}

static enum err
dock_create(struct job *job, const struct target *t,
    const struct event *event, const struct draft *draft, struct filing *f)
{
	uint32_t fate = dock.calm ? 0 : roll(6);

	(void)t;
	(void)event;
	(void)draft;
	judge();
	if (fate == 4)
		return (ERR_REFUSED);
	if (fate == 5)
		return (ERR_UPSTREAM);
	dock.open = true;
	dock.sent = dock.now;
	dock.looks = 0;
	if (fate == 3)			/* lost on its way */
		return (ERR_UNKNOWN);
	dock.tickets++;
	dock.shows = dock.now + (int64_t)roll(LAG_MAX) * 1000;
	if (fate > 0)			/* it is made, nobody hears of it */
		return (fate == 1 ? ERR_UNKNOWN : ERR_DEADLINE);
	fake_ticket(job, f, 1);
	return (OK);
}

/* Seconds or minutes later, now and then at the edge of a time that counts. */
static void
wait_a_while(void)
{
	static const int64_t pauses[] = { 1, 5, 30, 59999, 60000, 300000,
	    899999, 900000, 1800000, 7200000 };

	dock.now += pauses[roll(sizeof(pauses) / sizeof(pauses[0]))] +
	    roll(3);
	if (!dock.calm && roll(8) == 0)
		dock.back += roll(3600) * (int64_t)1000;
}

static enum stage
try_once(struct world *w, const char *key)
{
	struct attempt a;
	enum stage stage;
	enum err e;

	attempt_begin(w, &a, key, dock.now - dock.back);
	e = ticket_file(&a.job, &a.mail, &a.event, &a.route, &a.f);
	stage = a.f.stage;
	if ((e == OK) != (stage == STAGE_CREATED))
		dock.wrong = "what is told is not what is";
	if (stage == STAGE_CREATED && dock.tickets == 0)
		dock.wrong = "a ticket that does not exist";
	attempt_end(&a);
	return (stage);
}

static void
play(struct world *w, uint32_t game)
{
	enum stage stage = STAGE_NONE;
	char key[32];
	int i;

	(void)snprintf(key, sizeof(key), "game-%u", (unsigned)game);
	dock = (struct dock){ .dice = game * 2654435761U + 1, .now = T };
	for (i = 0; i < TRIES; i++) {
		(void)try_once(w, key);
		wait_a_while();
	}
	/* Our clock is at most so far behind as it went back. */
	dock.calm = true;
	for (i = 0; i < CALM && stage != STAGE_CREATED; i++) {
		dock.now += FAKE_SETTLE + dock.back / CALM * 2;
		stage = try_once(w, key);
	}
	if (dock.wrong == NULL && dock.tickets != 1)
		dock.wrong = "not exactly one ticket";
	if (dock.wrong == NULL && stage != STAGE_CREATED)
		dock.wrong = "it never came to an end";
	if (dock.wrong == NULL)
		return;
	print_error("game %u: %s; %d tickets, %lld s after the last\n",
	    (unsigned)game, dock.wrong, dock.tickets,
	    (long long)(dock.now - dock.sent) / 1000);
	_fail(__FILE__, __LINE__);
}

static void
test_chance(void **state)
{
	struct world *w = *state;
	uint32_t game;

	fake_setup(true);
	fake_kind.find = dock_find;
	fake_kind.create = dock_create;
	for (game = 1; game <= GAMES; game++)
		play(w, game);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_chance,
		    world_setup_open, world_teardown),
	};

	log_setup(LOG_LEVEL_ERROR, false);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
