/*
 * Tests that Trunk lists, made the deliveries that would have told them.  So
 * what was missed takes the same way as what was not, signature apart, and
 * leads to the same ticket.
 */
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/event.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/reconcile_list.h"
#include "handler/route.h"
#include "handler/tracker.h"

/* Tests that Trunk lists, made the deliveries that would have told them. */
enum {
	BODY_MAX = 256 * 1024	/* bytes of a delivery that we make */
};

/* Where a version of the API keeps what; paths for json_get(). */
struct names {
	const char	*file_path;
	const char	*parent;
	const char	*classname;
	const char	*url;
	const char	*status;
	const char	*since;
	const char	*reason;
	const char	*ticket;
};

static const struct names v1 = {
	"file_path", "parent", "classname", "html_url", "status.value",
	"status.timestamp", "status.reason", "ticket.html_url"
};

static const struct names v2 = {
	"file", "parentName", "className", "url", "status", "statusSince",
	"statusReason", "ticket.url"
};

static void
read_owners(struct job *job, const struct json *list, struct test *test)
{
	const struct json *one;

	if (list == NULL || list->type != JSON_ARRAY ||
	    (test->owners = arena_alloc(job->arena,
	    (list->len + 1) * sizeof(*test->owners))) == NULL)
		return;
	for (one = list->child; one != NULL; one = one->next)
		if (one->type == JSON_STRING && one->len > 0)
			test->owners[test->nowners++] = one->text;
}

static void
read_numbers(const struct json *entry, struct test *test)
{
	const char *state = json_text(entry, "quarantineState");
	int64_t n;
	bool yes;

	test->failure_rate = -1;
	test->pull_requests = -1;
	if (json_int(entry, "pull_requests_impacted_last_7d", &n) && n >= 0)
		test->pull_requests = n;
	if (json_bool(entry, "quarantined", &yes))
		test->quarantined = yes ? ANSWER_YES : ANSWER_NO;
	else if (state != NULL && strcmp(state, "quarantined") == 0)
		test->quarantined = ANSWER_YES;
	else if (state != NULL && strcmp(state, "notQuarantined") == 0)
		test->quarantined = ANSWER_NO;
}

bool
reconcile_told(struct job *job, enum scope scope, const struct json *entry,
    struct told *t)
{
	const struct names *names = scope == SCOPE_COLLECTION ? &v2 : &v1;
	struct test *test = &t->test;

	*t = (struct told){ .test = { .scope = scope } };
	test->id = json_text(entry, "id");
	test->name = json_text(entry, "name");
	test->variant = json_text(entry, "variant");
	test->file_path = json_text(entry, names->file_path);
	test->parent = json_text(entry, names->parent);
	test->classname = json_text(entry, names->classname);
	test->url = json_text(entry, names->url);
	test->ticket_url = json_text(entry, names->ticket);
	if (json_text(entry, "ticket.deletedAt") != NULL)
		test->ticket_url = NULL;
	test->repository.url = json_text(entry, "repository.html_url");
	t->status = json_text(entry, names->status);
	t->since = json_text(entry, names->since);
	t->reason = json_text(entry, names->reason);
	read_numbers(entry, test);
	read_owners(job, json_get(entry, "codeowners"), test);
	return (test->id != NULL && test->name != NULL && t->status != NULL);
}

static void
put(struct json_writer *w, const char *key, const char *text)
{

	if (text != NULL)
		json_put_string(w, key, text);
}

static void
put_inner(struct json_writer *w, const char *key, const char *member,
    const char *text)
{

	if (text == NULL)
		return;
	json_begin(w, key, JSON_OBJECT);
	json_put_string(w, member, text);
	json_end(w);
}

static void
put_test(struct json_writer *w, const struct test *test)
{
	size_t i;

	json_begin(w, "test_case", JSON_OBJECT);
	put(w, "id", test->id);
	put(w, "name", test->name);
	put(w, "variant", test->variant);
	put(w, "file_path", test->file_path);
	put(w, "parent", test->parent);
	put(w, "classname", test->classname);
	put(w, "html_url", test->url);
	put_inner(w, "repository", "html_url", test->repository.url);
	put_inner(w, "ticket", "html_url", test->ticket_url);
	json_begin(w, "codeowners", JSON_ARRAY);
	for (i = 0; i < test->nowners; i++)
		json_put_string(w, NULL, test->owners[i]);
	json_end(w);
	if (test->pull_requests >= 0)
		json_put_int(w, "pull_requests_impacted_last_7d",
		    test->pull_requests);
	if (test->quarantined != ANSWER_UNKNOWN)
		json_put_bool(w, "quarantined", test->quarantined ==
		    ANSWER_YES);
	json_end(w);
}

