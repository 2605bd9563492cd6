#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "common/utf8.h"
#include "handler/config.h"
#include "handler/draft.h"
#include "handler/event.h"
#include "handler/route.h"
#include "tests/unit/markdown_shape.h"

/*
 * Each member of each payload in turn deleted, emptied or retyped: what is
 * left of a status change is filed as long as id, name and status survive,
 * and what was lost leaves no trace in the ticket; what is left of any other
 * event is kept.
 */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { SHOWN = 10 };		/* failures, before it is clear enough */

/* In tests/payloads, after https://docs.trunk.io; all values made up. */
#define V1(f)	{ f, FAMILY_STATUS, "status_change.current_status.value", true }
#define V2(f)	{ f, FAMILY_STATUS, "new_status", false }
#define KEEP(f, family)	{ f, family, NULL, false }
static const struct payload {
	const char	*file;
	enum family	 family;
	const char	*status_path;
	bool		 restated;	/* the status stands there twice */
} payloads[] = {
	V1("v1-captured"), V1("v1-flaky"), V1("v1-ticketed"),
	V2("v2-flaky"), V2("v2-collection"), V2("v2-sparse"),
	KEEP("monitor", FAMILY_MONITOR),
	KEEP("monitor-resolved", FAMILY_MONITOR),
	KEEP("investigation", FAMILY_INVESTIGATION),
	KEEP("investigation-draft", FAMILY_INVESTIGATION),
	KEEP("quarantine", FAMILY_QUARANTINE),
	KEEP("quarantine-taken-back", FAMILY_QUARANTINE),
	KEEP("quarantine-v2", FAMILY_QUARANTINE),
	KEEP("pull-request-submitted", FAMILY_QUEUE),
	KEEP("pull-request-queued", FAMILY_QUEUE),
	KEEP("pull-request-testing", FAMILY_QUEUE),
	KEEP("pull-request-pending-failure", FAMILY_QUEUE),
	KEEP("pull-request-failed", FAMILY_QUEUE),
	KEEP("pull-request-canceled", FAMILY_QUEUE),
	KEEP("pull-request-merged", FAMILY_QUEUE),
	KEEP("pull-request-batch-submitted", FAMILY_QUEUE),
	KEEP("pull-request-batch-queued", FAMILY_QUEUE),
	KEEP("pull-request-batch-testing", FAMILY_QUEUE),
	KEEP("pull-request-batch-pending-failure", FAMILY_QUEUE),
	KEEP("pull-request-batch-failed", FAMILY_QUEUE),
	KEEP("pull-request-batch-canceled", FAMILY_QUEUE),
	KEEP("pull-request-batch-merged", FAMILY_QUEUE),
	KEEP("old-pull-request-queued", FAMILY_QUEUE),
	KEEP("old-pull-request-failed", FAMILY_QUEUE),
	KEEP("old-pull-request-canceled", FAMILY_QUEUE),
	KEEP("old-pull-request-merged", FAMILY_QUEUE),
	KEEP("old-pull-request-batch-testing", FAMILY_QUEUE),
	KEEP("untyped", FAMILY_UNKNOWN),
	KEEP("unknown-type", FAMILY_UNKNOWN),
};

/* NULL: the member is deleted. */
static const char *const mutations[] = { NULL, "null", "\"\"", "\" \"",
    "\"x\"", "0", "-1", "1e308", "true", "false", "[]", "{}", "[null]",
    "[[]]", "{\"a\":null}", "{\"value\":[],\"html_url\":{}}" };

static const char rules[] =
    "[svix]\nsecret = whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n"
    "[tracker lin]\ntype = linear\napi_key = lin_api_0\nteam = ENG\n"
    "link = none\n"
    "[rule others]\nevent = !test_case.status_changed\naction = record\n"
    "[rule nightly]\nevent = test_case.status_changed\ntracker = lin\n";

static struct arena *arena;
static struct config *config;
static size_t variants, failures;

