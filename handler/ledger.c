#include <string.h>

#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_sweep.h"
#include "handler/ledgers/backend.h"

static const struct ledger_backend *const backends[] = {
	&sqlite_backend
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

enum err
ledger_open(const char *url, struct ledger **ledger, struct why *why)
{
	size_t i, n;

	*ledger = NULL;
	n = strcspn(url, ":");
	for (i = 0; i < BACKENDS && url[n] == ':'; i++)
		if (strlen(backends[i]->scheme) == n &&
		    strncmp(backends[i]->scheme, url, n) == 0)
			return (backends[i]->open(url + n + 1, ledger, why));
	if (n > SCHEME_SHOWN)
		n = SCHEME_SHOWN;
	return (err_set(why, ERR_CONFIG, "[ledger] url begins with \"%.*s\", "
	    "which is no kind of ledger; write sqlite:/path/to/ledger.db",
	    (int)n, url));
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