/* In the words of the older payload, which tells more. */
enum err
reconcile_mail(struct job *job, const struct told *t, const char *prefix,
    struct delivery *mail)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, BODY_MAX);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "type", "test_case.status_changed");
	if (t->test.scope == SCOPE_COLLECTION) {
		json_begin(&w, "test_collection", JSON_OBJECT);
		json_end(&w);
	}
	put_test(&w, &t->test);
	json_begin(&w, "status_change", JSON_OBJECT);
	json_begin(&w, "current_status", JSON_OBJECT);
	put(&w, "value", t->status);
	put(&w, "reason", t->reason);
	put(&w, "timestamp", t->since);
	json_end(&w);
	json_end(&w);
	json_end(&w);
	mail->body = buf_text(&buf);
	mail->len = buf.len;
	mail->signed_at = job->now / 1000;
	mail->id = arena_printf(job->arena, "%s-%s-%s-%s", prefix,
	    t->test.id, t->status, t->since != NULL ? t->since : "now");
	return (mail->body == NULL || mail->id == NULL ? fail(job, ERR_NOMEM,
	    "no memory for the test %s", t->test.id) : OK);
}

/* Has the ledger a ticket for it? */
static enum err
has_ticket(struct job *job, const struct test *test, bool *has)
{
	const struct view_filter filter = { .oldest = true };
	struct test_record record;
	struct view_mark mark;
	struct view_test row;
	enum err e;

	*has = false;
	e = ledger_test(job, test, &record);
	if (e == ERR_ABSENT)
		return (OK);
	mark = (struct view_mark){ .begun = true, .row = record.row - 1 };
	if (e != OK || (e = ledger_view_tests(job, &filter, &mark,
	    &row)) != OK)
		return (e);
	*has = row.row == record.row && row.ticket.row != 0;
	return (OK);
}

static bool
same(const char *a, const char *b)
{

	return (a == NULL || b == NULL ? a == b : strcmp(a, b) == 0);
}

/*
 * The list of the collections does not tell the repository of a test.  Has a
 * test a ticket that is the same in all else?
 */
static enum err
has_twin(struct job *job, const struct test *test, bool *has)
{
	const struct view_filter filter = { .name = test->name };
	const char *suite = test->parent != NULL ? test->parent :
	    test->classname;
	struct view_mark mark = { .begun = false };
	struct view_test v;
	enum err e;

	while ((e = ledger_view_tests(job, &filter, &mark, &v)) == OK &&
	    !*has)
		*has = v.ticket.row != 0 &&
		    same(v.test.file_path, test->file_path) &&
		    same(v.test.parent, suite) &&
		    same(v.test.variant, test->variant);
	return (e == ERR_ABSENT ? OK : e);
}

/* May it be one that we know by its other id? */
static bool
may_be_twin(const struct job *job, const struct test *test)
{

	return (test->scope == SCOPE_COLLECTION &&
	    test->repository.name == NULL && !job->config->twins_apart);
}

static const char *
place(struct job *job, const struct route *route)
{

	return (arena_printf(job->arena, "file a ticket in %s/%s, by the "
	    "rule %s", route->tracker->name,
	    route->dest[route->tracker->kind->project].value,
	    route->rule->name));
}

enum err
reconcile_earlier(struct job *job, const struct told *t,
    struct delivery *mail, struct finding *f, bool *found)
{
	struct event event;
	struct route route;
	bool has;
	enum err e;

	*found = false;
	if ((e = reconcile_mail(job, t, "backfill", mail)) != OK)
		return (e);
	if ((e = event_read(job, mail, &event)) != OK)
		return (e == ERR_MALFORMED ? OK : e);
	if ((e = has_ticket(job, &event.test, &has)) == OK && !has &&
	    may_be_twin(job, &event.test))
		e = has_twin(job, &event.test, &has);
	if (e != OK || has)
		return (e);
	if ((e = route_find(job, &event, &route)) != OK)
		return (e);
	if (route.action != ACTION_TICKET || event.example)
		return (OK);
	*f = (struct finding){ .kind = FINDING_EARLIER,
	    .test = t->test.name, .test_id = t->test.id,
	    .url = t->test.url, .would = place(job, &route) };
	f->what = arena_printf(job->arena, "it is %s since %s, and has no "
	    "ticket", t->status, t->since != NULL ? t->since : "some time");
	if (t->test.ticket_url != NULL) {
		f->kind = FINDING_ORPHAN;
		f->url = t->test.ticket_url;
		f->what = "Trunk shows a ticket that is not in the ledger";
		f->would = "take it over";
	}
	*found = true;
	return (OK);
}
