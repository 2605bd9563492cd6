/*
 * Lives of tickets, from the functions of ledger_life.h to the backend, with
 * all results cleared before.
 */
#include "handler/ledger_life.h"

#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/backend.h"
#include "handler/ledgers/life.h"

static const struct life_backend *
backend_of(const struct job *job)
{

	return (job->ledger->backend->life);
}

enum err
ledger_life_read(struct job *job, int64_t ticket, struct life_record *record)
{

	memset(record, 0, sizeof(*record));
	return (backend_of(job)->read(job, ticket, record));
}

enum err
ledger_life_write(struct job *job, int64_t ticket,
    const struct life_record *record)
{

	return (backend_of(job)->write(job, ticket, record));
}

enum err
ledger_life_want(struct job *job, int64_t ticket, int64_t time)
{

	return (backend_of(job)->want(job, ticket, time));
}

enum err
ledger_life_find(struct job *job, const char *key, int generation,
    struct filing *filing)
{

	memset(filing, 0, sizeof(*filing));
	filing->lock = filing->test_lock = -1;
	return (backend_of(job)->find(job, key, generation, filing));
}

enum err
ledger_life_acts(struct job *job, int64_t ticket, const struct act **acts,
    size_t *n)
{

	*acts = NULL;
	*n = 0;
	return (backend_of(job)->acts(job, ticket, acts, n));
}

enum err
ledger_life_tests(struct job *job, int64_t ticket,
    const struct life_member **tests, size_t *n)
{

	*tests = NULL;
	*n = 0;
	return (backend_of(job)->tests(job, ticket, tests, n));
}

enum err
ledger_life_changes(struct job *job, int64_t test, size_t most,
    const struct change **changes, size_t *n)
{

	*changes = NULL;
	*n = 0;
	return (backend_of(job)->changes(job, test, most, changes, n));
}

enum err
ledger_life_note(struct job *job, const struct life_worse *worse)
{

	return (backend_of(job)->note(job, worse));
}

enum err
ledger_life_worse(struct job *job, int64_t test,
    const struct life_worse **worse, size_t *n)
{

	*worse = NULL;
	*n = 0;
	return (backend_of(job)->worse(job, test, worse, n));
}

enum err
ledger_life_due(struct job *job, int64_t now, int64_t *ticket)
{

	*ticket = 0;
	return (backend_of(job)->due(job, now, ticket));
}

enum err
ledger_life_rival(struct job *job, int64_t since, struct life_rival *rival)
{

	memset(rival, 0, sizeof(*rival));
	return (backend_of(job)->rival(job, since, rival));
}
