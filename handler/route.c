#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/route.h"

enum {
	TRACE_MAX = 32 * 1024,	/* bytes, the last line apart */
	TRACE_LINE = 4 * 1024,	/* bytes of one line */
	TRACE_TEXT = 200,	/* bytes of a value or a pattern in it */
	TRACE_ITEMS = 8		/* values or patterns in it */
};

static const struct {
	const char	*key;
	bool		 nocase;
} clauses[MATCH_COUNT] = {
	[MATCH_EVENT] = { "event", true },
	[MATCH_STATUS] = { "status", true },
	[MATCH_FROM] = { "from", true },
	[MATCH_REPOSITORY] = { "repository", true },
	[MATCH_CODEOWNER] = { "codeowner", true },
	[MATCH_FILE_PATH] = { "file_path", false },
	[MATCH_CLASSNAME] = { "classname", false },
	[MATCH_NAME] = { "name", false },
	[MATCH_VARIANT] = { "variant", false },
	[MATCH_MONITOR_TYPE] = { "monitor_type", true },
	[MATCH_QUARANTINED] = { "quarantined", true }
};

/* What an event says to a matcher. */
struct told {
	const char	**value;
	size_t		 n;		/* 0: not told */
};

/* What an event says to all of them. */
struct facts {
	const struct event *event;
	const char	*one[MATCH_COUNT];
	struct told	 told[MATCH_COUNT];
};

/* One walk down the rules. */
struct search {
	const struct config *config;
	struct facts	 facts;
	const struct owner *owner;	/* of a rule with to = owner */
	const char	*told;		/* that owner as the event says it */
	struct buf	 trace;
};

static const char *
status_word(enum status status)
{
	return (status == STATUS_UNKNOWN ? NULL : event_status(status));
}

static const char *
answer_word(enum answer answer)
{
	return (answer == ANSWER_UNKNOWN ? NULL :
	    answer == ANSWER_YES ? "yes" : "no");
}

/* "host/owner/name", or NULL. */
static const char *
repository_path(struct arena *arena, const struct repository *r)
{
	if (r->host == NULL || r->owner == NULL || r->name == NULL)
		return (NULL);
	return (arena_printf(arena, "%s/%s/%s", r->host, r->owner, r->name));
}

static void
facts_set(struct facts *f, const struct event *event, const char *repository)
{
	const struct test *t = &event->test;

	memset(f, 0, sizeof(*f));
	f->event = event;
	f->one[MATCH_EVENT] = event->name;
	f->one[MATCH_STATUS] = status_word(event->status);
	f->one[MATCH_FROM] = status_word(event->previous);
	f->one[MATCH_REPOSITORY] = repository;
	f->one[MATCH_FILE_PATH] = t->file_path;
	f->one[MATCH_CLASSNAME] = t->classname;
	f->one[MATCH_NAME] = t->name;
	f->one[MATCH_VARIANT] = t->variant;
	f->one[MATCH_MONITOR_TYPE] = event->monitor_type;
	f->one[MATCH_QUARANTINED] = answer_word(t->quarantined);
	for (size_t i = 0; i < MATCH_COUNT; i++) {
		f->told[i].value = &f->one[i];
		f->told[i].n = f->one[i] != NULL;
	}
	f->told[MATCH_CODEOWNER].value = t->owners;
	f->told[MATCH_CODEOWNER].n = t->nowners;
}

static const char *
bare(const char *owner)
{
	return (owner + (owner[0] == '@'));
}

static bool
any(const struct matcher *m, enum match which, const struct told *told)
{
	bool owner = which == MATCH_CODEOWNER;

	for (size_t i = 0; i < told->n; i++)
		for (size_t j = 0; j < m->n; j++)
			if (route_glob(owner ? bare(m->pattern[j]) :
			    m->pattern[j], owner ? bare(told->value[i]) :
			    told->value[i], clauses[which].nocase))
				return (true);
	return (false);
}

/* A rule that files tickets wants a test that fails, whatever it says. */
static bool
holds(const struct rule *rule, enum match which, const struct facts *f)
{
	const struct matcher *m = &rule->match[which];

	if (rule->action == ACTION_TICKET) {
		if (which == MATCH_EVENT && f->event->family != FAMILY_STATUS)
			return (false);
		/* "!broken" means the other failures, not healthy. */
		if (which == MATCH_STATUS && (m->n == 0 || m->none) &&
		    f->event->status < STATUS_FLAKY)
			return (false);
	}
	return (m->n == 0 || any(m, which, &f->told[which]) != m->none);
}

bool
route_admits(const struct rule *rule, const struct event *event)
{
	struct facts f;

	facts_set(&f, event, NULL);
	return (holds(rule, MATCH_EVENT, &f) && holds(rule, MATCH_STATUS, &f));
}

/* One line, whatever is in the text. */
static void
put_text(struct buf *b, const char *text)
{
	size_t len = strlen(text);
	size_t cut = utf8_cut_bytes(text, len, TRACE_TEXT);

	for (size_t i = 0; i < cut; i++)
		buf_char(b, (unsigned char)text[i] < ' ' || text[i] == 0x7f ?
		    ' ' : text[i]);
	if (cut < len)
		buf_str(b, "...");
}

