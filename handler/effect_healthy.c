#include "handler/effect.h"

#include <string.h>
#include <strings.h>

#include "handler/ledger_history.h"

/*
 * Trunk names the monitor that made a test healthy.  To disable or to delete
 * a monitor resolves it for every test at once, and muting it or a flag that
 * a person sets moves the status as well, so a test that became healthy is
 * not always one that was mended.
 * Source: https://docs.trunk.io/flaky-tests/detection
 */
static const struct {
	const char	*word;		/* begins what was told */
	enum healthy	 why;
} words[] = {
	{ "resolved", HEALTHY_RESOLVED },
	{ "mute", HEALTHY_MUTED },
	{ "snooz", HEALTHY_MUTED },
	{ "disab", HEALTHY_GONE },
	{ "delet", HEALTHY_GONE },
	{ "remov", HEALTHY_GONE },
	{ "archiv", HEALTHY_GONE },
	{ "manual", HEALTHY_MANUAL }
};

enum {
	WORDS = sizeof(words) / sizeof(words[0])
};

static enum healthy
by_word(const char *word)
{
	size_t i;

	for (i = 0; word != NULL && i < WORDS; i++)
		if (strncasecmp(word, words[i].word,
		    strlen(words[i].word)) == 0)
			return (words[i].why);
	return (HEALTHY_UNKNOWN);
}

/*
 * Version 1 names no monitor; it has a sentence for people.  One that says
 * nothing of all this is of runs that passed.
 */
static enum healthy
by_sentence(const char *text)
{
	size_t i;

	if (text == NULL)
		return (HEALTHY_UNKNOWN);
	for (i = 1; i < WORDS; i++)
		if (strcasestr(text, words[i].word) != NULL)
			return (words[i].why);
	return (HEALTHY_RESOLVED);
}

enum healthy
effect_healthy(const struct event *event, const struct monitor_record *own)
{
	enum healthy why;

	if (event->status != STATUS_HEALTHY)
		return (HEALTHY_UNKNOWN);
	if (by_word(event->monitor_type) == HEALTHY_MANUAL)
		return (HEALTHY_MANUAL);
	if (event->monitor_id == NULL && event->monitor_status == NULL)
		return (by_sentence(event->reason));
	why = by_word(event->monitor_status);
	if (why != HEALTHY_RESOLVED || own == NULL)
		return (why);
	/* It speaks for itself; if it is still active, its word may come. */
	return (own->active ? HEALTHY_UNKNOWN : by_word(own->said));
}
