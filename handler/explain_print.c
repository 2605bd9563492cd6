/*
 * An explanation for people: the event, each rule with the clause that did not
 * hold, where the ticket would go and who said so, its text, and the request.
 * What a sender told is printed by the functions of common/table.h, which show
 * control characters instead of passing them to the terminal.
 */
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/table.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/explain.h"
#include "handler/job.h"

enum {
	LINE_MAX = 1024 * 1024,		/* bytes of one line */
	BODY_MAX = 16 * 1024 * 1024	/* bytes of a request, indented */
};

#define INDENT	"  "

/* The rows "Event", "Test" ... are one table without headings. */
static const struct table_column facts[] = {
	{ "", NULL, 0 }, { "", NULL, 0 }
};
static const struct table_column rules[] = {
	{ "", NULL, 0 }, { "", NULL, 0 }, { "", NULL, 0 }
};
static const struct table_column values[] = {
	{ "", NULL, 0 }, { "", NULL, 0 }, { "", NULL, 0 }
};

static enum err
open_table(struct job *job, struct table **t,
    const struct table_column *columns, size_t n, FILE *out)
{
	const struct table_options o = { .out = out, .bare = true,
	    .indent = INDENT };

	if (table_new(t, columns, n, &o) != OK)
		return (fail(job, ERR_NOMEM, "no memory to print it"));
	return (OK);
}

static void
fact(struct table *t, const char *name, const char *value)
{
	if (value == NULL)
		return;
	table_text(t, name);
	table_text(t, value);
	table_row(t);
}

static const char *
type_text(struct job *job, const struct event *event)
{
	return (arena_printf(job->arena, "%s (version %d, %s%s)",
	    event->type != NULL ? event->type : "no type",
	    explain_version(event), explain_about(event),
	    event->test.scope == SCOPE_COLLECTION ? ", of a test collection" :
	    ""));
}

static const char *
status_text(struct job *job, const struct event *event)
{
	const char *now = event->status == STATUS_UNKNOWN ?
	    event->status_text : event_status(event->status);

	if (now == NULL)
		return (NULL);
	return (arena_printf(job->arena, "%s, was %s", now,
	    event_status(event->previous)));
}

/* A number, if it was told; Trunk's 0 means that it was not. */
static const char *
number_text(struct job *job, double n)
{
	return (n <= 0 ? NULL : arena_printf(job->arena, "%.12g", n));
}

static const char *
owners_text(struct job *job, const struct test *test)
{
	struct buf b;
	size_t i;

	buf_init(&b, job->arena, LINE_MAX);
	for (i = 0; i < test->nowners; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : ", ", test->owners[i]);
	return (b.len == 0 ? NULL : buf_text(&b));
}

static enum err
print_event(struct job *job, const struct event *event, FILE *out)
{
	const struct test *test = &event->test;
	const struct repository *r = &test->repository;
	char iso[CLOCK_ISO_MAX];
	struct table *t;
	enum err e;

	if ((e = open_table(job, &t, facts, 2, out)) != OK)
		return (e);
	(void)fputs("Event\n", out);
	clock_format(event->time, iso);
	fact(t, "type", type_text(job, event));
	fact(t, "status", status_text(job, event));
	fact(t, "time", event->time_is_ours ? "not told; the time of arrival "
	    "is taken" : iso);
	fact(t, "repository", r->host == NULL ? r->url : arena_printf(
	    job->arena, "%s/%s/%s", r->host, r->owner, r->name));
	fact(t, "test", test->name);
	fact(t, "file", test->file_path);
	fact(t, "variant", test->variant);
	fact(t, "owners", owners_text(job, test));
	fact(t, "failure rate", number_text(job, test->failure_rate));
	fact(t, "pull requests", number_text(job,
	    (double)test->pull_requests));
	fact(t, "confidence", number_text(job, event->confidence));
	return (table_end(t));
}

