/*
 * What is on this machine: the ledger, what it remembers, the socket.  What it
 * remembers tells of settings over there that nothing else shows: events that
 * are not sent, tickets that another program makes, or closes.
 */
#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/hole.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_effect.h"
#include "handler/ledger_history.h"
#include "handler/ledger_life.h"
#include "handler/ledger_place.h"
#include "handler/ledger_view.h"
#include "handler/list.h"
#include "handler/program.h"

#define SOCKET	"/run/tickethook.sock"	/* of tickethook.socket */

enum {
	LINE_MAX_UNIX = 512,	/* bytes of a line of /proc/net/unix */
	LISTENS = 0x10000,	/* its flag of a socket that listens */
	WALK_MAX = 500,		/* rows that are counted */
	ROW_MEMORY = 256 * 1024 * 1024,	/* one, with the largest body read */
	KNOWN_MAX = 5,		/* types of events that are told */
	UNMATCHED_DAYS = 7,
	ADOPTED_DAYS = 30
};

#define DAY	((int64_t)24 * 60 * 60 * 1000)

void
check_ledger(struct check *c)
{
	struct job *job = c->job;
	const char *url = job->config->ledger_url;
	const char *path = ledger_file(url);
	struct ledger *ledger = NULL;
	struct stat st;

	job->ledger = NULL;
	if (program_become_owner(url, job->config->ledger_dir,
	    &job->why) != OK ||
	    ledger_open(url, &ledger, &job->why) != OK ||
	    ledger_probe(ledger, &job->why) != OK) {
		ledger_close(ledger);
		check_say(c, CHECK_FAILED, "[ledger] url", "%s",
		    job->why.text);
		return;
	}
	job->ledger = ledger;
	if (path != NULL && stat(path, &st) == 0 &&
	    (st.st_mode & 077) != 0)
		check_say(c, CHECK_WARNING, "[ledger] url", "%s can be read "
		    "or written by others than its owner (mode %03o); make it "
		    "chmod 600", path, (unsigned int)st.st_mode & 0777);
	check_say(c, CHECK_OK, "[ledger] url", "%s can be written", url);
}

/* "Num: RefCount Protocol Flags Type St Inode Path": the flags, proc(5). */
static unsigned long
flags_of(const char *line)
{
	int i;

	for (i = 0; i < 3; i++) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return (strtoul(line, NULL, 16));
}

/* Does anybody listen on that path?  True when it cannot be known. */
static bool
is_listening(const char *path)
{
	FILE *f = fopen("/proc/net/unix", "re");
	char line[LINE_MAX_UNIX], *at;
	bool found = false;

	if (f == NULL)
		return (true);
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		at = strchr(line, '/');
		if (at != NULL && strcmp(at, path) == 0)
			found = (flags_of(line) & LISTENS) != 0;
	}
	(void)fclose(f);
	return (found);
}

/* Who may connect? */
static enum err
check_mode(struct check *c, const char *path, const struct stat *st)
{
	unsigned int mode = (unsigned int)st->st_mode & 0777;

	if (!S_ISSOCK(st->st_mode))
		return (fail(c->job, ERR_CONFIG, "%s is no socket; remove it "
		    "and start tickethook.socket", path));
	if ((mode & 022) == 0)
		return (fail(c->job, ERR_CONFIG, "%s lets in its owner alone "
		    "(mode %03o); set SocketMode=0660, and SocketGroup= to "
		    "the web server's group", path, mode));
	if ((mode & 002) == 0 && st->st_gid == 0)
		return (fail(c->job, ERR_CONFIG, "%s belongs to the group "
		    "root, which no web server is in; set SocketGroup= to its "
		    "group", path));
	if (!is_listening(path))
		return (fail(c->job, ERR_CONFIG, "nobody listens on %s; start "
		    "tickethook.socket, or tickethook serve", path));
	if ((mode & 002) != 0)
		check_say(c, CHECK_WARNING, "socket", "everybody on this "
		    "machine may connect to %s (mode %03o); set "
		    "SocketMode=0660", path, mode);
	return (OK);
}

void
check_socket(struct check *c, const char *given)
{
	const char *path = given != NULL ? given : SOCKET;
	struct stat st;
	enum err e;

	if (strncmp(path, "unix:", 5) == 0)
		path += 5;
	if (lstat(path, &st) == 0)
		e = check_mode(c, path, &st);
	else if (given == NULL)
		return;		/* there are other ways to be started */
	else
		e = fail(c->job, ERR_CONFIG, "%s: %s; start "
		    "tickethook.socket, or name the socket that the web "
		    "server uses", path, strerror(errno));
	if (e == OK)
		check_say(c, CHECK_OK, "socket", "%s: somebody listens, and "
		    "the web server may connect", path);
	else
		check_say(c, CHECK_FAILED, "socket", "%s", c->job->why.text);
}

