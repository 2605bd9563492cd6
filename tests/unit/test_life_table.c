/*
 * Every stage of a ticket and everything that may come next: what it is then
 * and what is done.  The expectations are what handler/tickethook.ini.5 says
 * of the keys.
 */
#include "tests/unit/life_script.h"

enum {
	NOW = 30		/* hours: when the next thing comes */
};

struct start {
	const char	*stage;
	const char	*life;		/* that leads to it */
	bool		 close;		/* with on_healthy = close */
	int		 flap_limit;	/* 0: 3 */
};

/* In the order of the columns below. */
static const struct start starts[] = {
	{ "open", "F@1", false, 0 },
	{ "in_progress", "F@1 s@2", false, 0 },
	{ "verifying", "F@1 d@3", false, 0 },
	{ "verified", "F@1 d@3 +verified|3@14", false, 0 },
	{ "not_fixed", "F@1 d@3 F@4 +reopen|3@4", false, 0 },
	{ "not_proven", "F@1 d@3 +not_proven|3@24", false, 0 },
	{ "blocked", "F@1 w@3", false, 0 },
	{ "closed", "F@1 H@3 +close|3@3", true, 0 },
	{ "flapping", "F@1 d@3 F@4 +reopen|3@4 +flapped@4 "
	    "+flapped-raise@4", false, 1 }
};

enum { STARTS = sizeof(starts) / sizeof(starts[0]) };

struct next {
	const char	*comes;		/* at NOW; "": only time */
	const char	*stage[STARTS];
	const char	*due[STARTS];	/* acts; NULL: none */
};

#define SAME "open", "in_progress", "verifying", "verified", "not_fixed", \
    "not_proven", "blocked", "closed", "flapping"
#define ALL(s) { s, s, s, s, s, s, s, s, s }

static const struct next nexts[] = {
	/* open, in progress, verifying, verified, not fixed, not proven,
	 * blocked, closed, flapping */
	{ "o@30", { "open", "open", "open", "open", "not_fixed", "open",
	    "open", "open", "flapping" }, { NULL } },
	{ "s@30", { "in_progress", "in_progress", "in_progress",
	    "in_progress", "in_progress", "in_progress", "in_progress",
	    "in_progress", "flapping" }, { NULL } },
	{ "d@30", { "verifying", "verifying", "verifying", "verified",
	    "verifying", "not_proven", "verifying", "closed",
	    "verifying" }, { NULL } },
	{ "x@30", ALL("blocked"), { NULL } },
	{ "w@30", ALL("blocked"), { NULL } },
	{ "g@30", ALL("closed"), { NULL } },
	{ "q@30", { SAME }, { NULL } },
	{ "H@30", { SAME }, { "healthy|30", "healthy|30", "healthy|30", NULL,
	    "healthy|30", "healthy|30", NULL, NULL, "healthy|30" } },
	{ "M@30", { SAME }, { "healthy|30", "healthy|30", "healthy|30", NULL,
	    "healthy|30", "healthy|30", NULL, NULL, "healthy|30" } },
	{ "F@30", { "open", "in_progress", "not_fixed", "open", "not_fixed",
	    "not_fixed", "blocked", "open", "flapping" }, { NULL, NULL,
	    "reopen|3", "reopen|3", NULL, "reopen|3", NULL, "reopen|3",
	    NULL } },
	{ "B@30", { "open", "in_progress", "not_fixed", "open", "not_fixed",
	    "not_fixed", "blocked", "open", "flapping" },
	    { "worse|30 raise|30", "worse|30 raise|30",
	    "reopen|3 worse|30 raise|30", "reopen|3 worse|30 raise|30",
	    "worse|30 raise|30", "reopen|3 worse|30 raise|30", NULL,
	    "reopen|3 worse|30 raise|30", "worse|30 raise|30" } },
	{ "", { "open", "in_progress", "not_proven", "verified", "not_fixed",
	    "not_proven", "blocked", "closed", "flapping" },
	    { NULL, NULL, "not_proven|3" } }
};

/* As Jira tells it, and as Linear does. */
static const char *const kinds[] = { "jira", "linear" };

