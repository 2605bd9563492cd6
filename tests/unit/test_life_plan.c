/*
 * Lives of tickets: what they are in the end, what is to be done, and what
 * other systems are told.  The expectations are what handler/tickethook.ini.5
 * says of the keys.
 */
#include "tests/unit/life_script.h"

struct row {
	const char	*with;		/* keys that are not as usual */
	const char	*life;
	double		 now;		/* hours; < 0: no verdict is given */
	const char	*stage;
	const char	*due;		/* acts */
	const char	*told;		/* notices: "resolved|3" */
};

static const struct row rows[] = {
	/* Nothing but failures. */
	{ "", "", 5, "open", "", "" },
	{ "", "F@1", 5, "open", "", "" },
	{ "", "B@1", 5, "open", "", "" },
	{ "", "F@1 F@2 F@3", 5, "open", "", "" },
	/* Worse, in whatever order it is told. */
	{ "", "F@1 B@2", 5, "open", "worse|2 raise|2", "" },
	{ "", "B@2 F@1", 5, "open", "worse|2 raise|2", "" },
	{ "", "B@1 F@2", 5, "open", "", "" },
	{ "", "F@1 B@1", 5, "open", "worse|1 raise|1", "" },
	{ "worse=comment", "F@1 B@2", 5, "open", "worse|2", "" },
	{ "worse=ignore", "F@1 B@2", 5, "open", "", "" },
	{ "norule", "F@1 B@2", 5, "open", "worse|2", "" },
	{ "", "F@1 w@2 B@3", 5, "blocked", "", "blocked|2" },
	/* Healthy. */
	{ "", "F@1 H@2", 5, "open", "healthy|2", "" },
	{ "", "H@2 F@1", 5, "open", "healthy|2", "" },
	{ "", "H@1 F@2", 5, "open", "", "" },
	{ "", "H@1 F@1", 5, "open", "", "" },
	{ "", "F@1 H@2 F@3 H@4", 5, "open", "healthy|2 healthy|4", "" },
	{ "healthy=none", "F@1 H@2", 5, "open", "", "" },
	{ "", "H@2", 5, "open", "healthy|2", "" },
	{ "", "F2@1 F@1 H@2", 5, "open", "", "" },
	{ "", "F2@1 F@1 H@2 H2@3", 5, "open", "healthy|3|b", "" },
	{ "", "F2@1 F@1 H2@2 H@3", 5, "open", "healthy|3|a", "" },
	{ "", "F@1 B2@3", 5, "open", "", "" },
	{ "", "F2@1 F@1 F2@2 B2@3", 5, "open", "worse|3|b raise|3|b", "" },
	/* Closed by us. */
	{ "close", "F@1 H@2", 5, "closed", "close|2", "" },
	{ "close", "F@1 H@2 +close|2@2", 5, "closed", "", "" },
	{ "close", "F@1 M@2", 5, "open", "", "" },
	{ "close", "F@1 U@2", 5, "closed", "close|2", "" },
	{ "close", "F@1 H@2 +close|2@2 e@2.01", 5, "closed", "", "" },
	{ "close", "F@1 H@2 +close|2@2 d@2.05", 5, "closed", "", "" },
	{ "close", "F@1 H@2 +close|2@2 p@2.05", 5, "in_progress", "", "" },
	{ "close", "F@1 H@2 +close|2@2 d@4", 5, "closed", "", "" },
	{ "close", "F@1 H@2 +close|2@2 e@2 F@3", 5, "open", "reopen|2",
	    "reopened|2" },
	{ "close", "F@1 H@2 F@3", 5, "open", "", "" },
	{ "close", "F@1 H@2 -close|2@2 F@3", 5, "open", "", "" },
	{ "close", "F@1 H@2 o@3", 5, "closed", "close|2", "" },
	{ "close", "F@1 H@2 s@3", 5, "in_progress", "", "" },
	{ "close", "F@1 H@2 +close|2@2 e@2 o@3", 5, "open", "", "" },
	{ "close", "F@1 d@2 H@3", 5, "verifying", "", "resolved|2" },
	{ "close", "F@1 w@2 H@3", 5, "blocked", "", "blocked|2" },
	{ "close", "F2@1 F@1 H@2", 5, "open", "", "" },
	{ "close", "F2@1 F@1 H@2 H2@3", 5, "closed", "close|3|b", "" },
	{ "close", "F2@1 F@1 H@2 H2@3 +close|3|b@3 F@4", 5, "open",
	    "reopen|3", "reopened|3" },
	/* Resolved by a person. */
	{ "", "F@1 d@3", 4, "verifying", "", "resolved|3" },
	{ "", "F@1 x@3", 4, "blocked", "", "blocked|3" },
	{ "", "F@1 w@3 F@4 H@5 B@6", 7, "blocked", "", "blocked|3" },
	{ "", "F@1 w@3 o@4 F@5", 7, "open", "", "blocked|3" },
	{ "trust", "F@1 d@3", 4, "verified", "", "resolved|3 verified|3" },
	{ "trust", "F@1 d@3 F@4", 5, "open", "reopen|3",
	    "resolved|3 verified|3 reopened|3" },
	{ "", "F@1 d@3 q@4", 5, "verifying", "", "resolved|3" },
	{ "", "F@1 d@3 d@4", 5, "verifying", "", "resolved|3" },
	{ "", "F@3 d@3", 4, "verifying", "", "resolved|3" },
	/* It holds, or it does not. */
	{ "", "F@1 d@3 H@4", 13.9, "verifying", "healthy|4", "resolved|3" },
	{ "", "F@1 d@3 H@4", 14, "verified", "healthy|4 verified|3",
	    "resolved|3 verified|3" },
	{ "", "F@1 d@3 H@4", -99, "verifying", "healthy|4", "resolved|3" },
	{ "", "F@1 H@2 d@3", 12.9, "verifying", "healthy|2", "resolved|3" },
	{ "", "F@1 H@2 d@3", 13, "verified", "healthy|2 verified|3",
	    "resolved|3 verified|3" },
	{ "", "F@1 d@3 H@4 F@13", 14, "not_fixed", "healthy|4 reopen|3",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 M@4", 14, "verifying", "healthy|4", "resolved|3" },
	{ "", "F@1 d@3 M@4", 23, "not_proven", "healthy|4 not_proven|3",
	    "resolved|3 not_proven|3" },
	{ "", "F@1 d@3 U@4", 23, "not_proven", "healthy|4 not_proven|3",
	    "resolved|3 not_proven|3" },
	{ "", "F@1 d@3 M@4 H@5", 15, "verified",
	    "healthy|4 healthy|5 verified|3", "resolved|3 verified|3" },
	/* Told twice, by both ids of the test, in either order. */
	{ "", "F@1 d@3 H@4 M@4", 15, "verifying", "healthy|4 healthy|4",
	    "resolved|3" },
	{ "", "F@1 d@3 M@4 H@4", 15, "verifying", "healthy|4 healthy|4",
	    "resolved|3" },
	{ "", "F@1 d@3 H@4 U@4", 15, "verified",
	    "healthy|4 healthy|4 verified|3", "resolved|3 verified|3" },
	{ "", "F@1 d@3 U@4 H@4", 15, "verified",
	    "healthy|4 healthy|4 verified|3", "resolved|3 verified|3" },
	{ "", "F@1 d@3 H@4 M@5", 15, "verifying", "healthy|4 healthy|5",
	    "resolved|3" },
	{ "", "F@1 d@3", 22.9, "verifying", "", "resolved|3" },
	{ "", "F@1 d@3", 23, "not_proven", "not_proven|3",
	    "resolved|3 not_proven|3" },
	{ "", "F@1 d@3 H@20", 23, "verifying", "healthy|20", "resolved|3" },
	{ "", "F@1 d@3 +not_proven|3@23 H@24", 34, "verified",
	    "healthy|24 verified|3", "resolved|3 verified|3" },
	{ "", "F@1 d@3 +not_proven|3@23", 99, "not_proven", "",
	    "resolved|3" },
	{ "", "F@1 d@3 F@4", 5, "not_fixed", "reopen|3",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 B@4", 5, "not_fixed", "reopen|3 worse|4 raise|4",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 F@4 F@5", 6, "not_fixed", "reopen|3",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 F@4 o@5", 6, "open", "",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 F@4 +reopen|3@4 E@4", 6, "not_fixed", "",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 F@4 +reopen|3@4 o@4.05", 6, "not_fixed", "",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 F@4 +reopen|3@4 s@4.05", 6, "not_fixed", "",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 F@4 +reopen|3@4 p@4.05", 6, "in_progress", "",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 o@3.5 F@4", 5, "open", "", "resolved|3" },
	{ "", "F@1 d@3 o@3.5 d@4", 5, "verifying", "",
	    "resolved|3 resolved|4" },
	{ "", "F@1 d@3 x@4 F@5", 6, "blocked", "", "resolved|3 blocked|4" },
	/* Runs. */
	{ "", "F@1 d@3 n=5/0", 4, "verified", "verified|3",
	    "resolved|3 verified|3" },
	{ "", "F@1 d@3 n=4/0", 4, "verifying", "", "resolved|3" },
	{ "", "F@1 d@3 n=50/1", 4, "verifying", "", "resolved|3" },
	{ "", "F@1 d@3 n=50/1", 23, "not_proven", "not_proven|3",
	    "resolved|3 not_proven|3" },
	{ "", "F@1 d@3 n=5/0", -99, "verifying", "", "resolved|3" },
	{ "", "F@1 F2@1 d@3 n=5/0", 13, "verifying", "", "resolved|3" },
	{ "", "F@1 F2@1 d@3 H2@4 n=5/0", 14, "verified", "verified|3",
	    "resolved|3 verified|3" },
	/* Shared: all must hold, and any may fail. */
	{ "", "F@1 F2@1 d@3 H@4", 14, "verifying", "", "resolved|3" },
	{ "", "F@1 F2@1 d@3 H@4 H2@5", 14, "verifying", "healthy|5|b",
	    "resolved|3" },
	{ "", "F@1 F2@1 d@3 H@4 H2@5", 15, "verified",
	    "healthy|5|b verified|3", "resolved|3 verified|3" },
	{ "", "F@1 F2@1 d@3 H@4 F2@5", 6, "not_fixed", "reopen|3",
	    "resolved|3 not_fixed|3 reopened|3" },
	/* After it was proven. */
	{ "", "F@1 d@3 +verified|3@14 F@34", 35, "open", "reopen|3",
	    "resolved|3 reopened|3" },
	{ "", "F@1 d@3 +verified|3@14 F@34.1", 35, "closed", "",
	    "resolved|3" },
	{ "regression=new", "F@1 d@3 +verified|3@14 F@15", 35, "closed", "",
	    "resolved|3" },
	{ "regression=ignore", "F@1 d@3 +verified|3@14 F@15", 35,
	    "verified", "", "resolved|3" },
	{ "", "F@1 d@3 +verified|3@14 B@15", 16, "open",
	    "reopen|3 worse|15 raise|15", "resolved|3 reopened|3" },
	{ "", "F@1 d@3 +verified|3@14 F@13", 16, "not_fixed", "reopen|3",
	    "resolved|3 not_fixed|3 reopened|3" },
	{ "", "F@1 d@3 +verified|3@14 o@15 F@16", 17, "open", "",
	    "resolved|3" },
	{ "", "F@1 d@3 +verified|3@14 F@15 +reopen|3@15 E@15 d@17", 18,
	    "verifying", "", "resolved|3 reopened|3 resolved|17" },
	/* It flaps. */
	{ "limit=2", "F@1 d@3 F@4 +reopen|3@4 d@5 F@6", 7, "flapping",
	    "reopen|5 flapped flapped-raise",
	    "resolved|3 not_fixed|3 reopened|3 resolved|5 not_fixed|5 "
	    "reopened|5" },
	{ "limit=1", "F@1 d@3 F@4 +reopen|3@4 +flapped@4 +flapped-raise@4 "
	    "d@5 F@6", 7, "flapping", "reopen|5",
	    "resolved|3 not_fixed|3 reopened|3 resolved|5 not_fixed|5 "
	    "reopened|5" },
	{ "limit=1 close", "F@1 H@2 +close|2@2 F@3 +reopen|2@3 H@4", 7,
	    "flapping", "flapped flapped-raise", "reopened|2" },
	{ "limit=1", "F@1 d@3 F@4 +reopen|3@4 d@5", 7, "verifying",
	    "flapped flapped-raise",
	    "resolved|3 not_fixed|3 reopened|3 resolved|5" },
	/* Gone, and back. */
	{ "", "F@1 g@2 F@3", 4, "closed", "", "" },
	{ "", "F@1 g@2 o@3", 4, "open", "", "" },
	{ "close", "F@1 H@2 g@3", 4, "closed", "", "" },
	{ "", "F@1 d@3 g@4", 99, "closed", "", "resolved|3" },
	/* Hidden for a while: as before, but for what was done meanwhile. */
	{ "", "F@1 d@3 g@4 d@5", 6, "verifying", "", "resolved|3" },
	{ "", "F@1 d@3 +verified|3@14 g@15 d@16", 17, "verified", "",
	    "resolved|3" },
	{ "", "F@1 s@2 g@3 d@4", 5, "verifying", "", "resolved|4" },
	{ "", "F@1 w@2 g@3 o@4", 5, "open", "", "blocked|2" }
};

static void
adapt(struct script *s, const char *with)
{
	struct policy *p = &s->in.policy;
	size_t i;

	if (strstr(with, "worse=comment") != NULL)
		p->on_worse = ON_WORSE_COMMENT;
	if (strstr(with, "worse=ignore") != NULL)
		p->on_worse = ON_WORSE_IGNORE;
	if (strstr(with, "healthy=none") != NULL)
		p->on_healthy = ON_HEALTHY_NONE;
	if (strstr(with, "close") != NULL)
		p->on_healthy = ON_HEALTHY_CLOSE;
	if (strstr(with, "trust") != NULL)
		p->on_resolved = ON_RESOLVED_TRUST;
	if (strstr(with, "regression=new") != NULL)
		p->on_regression = ON_REGRESSION_NEW;
	if (strstr(with, "regression=ignore") != NULL)
		p->on_regression = ON_REGRESSION_IGNORE;
	if (strstr(with, "limit=") != NULL)
		p->flap_limit = atoi(strstr(with, "limit=") + 6);
	for (i = 0; i < s->in.nchanges && strcmp(with, "norule") == 0; i++)
		s->changes[i].rule = NULL;
}

/* "resolved|3 verified|3" */
static void
told(const struct script *s, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < s->plan.nnotices; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s|%g",
		    n > 0 ? " " : "", s->plan.notices[i].on,
		    (double)(s->plan.notices[i].time - SCRIPT_BASE) /
		    SCRIPT_HOUR);
}

