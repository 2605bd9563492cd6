#include "handler/effect.h"

#include "common/arena.h"
#include "common/utf8.h"
#include "handler/job.h"
#include "handler/ledger_history.h"

#include <string.h>

enum {
	WORD_MAX = 120		/* bytes of a type or word that are kept */
};

/* Cut where a character ends. */
static const char *
cut(struct job *job, const char *text)
{

	return (arena_strndup(job->arena, text, utf8_cut_bytes(text,
	    strlen(text), WORD_MAX)));
}

enum err
effect_unknown(struct job *job, const struct scene *s, const char *member,
    const char *word)
{
	const struct event *event = s->event;
	const char *type = event->type != NULL ? event->type : event->name;
	const char *text;

	text = cut(job, type != NULL ? type : "(no type)");
	if (text != NULL && member != NULL && (word = cut(job, word)) != NULL)
		text = arena_printf(job->arena, "%s %s=%s", text, member,
		    word);
	if (text == NULL || (member != NULL && word == NULL))
		return (fail(job, ERR_NOMEM, "no memory to count an event"));
	return (ledger_note_known(job, text, s->mail->id));
}

/* A type that nobody here knows, or a status that is no status of ours. */
enum err
effect_known_note(struct job *job, struct scene *s)
{

	if (s->event->family == FAMILY_KNOWN)
		return (effect_unknown(job, s, "status",
		    s->event->status_text));
	return (effect_unknown(job, s, NULL, NULL));
}
