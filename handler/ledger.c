/*
 * From the functions of ledger.h and its siblings to those of the backend that
 * [ledger] url chose.  What a call fills in is cleared here, so that a backend
 * fills in only what it finds.
 */
#include <stdio.h>
#include <string.h>

#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_act.h"
#include "handler/ledger_effect.h"
#include "handler/ledger_history.h"
#include "handler/ledger_list.h"
#include "handler/ledger_place.h"
#include "handler/ledger_queue.h"
#include "handler/ledger_step.h"
#include "handler/ledger_sweep.h"
#include "handler/ledgers/backend.h"

static const struct ledger_backend *const backends[] = {
	&sqlite_backend,
	&postgres_backend
};

enum {
	BACKENDS = sizeof(backends) / sizeof(backends[0]),
	SCHEME_SHOWN = 16	/* of an unknown one; the rest may be secret */
};

static const struct ledger_backend *
backend_of(const struct job *job)
{

	return (job->ledger->backend);
}

/* The backend of a URL and what follows its colon; NULL: there is none. */
static const struct ledger_backend *
find(const char *url, const char **rest)
{
	const size_t n = strcspn(url, ":");
	size_t i;

	*rest = url[n] == ':' ? url + n + 1 : NULL;
	for (i = 0; i < BACKENDS && *rest != NULL; i++)
		if (strlen(backends[i]->scheme) == n &&
		    strncmp(backends[i]->scheme, url, n) == 0)
			return (backends[i]);
	return (NULL);
}

enum err
ledger_open(const char *url, struct ledger **ledger, struct why *why)
{
	const struct ledger_backend *backend;
	const char *rest;
	size_t n;

	*ledger = NULL;
	if ((backend = find(url, &rest)) != NULL)
		return (backend->open(rest, ledger, why));
	if ((n = strcspn(url, ":")) > SCHEME_SHOWN)
		n = SCHEME_SHOWN;
	return (err_set(why, ERR_CONFIG, "[ledger] url begins with \"%.*s\", "
	    "which is no kind of ledger; write sqlite:/path/to/ledger.db or "
	    "postgresql://host/database", (int)n, url));
}

const char *
ledger_file(const char *url)
{
	const char *rest;

	return (find(url, &rest) == &sqlite_backend ? rest : NULL);
}

bool
ledger_beside(const char *url, const char *directory, char *out)
{
	const char *rest;
	const struct ledger_backend *backend = find(url, &rest);
	int n = -1;

	if (backend == &sqlite_backend)
		n = snprintf(out, LEDGER_PATH, "%s", rest);
	else if (backend != NULL && directory != NULL)
		n = snprintf(out, LEDGER_PATH, "%s/ledger", directory);
	return (n >= 0 && n < LEDGER_PATH);
}

void
ledger_files(const char *url, void (*keep)(const char *))
{
	const char *rest;
	const struct ledger_backend *backend = find(url, &rest);

	if (backend != NULL && backend->files != NULL)
		backend->files(rest, keep);
}

void
ledger_close(struct ledger *ledger)
{

	if (ledger != NULL)
		ledger->backend->close(ledger);
}

enum err
ledger_probe(struct ledger *ledger, struct why *why)
{

	return (ledger->backend->probe(ledger, why));
}

enum err
ledger_begin(struct job *job, bool writes)
{

	return (backend_of(job)->begin(job, writes));
}

enum err
ledger_end(struct job *job, enum err e)
{

	return (backend_of(job)->end(job, e));
}

enum err
ledger_do(struct job *job, enum err (*part)(struct job *, void *), void *arg)
{

	return (backend_of(job)->step(job, part, arg));
}

enum err
ledger_recall(struct job *job, const char *id, struct recall *recall)
{

	memset(recall, 0, sizeof(*recall));
	return (backend_of(job)->recall(job, id, recall));
}

enum err
ledger_test(struct job *job, const struct test *test,
    struct test_record *record)
{