static void
check(const struct row *row, bool turned)
{
	struct arena *arena = arena_new(1 << 20);
	char due[256], notices[256];
	struct script s;

	script_read(&s, arena, row->life);
	adapt(&s, row->with);
	if (turned)
		script_turn(&s);
	s.in.judge = row->now >= 0;
	s.in.now = (int64_t)((row->now < 0 ? -row->now : row->now) *
	    SCRIPT_HOUR);
	assert_int_equal(life_plan(&s.in, &s.plan), OK);
	script_due(&s, due, sizeof(due));
	told(&s, notices, sizeof(notices));
	if (strcmp(life_stage_name(s.plan.stage), row->stage) != 0 ||
	    strcmp(due, row->due) != 0 || strcmp(notices, row->told) != 0)
		print_error("[%s] %s, %g h%s: is %s [%s] {%s}\n", row->with,
		    row->life, row->now, turned ? " (turned)" : "",
		    life_stage_name(s.plan.stage), due, notices);
	assert_string_equal(life_stage_name(s.plan.stage), row->stage);
	assert_string_equal(due, row->due);
	assert_string_equal(notices, row->told);
	arena_free(arena);
}

static void
test_rows(void **state)
{
	size_t i;

	(void)state;
	assert_true(sizeof(rows) / sizeof(rows[0]) >= 100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check(&rows[i], false);
		check(&rows[i], true);
	}
}

