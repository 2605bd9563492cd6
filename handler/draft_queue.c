#include <inttypes.h>

#include "common/buf.h"
#include "handler/draft_text.h"

/* "Pull request [12](...) of `github.com/acme/shop`". */
static void
put_head(struct buf *b, const struct queue_item *item)
{

	buf_str(b, "Pull request ");
	if (draft_is_link(item->url)) {
		buf_printf(b, "[%" PRId64 "](", item->number);
		draft_target(b, item->url);
		buf_char(b, ')');
	} else {
		buf_printf(b, "%" PRId64, item->number);
	}
	if (draft_told(item->repository)) {
		buf_str(b, " of ");
		draft_code(b, item->repository, DRAFT_VALUE);
	}
	buf_str(b, " failed in the merge queue.\n\n");
}

void
draft_queue(struct buf *b, const struct event *event)
{
	const struct queue_item *item = event->queue;

	put_head(b, item);
	draft_since(b, event);
	draft_line(b, "Reason", item->reason);
	draft_line(b, "Target branch", item->target_branch);
	draft_line(b, "Tested on", item->branch);
	if (item->is_bisection != ANSWER_UNKNOWN)
		draft_line(b, "Bisection", item->is_bisection == ANSWER_YES ?
		    "yes" : "no");
	/* As code, so that the ticket mentions nobody. */
	draft_line(b, "Author", item->author);
}
