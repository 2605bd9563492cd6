/*
 * An explanation as JSON, member by member, for programs; explain_print.c
 * says the same to people.  Strings of the sender stay as they were told:
 * only the writer of JSON escapes them.
 */
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/table.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/explain.h"
#include "handler/job.h"

enum {
	OUTPUT_MAX = 16 * 1024 * 1024	/* bytes of one explanation */
};

static void
put_status(struct json_writer *w, const char *key, enum status status)
{
	json_put_string(w, key, status == STATUS_UNKNOWN ? NULL :
	    event_status(status));
}

static void
put_time(struct json_writer *w, const char *key, int64_t ms)
{
	char iso[CLOCK_ISO_MAX];

	clock_format(ms, iso);
	json_put_string(w, key, iso);
}

static void
put_test(struct json_writer *w, const struct test *t)
{
	const struct repository *r = &t->repository;
	size_t i;

	json_begin(w, "test", JSON_OBJECT);
	json_put_string(w, "id", t->id);
	json_put_string(w, "name", t->name);
	json_put_string(w, "file_path", t->file_path);
	json_put_string(w, "parent", t->parent);
	json_put_string(w, "classname", t->classname);
	json_put_string(w, "variant", t->variant);
	json_put_string(w, "repository", r->host == NULL ? r->url :
	    arena_printf(w->buf->arena, "%s/%s/%s", r->host, r->owner,
	    r->name));
	json_begin(w, "owners", JSON_ARRAY);
	for (i = 0; i < t->nowners; i++)
		json_put_string(w, NULL, t->owners[i]);
	json_end(w);
	json_end(w);
}

static void
put_event(struct json_writer *w, const struct event *event)
{
	json_begin(w, "event", JSON_OBJECT);
	json_put_string(w, "type", event->type);
	json_put_string(w, "family", explain_family(event));
	json_put_int(w, "version", explain_version(event));
	json_put_string(w, "scope",
	    event->test.scope == SCOPE_COLLECTION ? "collection" :
	    "repository");
	put_status(w, "previous", event->previous);
	if (event->status == STATUS_UNKNOWN)
		json_put_string(w, "status", event->status_text);
	else
		put_status(w, "status", event->status);
	if (event->time_is_ours)
		json_put_null(w, "time");
	else
		put_time(w, "time", event->time);
	json_put_bool(w, "example", event->example);
	put_test(w, &event->test);
	json_end(w);
}

static void
put_rules(struct json_writer *w, const struct explanation *x)
{
	const struct verdict *v;

	json_begin(w, "rules", JSON_ARRAY);
	for (v = x->verdict; v < x->verdict + x->nverdicts; v++) {
		json_begin(w, NULL, JSON_OBJECT);
		json_put_string(w, "rule", v->rule->name);
		json_put_int(w, "line", v->rule->line);
		json_put_string(w, "verdict", explain_word(v));
		json_put_string(w, "clause", v->clause);
		json_put_string(w, "why", v->why);
		json_put_string(w, "note", v->note);
		json_end(w);
	}
	json_end(w);
}

static void
put_setting(struct job *job, struct json_writer *w, const char *key,
    const struct setting *s)
{
	json_begin(w, key, JSON_OBJECT);
	json_put_string(w, "value", s->value);
	json_put_string(w, "section", explain_section(job, s));
	if (s->line > 0)
		json_put_int(w, "line", s->line);
	else
		json_put_null(w, "line");
	json_end(w);
}

static void
put_destination(struct job *job, struct json_writer *w,
    const struct route *route)
{
	const struct field *f;
	size_t i;

	json_begin(w, "destination", JSON_OBJECT);
	for (i = 0; i < DEST_COUNT; i++)
		if (explain_says(route, (enum dest)i))
			put_setting(job, w, config_dest_keys[i],
			    &route->dest[i]);
	json_end(w);
	json_begin(w, "fields", JSON_OBJECT);
	for (f = route->fields; f != NULL; f = f->next)
		put_setting(job, w, f->name, &f->setting);
	json_end(w);
}

