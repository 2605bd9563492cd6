/*
 * Notices and storms: from the functions of ledger_notice.h and
 * ledger_storm.h to those of the backend.
 */
#include <string.h>

#include "handler/job.h"
#include "handler/ledger_notice.h"
#include "handler/ledger_storm.h"
#include "handler/ledgers/backend.h"
#include "handler/ledgers/tell.h"

/* What handler/ledger_notice.h and handler/ledger_storm.h promise. */

static const struct tell_backend *
tell(const struct job *job)
{

	return (job->ledger->backend->tell);
}

enum err
ledger_notice_add(struct job *job, const struct notice_record *notice)
{

	return (tell(job)->notice_add(job, notice));
}

enum err
ledger_notice_next(struct job *job, int64_t lease,
    struct notice_record *notice)
{

	memset(notice, 0, sizeof(*notice));
	return (tell(job)->notice_next(job, lease, notice));
}

enum err
ledger_notice_mark(struct job *job, const struct notice_record *notice,
    enum notice_state state, int64_t next)
{

	return (tell(job)->notice_mark(job, notice, state, next));
}

enum err
ledger_notice_wait(struct job *job, const char *section, int64_t until)
{

	return (tell(job)->notice_wait(job, section, until));
}

enum err
ledger_notice_left(struct job *job, int64_t *n)
{

	*n = 0;
	return (tell(job)->notice_left(job, n));
}

enum err
ledger_notice_fresh(struct job *job, int64_t ticket, bool *fresh)
{

	*fresh = false;
	return (tell(job)->notice_fresh(job, ticket, fresh));
}

enum err
ledger_token_take(struct job *job, const struct token *token,
    struct token_answer *answer)
{

	memset(answer, 0, sizeof(*answer));
	return (tell(job)->token_take(job, token, answer));
}

enum err
ledger_token_give(struct job *job, const char *key)
{

	return (tell(job)->token_give(job, key));
}

enum err
ledger_storm_state(struct job *job, struct storm_state *state)
{

	memset(state, 0, sizeof(*state));
	return (tell(job)->storm_state(job, state));
}

enum err
ledger_parked(struct job *job, const char *rule, struct past_mark *mark,
    struct due *due)
{

	memset(due, 0, sizeof(*due));
	return (tell(job)->parked(job, rule, mark, due));
}

enum err
ledger_folded(struct job *job, const char *test, struct folded *folded)
{

	memset(folded, 0, sizeof(*folded));
	return (tell(job)->folded(job, test, folded));
}

enum err
ledger_unfold(struct job *job, const struct folded *folded)
{

	return (tell(job)->unfold(job, folded));
}
