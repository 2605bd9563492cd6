#ifndef LIFE_SCRIPT_H_
#define LIFE_SCRIPT_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail

#include "common/arena.h"
#include "handler/life_plan.h"

/*
 * A life in words, "F@1 d@3 F@4", times in hours:
 *
 *	F B H M U	the test is flaky, broken, healthy since its monitor
 *			resolved, healthy since that was muted, healthy and
 *			nobody knows why; F2: the second test
 *	o s d x w g q	the tracker says: open, started, done, done without a
 *			fix, dropped, gone, a word nobody knows
 *	e E		done, open again: an echo of ours
 *	p		started, by somebody who is not us
 *	+KEY@TIME	an act of ours that was done
 *	-KEY@TIME	an act of ours that is not done yet
 *	n=PASSED/FAILED	the runs since
 */
enum {
	SCRIPT_MAX = 16,
	SCRIPT_HOUR = 60 * 60 * 1000
};

struct script {
	struct life_change changes[SCRIPT_MAX];
	struct life_news news[SCRIPT_MAX];
	struct act	 acts[SCRIPT_MAX];
	struct life_test tests[2];
	struct life_input in;
	struct life_plan plan;
	char		 text[512];
};

/* Thus times are those of the wall clock, and key|TIME is in hours too. */
#define SCRIPT_BASE	INT64_C(0)

static inline int64_t
script_time(const char *word)
{
	const char *at = strchr(word, '@');

	assert_non_null(at);
	return (SCRIPT_BASE + (int64_t)(atof(at + 1) * SCRIPT_HOUR));
}

static inline bool
script_change(struct script *s, const char *word)
{
	static const char letters[] = "HMUFB";
	static const enum status statuses[] = { STATUS_HEALTHY,
	    STATUS_HEALTHY, STATUS_HEALTHY, STATUS_FLAKY, STATUS_BROKEN };
	const char *at = strchr(letters, word[0]);
	struct life_change *c = &s->changes[s->in.nchanges];

	if (at == NULL)
		return (false);
	*c = (struct life_change){ .time = script_time(word),
	    .status = statuses[at - letters], .delivery = "msg_1",
	    .previous = STATUS_FLAKY, .real = *at == 'H', .fake = *at == 'M',
	    .why = "that is why", .test = word[1] == '2' };
	if (*at == 'B') {
		c->rule = "broken-ones";
		c->priority = "urgent";
		c->due = c->time + SCRIPT_HOUR;
	}
	if (c->test == 1)
		s->in.ntests = 2;
	s->in.nchanges++;
	return (true);
}

static inline bool
script_news(struct script *s, const char *word)
{
	static const struct {
		char			 letter;
		enum remote_category	 category;
	} letters[] = {
		{ 'o', REMOTE_OPEN }, { 's', REMOTE_STARTED },
		{ 'd', REMOTE_DONE }, { 'x', REMOTE_DONE },
		{ 'w', REMOTE_DROPPED }, { 'g', REMOTE_UNKNOWN },
		{ 'q', REMOTE_UNKNOWN }, { 'e', REMOTE_DONE },
		{ 'E', REMOTE_OPEN }, { 'p', REMOTE_STARTED }
	};
	struct life_news *n = &s->news[s->in.nnews];
	size_t i = 0;

	while (i < sizeof(letters) / sizeof(letters[0]) &&
	    letters[i].letter != word[0])
		i++;
	if (i == sizeof(letters) / sizeof(letters[0]))
		return (false);
	*n = (struct life_news){ .time = script_time(word),
	    .category = letters[i].category, .name = "Somewhere",
	    .resolution = word[0] == 'x' ? "won't do" : word[0] == 'd' ?
	    "Fixed" : NULL, .gone = word[0] == 'g',
	    .ours = strchr("eE", word[0]) != NULL,
	    .others = word[0] == 'p' };
	s->in.nnews++;
	return (true);
}