/* When `sync` is to look again, in hours; 0: never. */
static void
test_next(void **state)
{
	static const struct {
		const char	*life;
		double		 now;
		double		 next;
	} looks[] = {
		{ "F@1", 2, 0 },
		{ "F@1 H@2", 3, 0 },
		{ "F@1 d@3", 4, 23 },
		{ "F@1 d@3", 23, 0 },
		{ "F@1 d@3 H@4", 5, 14 },
		{ "F@1 H@2 d@3", 5, 13 },
		{ "F@1 d@3 H@20", 23, 30 },
		{ "F@1 d@3 M@4", 5, 23 },
		{ "F@1 d@3 H@4", 14, 0 },
		{ "F@1 d@3 F@4", 5, 0 },
		{ "F@1 w@3", 5, 0 },
		{ "F@1 d@3 n=2/0", 5, 6 },
		{ "F@1 d@3 n=2/0", 22.5, 23 },
		{ "F@1 d@3 +not_proven|3@23 H@24", 25, 34 }
	};
	struct arena *arena = arena_new(1 << 20);
	struct script s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		script_read(&s, arena, looks[i].life);
		s.in.now = (int64_t)(looks[i].now * SCRIPT_HOUR);
		s.in.judge = true;
		assert_int_equal(life_plan(&s.in, &s.plan), OK);
		if (s.plan.next != (int64_t)(looks[i].next * SCRIPT_HOUR))
			print_error("%s\n", looks[i].life);
		assert_int_equal(s.plan.next,
		    (int64_t)(looks[i].next * SCRIPT_HOUR));
		/* What is due at once would be looked at for ever. */
		assert_true(s.plan.next == 0 || s.plan.next > s.in.now);
	}
	arena_free(arena);
}