static void
put_owner(struct json_writer *w, const struct route *route)
{
	const struct owner *o = route->owner_section;

	if (o == NULL) {
		json_put_null(w, "owner");
		return;
	}
	json_begin(w, "owner", JSON_OBJECT);
	json_put_string(w, "told", route->owner);
	json_put_string(w, "section", o->name);
	json_put_int(w, "line", o->line);
	json_end(w);
}

static void
put_request(struct json_writer *w, const struct tracker_request *r)
{
	json_begin(w, "request", JSON_OBJECT);
	json_put_string(w, "method", r->method);
	json_put_string(w, "url", r->url);
	json_put_raw(w, "body", r->body);
	json_end(w);
}

const char *
explain_json(struct job *job, const struct explanation *x)
{
	static const char *const actions[] = { "ticket", "record", "ignore" };
	struct json_writer w;
	struct buf b;

	buf_init(&b, job->arena, OUTPUT_MAX);
	json_open(&w, &b);
	json_begin(&w, NULL, JSON_OBJECT);
	put_event(&w, &x->event);
	put_rules(&w, x);
	json_put_string(&w, "rule", x->route.rule == NULL ? NULL :
	    x->route.rule->name);
	json_put_string(&w, "action", actions[x->route.action]);
	json_put_bool(&w, "asks_trunk", x->asks);
	json_put_string(&w, "nothing", x->nothing);
	if (x->nothing == NULL) {
		put_owner(&w, &x->route);
		put_destination(job, &w, &x->route);
		json_put_string(&w, "due", explain_day(job, x->due));
		json_put_string(&w, "key", x->route.key);
		json_put_string(&w, "title", x->draft.title);
		json_put_string(&w, "note", x->filing.note);
		put_request(&w, &x->request);
	}
	json_end(&w);
	return (buf_text(&b));
}

static void
pretty_string(struct buf *b, const char *text, size_t len)
{
	uint32_t c;
	size_t n;

	buf_char(b, '"');
	for (; len > 0; text += n, len -= n) {
		c = utf8_next(text, len, &n);
		if (c == '\n')
			buf_str(b, "\\n");
		else if (c == '\t')
			buf_str(b, "\\t");
		else if (table_acts(c))
			buf_printf(b, "\\u%04x", (unsigned)c);
		else if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", (char)c);
		else
			buf_add(b, text, n);
	}
	buf_char(b, '"');
}

static void pretty(struct buf *, const struct json *, int);

static void
pretty_children(struct buf *b, const struct json *j, int level)
{
	const struct json *c;
	bool array = j->type == JSON_ARRAY;

	if (j->child == NULL) {
		buf_str(b, array ? "[]" : "{}");
		return;
	}
	buf_char(b, array ? '[' : '{');
	for (c = j->child; c != NULL; c = c->next) {
		buf_printf(b, "\n%*s", 2 * (level + 1), "");
		if (!array) {
			pretty_string(b, c->key, strlen(c->key));
			buf_str(b, ": ");
		}
		pretty(b, c, level + 1);
		if (c->next != NULL)
			buf_char(b, ',');
	}
	buf_printf(b, "\n%*s%c", 2 * level, "", array ? ']' : '}');
}

/* As deep as the parser let it be. */
static void
pretty(struct buf *b, const struct json *j, int level)
{
	if (j->type == JSON_NULL)
		buf_str(b, "null");
	else if (j->type == JSON_BOOL)
		buf_str(b, j->truth ? "true" : "false");
	else if (j->type == JSON_NUMBER)
		buf_str(b, j->text);
	else if (j->type == JSON_STRING)
		pretty_string(b, j->text, j->len);
	else
		pretty_children(b, j, level);
}

void
explain_pretty(struct buf *b, const struct json *j)
{
	pretty(b, j, 0);
}
