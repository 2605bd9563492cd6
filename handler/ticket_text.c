#include "handler/ticket_text.h"

#include "common/log.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/job.h"
#include "handler/life.h"
#include "handler/storm.h"
#include "handler/trunk.h"

/* Say what cannot be told; the ticket is filed without it. */
static void
enrich(struct job *job, struct test *test)
{
	const struct why why = job->why;

	if (!job->config->enrich || test->id == NULL)
		return;
	job->why.text[0] = '\0';
	if (trunk_details(job, test) != OK)
		log_say(LOG_LEVEL_INFO, "enrich", "%s: %s", test->id,
		    job->why.text[0] != '\0' ? job->why.text :
		    "Trunk does not know this test");
	job->why = why;
}

enum err
ticket_text(struct job *job, const struct event *event,
    const struct route *route, const struct filing *f, struct draft *draft)
{
	struct event whole = *event;
	enum err e;

	if (storm_is_umbrella(f->key))
		return (storm_draft(job, event, route, draft));
	enrich(job, &whole.test);
	if ((e = draft_write(job, &whole, route, draft)) != OK)
		return (e);
	return (life_follow(job, f, draft));
}
