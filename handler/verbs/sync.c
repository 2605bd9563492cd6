/*
 * For cron or a timer: what nobody sends again is tried from the ledger, by
 * the very path that a delivery takes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/deliver.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_act.h"
#include "handler/ledger_list.h"
#include "handler/ledger_notice.h"
#include "handler/ledger_sweep.h"
#include "handler/life_sync.h"
#include "handler/limits.h"
#include "handler/notify.h"
#include "handler/poll.h"
#include "handler/program.h"
#include "handler/ticket.h"
#include "handler/ticket_acts.h"
#include "handler/verb.h"

extern const struct verb verb_sync;

enum {
	CHECK_AFTER = 60 * 60 * 1000,	/* ms after a create: the index has
					   caught up */
	ID_MAX = 320		/* bytes of a delivery's id, NUL included */
};

struct sync {
	struct program	*program;
	struct arena	*arena;
	int64_t		 tried, done;		/* deliveries */
	int64_t		 links, linked;
	int64_t		 acts, acted;		/* tickets with acts due */
	int64_t		 lists, listed;		/* tickets */
	int64_t		 asked;			/* tickets, how they are */
	int64_t		 adopted;		/* tickets of people's */
	struct life_sync lives;			/* verdicts on fixes */
	int64_t		 forgotten;
	int64_t		 left;			/* deliveries, at the end */
	int64_t		 untold;		/* notices, at the end */
};

/* What was tried less than a deadline ago may be in hand. */
static int64_t
before(const struct job *job)
{

	return (job->now - job->config->deadline);
}

/*
 * One delivery that is due.  ERR_ABSENT: none is left.  A ledger that cannot
 * note the try would give us the same one for ever, so it ends us.
 */
static enum err
sync_delivery(struct sync *s, struct job *job, int64_t until,
    char last[ID_MAX])
{
	struct delivery mail = { .id = NULL };
	struct outcome out;
	struct due due;
	enum err e;

	if ((e = ledger_due(job, until, &due)) != OK)
		return (e);
	if (strcmp(last, due.id) == 0)
		return (fail(job, ERR_LEDGER, "the delivery %s was tried, but "
		    "the ledger could not note it", due.id));
	(void)snprintf(last, ID_MAX, "%s", due.id);
	mail.id = due.id;
	mail.signed_at = due.received / 1000;
	mail.body = due.body == NULL ? "" : due.body;
	mail.len = due.len;
	out = deliver_again(job, &mail);
	s->tried++;
	if (out.status == 200 && strcmp(out.name, "parked") != 0)
		s->done++;
	return (OK);
}

/* One link that is not there. */
static enum err
sync_link(struct sync *s, struct job *job, int64_t until)
{
	struct event event = { .family = FAMILY_STATUS };
	struct filing filing = { .lock = -1 };
	struct unlinked u;
	enum err e;

	if ((e = ledger_unlinked(job, until, job->now - LIMIT_LINK,
	    &u)) != OK)
		return (e);
	event.test = u.test;
	e = ledger_claim(job, u.key, &event.test, &filing);
	if (e == ERR_BUSY)		/* in hand: the next run sees to it */
		return (ERR_ABSENT);
	if (e != OK)
		return (e);
	s->links++;
	if (filing.stage == STAGE_CREATED) {
		(void)ticket_link(job, &event, &filing);
		/* Noted also when it failed, so that the next one is next. */
		e = ledger_advance(job, &event.test, &filing);
	}
	if (filing.link == LINK_DONE || filing.link == LINK_SKIPPED)
		s->linked++;
	ledger_release(job, &filing);
	return (e);
}

/* A create that no delivery asks about any more: what came of it? */
static enum err
sync_settle(struct job *job, int64_t until, int64_t *row)
{
	struct event event = { .family = FAMILY_STATUS };
	struct filing filing = { .lock = -1 };
	struct unlinked u;
	enum err e;

	if ((e = ledger_unsettled(job, until, row, &u)) != OK)
		return (e);
	event.test = u.test;
	e = ledger_claim(job, u.key, &event.test, &filing);
	if (e == OK && ticket_settle(job, &event, &filing) != OK)
		log_say(LOG_LEVEL_WARNING, "settle", "%s", job->why.text);
	ledger_release(job, &filing);
	return (e == ERR_BUSY ? OK : e);
}

