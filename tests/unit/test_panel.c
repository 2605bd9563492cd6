/*
 * Who may see the panel and press its buttons, and what those do, over a
 * real ledger and a fake tracker.
 */
#include "tests/unit/fake_tracker.h"

#include "common/crypt.h"
#include "common/json.h"
#include "handler/handle.h"
#include "handler/ledger_panel.h"
#include "handler/ledger_queue.h"
#include "handler/ledger_rerun.h"
#include "handler/metrics.h"
#include "handler/notify.h"
#include "handler/panel.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FORM	"application/x-www-form-urlencoded"

enum {
	LONG_QUERY = 40 * 1000,	/* bytes */
	ENOUGH = 8 << 20	/* bytes for a page */
};

static const char *users[] = { "kim", "lee" };
static const char *everybody[] = { "*" };

/* A request of the panel, and what came of it. */
struct visit {
	struct job	 job;
	struct request	 in;
	struct outcome	 out;
};

static int
setup(void **state)
{
	struct why why;

	if (crypt_init(&why) != OK || world_setup_open(state) != 0)
		return (-1);
	fake_setup(true);
	fake_rule.dest[DEST_TRACKER].value = "harbour";
	fake_rule.dest[DEST_TEAM].value = "HAR";
	fake_rule.action = ACTION_TICKET;
	fake_tracker.url = "https://dock.example.net";
	fake_config.trunk_url = "https://trunk.example.net";
	fake_config.panel_users = (struct matcher){ .pattern = users,
	    .n = COUNT(users) };
	fake_config.panel_token = (struct secret){ .bytes = "s3same",
	    .len = 6 };
	return (0);
}

struct body {
	const char	*text;
};

static int
give(void *ctx, char *data, int n)
{
	struct body *b = ctx;
	int left = (int)strlen(b->text);

	if (n > left)
		n = left;
	memcpy(data, b->text, (size_t)n);
	b->text += n;
	return (n);
}

static void
visit_begin(struct world *w, struct visit *v, const char *method,
    const char *path)
{

	memset(v, 0, sizeof(*v));
	world_job(w, &v->job);
	arena_free(v->job.arena);
	v->job.arena = arena_new(64 << 20);
	v->job.config = &fake_config;
	v->in.method = method;
	v->in.path = path;
	v->in.declared = -1;
	v->in.visitor.user = "kim";
}

static int
visit_go(struct visit *v, const char *form)
{
	struct body body = { form };
	const struct request_source source = { .read = give, .ctx = &body };
	const char *reply;
	size_t len;

	v->in.declared = (int64_t)strlen(form);
	v->out = handle(&v->job, &v->in, &source);
	reply = handle_reply(&v->job, &v->in, &v->out, &len);
	assert_null(strstr(reply, "Unknown\r\n"));
	return (v->out.status);
}

static void
visit_end(struct visit *v)
{

	arena_free(v->job.arena);
}

/* A page or an act by a user whom the web server let in. */
static int
look(struct world *w, struct visit *v, const char *path, const char *query)
{

	visit_begin(w, v, "GET", path);
	v->in.visitor.query = query;
	return (visit_go(v, ""));
}

static int
press(struct world *w, struct visit *v, const char *path, const char *form)
{

	visit_begin(w, v, "POST", path);
	v->in.visitor.type = FORM;
	v->in.visitor.site = "same-origin";
	return (visit_go(v, form));
}

static const char *const paths[] = { "/", "/tickets", "/ticket",
    "/deliveries", "/delivery", "/queue", "/parked", "/unhandled",
    "/metrics" };

static void
without_a_section_there_is_nothing(void **state)
{
	struct visit v;
	size_t i;

	fake_config.panel_users.n = 0;
	fake_config.panel_token.len = 0;
	for (i = 0; i < COUNT(paths); i++) {
		assert_int_equal(look(*state, &v, paths[i], NULL), 404);
		visit_end(&v);
	}
	assert_int_equal(press(*state, &v, "/act/replay", "id=x"), 404);
	visit_end(&v);
}

static const struct {
	const char	*user;
	const char	*authorization;
	int		 page;
	int		 metrics;
	bool		 detail;	/* of /ready */
} visitors[] = {
	{ "kim", NULL, 200, 200, true },
	{ "lee", NULL, 200, 200, true },
	{ "Kim", NULL, 403, 403, false },
	{ "kim ", NULL, 403, 403, false },
	{ "*", NULL, 403, 403, false },
	{ NULL, NULL, 403, 403, false },
	{ NULL, "Bearer s3same", 403, 200, true },
	{ NULL, "bearer  s3same", 403, 200, true },
	{ NULL, "Bearer s3sam", 403, 403, false },
	{ NULL, "Bearer s3samee", 403, 403, false },
	{ NULL, "Bearer S3same", 403, 403, false },
	{ NULL, "Bearer ", 403, 403, false },
	{ NULL, "s3same", 403, 403, false },
	{ NULL, "Basic s3same", 403, 403, false },
	{ "eve", "Bearer s3same", 403, 200, true },
};