	memset(record, 0, sizeof(*record));
	return (backend_of(job)->test(job, test, record));
}

enum err
ledger_meet(struct job *job, const struct test *test,
    struct test_record *record)
{

	memset(record, 0, sizeof(*record));
	return (backend_of(job)->meet(job, test, record));
}

enum err
ledger_ticketed(struct job *job, int64_t test, bool *has)
{

	*has = false;
	return (backend_of(job)->ticketed(job, test, has));
}

enum err
ledger_claim(struct job *job, const char *key, const struct test *test,
    struct filing *filing)
{

	memset(filing, 0, sizeof(*filing));
	filing->key = key;
	filing->generation = 1;
	filing->lock = filing->test_lock = -1;
	return (backend_of(job)->claim(job, test, filing));
}

enum err
ledger_take(struct job *job, int64_t row, struct filing *filing)
{

	memset(filing, 0, sizeof(*filing));
	filing->lock = filing->test_lock = -1;
	return (backend_of(job)->take(job, row, filing));
}

enum err
ledger_intend(struct job *job, const struct delivery *mail,
    const struct event *event, struct filing *filing)
{

	return (backend_of(job)->intend(job, mail, event, filing));
}

enum err
ledger_advance(struct job *job, const struct test *test,
    const struct filing *filing)
{

	return (backend_of(job)->advance(job, test, filing));
}

enum err
ledger_finish(struct job *job, const struct finish *finish)
{

	return (backend_of(job)->finish(job, finish));
}

void
ledger_release(struct job *job, struct filing *filing)
{

	if (filing != NULL && job->ledger != NULL)
		backend_of(job)->release(job, filing);
}

enum err
ledger_due(struct job *job, int64_t before, struct due *due)
{

	memset(due, 0, sizeof(*due));
	return (backend_of(job)->due(job, before, due));
}

enum err
ledger_unlinked(struct job *job, int64_t before, int64_t refused_before,
    struct unlinked *unlinked)
{

	memset(unlinked, 0, sizeof(*unlinked));
	return (backend_of(job)->unlinked(job, before, refused_before,
	    unlinked));
}

enum err
ledger_unsettled(struct job *job, int64_t before, int64_t *row,
    struct unlinked *unlinked)
{

	memset(unlinked, 0, sizeof(*unlinked));
	return (backend_of(job)->unsettled(job, before, row, unlinked));
}

enum err
ledger_unchecked(struct job *job, int64_t before, struct filing *filing)
{

	memset(filing, 0, sizeof(*filing));
	filing->lock = -1;
	return (backend_of(job)->unchecked(job, before, filing));
}

enum err
ledger_checked(struct job *job, const struct filing *filing)
{

	return (backend_of(job)->checked(job, filing));
}

enum err
ledger_state(struct job *job, struct ledger_state *state)
{

	memset(state, 0, sizeof(*state));
	return (backend_of(job)->state(job, state));
}

enum err
ledger_prune(struct job *job, int64_t before, int64_t *n)
{

	*n = 0;
	return (backend_of(job)->prune(job, before, n));
}

enum err
ledger_list_of(struct job *job, const struct test *test, int64_t *row)
{

	*row = 0;
	return (backend_of(job)->list_of(job, test, row));
}

enum err
ledger_list_claim(struct job *job, int64_t row, struct listing *listing)
{

	memset(listing, 0, sizeof(*listing));
	listing->lock = listing->filing.lock = listing->filing.test_lock = -1;
	return (backend_of(job)->list_claim(job, row, listing));
}

enum err
ledger_list_note(struct job *job, const struct listing *listing,
    enum list_note note, const char *hash)
{

	return (backend_of(job)->list_note(job, listing, note, hash));
}

void
ledger_list_release(struct job *job, struct listing *listing)
{

	backend_of(job)->list_release(job, listing);
}

enum err
ledger_unlisted(struct job *job, int64_t before, int64_t *row)
{

	*row = 0;
	return (backend_of(job)->unlisted(job, before, row));
}

