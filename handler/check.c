/*
 * The frame of "tickethook check": findings as they come, each with its place
 * and how bad it is, and the walk over the trackers.  What is looked at is in
 * check_local.c, without the network, and check_net.c, with it.
 */
#include "handler/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/tracker.h"

void
check_init(struct check *c, struct job *job)
{
	const struct tracker *t;
	size_t n = 0;

	for (t = job->config->trackers; t != NULL; t = t->next)
		n++;
	*c = (struct check){ .job = job, .arena = job->arena };
	c->end = &c->findings;
	c->ways_end = &c->ways;
	c->broken = arena_alloc(c->arena, n * sizeof(void *));
	c->full = c->broken == NULL;
	check_begin(c);
}

void
check_begin(struct check *c)
{
	c->job->started = clock_mono();
	c->job->now = clock_wall();
	c->job->deadline = c->job->started + c->job->config->deadline;
	c->job->retry_after = 0;
	c->job->insists = true;
	c->job->why.text[0] = '\0';
}

const char *
check_name(enum check_word word)
{
	static const char *const names[] = { "ok", "warning", "failed",
	    "skipped" };

	return (names[word]);
}

void
check_say(struct check *c, enum check_word word, const char *place,
    const char *format, ...)
{
	struct finding *f = arena_alloc(c->arena, sizeof(*f));
	char text[WHY_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	c->failed = c->failed || word == CHECK_FAILED;
	if (f == NULL) {
		c->full = true;
		return;
	}
	*f = (struct finding){ .word = word,
	    .place = arena_strdup(c->arena, place),
	    .text = arena_strdup(c->arena, text) };
	c->full = c->full || f->place == NULL || f->text == NULL;
	*c->end = f;
	c->end = &f->next;
}

static void
check_one(struct check *c, const struct tracker *t)
{
	const char *place = arena_printf(c->arena, "[tracker %s]", t->name);
	const char *well = NULL;
	enum err e = OK;

	if (place == NULL || c->broken == NULL) {
		c->full = true;
		return;
	}
	check_begin(c);
	if (t->kind->check.site != NULL)
		e = t->kind->check.site(c, t, &well);
	if (e == OK) {
		check_say(c, CHECK_OK, place, "%s", well != NULL ? well :
		    t->url);
		return;
	}
	check_say(c, CHECK_FAILED, place, "%s", c->job->why.text);
	c->broken[c->nbroken++] = t;
}

void
check_trackers(struct check *c)
{
	const struct tracker *t;

	for (t = c->job->config->trackers; t != NULL; t = t->next)
		check_one(c, t);
}
