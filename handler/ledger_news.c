/*
 * What trackers tell of tickets, from the functions of ledger_news.h to the
 * backend, with all results cleared before.
 */
#include "handler/ledger_news.h"

#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/backend.h"

static const struct ledger_backend *
backend_of(const struct job *job)
{

	return (job->ledger->backend);
}

const char *
ledger_news_word(enum remote_category category)
{
	static const char *const words[] = {
		[REMOTE_UNKNOWN] = "unknown", [REMOTE_OPEN] = "open",
		[REMOTE_STARTED] = "started", [REMOTE_DONE] = "done",
		[REMOTE_DROPPED] = "dropped"
	};

	return (words[category]);
}

enum err
ledger_news_of(struct job *job, const char *tracker, const char *remote_id,
    const struct followed **tickets, size_t *n)
{

	*tickets = NULL;
	*n = 0;
	return (backend_of(job)->news_of(job, tracker, remote_id, tickets,
	    n));
}

enum err
ledger_news_marked(struct job *job, const char *marker,
    const struct followed **tickets, size_t *n)
{

	*tickets = NULL;
	*n = 0;
	return (backend_of(job)->news_marked(job, marker, tickets, n));
}

enum err
ledger_news_heard(struct job *job, const char *delivery)
{

	return (backend_of(job)->news_heard(job, delivery));
}

enum err
ledger_note_news(struct job *job, const struct news *news)
{

	return (backend_of(job)->note_news(job, news));
}

enum err
ledger_news(struct job *job, int64_t ticket, const struct news **news,
    size_t *n)
{

	*news = NULL;
	*n = 0;
	return (backend_of(job)->news(job, ticket, news, n));
}

enum err
ledger_news_next(struct job *job, int64_t after, int64_t *ticket)
{

	*ticket = 0;
	return (backend_of(job)->news_next(job, after, ticket));
}

enum err
ledger_news_seen(struct job *job, int64_t ticket)
{

	return (backend_of(job)->news_seen(job, ticket));
}

enum err
ledger_follow(struct job *job, struct filing *filing)
{

	return (backend_of(job)->follow(job, filing));
}

enum err
ledger_poll_next(struct job *job, int64_t before, const char **tracker,
    struct followed **tickets, size_t *n)
{

	*tracker = NULL;
	*tickets = NULL;
	*n = 0;
	return (backend_of(job)->poll_next(job, before, tracker, tickets,
	    n));
}

enum err
ledger_note_poll(struct job *job, int64_t ticket)
{

	return (backend_of(job)->note_poll(job, ticket));
}

enum err
ledger_searched(struct job *job, const char *tracker,
    struct searched *searched)
{

	memset(searched, 0, sizeof(*searched));
	return (backend_of(job)->searched(job, tracker, searched));
}

enum err
ledger_note_search(struct job *job, const char *tracker, int64_t reached)
{

	return (backend_of(job)->note_search(job, tracker, reached));
}

enum err
ledger_test_of(struct job *job, const char *trunk_id,
    struct unlinked *unlinked)
{

	memset(unlinked, 0, sizeof(*unlinked));
	return (backend_of(job)->test_of(job, trunk_id, unlinked));
}