enum err
ledger_note_change(struct job *job, const struct event *event, int64_t test,
    const char *delivery)
{
	const struct change change = {
		.delivery = delivery,
		.time = event->time,
		.status = event->status,
		.previous = event->previous,
		.type = event->type,
		.monitor = event->monitor_id,
		.monitor_type = event->monitor_type,
		.reason = event->reason,
		.quarantined = event->test.quarantined,
		.why_healthy = event->why_healthy
	};

	return (backend_of(job)->note_change(job, test, &change));
}

enum err
ledger_changes(struct job *job, int64_t test, const struct change **changes,
    size_t *n)
{

	*changes = NULL;
	*n = 0;
	return (backend_of(job)->changes(job, test, changes, n));
}

enum err
ledger_repeated(struct job *job, const struct tried *tried, size_t n)
{

	return (backend_of(job)->repeated(job, tried, n));
}

enum err
ledger_note_known(struct job *job, const char *type, const char *delivery)
{

	return (backend_of(job)->note_known(job, type, delivery));
}

enum err
ledger_known(struct job *job, const struct known **known, size_t *n)
{

	*known = NULL;
	*n = 0;
	return (backend_of(job)->known(job, known, n));
}

enum err
ledger_act_add(struct job *job, const struct filing *filing,
    const struct act *acts, size_t n)
{

	return (backend_of(job)->act_add(job, filing, acts, n));
}

enum err
ledger_acts_due(struct job *job, int64_t ticket, struct act **acts, size_t *n)
{

	*acts = NULL;
	*n = 0;
	return (backend_of(job)->acts_due(job, ticket, acts, n));
}

enum err
ledger_act_mark(struct job *job, const struct act *act)
{

	return (backend_of(job)->act_mark(job, act));
}

enum err
ledger_act_next(struct job *job, int64_t before, int64_t *ticket)
{

	*ticket = 0;
	return (backend_of(job)->act_next(job, before, ticket));
}

enum err
ledger_hear_monitor(struct job *job, const struct test *test,
    const struct monitor_record *monitor, int64_t *row)
{

	*row = 0;
	return (backend_of(job)->hear_monitor(job, test, monitor, row));
}

enum err
ledger_monitor(struct job *job, int64_t test, const char *id,
    struct monitor_record *monitor)
{

	memset(monitor, 0, sizeof(*monitor));
	return (backend_of(job)->monitor(job, test, id, monitor));
}

enum err
ledger_watchers(struct job *job, int64_t ticket,
    const struct watcher **watchers, size_t *n)
{

	*watchers = NULL;
	*n = 0;
	return (backend_of(job)->watchers(job, ticket, watchers, n));
}

enum err
ledger_note_resolved(struct job *job, int64_t test, const char *monitor,
    int64_t time)
{

	return (backend_of(job)->note_resolved(job, test, monitor, time));
}

enum err
ledger_note_shield(struct job *job, int64_t test, const struct shield *shield,
    struct shield_news *news)
{

	memset(news, 0, sizeof(*news));
	return (backend_of(job)->note_shield(job, test, shield, news));
}

enum err
ledger_queue_places(struct job *job, const struct queue_place **places,
    size_t *n)
{

	*places = NULL;
	*n = 0;
	return (backend_of(job)->queue_places(job, places, n));
}

enum err
ledger_note_queue(struct job *job, const struct queue_record *record)
{

	return (backend_of(job)->note_queue(job, record));
}

enum err
ledger_queue_next(struct job *job, const char *repository, int64_t pr,
    struct queue_cursor *at, struct queue_record *record)
{

	memset(record, 0, sizeof(*record));
	return (backend_of(job)->queue_next(job, repository, pr, at, record));
}

enum err
ledger_past(struct job *job, int64_t since, struct past_mark *mark,
    struct past *past)
{

	memset(past, 0, sizeof(*past));
	past->ticket.lock = past->ticket.test_lock = -1;
	return (backend_of(job)->past(job, since, mark, past));
}