static void
who_may(void **state)
{
	struct visit v;
	size_t i;

	for (i = 0; i < COUNT(visitors); i++) {
		visit_begin(*state, &v, "GET", "/tickets");
		v.in.visitor.user = visitors[i].user;
		v.in.visitor.authorization = visitors[i].authorization;
		assert_int_equal(visit_go(&v, ""), visitors[i].page);
		v.in.path = "/metrics";
		assert_int_equal(visit_go(&v, ""), visitors[i].metrics);
		v.in.path = "/ready";
		assert_int_equal(visit_go(&v, ""), 200);
		assert_int_equal(strstr(v.out.body, "warnings") != NULL,
		    visitors[i].detail);
		visit_end(&v);
	}
}

static void
a_star_is_everybody_with_a_name(void **state)
{
	struct visit v;

	fake_config.panel_users = (struct matcher){ .pattern = everybody,
	    .n = 1 };
	assert_int_equal(look(*state, &v, "/", NULL), 200);
	v.in.visitor.user = NULL;
	assert_int_equal(visit_go(&v, ""), 403);
	visit_end(&v);
}

static const struct {
	const char	*site;
	const char	*origin;
	const char	*host;
	const char	*user;
	int		 status;
	bool		 https;
} senders[] = {
	{ "same-origin", NULL, NULL, "kim", 303, false },
	{ "same-origin", NULL, NULL, NULL, 403, false },
	{ "same-origin", NULL, NULL, "eve", 403, false },
	{ "same-site", "https://a.example", "a.example", "kim", 403, false },
	{ "cross-site", "https://a.example", "a.example", "kim", 403, false },
	{ "none", "https://a.example", "a.example", "kim", 403, false },
	{ "", NULL, NULL, "kim", 403, false },
	{ NULL, "https://a.example", "a.example", "kim", 303, false },
	{ NULL, "https://A.example:8443", "a.example:8443", "kim", 303, false },
	{ NULL, "https://a.example", "b.example", "kim", 403, false },
	{ NULL, "https://a.example.evil", "a.example", "kim", 403, false },
	{ NULL, "https://a.example:1", "a.example", "kim", 403, false },
	{ NULL, "null", "null", "kim", 403, false },
	{ NULL, "a.example", "a.example", "kim", 403, false },
	{ NULL, "https://a.example", NULL, "kim", 403, false },
	{ NULL, NULL, "a.example", "kim", 403, false },
	/* the right host, by another scheme */
	{ NULL, "https://a.example", "a.example", "kim", 303, true },
	{ NULL, "http://a.example", "a.example", "kim", 403, true },
	{ NULL, "http://a.example", "a.example", "kim", 303, false },
	{ NULL, "ftp://a.example", "a.example", "kim", 403, false },
	{ NULL, "httpx://a.example", "a.example", "kim", 403, false },
	{ NULL, "://a.example", "a.example", "kim", 403, false },
	{ NULL, "https:/a.example", "a.example", "kim", 403, true },
};

static void
only_our_pages_send_forms(void **state)
{
	struct visit v;
	size_t i;

	for (i = 0; i < COUNT(senders); i++) {
		visit_begin(*state, &v, "POST", "/act/rerun");
		v.in.visitor = (struct visitor){ .type = FORM,
		    .site = senders[i].site, .origin = senders[i].origin,
		    .host = senders[i].host, .user = senders[i].user,
		    .https = senders[i].https };
		assert_int_equal(visit_go(&v, "row=1"), senders[i].status);
		visit_end(&v);
	}
}

static void
what_is_no_form_is_refused(void **state)
{
	struct visit v;

	assert_int_equal(press(*state, &v, "/act/levitate", "id=1"), 404);
	visit_end(&v);
	assert_int_equal(press(*state, &v, "/act/replay", "ix=1"), 400);
	visit_end(&v);
	assert_int_equal(press(*state, &v, "/act/replay", "id=a%00"), 400);
	visit_end(&v);
	visit_begin(*state, &v, "POST", "/act/replay");
	v.in.visitor.site = "same-origin";
	v.in.visitor.type = "text/plain";
	assert_int_equal(visit_go(&v, "id=1"), 400);
	visit_end(&v);
	visit_begin(*state, &v, "GET", "/act/replay");
	assert_int_equal(visit_go(&v, ""), 405);
	visit_end(&v);
	visit_begin(*state, &v, "POST", "/tickets");
	assert_int_equal(visit_go(&v, ""), 405);
	visit_end(&v);
}

