/*
 * A test of the tests: how a ticket is filed by a program that was not
 * thought through.  What is here takes the place of what handler/ticket.c
 * has under the same names; all the rest is tickethook.  It creates the
 * ticket first and records it afterwards, under an id that is drawn anew
 * each time, and gives the lock back at once.  The parts of the torture must
 * find it out.
 */
#include <openssl/rand.h>
#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ticket.h"
#include "handler/tracker.h"
#include "handler/trunk.h"

/* A version 4 UUID of no meaning. */
static enum err
draw_marker(struct job *job, struct filing *f)
{
	unsigned char b[16];

	if (RAND_bytes(b, sizeof(b)) != 1)
		return (fail(job, ERR_UPSTREAM, "no random bytes"));
	f->marker = arena_printf(job->arena, "%02x%02x%02x%02x-%02x%02x-"
	    "4%x%02x-a%x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2],
	    b[3], b[4], b[5], b[6] & 15u, b[7], b[8] & 15u, b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
	return (f->marker == NULL ? fail(job, ERR_NOMEM, "no memory") : OK);
}

static enum err
create(struct job *job, const struct event *event, const struct route *route,
    struct filing *f)
{
	struct target t = { .tracker = route->tracker, .route = route,
	    .project = route->dest[route->tracker->kind->project].value };
	struct draft draft;
	enum err e;

	if ((e = draw_marker(job, f)) != OK ||
	    (e = draft_write(job, event, route, &draft)) != OK ||
	    (e = t.tracker->kind->resolve(job, &t, f)) != OK)
		return (e);
	f->tracker = t.tracker->name;
	f->project = t.project;
	f->rule = route->rule->name;
	return (t.tracker->kind->create(job, &t, event, &draft, f));
}

enum err
ticket_file(struct job *job, const struct delivery *mail,
    const struct event *event, const struct route *route, struct filing *f)
{
	enum err e;

	ledger_release(job, f);
	if (f->stage == STAGE_CREATED)
		return (OK);
	if ((e = create(job, event, route, f)) != OK ||
	    (e = ledger_intend(job, mail, event, f)) != OK)
		return (e);
	f->stage = STAGE_CREATED;
	f->fresh = true;
	return (ledger_advance(job, &event->test, f));
}

enum err
ticket_link(struct job *job, const struct event *event, struct filing *f)
{
	enum err e;

	if (f->link == LINK_DONE)
		return (OK);
	if ((e = trunk_link(job, &event->test, f->remote_key)) != OK)
		return (e);
	f->link = LINK_DONE;
	return (ledger_advance(job, &event->test, f));
}

enum outcome_kind
ticket_outcome(const struct filing *f)
{

	return (f->fresh ? OUTCOME_CREATED : OUTCOME_EXISTS);
}
