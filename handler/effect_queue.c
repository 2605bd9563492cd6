#include "handler/effect.h"

#include "handler/job.h"
#include "handler/ledger_queue.h"

/* Where it failed, the reason is that of the failure. */
static bool
is_failure(const struct queue_item *item)
{

	return (item->step == QUEUE_STEP_FAILED ||
	    item->step == QUEUE_STEP_PENDING_FAILURE);
}

enum err
effect_queue_note(struct job *job, struct scene *s)
{
	const struct event *event = s->event;
	const struct queue_item *item = event->queue;
	const struct queue_record r = {
		.delivery = s->mail->id,
		.repository = item->repository != NULL ? item->repository :
		    event->test.repository.url != NULL ?
		    event->test.repository.url : "",
		.kind = item->batch ? QUEUE_BATCH : QUEUE_PR,
		.number = item->number,
		.branch = item->branch,
		.suffix = item->suffix,
		.reason = is_failure(item) ? NULL : item->reason,
		.failure = is_failure(item) ? item->reason : NULL,
		.time = event->time,
		.time_is_ours = event->time_is_ours,
		.bisection = item->is_bisection,
		.prs = item->prs,
		.nprs = item->nprs
	};

	return (ledger_note_queue(job, &r));
}