static void
sql(struct world *w, const char *text)
{

	run_sql(w->path, text);
}

static int64_t
number(struct world *w, const char *text)
{

	return (ask(w->path, text));
}

/* 120 tickets, one in three flagged: each on one page, none twice. */
static void
pages_follow_each_other(void **state)
{
	struct panel_cut cut = { .n = 0 };
	const struct panel_ticket *rows;
	struct world *w = *state;
	int64_t last = INT64_MAX, seen = 0;
	size_t i, pages = 0;

	sql(w, "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1"
	    " FROM i WHERE n < 120) INSERT INTO ticket (key, generation,"
	    " stage, marker, tracker, remote_id, created, life, life_since)"
	    " SELECT 'test|' || n, 1, 'created', n, 'harbour', n, n,"
	    " iif(n % 3 = 0, 'not_proven', 'open'), n / 10 FROM i");
	do {
		assert_int_equal(ledger_panel_tickets(&w->job, PANEL_ALL,
		    NULL, &cut, &rows), OK);
		for (i = 0; i < cut.n; i++, seen++) {
			assert_true(rows[i].row < last);
			last = rows[i].row;
		}
		cut.after = cut.next;
		pages++;
	} while (cut.more);
	assert_int_equal(seen, 120);
	assert_int_equal(pages, 3);
	cut = (struct panel_cut){ .n = 0 };
	assert_int_equal(ledger_panel_tickets(&w->job, PANEL_FLAGGED, NULL,
	    &cut, &rows), OK);
	assert_int_equal(cut.n, 40);
	assert_false(cut.more);
	for (i = 1; i < cut.n; i++)
		assert_true(rows[i].since < rows[i - 1].since ||
		    (rows[i].since == rows[i - 1].since &&
		    rows[i].row < rows[i - 1].row));
}

/* One is asked for at a time, and is over when somebody has looked. */
static void
reruns_are_one(void **state)
{
	const struct panel_request kim = { "kim", 5000 };
	struct world *w = *state;
	struct panel_ticket t;
	bool asked;

	sql(w, "INSERT INTO ticket (id, key, generation, stage, marker,"
	    " tracker, remote_id, created, life, life_next) VALUES"
	    " (1, 'a', 1, 'created', 'm', 'harbour', 'i', 1, 'verifying',"
	    " 77), (2, 'b', 1, 'created', 'n', 'harbour', 'j', 1, 'open', 0)");
	assert_int_equal(ledger_panel_rerun(&w->job, 2, &kim, &asked),
	    ERR_ABSENT);
	assert_int_equal(ledger_panel_rerun(&w->job, 9, &kim, &asked),
	    ERR_ABSENT);
	assert_int_equal(ledger_panel_rerun(&w->job, 1, &kim, &asked), OK);
	assert_true(asked);
	assert_int_equal(ledger_panel_rerun(&w->job, 1, &(struct
	    panel_request){ "lee", 9000 }, &asked), OK);
	assert_false(asked);
	assert_int_equal(ledger_panel_ticket(&w->job, 1, &t), OK);
	assert_string_equal(t.by, "kim");
	assert_int_equal(t.asked, w->job.now);
	assert_int_equal(t.begun, 0);
	assert_int_equal(t.next, 5000);
	assert_int_equal(ledger_panel_rerun_begin(&w->job, 1), OK);
	assert_int_equal(ledger_panel_ticket(&w->job, 1, &t), OK);
	assert_int_equal(t.begun, w->job.now);
	sql(w, "UPDATE ticket SET life_next = 6000 WHERE id = 1");
	assert_int_equal(ledger_panel_ticket(&w->job, 1, &t), OK);
	assert_int_equal(t.asked, 0);
}

