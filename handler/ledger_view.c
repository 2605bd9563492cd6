#include "handler/ledger_view.h"

#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/backend.h"
#include "handler/ledger_copy.h"
#include "handler/ledgers/view.h"

static const struct view_backend *
view_of(const struct job *job)
{

	return (job->ledger->backend->view);
}

/* Before the first row, whichever way it goes. */
static void
begin(const struct view_filter *filter, struct view_mark *mark)
{

	if (mark->begun)
		return;
	mark->begun = true;
	mark->time = mark->row = filter->oldest ? INT64_MIN : INT64_MAX;
}

enum err
ledger_view_deliveries(struct job *job, const struct view_filter *filter,
    struct view_mark *mark, struct view_delivery *row)
{

	memset(row, 0, sizeof(*row));
	begin(filter, mark);
	return (view_of(job)->deliveries(job, filter, mark, row));
}

enum err
ledger_view_tickets(struct job *job, const struct view_filter *filter,
    struct view_mark *mark, struct view_ticket *row)
{

	memset(row, 0, sizeof(*row));
	row->filing.lock = row->filing.test_lock = -1;
	begin(filter, mark);
	return (view_of(job)->tickets(job, filter, mark, row));
}

enum err
ledger_view_tests(struct job *job, const struct view_filter *filter,
    struct view_mark *mark, struct view_test *row)
{

	memset(row, 0, sizeof(*row));
	row->ticket.lock = row->ticket.test_lock = -1;
	row->test.failure_rate = -1;
	row->test.pull_requests = -1;
	begin(filter, mark);
	return (view_of(job)->tests(job, filter, mark, row));
}

enum err
ledger_view_generation(struct job *job, const char *key, int *generation)
{

	*generation = 0;
	return (view_of(job)->generation(job, key, generation));
}

enum err
ledger_view_dump(struct job *job, bool (*put)(void *, const char *,
    const struct view_cell *, size_t), void *arg)
{

	return (view_of(job)->dump(job, put, arg));
}

enum err
ledger_copy(struct job *from, struct job *to, struct ledger_copy *copy)
{

	copy->tables = NULL;
	copy->n = 0;
	if (from->ledger->backend->view != to->ledger->backend->view)
		return (fail(to, ERR_CONFIG, "these two kinds of ledgers "
		    "cannot be copied into one another"));
	return (to->ledger->backend->view->copy(from, to, copy));
}