/* "+close|3@4": in hours; keys hold milliseconds. */
static inline void
script_act(struct script *s, const char *word)
{
	struct act *a = &s->acts[s->in.nacts++];
	char key[64], *bar;

	(void)snprintf(key, sizeof(key), "%.*s", (int)strcspn(word + 1, "@"),
	    word + 1);
	*a = (struct act){ .made = script_time(word),
	    .tried = script_time(word), .tries = 1,
	    .state = word[0] == '+' ? ACT_DONE : ACT_DUE };
	a->kind = strncmp(key, "close|", 6) == 0 ||
	    strncmp(key, "reopen|", 7) == 0 ? "move" : "comment";
	a->body = strncmp(key, "close|", 6) == 0 ? "done" : "open";
	a->key = arena_strdup(s->in.arena, key);
	if ((bar = strchr(key, '|')) != NULL)
		a->key = arena_printf(s->in.arena, "%.*s|%lld",
		    (int)(bar - key), key, (long long)SCRIPT_BASE +
		    (long long)(atof(bar + 1) * SCRIPT_HOUR));
	assert_non_null(a->key);
}

static inline void
script_read(struct script *s, struct arena *arena, const char *text)
{
	char *word, *save = NULL;
	long long passed, failed;

	memset(s, 0, sizeof(*s));
	(void)snprintf(s->text, sizeof(s->text), "%s", text);
	s->tests[0].name = "sinks";
	s->tests[1].name = "swims";
	s->tests[0].tag = s->tests[1].tag = "";
	s->in = (struct life_input){ .arena = arena, .rule = "boats",
	    .wont_fix = "Won't Fix, Won't Do", .row = 7, .tests = s->tests,
	    .ntests = 1, .changes = s->changes, .news = s->news,
	    .acts = s->acts,
	    .policy = { .on_healthy = ON_HEALTHY_COMMENT,
	    .on_worse = ON_WORSE_RAISE, .on_resolved = ON_RESOLVED_VERIFY,
	    .on_regression = ON_REGRESSION_REOPEN,
	    .verify_for = 10 * SCRIPT_HOUR, .verify_runs = 5,
	    .reopen_within = 20 * SCRIPT_HOUR, .flap_limit = 3 } };
	for (word = strtok_r(s->text, " ", &save); word != NULL;
	    word = strtok_r(NULL, " ", &save)) {
		if (sscanf(word, "n=%lld/%lld", &passed, &failed) == 2) {
			s->tests[0].countable = s->tests[0].counted = true;
			s->tests[0].passed = passed;
			s->tests[0].failed = failed;
		} else if (word[0] == '+' || word[0] == '-') {
			script_act(s, word);
		} else if (!script_change(s, word)) {
			assert_true(script_news(s, word));
		}
	}
	if (s->in.ntests == 2) {
		s->tests[0].tag = "|a";
		s->tests[1].tag = "|b";
	}
}

/* Turn the arrays about: what was told first is last. */
static inline void
script_turn(struct script *s)
{
	size_t i, n;

	for (i = 0, n = s->in.nchanges; i < n / 2; i++) {
		struct life_change c = s->changes[i];

		s->changes[i] = s->changes[n - 1 - i];
		s->changes[n - 1 - i] = c;
	}
	for (i = 0, n = s->in.nnews; i < n / 2; i++) {
		struct life_news c = s->news[i];

		s->news[i] = s->news[n - 1 - i];
		s->news[n - 1 - i] = c;
	}
	for (i = 0, n = s->in.nacts; i < n / 2; i++) {
		struct act c = s->acts[i];

		s->acts[i] = s->acts[n - 1 - i];
		s->acts[n - 1 - i] = c;
	}
}

/*
 * The acts that are to be done and were not yet: "reopen|3 worse|4", in
 * hours, without the comments that tell of a move.
 */
static inline void
script_due(const struct script *s, char *out, size_t size)
{
	size_t i, j, n = 0;

	out[0] = '\0';
	for (i = 0; i < s->plan.nacts; i++) {
		const struct life_act *a = &s->plan.acts[i];
		const char *bar = strchr(a->key, '|');
		bool done = a->overtaken != NULL ||
		    strncmp(a->key, "said|", 5) == 0;
		char *end = NULL;

		for (j = 0; j < s->in.nacts; j++)
			done = done || (s->acts[j].state == ACT_DONE &&
			    strcmp(s->acts[j].key, a->key) == 0);
		if (done)
			continue;
		n += (size_t)snprintf(out + n, size - n, "%s%.*s",
		    n > 0 ? " " : "", bar == NULL ? (int)strlen(a->key) :
		    (int)(bar - a->key), a->key);
		if (bar != NULL)
			n += (size_t)snprintf(out + n, size - n, "|%g",
			    (double)(strtoll(bar + 1, &end, 10) -
			    SCRIPT_BASE) / SCRIPT_HOUR);
		if (end != NULL)
			n += (size_t)snprintf(out + n, size - n, "%s", end);
	}
}

#endif