/* Who runs tests again is told, and the look waits for that run. */
static void
a_rerun_elsewhere_is_told(void **state)
{
	struct notify ci = { .name = "ci" };
	struct world *w = *state;
	struct visit v;
	unsigned i;

	for (i = 0; strcmp(notify_words[i], "resolved") != 0; i++)
		assert_non_null(notify_words[i + 1]);
	ci.on = 1U << i;
	fake_config.notifies = &ci;
	sql(w, "INSERT INTO test (id, identity, name) VALUES (3, 'x', 'y'),"
	    " (4, 'z', 'z'); INSERT INTO ticket (id, key, generation, stage,"
	    " marker, tracker, remote_id, created, life) VALUES (1, 'a', 1,"
	    " 'created', 'm', 'harbour', 'i', 1, 'not_proven');"
	    "INSERT INTO link (ticket, test, scope, stage, tried) VALUES"
	    " (1, 3, 'collection', 'done', 1), (1, 4, 'collection', 'done',"
	    " 1)");
	assert_int_equal(press(w, &v, "/act/rerun", "row=1"), 303);
	assert_string_equal(v.out.header[0],
	    "Location: ../ticket?row=1&said=rerun-told");
	assert_int_equal(number(w, "SELECT count(*) FROM notice"), 2);
	assert_int_equal(number(w, "SELECT count(*) FROM rerun WHERE"
	    " begun > 0"), 1);
	assert_int_equal(number(w, "SELECT life_next FROM ticket"),
	    v.job.now + 3600000);
	visit_end(&v);
	assert_int_equal(press(w, &v, "/act/rerun", "row=1"), 303);
	assert_string_equal(v.out.header[0],
	    "Location: ../ticket?row=1&said=rerun-pending");
	visit_end(&v);
	assert_int_equal(number(w, "SELECT count(*) FROM notice"), 2);
	assert_int_equal(look(w, &v, "/", NULL), 200);
	assert_non_null(strstr(v.out.body, ">re-run pending<"));
	visit_end(&v);
	fake_config.notifies = NULL;
}

/* What was done to a ticket, the newest first, in its words. */
static void
a_ticket_shows_what_was_done(void **state)
{
	struct world *w = *state;
	const char *comment, *move;
	struct visit v;

	sql(w, "INSERT INTO ticket (id, key, generation, stage, marker,"
	    " tracker, remote_id, created) VALUES (1, 'a', 1, 'created', 'm',"
	    " 'harbour', 'i', 1);"
	    "INSERT INTO act (ticket, key, kind, body, made, state, tried,"
	    " tries) VALUES (1, 'k1', 'move', 'open', 1, 'done', 1, 1),"
	    " (1, 'k2', 'comment', 'It lifts < again', 2, 'done', 2, 1)");
	assert_int_equal(look(w, &v, "/ticket", "row=1"), 200);
	comment = strstr(v.out.body, "It lifts &lt; again");
	move = strstr(v.out.body, "<small>open</small>");
	assert_non_null(comment);
	assert_non_null(move);
	assert_true(comment < move);
	visit_end(&v);
}

/* What may go wrong is a warning; what does is a problem, and 503. */
static void
ready_tells_what_is_wrong(void **state)
{
	const struct delivery early = { .signed_at = WORLD_NOW - 40 };
	struct world *w = *state;
	struct visit v;

	sql(w, "INSERT INTO storm VALUES ('cranes', 1, 9000000000000);"
	    "INSERT INTO delivery (id, received, last, tries, outcome, status,"
	    " final, due) VALUES ('msg_1', 1, 1, 1, 'upstream', 503, 0, 1)");
	visit_begin(w, &v, "GET", "/ready");
	fake_tracker.token = (struct secret){ .bytes = "k", .len = 1,
	    .since = v.job.now - INT64_C(340) * 86400000 };
	metrics_open(w->path);
	metrics_signed(&v.job, &early);
	assert_int_equal(visit_go(&v, ""), 200);
	metrics_close();
	assert_non_null(strstr(v.out.body, "\"problems\":[]"));
	assert_non_null(strstr(v.out.body, "40 s before"));
	assert_non_null(strstr(v.out.body, "340 days ago"));
	assert_non_null(strstr(v.out.body, "tickethook sync"));
	assert_non_null(strstr(v.out.body, "rule cranes"));
	assert_non_null(strstr(v.out.body, "\"deliveries\":1"));
	v.in.visitor.user = NULL;
	assert_int_equal(visit_go(&v, ""), 200);
	assert_string_equal(v.out.body, "{\"ready\":true}\n");
	visit_end(&v);
	/* Refused for three days, and nothing well since. */
	sql(w, "INSERT INTO delivery (id, received, last, tries, outcome,"
	    " status, final, due, first_refused) VALUES ('msg_2', 1, 1, 1,"
	    " 'tracker_refused', 502, 0, 1, 1)");
	assert_int_equal(look(w, &v, "/ready", NULL), 503);
	assert_non_null(strstr(v.out.body, "three days"));
	v.in.visitor.user = NULL;
	assert_int_equal(visit_go(&v, ""), 503);
	assert_string_equal(v.out.body, "{\"ready\":false}\n");
	visit_end(&v);
}