/* A failure long after the proof wants another ticket, and none before. */
static void
test_renew(void **state)
{
	static const struct {
		const char	*life;
		double		 renew;
	} lives[] = {
		{ "F@1 d@3 +verified|3@14 F@34", 0 },
		{ "F@1 d@3 +verified|3@14 F@35", 35 },
		{ "F@1 d@3 +verified|3@14 H@15 B@36 F@37", 36 },
		{ "F@1 d@3 F@50", 0 },
		{ "F@1 w@3 F@50", 0 }
	};
	struct arena *arena = arena_new(1 << 20);
	struct script s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		script_read(&s, arena, lives[i].life);
		s.in.now = 99 * (int64_t)SCRIPT_HOUR;
		assert_int_equal(life_plan(&s.in, &s.plan), OK);
		assert_int_equal(s.plan.renew,
		    (int64_t)(lives[i].renew * SCRIPT_HOUR));
	}
	arena_free(arena);
}

/* Each act says the event, the rule, the evidence and how to stop it. */
static void
test_texts(void **state)
{
	static const struct {
		const char	*with, *life, *key;
		const char	*words[5];
	} texts[] = {
		{ "", "F@1 d@3 B@4", "said|reopen|10800000",
		    { "reopens this ticket", "`sinks` became broken at "
		    "1970-01-01 04:00 UTC", "`msg_1`", "resolved at "
		    "1970-01-01 03:00 UTC, failed again 1 hour later",
		    "`on_resolved = trust`" } },
		{ "", "F@1 d@3 H@4", "verified|10800000",
		    { "is verified", "healthy since 1970-01-01 04:00 UTC, "
		    "for 4 days", "Rule: `boats`", "`on_resolved = trust`",
		    "To stop this" } },
		{ "", "F@1 d@3 n=7/0", "verified|10800000",
		    { "7 runs since the resolution passed, and none failed",
		    "`boats`", "verified", "To stop this", "Evidence" } },
		{ "", "F@1 d@3", "not_proven|10800000",
		    { "not proven", "nothing was heard of the test since",
		    "flagged", "`boats`", "To stop this" } },
		{ "", "F@1 F2@1 d@3 H@4", "not_proven|10800000",
		    { "not proven", "nothing was heard of the test since",
		    "`boats`", "Evidence", "To stop this" } },
		{ "", "F@1 d@3 M@4", "not_proven|10800000",
		    { "not proven", "proves nothing: that is why", "`boats`",
		    "Evidence", "To stop this" } },
		{ "", "F@1 d@3 n=50/1", "not_proven|10800000",
		    { "not proven", "1 of 51 runs since the resolution "
		    "failed", "`boats`", "Evidence", "To stop this" } },
		{ "", "F@1 d@3 n=4/0", "not_proven|10800000",
		    { "not proven", "only 4 runs since the resolution",
		    "`boats`", "Evidence", "To stop this" } },
		{ "", "F@1 d@3 n=0/0", "not_proven|10800000",
		    { "not proven", "nothing was heard of the test since",
		    "`boats`", "Evidence", "To stop this" } },
		{ "", "F@1 H@2 M@2.5 d@3 n=3/0", "not_proven|10800000",
		    { "not proven", "only 3 runs since the resolution",
		    "`boats`", "Evidence", "To stop this" } },
		{ "close", "F@1 H@2", "said|close|7200000",
		    { "closes this ticket", "`sinks` became healthy at "
		    "1970-01-01 02:00 UTC", "that is why", "`boats`",
		    "`on_healthy = none`" } },
		{ "", "F@1 B@2", "worse|7200000",
		    { "broken now", "priority urgent", "due 1970-01-01",
		    "`broken-ones`", "`on_worse = ignore`" } },
		{ "limit=1", "F@1 d@3 F@4", "flapped",
		    { "flapped 1 times", "only a person closes it",
		    "`flap_limit", "becomes urgent", "`sinks` became flaky" } }
	};
	struct arena *arena = arena_new(1 << 20);
	struct script s;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		script_read(&s, arena, texts[i].life);
		adapt(&s, texts[i].with);
		s.in.now = 100 * (int64_t)SCRIPT_HOUR;
		s.in.judge = true;
		assert_int_equal(life_plan(&s.in, &s.plan), OK);
		for (j = 0; j < s.plan.nacts; j++)
			if (strcmp(s.plan.acts[j].key, texts[i].key) == 0)
				break;
		assert_true(j < s.plan.nacts);
		for (k = 0; k < 5; k++) {
			if (strstr(s.plan.acts[j].body,
			    texts[i].words[k]) == NULL)
				print_error("no \"%s\" in: %s\n",
				    texts[i].words[k], s.plan.acts[j].body);
			assert_non_null(strstr(s.plan.acts[j].body,
			    texts[i].words[k]));
		}
	}
	arena_free(arena);
}