/* Some time after a create: does anything else carry its marker? */
static enum err
sync_check(struct job *job)
{
	struct filing filing = { .lock = -1 };
	enum err e;

	if ((e = ledger_unchecked(job, job->now - CHECK_AFTER,
	    &filing)) != OK)
		return (e);
	e = ticket_check(job, &filing);
	if (e == ERR_REFUSED)
		log_say(LOG_LEVEL_WARNING, "check", "%s: %s",
		    filing.remote_key, job->why.text);
	if (e != OK && e != ERR_REFUSED)
		return (e);
	return (ledger_checked(job, &filing));
}

/*
 * Tickets come by their rows, each once: one that comes again could not be
 * noted, and would come for ever.
 */
static enum err
next_ticket(struct job *job, enum err found, int64_t row, int64_t *last)
{

	if (found != OK)
		return (found);
	if (row == *last)
		return (fail(job, ERR_LEDGER, "a ticket was seen to, but the "
		    "ledger could not note it"));
	*last = row;
	return (OK);
}

/* One ticket to which something is due. */
static enum err
sync_acts(struct sync *s, struct job *job, int64_t until, int64_t *last)
{
	struct filing filing = { .lock = -1, .test_lock = -1 };
	int64_t row;
	enum err e;

	e = ledger_act_next(job, until, &row);
	if ((e = next_ticket(job, e, row, last)) != OK)
		return (e);
	e = ledger_take(job, row, &filing);
	if (e == ERR_BUSY)		/* in hand: the next run sees to it */
		return (ERR_ABSENT);
	if (e != OK)
		return (e);
	s->acts++;
	if (ticket_acts(job, &filing) == OK)
		s->acted++;
	ledger_release(job, &filing);
	return (OK);
}

/* One ticket whose list of tests is old. */
static enum err
sync_list(struct sync *s, struct job *job, int64_t until, int64_t *last)
{
	int64_t row;
	enum err e;

	e = ledger_unlisted(job, until, &row);
	if ((e = next_ticket(job, e, row, last)) != OK)
		return (e);
	if ((e = ticket_list(job, row)) == ERR_BUSY)
		return (ERR_ABSENT);
	s->lists++;
	if (e == OK || e == ERR_ABSENT)	/* done, or not to be done */
		s->listed++;
	return (OK);
}

/* What fails is due again later: the next run sees to it. */
static enum err
sync_notices(struct job *job)
{
	enum err e = notify_flush(job, 1);

	if (e == ERR_DEADLINE)
		return (OK);
	return (e == OK || e == ERR_UPSTREAM ? ERR_ABSENT : e);
}

static enum err
sync_forget(struct sync *s, struct job *job)
{
	int64_t n;
	enum err e;

	e = ledger_prune(job, job->now - job->config->keep, &n);
	s->forgotten += n;
	return (e == OK && n == 0 ? ERR_ABSENT : e);
}

/* What is left, what is in hand included. */
static enum err
sync_count(struct sync *s, struct why *why)
{
	struct job job = { .arena = s->arena };
	struct ledger_state state;
	enum err e;

	program_begin(s->program, &job, clock_mono());
	if ((e = ledger_state(&job, &state)) == OK &&
	    (e = ledger_notice_left(&job, &s->untold)) == OK)
		s->left = state.due;
	else
		*why = job.why;
	program_end(s->program, &job);
	return (e);
}

enum part {
	PART_DELIVERIES = 0,	/* those that failed or were parked */
	PART_SETTLE,		/* creates of unknown outcome that are left */
	PART_POLL,		/* how tickets are */
	PART_NEWS,		/* what follows from that, or from webhooks */
	PART_MENTIONS,		/* tickets of people's that name a test */
	PART_VERDICTS,		/* fixes that may be proven by now */
	PART_LINKS,		/* links that are not there */
	PART_ACTS,		/* what is due to tickets */
	PART_LISTS,		/* lists of tests that are old */
	PART_NOTICES,		/* what other systems are to be told */
	PART_FORGET,		/* old deliveries */
	PART_CHECK,		/* clones of new tickets */
	PARTS			/* how many there are */
};