/* A delivery of a rule's, as it waits. */
static void
park(struct world *w)
{

	sql(w, "INSERT INTO delivery (id, received, last, tries, type,"
	    " outcome, status, final, rule, due, body) VALUES ('msg_1', 1, 1,"
	    " 1, 'x', 'parked', 200, 0, 'cranes', 1, CAST('{\"type\":"
	    "\"v2.test_case.status_changed\",\"test_case\":{\"id\":"
	    "\"5b1f7c02-6a3e-5d49-8b10-f2c4d6e8a013\",\"name\":\"lifts\"},"
	    "\"new_status\":\"FLAKY\"}' AS BLOB))");
}

/* What the button sends again goes the way of every delivery. */
static void
a_parked_delivery_is_released(void **state)
{
	struct world *w = *state;
	struct visit v;

	park(w);
	assert_int_equal(look(w, &v, "/parked", NULL), 200);
	assert_non_null(strstr(v.out.body, "value=\"cranes\""));
	visit_end(&v);
	assert_int_equal(press(w, &v, "/act/release", "rule=cranes"), 303);
	assert_string_equal(v.out.header[0],
	    "Location: ../parked?said=released");
	visit_end(&v);
	assert_int_equal(fake.creates, 1);
	assert_int_equal(number(w, "SELECT count(*) FROM delivery WHERE"
	    " outcome = 'created' AND due = 0"), 1);
	assert_int_equal(press(w, &v, "/act/replay", "id=msg_1"), 303);
	assert_string_equal(v.out.header[0],
	    "Location: ../delivery?id=msg_1&said=replay");
	visit_end(&v);
	assert_int_equal(fake.creates, 1);
}

/* One button releases a part of many, and says so; the next one the rest. */
static void
many_are_released_in_parts(void **state)
{
	static const char *const said[] = { "Location: ../parked?said="
	    "released-part", "Location: ../parked?said=released" };
	static const int made[] = { 10, 12 };
	struct world *w = *state;
	struct visit v;
	size_t i;

	sql(w, "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1"
	    " FROM i WHERE n < 12) INSERT INTO delivery (id, received, last,"
	    " tries, type, outcome, status, final, rule, due, body) SELECT"
	    " 'msg_' || n, n, n, 1, 'x', 'parked', 200, 0, 'cranes', 1,"
	    " CAST('{\"type\":\"v2.test_case.status_changed\",\"test_case\":"
	    "{\"id\":\"5b1f7c02-6a3e-5d49-8b10-' || (100000000000 + n) ||"
	    " '\",\"name\":\"lifts\"},\"new_status\":\"FLAKY\"}' AS BLOB)"
	    " FROM i");
	for (i = 0; i < COUNT(said); i++) {
		assert_int_equal(press(w, &v, "/act/release", "rule=cranes"),
		    303);
		assert_string_equal(v.out.header[0], said[i]);
		assert_int_equal(fake.creates, made[i]);
		visit_end(&v);
	}
}

/* Where the tracker makes none, nobody is told that some were. */
static void
none_is_released_where_none_is_made(void **state)
{
	struct world *w = *state;
	struct visit v;

	park(w);
	fake.create = ERR_UPSTREAM;
	assert_int_equal(press(w, &v, "/act/release", "rule=cranes"), 303);
	assert_string_equal(v.out.header[0],
	    "Location: ../parked?said=released-none");
	visit_end(&v);
	assert_int_equal(press(w, &v, "/act/replay", "id=msg_1"), 303);
	assert_string_equal(v.out.header[0],
	    "Location: ../delivery?id=msg_1&said=replay-failed");
	visit_end(&v);
	assert_int_equal(number(w, "SELECT count(*) FROM delivery WHERE"
	    " outcome = 'created'"), 0);
}