static void
as_linear(struct script *s)
{
	size_t i;

	for (i = 0; i < s->in.nnews; i++) {
		if (s->news[i].resolution != NULL &&
		    strcmp(s->news[i].resolution, "won't do") == 0)
			s->news[i].category = REMOTE_DROPPED;
		s->news[i].resolution = NULL;
	}
}

static void
as_jira(struct script *s)
{
	size_t i;

	for (i = 0; i < s->in.nnews; i++)
		if (s->news[i].category == REMOTE_DROPPED) {
			s->news[i].category = REMOTE_DONE;
			s->news[i].resolution = "Won't Fix";
		}
}

static void
check(const struct start *start, const struct next *next, size_t column,
    size_t kind, bool turned)
{
	struct arena *arena = arena_new(1 << 20);
	char life[256], due[256];
	const char *wanted = next->due[column] != NULL ? next->due[column] :
	    "";
	struct script s;

	(void)snprintf(life, sizeof(life), "%s %s", start->life,
	    next->comes);
	script_read(&s, arena, life);
	if (kind == 0)
		as_jira(&s);
	else
		as_linear(&s);
	if (turned)
		script_turn(&s);
	s.in.now = NOW * SCRIPT_HOUR;
	s.in.judge = next->comes[0] == '\0';
	if (start->close)
		s.in.policy.on_healthy = ON_HEALTHY_CLOSE;
	if (start->flap_limit > 0)
		s.in.policy.flap_limit = start->flap_limit;
	assert_int_equal(life_plan(&s.in, &s.plan), OK);
	script_due(&s, due, sizeof(due));
	if (strcmp(life_stage_name(s.plan.stage), next->stage[column]) != 0 ||
	    strcmp(due, wanted) != 0)
		print_error("%s, %s%s: %s, then %s: is %s [%s], should be %s "
		    "[%s]\n", kinds[kind], life, turned ? " (turned)" : "",
		    start->stage, next->comes, life_stage_name(s.plan.stage),
		    due, next->stage[column], wanted);
	assert_string_equal(life_stage_name(s.plan.stage),
	    next->stage[column]);
	assert_string_equal(due, wanted);
	arena_free(arena);
}

static void
test_table(void **state)
{
	size_t i, j, kind;

	(void)state;
	for (i = 0; i < sizeof(nexts) / sizeof(nexts[0]); i++)
		for (j = 0; j < STARTS; j++)
			for (kind = 0; kind < 2; kind++) {
				check(&starts[j], &nexts[i], j, kind, false);
				check(&starts[j], &nexts[i], j, kind, true);
			}
}

/* The starts are what they say. */
static void
test_starts(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct script s;
	size_t i;

	(void)state;
	for (i = 0; i < STARTS; i++) {
		script_read(&s, arena, starts[i].life);
		s.in.now = NOW * SCRIPT_HOUR;
		if (starts[i].close)
			s.in.policy.on_healthy = ON_HEALTHY_CLOSE;
		if (starts[i].flap_limit > 0)
			s.in.policy.flap_limit = starts[i].flap_limit;
		assert_int_equal(life_plan(&s.in, &s.plan), OK);
		assert_string_equal(life_stage_name(s.plan.stage),
		    starts[i].stage);
	}
	arena_free(arena);
}

/* The tracker's word of what we did ourselves changes nothing, anywhere. */
static void
test_echo(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char life[256], due[256];
	struct script s;
	size_t i, k;

	(void)state;
	for (i = 0; i < STARTS; i++)
		for (k = 0; k < 2; k++) {
			(void)snprintf(life, sizeof(life), "%s %s",
			    starts[i].life, k == 0 ? "e@30" : "E@30");
			script_read(&s, arena, life);
			s.in.now = NOW * SCRIPT_HOUR;
			if (starts[i].close)
				s.in.policy.on_healthy = ON_HEALTHY_CLOSE;
			if (starts[i].flap_limit > 0)
				s.in.policy.flap_limit = starts[i].flap_limit;
			assert_int_equal(life_plan(&s.in, &s.plan), OK);
			script_due(&s, due, sizeof(due));
			assert_string_equal(due, "");
			assert_string_equal(life_stage_name(s.plan.stage),
			    starts[i].stage);
		}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starts),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_echo)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