/* What stands behind a rule: the values compared, and what to know of it. */
static const char *
verdict_text(struct job *job, const struct verdict *v)
{
	const char *why = v->matched || !v->reached ? NULL : v->why;

	return (arena_printf(job->arena, "%s%s%s%s%s%s", explain_word(v),
	    why != NULL ? ": " : "", why != NULL ? why : "",
	    v->note != NULL ? " (" : "", v->note != NULL ? v->note : "",
	    v->note != NULL ? ")" : ""));
}

static enum err
print_rules(struct job *job, const struct explanation *x, FILE *out)
{
	const struct verdict *v;
	struct table *t;
	enum err e;

	if ((e = open_table(job, &t, rules, 3, out)) != OK)
		return (e);
	(void)fputs("\nRules\n", out);
	for (v = x->verdict; v < x->verdict + x->nverdicts; v++) {
		table_text(t, arena_printf(job->arena, "line %d",
		    v->rule->line));
		table_text(t, arena_printf(job->arena, "[rule %s]",
		    v->rule->name));
		table_text(t, verdict_text(job, v));
		table_row(t);
	}
	if ((e = table_end(t)) == OK && x->asks)
		(void)fputs(INDENT "The message lacks a number that a rule "
		    "asks for: Trunk would be asked first.\n", out);
	return (e);
}

static void
value(struct job *job, struct table *t, const char *key,
    const struct setting *s)
{
	const char *section = explain_section(job, s);

	table_text(t, key);
	table_text(t, s->value);
	table_text(t, s->line == 0 || section == NULL ? section :
	    arena_printf(job->arena, "%s line %d", section, s->line));
	table_row(t);
}

static enum err
print_destination(struct job *job, const struct explanation *x, FILE *out)
{
	const struct route *r = &x->route;
	const struct field *f;
	struct table *t;
	enum err e;
	size_t i;

	if ((e = open_table(job, &t, values, 3, out)) != OK)
		return (e);
	(void)fputs("\nDestination\n", out);
	for (i = 0; i < DEST_COUNT; i++)
		if (explain_says(r, (enum dest)i))
			value(job, t, config_dest_keys[i], &r->dest[i]);
	for (f = r->fields; f != NULL; f = f->next)
		value(job, t, arena_printf(job->arena, "field.%s", f->name),
		    &f->setting);
	return (table_end(t));
}

static enum err
print_ticket(struct job *job, const struct explanation *x, FILE *out)
{
	const struct owner *o = x->route.owner_section;
	struct table *t;
	enum err e;

	if ((e = open_table(job, &t, facts, 2, out)) != OK)
		return (e);
	(void)fputs("\nTicket\n", out);
	fact(t, "key", x->route.key);
	fact(t, "title", x->draft.title);
	fact(t, "due", explain_day(job, x->due));
	if (o != NULL)
		fact(t, "owner", arena_printf(job->arena,
		    "%s, by [owner %s] line %d", x->route.owner, o->name,
		    o->line));
	fact(t, "note", x->filing.note);
	return (table_end(t));
}

static enum err
print_request(struct job *job, const struct explanation *x, FILE *out)
{
	const struct tracker_request *r = &x->request;
	const struct json *tree;
	struct buf b;
	enum err e;

	if ((e = json_parse(job->arena, r->body, strlen(r->body), &tree,
	    &job->why)) != OK)
		return (e);
	buf_init(&b, job->arena, BODY_MAX);
	explain_pretty(&b, tree);
	if (buf_text(&b) == NULL)
		return (fail(job, ERR_NOMEM, "no memory to print the "
		    "request"));
	(void)fprintf(out, "\nRequest\n%s %s\n%s\n", r->method, r->url,
	    buf_text(&b));
	return (OK);
}

enum err
explain_print(struct job *job, const struct explanation *x, FILE *out)
{
	enum err e;

	if ((e = print_event(job, &x->event, out)) != OK ||
	    (e = print_rules(job, x, out)) != OK)
		return (e);
	if (x->nothing != NULL) {
		(void)fprintf(out, "\nNothing is filed: %s.\n", x->nothing);
		return (OK);
	}
	if ((e = print_destination(job, x, out)) != OK ||
	    (e = print_ticket(job, x, out)) != OK)
		return (e);
	return (print_request(job, x, out));
}