/* Types of events that this version does not know. */
static enum err
tell_known(struct check *c)
{
	const struct known *known;
	size_t i, n;
	enum err e;

	if ((e = ledger_known(c->job, &known, &n)) != OK)
		return (e);
	for (i = 0; i < n && i < KNOWN_MAX; i++)
		check_say(c, CHECK_WARNING, "events", "%s is not known to "
		    "this version and came %" PRId64 "%s; look for a newer "
		    "one, or take it out of the endpoint's event types",
		    known[i].type, known[i].n, known[i].n == 1 ? " time" :
		    " times");
	return (OK);
}

/* Merge queues of which the events of pull requests come, but no batches. */
static enum err
tell_queues(struct check *c)
{
	const struct queue_place *place;
	size_t i, n;
	enum err e;

	if ((e = ledger_queue_places(c->job, &place, &n)) != OK)
		return (e);
	for (i = 0; i < n; i++)
		if (place[i].prs > 0 && place[i].batches == 0)
			check_say(c, CHECK_WARNING, "events", "no event of a "
			    "batch came from the merge queue of %s; if it "
			    "tests in batches, add pull_request_batch to the "
			    "endpoint's event types", place[i].repository);
	return (OK);
}

/* Healthy tests and Trunk's examples need no rule. */
static bool
wants_rule(struct job *job, const struct view_delivery *d)
{
	struct event v;

	if (d->rule != NULL)
		return (false);
	(void)list_about(job, d, NULL, &v);
	return (v.family == FAMILY_STATUS && !v.example &&
	    (v.status == STATUS_FLAKY || v.status == STATUS_BROKEN));
}

static enum err
tell_unmatched(struct check *c)
{
	struct view_filter filter = { .outcome = "ignored" };
	struct view_mark mark = { .begun = false };
	struct arena *kept = c->job->arena, *rows = arena_new(ROW_MEMORY);
	struct view_delivery row;
	int n = 0, walked = 0;
	enum err e = OK;

	if (rows == NULL)
		return (fail(c->job, ERR_NOMEM, "no memory for deliveries"));
	filter.since = c->job->now - UNMATCHED_DAYS * DAY;
	c->job->arena = rows;
	for (; walked < WALK_MAX && (e = ledger_view_deliveries(c->job,
	    &filter, &mark, &row)) == OK; walked++) {
		n += wants_rule(c->job, &row);
		arena_reset(rows);
	}
	c->job->arena = kept;
	arena_free(rows);
	if (n > 0)
		check_say(c, CHECK_WARNING, "rules", "no rule took %d%s of "
		    "the flaky or broken tests of the last %d days; see them "
		    "with tickethook deliveries --outcome ignored, and end "
		    "with a rule for the rest", n, walked == WALK_MAX ?
		    " or more" : "", UNMATCHED_DAYS);
	return (e);
}

/* Tickets that something else made: Trunk itself, most likely. */
static enum err
tell_adopted(struct check *c)
{
	struct view_filter filter = { .outcome = "adopted" };
	struct view_mark mark = { .begun = false };
	struct view_ticket row;
	int n = 0;
	enum err e = OK;

	filter.since = c->job->now - ADOPTED_DAYS * DAY;
	while (n < WALK_MAX && (e = ledger_view_tickets(c->job, &filter,
	    &mark, &row)) == OK)
		n++;
	if (n > 0)
		check_say(c, CHECK_WARNING, "tickets", "%d of the last %d "
		    "days were not made by tickethook; if Trunk's automatic "
		    "ticketing made them, switch it off for these tests", n,
		    ADOPTED_DAYS);
	return (e);
}

/* Tickets that somebody closed the moment their test was healthy. */
static enum err
tell_closed(struct check *c)
{
	struct life_rival rival;
	enum err e;

	if ((e = ledger_life_rival(c->job, c->job->now - ADOPTED_DAYS * DAY,
	    &rival)) != OK)
		return (e);
	if (rival.closed > 0)
		check_say(c, CHECK_WARNING, "tickets", "%" PRId64 " of the "
		    "last %d days, as %s, were closed by somebody else as "
		    "soon as the test was healthy; if that is Trunk's "
		    "automatic ticketing, switch it off for these tests",
		    rival.closed, ADOPTED_DAYS, rival.closed_key);
	return (OK);
}

static void
tell_hole(void *ctx, const char *sentence)
{
	struct check *c = ctx;

	check_say(c, CHECK_WARNING, "libraries", "%s", sentence);
}

void
check_libraries(struct check *c)
{

	check_begin(c);
	hole_all(tell_hole, c);
}

void
check_history(struct check *c)
{
	static enum err (*const parts[])(struct check *) = { tell_known,
	    tell_queues, tell_unmatched, tell_adopted, tell_closed };
	size_t i;
	enum err e;

	if (c->job->ledger == NULL)
		return;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		check_begin(c);
		e = parts[i](c);
		if (e == OK || e == ERR_ABSENT)
			continue;
		check_say(c, CHECK_FAILED, "[ledger] url", "%s",
		    c->job->why.text);
		return;
	}
}