static void
test_listed(void **state)
{

	(void)state;
	assert_true(life_listed("Won't Fix, Won't Do", "won't do"));
	assert_true(life_listed("Won't Fix , Won't Do ", "Won't Fix"));
	assert_true(life_listed("Declined", "DECLINED"));
	assert_false(life_listed("Won't Fix, Won't Do", "Won't"));
	assert_false(life_listed("Won't", "Won't Fix"));
	assert_false(life_listed("Won't Fix", ""));
	assert_false(life_listed("", "Done"));
	assert_false(life_listed(NULL, "Done"));
	assert_false(life_listed("Done", NULL));
	assert_false(life_listed(" , ,", "Done"));
}

/* A plan without memory is none, and nothing is lost or read beyond. */
static void
test_memory(void **state)
{
	struct arena *big = arena_new(1 << 20), *small;
	struct script s;
	size_t size;
	bool once = false;

	(void)state;
	for (size = 256; size < 65536 && !once; size += 256) {
		script_read(&s, big, "F@1 d@3 F@4 +reopen|3@4 d@5 H@6 B@7");
		small = arena_new(size);
		assert_non_null(small);
		s.in.arena = small;
		s.in.now = 9 * SCRIPT_HOUR;
		once = life_plan(&s.in, &s.plan) == OK;
		arena_free(small);
		arena_reset(big);
	}
	assert_true(once);
	assert_true(size > 1024);
	arena_free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_renew),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_memory)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
