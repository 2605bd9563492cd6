#include "handler/effect.h"

#include "common/arena.h"
#include "common/buf.h"
#include "handler/draft_text.h"
#include "handler/job.h"
#include "handler/ledger_act.h"
#include "handler/policy.h"

enum err
effect_investigation_note(struct job *job, struct scene *s)
{

	return (effect_recognise(job, s));
}

/* One without an id is known by what told it. */
static const char *
key_of(struct job *job, const struct scene *s)
{
	const char *id = s->event->investigation->id;

	return (arena_printf(job->arena, "investigation|%s", id != NULL ?
	    id : s->mail->id));
}

/* It is in the text of the ticket, whoever tells it again. */
static enum err
tell_never(struct job *job, const struct scene *s)
{
	const struct act act = { .key = key_of(job, s), .kind = "comment",
	    .state = ACT_VOID, .why = "the ticket was made of it" };

	if (act.key == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the ticket"));
	return (ledger_act_add(job, s->filing, &act, 1));
}

enum err
effect_investigation_touch(struct job *job, struct scene *s)
{
	const struct policy policy = policy_of(job->config, s->filing->rule);
	struct buf b;

	if (!draft_found(s->event))
		return (OK);
	if (s->told)
		return (tell_never(job, s));
	if (policy.on_investigation != ON_INVESTIGATION_COMMENT)
		return (OK);
	buf_init(&b, job->arena, DRAFT_BYTES);
	buf_str(&b, "Trunk investigated why ");
	effect_put_test(&b, s);
	buf_str(&b, " fails.\n");
	draft_investigation(&b, s->event);
	effect_put_end(&b, s, "on_investigation", "comment");
	return (effect_act(job, s, key_of(job, s), "comment", buf_text(&b)));
}
