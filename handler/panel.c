#include "handler/panel.h"

#include <string.h>

#include "handler/job.h"
#include "handler/outcome.h"
#include "handler/panel_parts.h"

static const struct {
	const char	*path;
	enum err	(*write)(struct page *, struct job *,
			    const struct request *);
} PAGES[] = {
	{ "/", panel_verification },
	{ "/tickets", panel_tickets },
	{ "/ticket", panel_ticket },
	{ "/deliveries", panel_deliveries },
	{ "/delivery", panel_delivery },
	{ "/queue", panel_queue },
	{ "/parked", panel_parked },
	{ "/unhandled", panel_unhandled },
};

/* There is no such ticket or delivery, or not any more. */
static struct outcome
not_there(struct page *p, struct job *job, const struct request *in)
{
	struct outcome out;

	page_begin(p, job, in, PAGE_NOWHERE, "Not there");
	panel_empty(p, "The ledger has nothing of that name, or forgot it "
	    "when it was older than [ledger] keep.");
	out = page_end(p);
	if (out.status == 200) {
		out.status = 404;
		out.name = "not_found";
	}
	return (out);
}

struct outcome
panel(struct job *job, const struct request *in)
{
	struct page p;
	enum err e = ERR_ABSENT;
	size_t i;

	for (i = 0; i < sizeof(PAGES) / sizeof(PAGES[0]); i++)
		if (strcmp(in->path, PAGES[i].path) == 0)
			e = PAGES[i].write(&p, job, in);
	if (e == ERR_ABSENT)
		return (not_there(&p, job, in));
	return (e == OK ? page_end(&p) : outcome_error(job, e));
}