static void
put_list(struct buf *b, const char *const *item, size_t n, const char *quote)
{
	for (size_t i = 0; i < n && i < TRACE_ITEMS; i++) {
		buf_str(b, i == 0 ? "" : ", ");
		buf_str(b, quote);
		put_text(b, item[i]);
		buf_str(b, quote);
	}
	if (n > TRACE_ITEMS)
		buf_str(b, ", ...");
}

/* Why a matcher does not hold. */
static void
put_clause(struct buf *b, const struct rule *rule, enum match which,
    const struct facts *f)
{
	static const char *const failing[] = { "flaky or broken" };
	const struct matcher *m = &rule->match[which];
	const struct told *told = &f->told[which];

	buf_str(b, clauses[which].key);
	if (told->n == 0) {
		buf_str(b, " was not told");
	} else {
		buf_str(b, " is ");
		put_list(b, told->value, told->n, "\"");
	}
	buf_str(b, ", wanted ");
	if (which == MATCH_EVENT && rule->action == ACTION_TICKET &&
	    f->event->family != FAMILY_STATUS) {
		buf_str(b, "a change of status, which is what tickets are "
		    "filed for");
	} else if (m->n == 0) {
		put_list(b, failing, 1, "");
	} else {
		buf_str(b, m->none ? "none of " : "");
		put_list(b, m->pattern, m->n, "");
	}
}

static void
put_place(struct buf *b, const struct rule *rule)
{
	buf_str(b, "[rule ");
	put_text(b, rule->name);
	buf_printf(b, "] line %d: ", rule->line);
}

/* The first code owner of the test with a section; told is its text. */
static const struct owner *
owner_of(const struct config *c, const struct test *t, const char **told)
{
	const struct owner *o;

	for (size_t i = 0; i < t->nowners; i++)
		for (o = c->owners; o != NULL; o = o->next)
			if (strcasecmp(bare(o->name),
			    bare(t->owners[i])) == 0) {
				*told = t->owners[i];
				return (o);
			}
	*told = NULL;
	return (NULL);
}

const struct tracker *
route_destination(const struct config *c, const struct rule *rule,
    const struct owner *owner, struct setting dest[DEST_COUNT])
{
	const struct tracker *t = NULL;

	for (size_t i = 0; i < DEST_COUNT; i++) {
		if (rule->dest[i].value != NULL)
			dest[i] = rule->dest[i];
		else if (owner != NULL && owner->dest[i].value != NULL)
			dest[i] = owner->dest[i];
		else if (t != NULL && t->dest[i].value != NULL)
			dest[i] = t->dest[i];
		else
			dest[i] = c->defaults[i];
		if (i == DEST_TRACKER && dest[i].value != NULL)
			t = config_tracker(c, dest[i].value);
	}
	return (t);
}

/* Put the line of a rule that does not match, while there is room. */
static void
trace_no(struct search *s, const struct rule *rule, enum match which)
{
	struct buf *b = &s->trace;

	if (b->len > TRACE_MAX)
		return;
	put_place(b, rule);
	if (which < MATCH_COUNT)
		put_clause(b, rule, which, &s->facts);
	else
		buf_str(b, "no code owner of the test has an [owner] "
		    "section");
	buf_char(b, '\n');
}

static bool
matches(struct search *s, const struct rule *rule)
{
	enum match which;

	for (which = 0; which < MATCH_COUNT; which++)
		if (!holds(rule, which, &s->facts)) {
			trace_no(s, rule, which);
			return (false);
		}
	s->owner = NULL;
	s->told = NULL;
	if (rule->to_owner) {
		s->owner = owner_of(s->config, &s->facts.event->test,
		    &s->told);
		if (s->owner == NULL) {
			trace_no(s, rule, MATCH_COUNT);
			return (false);
		}
	}
	put_place(&s->trace, rule);
	buf_str(&s->trace, "matched\n");
	return (true);
}

enum err
route_find(struct job *job, const struct event *event, struct route *route)
{
	struct search s = { .config = job->config };
	const struct repository *r = &event->test.repository;
	const char *repository = repository_path(job->arena, r);
	const struct rule *rule;

	memset(route, 0, sizeof(*route));
	route->action = ACTION_IGNORE;
	if (repository == NULL && r->name != NULL && r->owner != NULL &&
	    r->host != NULL)
		return (fail(job, ERR_NOMEM, "no memory for the rules"));
	facts_set(&s.facts, event, repository);
	buf_init(&s.trace, job->arena, TRACE_MAX + 2 * TRACE_LINE);
	for (rule = job->config->rules; rule != NULL; rule = rule->next)
		if (matches(&s, rule))
			break;
	if ((route->trace = buf_text(&s.trace)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the rules"));
	if (rule == NULL)
		return (OK);
	route->rule = rule;
	route->action = rule->action;
	route->owner = s.told;
	if (rule->action != ACTION_TICKET)
		return (OK);
	route->tracker = route_destination(job->config, rule, s.owner,
	    route->dest);
	if (route->tracker == NULL)
		return (fail(job, ERR_CONFIG, "%s:%d: [rule %s]: it leads to "
		    "no tracker; set tracker = NAME there", job->config->file,
		    rule->line, rule->name));
	return (OK);
}
