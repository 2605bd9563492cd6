#ifndef EFFECT_H_
#define EFFECT_H_

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_effect.h"
#include "handler/types.h"

struct buf;
struct job;
struct monitor_record;

/*
 * What an event does besides what its rule asks for: it is written down as
 * what it is, and the ticket of its test, if there is one, is told.  One file
 * effect_*.c for each family:
 *
 *	status		the history of the test; monitors, quarantine
 *	monitor		the active monitors, as a section of the ticket
 *	investigation	what Trunk found out, as a comment
 *	quarantine	a comment, or another priority
 *	queue		the history of the merge queue
 *	known		how often a word came that nobody here knows
 *
 *	effect_note(job, &scene)	to the ledger, whatever the rule
 *	(claim the ticket of scene.test)
 *	effect_touch(job, &scene)	what is due to it, as acts in the ledger
 *
 * Acts are done later, by handler/ticket_acts.c; an event that comes again
 * adds none twice.  What a ticket gets is said by its policy
 * (handler/policy.h).  The failures are those of the ledger, and ERR_NOMEM.
 */
struct scene {
	const struct delivery *mail;
	struct event	*event;
	int64_t		 test;		/* row of its test; 0: not known */
	bool		 met;		/* by ledger_meet() */
	const struct filing *filing;	/* of the ticket, to effect_touch() */
	bool		 told;		/* the ticket was made of this event */
	bool		 touched;	/* something is due to the ticket */
	struct shield_news shield;	/* what its quarantine follows */
};

/* A step of the ledger, or a part of one. */
enum err effect_note(struct job *, struct scene *);
enum err effect_touch(struct job *, struct scene *);

/*
 * Give the test of an event an identity where it was told too little for one
 * and the ledger does not know it: Trunk is asked for the rest, once.  All
 * else stays as it was told, so that the ticket is the one explained.
 */
enum err effect_identify(struct job *, struct test *);

/*
 * Why a test became healthy, by the event that says so and the last word of
 * the monitor that it names; NULL: that monitor never said anything.
 */
enum healthy effect_healthy(const struct event *,
    const struct monitor_record *);

/* ---- private to effect*.c ---- */

/* The families' parts; a family without one has nothing to do. */
enum err effect_status_note(struct job *, struct scene *);
enum err effect_status_touch(struct job *, struct scene *);
enum err effect_monitor_note(struct job *, struct scene *);
enum err effect_monitor_touch(struct job *, struct scene *);
enum err effect_investigation_note(struct job *, struct scene *);
enum err effect_investigation_touch(struct job *, struct scene *);
enum err effect_quarantine_note(struct job *, struct scene *);
enum err effect_quarantine_touch(struct job *, struct scene *);
enum err effect_queue_note(struct job *, struct scene *);
enum err effect_known_note(struct job *, struct scene *);

/* Of which test the ledger knows is it?  scene->test and its identity. */
enum err effect_recognise(struct job *, struct scene *);

/* Add an act of that key; it is done once, however often it is added. */
enum err effect_act(struct job *, struct scene *, const char *key,
    const char *kind, const char *body);

/*
 * The key of an act: what happened to a test at one time is one thing, also
 * when Trunk tells it twice, by both ids of the test.  NULL without memory.
 */
const char *effect_key(struct job *, const struct scene *, const char *word);

/* A comment under effect_key(); the buf may have failed. */
enum err effect_comment(struct job *, struct scene *, const char *word,
    struct buf *);

/* Name the test, where the ticket is not its own. */
void effect_put_test(struct buf *, const struct scene *);

/* The end of a comment: which key wrote it, and how to stop that. */
void effect_put_end(struct buf *, const struct scene *, const char *key,
    const char *value);

/* "since 2026-11-03T07:41:09.001Z", and whose time it is. */
void effect_put_time(struct buf *, const struct event *);

/* Does the ticket belong to this one test? */
bool effect_alone(const struct filing *);

/* Evidence as a list of "key: value", each line after that indent. */
void effect_put_evidence(struct buf *, const char *json, const char *indent);

/* Write the section of active monitors anew. */
enum err effect_section(struct job *, struct scene *);

/* Note whether the test is quarantined, if the event tells. */
enum err effect_shield_note(struct job *, struct scene *, enum answer);

/* Note that a word came that nobody here knows: "TYPE MEMBER=WORD". */
enum err effect_unknown(struct job *, const struct scene *,
    const char *member, const char *word);

#endif
