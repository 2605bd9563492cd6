/*
 * Why each rule took the event or did not: the first clause that does not
 * hold, in the order in which route_find() looks at them, with the values
 * that were compared.  The rule that matched ends what is reached; those
 * behind it are shown all the same.
 */
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/route.h"
#include "handler/route_facts.h"

enum {
	LINE_MAX = 8 * 1024,	/* bytes of one line */
	TEXT_MAX = 200,		/* bytes of a value or a pattern in it */
	ITEMS_MAX = 8		/* values or patterns in it */
};

/* One line, whatever is in the text. */
static void
put_text(struct buf *b, const char *text)
{
	size_t len = strlen(text);
	size_t cut = utf8_cut_bytes(text, len, TEXT_MAX);

	for (size_t i = 0; i < cut; i++)
		buf_char(b, (unsigned char)text[i] < ' ' || text[i] == 0x7f ?
		    ' ' : text[i]);
	if (cut < len)
		buf_str(b, "...");
}

static void
put_list(struct buf *b, const char *const *item, size_t n, const char *quote)
{
	for (size_t i = 0; i < n && i < ITEMS_MAX; i++) {
		buf_str(b, i == 0 ? "" : ", ");
		buf_str(b, quote);
		put_text(b, item[i]);
		buf_str(b, quote);
	}
	if (n > ITEMS_MAX)
		buf_str(b, ", ...");
}

/* Why a matcher does not hold. */
static void
put_match(struct buf *b, const struct rule *rule, enum match which,
    const struct facts *f)
{
	const struct matcher *m = &rule->match[which];
	const struct told *told = &f->told[which];

	buf_str(b, route_clauses[which].key);
	if (told->n == 0) {
		buf_str(b, " was not told");
	} else {
		buf_str(b, " is ");
		put_list(b, told->value, told->n, "\"");
	}
	buf_str(b, ", wanted ");
	if (which == MATCH_EVENT && rule->action == ACTION_TICKET &&
	    f->event->family != FAMILY_STATUS) {
		buf_str(b, route_may_file(f->event->name) ? "a change of "
		    "status, or a rule that names this event without a "
		    "wildcard" : "a change of status, which is what tickets "
		    "are filed for");
	} else if (m->n == 0) {
		buf_str(b, "flaky or broken");
	} else {
		buf_str(b, m->none ? "none of " : "");
		put_list(b, m->pattern, m->n, "");
	}
}

static void
put_least(struct buf *b, const struct rule *rule, enum least which,
    const struct facts *f)
{
	static const char *const names[LEAST_COUNT] = {
		[LEAST_FAILURE_RATE] = "the failure rate is",
		[LEAST_PRS] = "the pull requests impacted are",
		[LEAST_CONFIDENCE] = "the confidence"
	};

	buf_str(b, names[which]);
	if (which != LEAST_CONFIDENCE)
		buf_printf(b, " %.12g", f->amount[which]);
	else if (f->known[which])
		buf_printf(b, " is %.12g", f->amount[which]);
	else
		buf_str(b, " was not told");
	buf_str(b, ", wanted at least ");
	put_text(b, rule->least[which].text);
}

/* The first clause that does not hold, and why; false if all do. */
static bool
put_clause(struct buf *b, const struct rule *rule, const struct facts *f,
    const char **clause)
{
	enum match m;
	enum least l;

	for (m = 0; m < MATCH_COUNT; m++)
		if (!route_holds(rule, m, f)) {
			put_match(b, rule, m, f);
			*clause = route_clauses[m].key;
			return (true);
		}
	for (l = 0; l < LEAST_COUNT; l++)
		if (!route_holds_least(rule, l, f)) {
			put_least(b, rule, l, f);
			*clause = route_least_keys[l];
			return (true);
		}
	if (route_holds_owner(rule, f))
		return (false);
	buf_str(b, "no code owner of the test has an [owner] section");
	*clause = "to";
	return (true);
}

/* What holds only because nobody knows better. */
static void
put_note(struct buf *b, const struct rule *rule, const struct facts *f)
{
	enum least l;

	for (l = 0; l < LEAST_COUNT; l++)
		if (rule->least[l].value > 0 && !f->known[l])
			buf_printf(b, "%s%s: not known, so it holds",
			    b->len > 0 ? "; " : "", route_least_keys[l]);
}

static enum err
set_verdict(struct arena *arena, const struct facts *f, struct verdict *v)
{
	struct buf why, note;

	buf_init(&why, arena, LINE_MAX);
	buf_init(&note, arena, LINE_MAX);
	v->reached = true;
	v->matched = !put_clause(&why, v->rule, f, &v->clause);
	if (v->matched) {
		buf_str(&why, "matched");
		put_note(&note, v->rule, f);
	}
	v->why = buf_text(&why);
	v->note = note.len > 0 ? buf_text(&note) : NULL;
	return (v->why == NULL || note.failed ? ERR_NOMEM : OK);
}

enum err
route_explain(struct job *job, const struct event *event,
    struct verdict **verdicts, size_t *n)
{
	const struct rule *rule;
	struct verdict *v;
	struct facts f;
	bool reached = true;

	*n = 0;
	for (rule = job->config->rules; rule != NULL; rule = rule->next)
		(*n)++;
	*verdicts = v = arena_alloc(job->arena, *n * sizeof(*v));
	if (v == NULL ||
	    route_facts(job->arena, job->config, event, &f) != OK)
		return (fail(job, ERR_NOMEM, "no memory for the rules"));
	for (rule = job->config->rules; rule != NULL; rule = rule->next,
	    v++) {
		v->rule = rule;
		if (!reached)
			continue;
		if (set_verdict(job->arena, &f, v) != OK)
			return (fail(job, ERR_NOMEM, "no memory to explain "
			    "the rules"));
		reached = !v->matched;
	}
	return (OK);
}