static int
setup(void **state)
{
	char path[] = "/tmp/test_event_mutations.XXXXXX";
	struct why why = { "" };
	ssize_t n;
	int fd;

	(void)state;
	arena = arena_new(4 << 20);
	if (arena == NULL || (fd = mkstemp(path)) < 0)
		return (1);
	n = write(fd, rules, sizeof(rules) - 1);
	(void)close(fd);
	if (n != (ssize_t)sizeof(rules) - 1 ||
	    config_load(path, &config, &why) != OK)
		(void)fprintf(stderr, "%s\n", why.text);
	(void)unlink(path);
	return (config == NULL);
}

static int
teardown(void **state)
{

	(void)state;
	config_free(config);
	arena_free(arena);
	return (0);
}

static void complain(const char *, ...) __attribute__((format(printf, 1, 2)));

static void
complain(const char *fmt, ...)
{
	va_list ap;

	if (failures++ >= SHOWN)
		return;
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

/* The file's bytes, malloced. */
static char *
load(const char *name, size_t *len)
{
	static char text[1 << 16];
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "tests/payloads/%s.json", name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be opened; run this where it is", path);
	*len = fread(text, 1, sizeof(text) - 1, f);
	text[*len] = '\0';
	assert_int_equal(fclose(f), 0);
	return (text);
}

/* A copy of a tree in which the victim, counted from 0, has changed. */
struct copy {
	struct json_writer w;
	int		 victim;
	const char	*mutation;
	int		 count;
	char		 path[256];	/* of the victim */
};

static void
copy_tree(struct copy *c, const struct json *j, const char *path)
{
	const struct json *child;
	char below[256];

	json_begin(&c->w, *path == '\0' ? NULL : j->key, j->type);
	for (child = j->child; child != NULL; child = child->next) {
		(void)snprintf(below, sizeof(below), "%s%s%s", path,
		    *path != '\0' ? "." : "",
		    child->key != NULL ? child->key : "[]");
		if (c->count++ == c->victim) {
			(void)memcpy(c->path, below, sizeof(below));
			if (c->mutation != NULL)
				json_put_raw(&c->w, child->key, c->mutation);
		} else if (child->type == JSON_ARRAY ||
		    child->type == JSON_OBJECT)
			copy_tree(c, child, below);
		else
			json_put_tree(&c->w, child->key, child);
	}
	json_end(&c->w);
}

enum fate {
	FILED,			/* a status change, with the same status */
	KEPT,			/* any other event */
	MALFORMED		/* refused */
};

static bool
is_text(const char *mutation)
{

	return (mutation != NULL && (strcmp(mutation, "\"x\"") == 0 ||
	    strcmp(mutation, "\" \"") == 0));
}

/* What event.h promises of a mutation of the member at path. */
static enum fate
promised(const struct payload *p, const char *path, const char *mutation)
{

	if (p->family != FAMILY_STATUS || strcmp(path, "type") == 0)
		return (KEPT);
	if (strcmp(path, "test_case") == 0)
		return (MALFORMED);
	if (strcmp(path, "test_case.id") == 0 ||
	    strcmp(path, "test_case.name") == 0)
		return (is_text(mutation) ? FILED : MALFORMED);
	if (strcmp(path, p->status_path) == 0)
		return (is_text(mutation) ? KEPT : p->restated ? FILED :
		    MALFORMED);
	return (FILED);
}

/* Of what is kept: the family that is still told. */
static bool
is_family(const struct payload *p, const char *path, const char *mutation,
    enum family family)
{
	bool typed = strncmp(p->file, "old-", 4) != 0;

	if (p->status_path != NULL && strcmp(path, p->status_path) == 0)
		return (family == FAMILY_KNOWN);
	if (strcmp(path, "type") == 0)
		return (family == (p->family == FAMILY_QUEUE &&
		    !is_text(mutation) ? FAMILY_QUEUE : FAMILY_UNKNOWN));
	/* A number or list of another type tells no queue any more. */
	if (!typed && strncmp(path, "pr_number", 9) == 0)
		return (family == FAMILY_QUEUE || family == FAMILY_UNKNOWN);
	return (family == p->family);
}

/* Nothing of C or JSON shows through. */
static void
check_text(const char *text, const char *body)
{
	static const char *const traces[] = { "null", "(null)", "undefined",
	    "nan", "NaN", "inf ", " -1", "[]", "()", "<>", "unknown", "1e308",
	    " %s" };
	const char *s;
	size_t i, ticks;

	for (i = 0; i < COUNT(traces); i++)
		if (strstr(text, traces[i]) != NULL)
			complain("\"%s\" in\n%s\nof %s", traces[i], text,
			    body);
	/* The payloads have none of their own, so two are empty code. */
	for (s = text; (s = strchr(s, '`')) != NULL; s += ticks)
		if ((ticks = strspn(s, "`")) == 2)
			complain("empty code in\n%s\nof %s", text, body);
}

/* Every label has a value; "6 times:" has a block of code below it. */
static void
check_draft(const struct draft *d, const char *body)
{
	const char *line, *end, *colon, *s;
	struct shape shape;

	check_text(d->title, body);
	check_text(d->body, body);
	if (strncmp(d->title, "[Flaky Test]", 12) != 0 ||
	    utf8_count(d->title, strlen(d->title)) > 255)
		complain("the title \"%s\" of %s", d->title, body);
	assert_int_equal(shape_of(arena, d->body, &shape), 0);
	for (line = buf_text(&shape.words); *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		colon = memchr(line, ':', (size_t)(end - line));
		line += strspn(line, " ");
		if (*line >= '0' && *line <= '9')
			colon = NULL;
		for (s = colon; s != NULL && s + 1 < end && s[1] == ' '; s++)
			;
		if (s != NULL && s + 1 == end)
			complain("an empty label in\n%s\nof %s", d->body,
			    body);
		end += *end == '\n';
	}
}

static void
check_told(const char *text, const char *body)
{

	if (text != NULL && *text == '\0')
		complain("empty text is told of %s", body);
}

static void
check_confidence(double c, const char *body)
{

	if (!(c == -1 || (c >= 0 && c <= 1)))
		complain("a confidence of %g of %s", c, body);
}

static void
check_investigation(const struct investigation *i, const char *body)
{
	const char *texts[] = { i->id, i->trigger, i->summary, i->failure };
	size_t k;

	for (k = 0; k < COUNT(texts); k++)
		check_told(texts[k], body);
	for (k = 0; k < i->nfacts; k++) {
		check_confidence(i->facts[k].confidence, body);
		check_told(i->facts[k].type, body);
		if (i->facts[k].content == NULL ||
		    i->facts[k].content[0] == '\0')
			complain("an empty fact of %s", body);
	}
}

static void
check_queue(const struct event *event, const char *body)
{
	const struct queue_item *q = event->queue;
	const char *texts[] = { q->repository, q->reason, q->branch,
	    q->target_branch, q->author, q->url };
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		check_told(texts[i], body);
	for (i = 0; i < q->nprs; i++)
		if (q->prs[i] <= 0)
			complain("pull request %lld of %s",
			    (long long)q->prs[i], body);
	if (q->step == QUEUE_STEP_UNKNOWN || q->suffix == NULL ||
	    event->name == NULL || strstr(event->name, q->suffix) == NULL)
		complain("no step of %s", body);
	if ((q->number > 0) != (!q->batch && q->nprs == 1))
		complain("whose number of %s", body);
}

/* The parts of its family and of no other are there, and are sound. */
static void
check_parts(const struct event *e, const char *body)
{

	if ((e->monitor != NULL) != (e->family == FAMILY_MONITOR) ||
	    (e->investigation != NULL) != (e->family ==
	    FAMILY_INVESTIGATION) || (e->quarantine != NULL) !=
	    (e->family == FAMILY_QUARANTINE) || (e->queue != NULL) !=
	    (e->family == FAMILY_QUEUE)) {
		complain("parts of another family of %s", body);
		return;
	}
	check_confidence(e->confidence, body);
	check_told(e->name, body);
	check_told(e->monitor_id, body);
	check_told(e->monitor_type, body);
	check_told(e->monitor_status, body);
	if (e->monitor != NULL)
		check_told(e->monitor->evidence, body);
	if (e->investigation != NULL)
		check_investigation(e->investigation, body);
	if (e->quarantine != NULL)
		check_told(e->quarantine->reason, body);
	if (e->queue != NULL)
		check_queue(e, body);
}

/* No person is left, and what is left is the same event. */
static void
check_redacted(struct job *job, const struct event *event,
    const struct delivery *mail)
{
	struct delivery clean = *mail;
	struct event again;

	if (event->family != FAMILY_QUARANTINE)
		return;
	assert_int_equal(event_redact(job, event, &clean), OK);
	if (strstr(clean.body, "brightwater.example") != NULL ||
	    strstr(clean.body, "full_name") != NULL)
		complain("a person is left in %s", clean.body);
	if (event_read(job, &clean, &again) != OK ||
	    again.family != event->family || again.time != event->time ||
	    again.quarantine->updated != event->quarantine->updated ||
	    again.quarantine->previous != event->quarantine->previous)
		complain("another event is left in %s", clean.body);
}

static enum fate
fate_of(struct job *job, const struct delivery *mail, struct event *event,
    struct route *route)
{
	enum err e = event_read(job, mail, event);

	if (e != OK && e != ERR_MALFORMED)
		complain("%s for %s", err_name(e), mail->body);
	if (e != OK)
		return (MALFORMED);
	if ((e = route_find(job, event, route)) != OK)
		complain("%s: no route for %s", err_name(e), mail->body);
	return (route->action == ACTION_TICKET ? FILED : KEPT);
}

/* Returns whether there was such a victim. */
static bool
mutate(const struct payload *p, const char *text, int victim,
    const char *mutation)
{
	struct job job = { .arena = arena, .now = 1794000000000,
	    .config = config };
	struct delivery mail = { .id = "msg_1", .body = text,
	    .len = strlen(text) };
	struct copy c = { .victim = victim, .mutation = mutation };
	struct event whole, event;
	const struct json *tree;
	struct route route;
	struct draft d;
	struct buf out;
	enum fate fate;

	arena_reset(arena);
	assert_int_equal(event_read(&job, &mail, &whole), OK);
	assert_int_equal(whole.family, p->family);
	assert_int_equal(json_parse(arena, mail.body, mail.len, &tree, NULL),
	    OK);
	buf_init(&out, arena, 1 << 16);
	json_open(&c.w, &out);
	copy_tree(&c, tree, "");
	if (c.count <= victim)
		return (false);
	assert_non_null(mail.body = buf_text(&out));
	mail.len = out.len;
	fate = fate_of(&job, &mail, &event, &route);
	if (fate != promised(p, c.path, mutation))
		complain("%s: fate %d of %s", c.path, fate, mail.body);
	if (fate == MALFORMED)
		return (true);
	check_parts(&event, mail.body);
	if (fate == KEPT) {
		if (!is_family(p, c.path, mutation, event.family))
			complain("%s: family %d of %s", c.path, event.family,
			    mail.body);
		check_redacted(&job, &event, &mail);
		return (true);
	}
	if (event.status != whole.status)
		complain("%s: another status of %s", c.path, mail.body);
	assert_int_equal(draft_write(&job, &event, &route, &d), OK);
	check_draft(&d, mail.body);
	return (true);
}

static void
test_mutations(void **state)
{
	const char *text;
	size_t p, m, len;
	int victim;

	(void)state;
	for (p = 0; p < COUNT(payloads); p++) {
		text = load(payloads[p].file, &len);
		for (m = 0; m < COUNT(mutations); m++)
			for (victim = 0; mutate(&payloads[p], text, victim,
			    mutations[m]); victim++)
				variants++;
	}
	print_message("%zu variants, %zu failures\n", variants, failures);
	assert_int_equal(failures, 0);
	assert_true(variants > 2000);
}

/* A body cut short anywhere is refused, and nothing is read beyond it. */
static void
test_truncated(void **state)
{
	struct job job = { .arena = arena };
	struct delivery mail = { .id = "msg_1" };
	struct event event;
	const char *text, *end;
	char *exact;
	size_t p, n, len;

	(void)state;
	for (p = 0; p < COUNT(payloads); p++) {
		text = load(payloads[p].file, &len);
		assert_non_null(end = strrchr(text, '}'));
		len = (size_t)(end - text);
		for (n = 0; n <= len; n++) {
			arena_reset(arena);
			exact = malloc(n > 0 ? n : 1);
			assert_non_null(exact);
			memcpy(exact, text, n);
			mail.body = exact;
			mail.len = n;
			assert_int_equal(event_read(&job, &mail, &event),
			    ERR_MALFORMED);
			free(exact);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_truncated),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