/* Do one part until nothing of it is left. */
static enum err
sync_part(struct sync *s, enum part part, struct why *why)
{
	char last[ID_MAX] = "";
	int64_t until = 0, row = 0;
	struct job job;
	enum err e = OK;

	while (e == OK) {
		job = (struct job){ .arena = s->arena };
		program_begin(s->program, &job, clock_mono());
		/* Also when the clock is set back meanwhile. */
		if (until == 0 || before(&job) < until)
			until = before(&job);
		switch (part) {
		case PART_DELIVERIES:
			e = sync_delivery(s, &job, until, last);
			break;
		case PART_SETTLE:
			e = sync_settle(&job, until, &row);
			break;
		case PART_POLL:
			e = poll_tickets(&job, &s->asked);
			break;
		case PART_NEWS:
			e = poll_effects(&job, &row);
			break;
		case PART_MENTIONS:
			e = poll_mentions(&job, &s->adopted);
			break;
		case PART_VERDICTS:
			e = life_sync(&job, &s->lives);
			break;
		case PART_LINKS:
			e = sync_link(s, &job, until);
			break;
		case PART_ACTS:
			e = sync_acts(s, &job, until, &row);
			break;
		case PART_LISTS:
			e = sync_list(s, &job, until, &row);
			break;
		case PART_NOTICES:
			e = sync_notices(&job);
			break;
		case PART_FORGET:
			e = sync_forget(s, &job);
			break;
		default:
			e = sync_check(&job);
			break;
		}
		*why = job.why;
		program_end(s->program, &job);
		arena_reset(s->arena);
	}
	return (e == ERR_ABSENT ? OK : e);
}

static int
report(const struct verb_args *args, const struct sync *s)
{
	const struct {
		const char	*json;
		const char	*text;
		int64_t		 n;
	} told[] = {
		{ "{\"tried\":", "deliveries: ", s->tried },
		{ ",\"done\":", " tried, ", s->done },
		{ ",\"left\":", " done, ", s->left },
		{ ",\"links_tried\":", " left\nlinks: ", s->links },
		{ ",\"links_done\":", " tried, ", s->linked },
		{ ",\"changes_tried\":", " done\nchanges: ", s->acts },
		{ ",\"changes_done\":", " tried, ", s->acted },
		{ ",\"lists_tried\":", " done\nlists: ", s->lists },
		{ ",\"lists_done\":", " tried, ", s->listed },
		{ ",\"tickets_asked\":", " done\ntickets: ", s->asked },
		{ ",\"tickets_adopted\":", " asked for, ", s->adopted },
		{ ",\"verdicts_tried\":", " adopted\nverdicts: ",
		    s->lives.looked },
		{ ",\"verdicts_given\":", " looked for, ", s->lives.judged },
		{ ",\"forgotten\":", " given\nforgotten: ", s->forgotten },
		{ ",\"notices_left\":", "\nnotices: ", s->untold }
	};
	size_t i;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		printf("%s%" PRId64, args->json ? told[i].json : told[i].text,
		    told[i].n);
	puts(args->json ? "}" : " left");
	return (s->left == 0 && s->untold == 0 && s->links == s->linked &&
	    s->acts == s->acted && s->lists == s->listed ? EXIT_DONE :
	    EXIT_NO);
}

static int
sync_all(struct verb_args *args)
{
	struct sync s = { .arena = args->arena };
	char *config;
	struct why why = { "" };
	enum err e = OK;
	enum part part;
	int status;

	if (args->argc != 1)
		return (verb_usage("sync takes no arguments"));
	/* The arena is emptied after each step. */
	if ((config = strdup(args->config)) == NULL)
		return (verb_fail(EXIT_NO, "no memory"));
	e = program_open(&s.program, config, true, &why);
	free(config);
	if (e != OK)
		return (verb_fail_err(e, &why));
	for (part = 0; part < PARTS && e == OK; part++)
		e = sync_part(&s, part, &why);
	if (e == OK)
		e = sync_count(&s, &why);
	status = report(args, &s);
	program_close(s.program);
	if (e != OK)
		return (verb_fail(EXIT_NO, "%s", why.text));
	return (status);
}

const struct verb verb_sync = {
	"sync", "", "tries what is left, from the ledger; for a timer",
	sync_all
};