/* A list of the largest deliveries there may be costs no more memory. */
static void
a_list_has_no_bodies(void **state)
{
	struct world *w = *state;
	struct visit v;

	sql(w, "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1"
	    " FROM i WHERE n < 60) INSERT INTO delivery (id, received, last,"
	    " tries, outcome, status, final, due, body) SELECT 'msg_' || n, n,"
	    " n, 1, 'upstream', 503, 0, 1, zeroblob(1048576) FROM i");
	visit_begin(w, &v, "GET", "/deliveries");
	arena_free(v.job.arena);
	v.job.arena = arena_new(16 << 20);
	assert_int_equal(visit_go(&v, ""), 200);
	assert_non_null(strstr(v.out.body, ">msg_60<"));
	assert_non_null(strstr(v.out.body, ">msg_11<"));
	assert_null(strstr(v.out.body, ">msg_10<"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/deliveries", "after=11.11"), 200);
	assert_non_null(strstr(v.out.body, ">msg_10<"));
	assert_null(strstr(v.out.body, ">msg_11<"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/parked", NULL), 200);
	assert_non_null(strstr(v.out.body, ">msg_1<"));
	visit_end(&v);
}

static void
there_is_no_such_thing(void **state)
{
	struct visit v;

	assert_int_equal(look(*state, &v, "/ticket", "row=7"), 404);
	assert_non_null(strstr(v.out.body, "Not there"));
	visit_end(&v);
	assert_int_equal(look(*state, &v, "/delivery", "id=%3Cb%3E"), 404);
	visit_end(&v);
	assert_int_equal(look(*state, &v, "/delivery", NULL), 404);
	visit_end(&v);
}

/* What happened is counted as it happens, whoever counts. */
static void
weeks_and_states_are_counted(void **state)
{
	struct world *w = *state;

	sql(w, "INSERT INTO ticket (id, key, generation, stage, marker,"
	    " tracker, rule, remote_id, created, life) VALUES"
	    " (1, 'a', 1, 'created', 'm', 'harbour', 'r', 'i', 1, 'open'),"
	    " (2, 'b', 1, 'intent', 'n', 'harbour', 'r', NULL, 1, 'open');"
	    "UPDATE ticket SET life = 'not_proven', life_since = 9"
	    "  WHERE id = 1;"
	    "UPDATE ticket SET flaps = 2, life_since = 9 WHERE id = 1;"
	    "UPDATE ticket SET stage = 'created', remote_id = 'j'"
	    "  WHERE id = 2");
	assert_int_equal(number(w, "SELECT sum(n) FROM census"), 2);
	assert_int_equal(number(w, "SELECT n FROM census WHERE"
	    " state = 'pending'"), 0);
	assert_int_equal(number(w, "SELECT n FROM census WHERE"
	    " state = 'not_proven'"), 1);
	assert_int_equal(number(w, "SELECT sum(n) FROM tally WHERE"
	    " what = 'opened'"), 2);
	assert_int_equal(number(w, "SELECT sum(n) FROM tally WHERE"
	    " what = 'reopened'"), 2);
	assert_int_equal(number(w, "SELECT sum(n) FROM tally WHERE"
	    " what = 'not_proven'"), 1);
	sql(w, "DELETE FROM ticket");
	assert_int_equal(number(w, "SELECT sum(n) FROM census"), 0);
}

/* What chose it, what was left out, why it is healthy, and what was called. */
static void
a_story_is_told(void **state)
{
	struct world *w = *state;
	struct visit v;

	sql(w, "INSERT INTO test (id, identity, name) VALUES (3, 'x', 'y');"
	    "INSERT INTO ticket (id, key, generation, stage, marker, tracker,"
	    " rule, rule_line, owner, owner_line, note, remote_id, created)"
	    " VALUES (7, 'a', 1, 'created', 'm', 'harbour', 'cranes', 12,"
	    " '@dock', 34, 'component \"<gate>\"', 'i', 1), (8, 'b', 1,"
	    " 'created', 'n', 'harbour', NULL, 0, NULL, 0, NULL, 'j', 1);"
	    "INSERT INTO link (ticket, test, scope, stage, tried) VALUES"
	    " (7, 3, 'collection', 'done', 1);"
	    "INSERT INTO change (delivery, test, time, status, previous,"
	    " quarantined, why_healthy) VALUES ('msg_1', 3, 1, 'healthy',"
	    " 'flaky', 'no', 'muted');"
	    "INSERT INTO delivery (id, received, last, tries, outcome, status,"
	    " final, due, calls) VALUES ('msg_1', 1, 1, 1, 'created', 200, 1,"
	    " 0, 'GET a/<b>: 404, 7 ms' || char(10) || 'POST c: 201, 8 ms'),"
	    " ('msg_2', 1, 1, 1, 'ignored', 200, 0, 0, NULL)");
	assert_int_equal(look(w, &v, "/ticket", "row=7"), 200);
	assert_non_null(strstr(v.out.body, "cranes, line 12<"));
	assert_non_null(strstr(v.out.body, "@dock, line 34<"));
	assert_non_null(strstr(v.out.body, "component &quot;&lt;gate&gt;"));
	assert_non_null(strstr(v.out.body, "monitor was muted"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/ticket", "row=8"), 200);
	assert_null(strstr(v.out.body, ", line "));
	assert_null(strstr(v.out.body, "Left out"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/delivery", "id=msg_1"), 200);
	assert_non_null(strstr(v.out.body, ">GET a/&lt;b&gt;: 404, 7 ms<"));
	assert_non_null(strstr(v.out.body, ">POST c: 201, 8 ms<"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/delivery", "id=msg_2"), 200);
	assert_non_null(strstr(v.out.body, "The last try made none."));
	visit_end(&v);
}

/* Reopened, verified, with a variant, of six tests, with a long body. */
static void
a_rich_story_is_told(void **state)
{
	struct world *w = *state;
	struct visit v;

	sql(w, "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1"
	    " FROM i WHERE n < 6) INSERT INTO test (id, identity, name,"
	    " variant) SELECT n, 'id-' || n, iif(n = 6, NULL, 't' || n),"
	    " iif(n = 1, 'debug<>', NULL) FROM i;"
	    "INSERT INTO ticket (id, key, generation, stage, marker, tracker,"
	    " remote_id, created, life, life_since, life_next, flaps) VALUES"
	    " (1, 'a', 1, 'created', 'm', 'harbour', 'i', 1, 'verifying', 1,"
	    " 5, 2), (2, 'b', 1, 'created', 'n', 'harbour', 'j', 1,"
	    " 'not_proven', 1, 0, 0), (3, 'c', 1, 'intent', 'o', 'harbour',"
	    " NULL, 1, 'open', 0, 0, 0);"
	    "INSERT INTO link (ticket, test, scope, stage, tried) SELECT 1,"
	    " id, 'repository', 'done', 1 FROM test;"
	    "WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1"
	    " FROM i WHERE n < 21) INSERT INTO change (delivery, test, time,"
	    " status, previous, quarantined, reason, monitor_type) SELECT"
	    " 'm' || n, 1, n, 'flaky', 'healthy', 'no', iif(n = 21,"
	    " 'so it <is>', NULL), 'pass_on_retry' FROM i;"
	    "INSERT INTO delivery (id, received, last, tries, outcome,"
	    " status, final, due, ticket, body) VALUES ('msg_1', 1, 1, 3,"
	    " 'created', 200, 1, 0, 1, CAST('x' AS BLOB)), ('msg_3', 1, 1, 1,"
	    " 'created', 200, 0, 0, 3, zeroblob(20000))");
	assert_int_equal(look(w, &v, "/ticket", "row=1"), 200);
	assert_non_null(strstr(v.out.body, "reopened 2&times;"));
	assert_non_null(strstr(v.out.body, " &middot; debug&lt;&gt;"));
	assert_non_null(strstr(v.out.body, "so it &lt;is&gt;"));
	assert_non_null(strstr(v.out.body, "pass_on_retry"));
	assert_non_null(strstr(v.out.body, "and 1 more"));
	assert_non_null(strstr(v.out.body, ">3 tries<"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/", "life=verifying"), 200);
	assert_non_null(strstr(v.out.body, "verdict due now"));
	visit_end(&v);
	sql(w, "UPDATE ticket SET life_next = 9000000000000 WHERE id = 1");
	assert_int_equal(look(w, &v, "/", NULL), 200);
	assert_non_null(strstr(v.out.body, "verdict due <time"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/delivery", "id=msg_3"), 200);
	assert_non_null(strstr(v.out.body, ">being made<"));
	assert_non_null(strstr(v.out.body, "Body, 20000 bytes"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/deliveries", "q=msg_1"), 200);
	assert_non_null(strstr(v.out.body, "msg_1"));
	assert_null(strstr(v.out.body, "msg_3"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/ticket", NULL), 404);
	visit_end(&v);
}

/* What is special to the ledger stands for itself in a search. */
static void
a_search_is_itself(void **state)
{
	static const struct { const char *query, *finds; } rows[] = {
		{ "q=a_b", "1" }, { "q=a%25b", "2" }, { "q=a%5Cb", "3" },
		{ "q=axb", "4" }, { "q=a", "1234" }, { "q=ab", "" }
	};
	struct world *w = *state;
	char key[16];
	struct visit v;
	size_t i;
	int k;

	sql(w, "INSERT INTO test (id, identity, name) VALUES (1, '1', 'a_b'),"
	    " (2, '2', 'a%b'), (3, '3', 'a\\b'), (4, '4', 'axb');"
	    "INSERT INTO ticket (id, key, generation, stage, marker, tracker,"
	    " remote_id, remote_key, created) SELECT id, id, 1, 'created', id,"
	    " 'harbour', id, 'HAR-' || id, 1 FROM test;"
	    "INSERT INTO link (ticket, test, scope, stage, tried) SELECT id,"
	    " id, 'repository', 'done', 1 FROM test");
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(look(w, &v, "/tickets", rows[i].query), 200);
		for (k = 1; k <= 4; k++) {
			(void)snprintf(key, sizeof(key), "HAR-%d", k);
			assert_int_equal(strstr(v.out.body, key) != NULL,
			    strchr(rows[i].finds, '0' + k) != NULL);
		}
		visit_end(&v);
	}
}

/* From the list to the history of one, and of the batch that it was in. */
static void
a_pull_request_has_a_history(void **state)
{
	static const int64_t prs[] = { 421, 424 };
	static const char place[] = "github.com/acme/<shop>";
	const struct queue_record told[] = {
		{ "m1", place, QUEUE_PR, 421, NULL, "queued", "READY", NULL,
		    1000, true, ANSWER_UNKNOWN, NULL, 0 },
		{ "m2", place, QUEUE_BATCH, 0, "merge/b1", "testing", NULL,
		    NULL, 2000, false, ANSWER_YES, prs, 2 },
		{ "m3", place, QUEUE_PR, 424, NULL, "canceled", NULL, NULL,
		    3000, false, ANSWER_UNKNOWN, NULL, 0 }
	};
	struct world *w = *state;
	struct visit v;
	const char *at;

	for (size_t i = 0; i < COUNT(told); i++)
		assert_int_equal(ledger_note_queue(&w->job, &told[i]), OK);
	assert_int_equal(look(w, &v, "/queue", NULL), 200);
	assert_non_null(strstr(v.out.body, "<a href=\"queue?pr=421&amp;"
	    "repository=github.com%2Facme%2F%3Cshop%3E\">#421</a>"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/queue", "pr=421&repository=github.com"
	    "%2Facme%2F%3Cshop%3E"), 200);
	assert_non_null(strstr(v.out.body, "github.com/acme/&lt;shop&gt;"));
	at = strstr(v.out.body, "<h2>Pull request 421</h2>");
	assert_non_null(at);
	assert_non_null(at = strstr(at, "when it came; not told"));
	assert_non_null(at = strstr(at, "<h2>merge/b1 of 421, 424</h2>"));
	assert_non_null(at = strstr(at, ">testing<"));
	assert_non_null(strstr(at, "bisection"));
	assert_null(strstr(v.out.body, "Pull request 424"));
	visit_end(&v);
	assert_int_equal(look(w, &v, "/queue", "pr=421&repository=other"),
	    404);
	visit_end(&v);
	assert_int_equal(look(w, &v, "/queue", "pr=x"), 404);
	visit_end(&v);
}

/*
 * A pull request's history, of a number of LONG_QUERY digits, with ever more
 * memory: whoever asks for it never gets the list of all.
 */
static void
without_memory_no_page_forgets_its_query(void **state)
{
	static char query[LONG_QUERY];
	struct visit v;
	size_t cap;
	int status = 0;

	(void)snprintf(query, sizeof(query), "pr=%0*d", LONG_QUERY - 4, 7);
	for (cap = 4096; status != 404 && cap < ENOUGH; cap += 4096) {
		visit_begin(*state, &v, "GET", "/queue");
		arena_free(v.job.arena);
		assert_non_null(v.job.arena = arena_new(cap));
		v.in.visitor.query = query;
		v.out = panel(&v.job, &v.in);
		status = v.out.status;
		if (status != 404)
			assert_int_equal(status, 503);
		visit_end(&v);
	}
	assert_int_equal(status, 404);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_section_there_is_nothing), TEST(who_may),
		TEST(a_star_is_everybody_with_a_name),
		TEST(only_our_pages_send_forms),
		TEST(what_is_no_form_is_refused),
		TEST(pages_follow_each_other), TEST(reruns_are_one),
		TEST(a_parked_delivery_is_released),
		TEST(many_are_released_in_parts),
		TEST(none_is_released_where_none_is_made),
		TEST(a_rerun_elsewhere_is_told),
		TEST(a_ticket_shows_what_was_done),
		TEST(ready_tells_what_is_wrong),
		TEST(a_list_has_no_bodies), TEST(there_is_no_such_thing),
		TEST(weeks_and_states_are_counted), TEST(a_story_is_told),
		TEST(a_rich_story_is_told), TEST(a_search_is_itself),
		TEST(a_pull_request_has_a_history),
		TEST(without_memory_no_page_forgets_its_query),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
