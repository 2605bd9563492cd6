/*
 * What is read of each form of webhook that Jira and Linear send.  The bodies
 * are in tests/hooks, shaped after those that are published, with values of
 * our own; what is wanted of them was read off by hand.
 */
#include "tests/unit/ledger_setup.h"

#include "common/json.h"
#include "handler/jira_issue.h"
#include "handler/linear.h"
#include "handler/news.h"
#include "handler/tracker.h"

enum {
	FILE_MAX_LEN = 65536
};

static const int64_t DAWN = INT64_C(1775549700000); /* 08:15:00 UTC */

/* Times in ms after DAWN; NOT: not told. */
#define NOT	INT64_MIN
#define ISSUE	"10815"
#define DC	"40207"
#define UUID	"3e57a0c4-91db-4f26-8c7e-b2a4d1905f63"
#define NOWAK	"712020:19ab77d0-nowak"
#define INES	"9c0d5a1e-37f2-4b86-a1d4-000000000001"

static const struct row {
	const char	*file;
	const char	*id;
	enum remote_category category;
	const char	*state;
	const char	*resolution, *resolution_id;
	int64_t		 updated, since, sent;
	bool		 changed, gone;
	const char	*key;
	const char	*actor;
} rows[] = {
	{ "jira-cloud-resolved", ISSUE, REMOTE_DONE, "Done", "Done", "10000",
	    40477, 40470, 40507, true, false, "PAY-31", NOWAK },
	{ "jira-cloud-resolved-since", ISSUE, REMOTE_DONE, "Done", "Done",
	    "10000", 40477, 40468, 40507, true, false, "PAY-31", NOWAK },
	{ "jira-cloud-wont-do", ISSUE, REMOTE_DONE, "Done", "Won't Do",
	    "10001", 40477, 40470, 40507, true, false, "PAY-31", NOWAK },
	{ "jira-cloud-no-resolution", ISSUE, REMOTE_DONE, "Done", NULL, NULL,
	    40477, 40477, 40507, true, false, "PAY-31", NOWAK },
	{ "jira-cloud-reopened", ISSUE, REMOTE_OPEN, "To Do", NULL, NULL,
	    126501, 126501, 126531, true, false, "PAY-31", NOWAK },
	{ "jira-cloud-started", ISSUE, REMOTE_STARTED, "In Progress", NULL,
	    NULL, 26501, 26501, 26531, true, false, "PAY-31", NOWAK },
	{ "jira-cloud-labels", ISSUE, REMOTE_OPEN, "To Do", NULL, NULL,
	    -73499, NOT, -73469, false, false, "PAY-31", NULL },
	{ "jira-cloud-custom-field", ISSUE, REMOTE_OPEN, "To Do", NULL, NULL,
	    -73499, NOT, -73469, false, false, "PAY-31", NULL },
	{ "jira-cloud-moved", ISSUE, REMOTE_STARTED, "In Progress", NULL,
	    NULL, 226501, 26501, 226531, false, false, "QA-12", NULL },
	{ "jira-cloud-deleted", ISSUE, REMOTE_OPEN, "To Do", NULL, NULL,
	    226176, 226176, 226176, true, true, "PAY-31", NOWAK },
	{ "jira-dc-resolved", DC, REMOTE_DONE, "Resolved", "Done", "10000",
	    40477, 40470, 40507, true, false, "OPS-9", "inesm" },
	{ "jira-dc-closed", DC, REMOTE_DONE, "Closed", "Done", "10000",
	    378340, 40470, 378358, true, false, "OPS-9", "inesm" },
	{ "jira-dc-reopened", DC, REMOTE_OPEN, "Reopened", NULL, NULL,
	    478340, 478340, 478358, true, false, "OPS-9", "inesm" },
	{ "jira-dc-old-edited", DC, REMOTE_OPEN, "To Do", NULL, NULL,
	    -198195, NOT, -198160, false, false, "OPS-9", NULL },
	{ "linear-completed", UUID, REMOTE_DONE, "Done", NULL, NULL,
	    40470, 40409, 40606, true, false, "ENG-57", INES },
	{ "linear-canceled", UUID, REMOTE_DROPPED, "Canceled", NULL, NULL,
	    40470, 40409, 40606, true, false, "ENG-57", INES },
	{ "linear-duplicate", UUID, REMOTE_DROPPED, "Duplicate", NULL, NULL,
	    40470, 40409, 40606, true, false, "ENG-57", INES },
	{ "linear-reopened", UUID, REMOTE_OPEN, "Backlog", NULL, NULL,
	    40470, 40470, 40606, true, false, "ENG-57", INES },
	{ "linear-started", UUID, REMOTE_STARTED, "In Progress", NULL, NULL,
	    40470, 40470, 40606, true, false, "ENG-57", INES },
	/* An edit of one that is done tells when it was done. */
	{ "linear-title-while-done", UUID, REMOTE_DONE, "Done", NULL, NULL,
	    40470, -51360000, 40606, false, false, "ENG-57", NULL },
	{ "linear-backlog-full", UUID, REMOTE_OPEN, "Backlog", NULL, NULL,
	    40470, 40470, 40606, true, false, "ENG-57", INES },
	{ "linear-create", UUID, REMOTE_OPEN, "Backlog", NULL, NULL,
	    40470, NOT, 40606, false, false, "ENG-57", NULL },
	{ "linear-remove", UUID, REMOTE_STARTED, "In Progress", NULL, NULL,
	    300000, 300000, 40606, true, true, "ENG-57", INES },
};

static const struct json *
load(struct job *job, const char *name)
{
	static char text[FILE_MAX_LEN];
	const struct json *tree;
	char path[96];
	size_t n;
	FILE *fp;

	(void)snprintf(path, sizeof(path), "tests/hooks/%s.json", name);
	fp = fopen(path, "r");
	assert_non_null(fp);
	n = fread(text, 1, sizeof(text), fp);
	assert_true(n > 0 && n < sizeof(text));
	assert_int_equal(fclose(fp), 0);
	expect(job, json_parse(job->arena, text, n, &tree, &job->why), OK);
	return (tree);
}

static enum err
read_hook(struct job *job, const char *name, const struct json *tree,
    struct bulletin *b)
{

	return (strncmp(name, "jira", 4) == 0 ? jira_news(job, tree, b) :
	    linear_news(job, tree, b));
}

static void
same(const char *file, const char *what, const char *got,
    const char *wanted)
{

	if (got == wanted || (got != NULL && wanted != NULL &&
	    strcmp(got, wanted) == 0))
		return;
	print_error("%s: %s is %s, wanted %s\n", file, what,
	    got == NULL ? "NULL" : got, wanted == NULL ? "NULL" : wanted);
	_fail(__FILE__, __LINE__);
}

static void
same_time(const char *file, const char *what, int64_t got, int64_t wanted)
{

	wanted = wanted == NOT ? 0 : DAWN + wanted;
	if (got == wanted)
		return;
	print_error("%s: %s is %lld, wanted %lld\n", file, what,
	    (long long)got, (long long)wanted);
	_fail(__FILE__, __LINE__);
}

static void
test_forms(void **state)
{
	struct job *job = &((struct world *)*state)->job;
	const struct row *r;
	struct bulletin b;

	for (r = rows; r < rows + sizeof(rows) / sizeof(rows[0]); r++) {
		expect(job, read_hook(job, r->file, load(job, r->file), &b),
		    OK);
		same(r->file, "id", b.remote_id, r->id);
		assert_true(b.tells);
		assert_int_equal(b.is.category, r->category);
		same(r->file, "state", b.is.name, r->state);
		same(r->file, "resolution", b.is.resolution, r->resolution);
		same(r->file, "its id", b.is.resolution_id,
		    r->resolution_id);
		same_time(r->file, "updated", b.is.updated, r->updated);
		same_time(r->file, "since", b.is.since, r->since);
		same_time(r->file, "sent", b.sent, r->sent);
		assert_int_equal(b.changed, r->changed);
		assert_int_equal(b.is.gone, r->gone);
		same(r->file, "key", b.is.remote_key, r->key);
		same(r->file, "actor", b.actor, r->actor);
		assert_non_null(b.ticket);
		assert_false(b.late);
	}
}

/* Not about a ticket, or not about how it is. */
static void
test_others(void **state)
{
	struct job *job = &((struct world *)*state)->job;
	struct bulletin b;

	expect(job, read_hook(job, "jira", load(job, "jira-cloud-comment"),
	    &b), ERR_ABSENT);
	expect(job, read_hook(job, "linear", load(job, "linear-comment"),
	    &b), ERR_ABSENT);
	/* A link on a ticket: it tells which, and what is linked. */
	expect(job, read_hook(job, "linear", load(job, "linear-attachment"),
	    &b), OK);
	assert_string_equal(b.remote_id, UUID);
	assert_false(b.tells);
	assert_non_null(json_text(b.ticket, "url"));
	/* Neither reads the other's. */
	expect(job, read_hook(job, "jira", load(job, "linear-completed"),
	    &b), ERR_ABSENT);
	expect(job, read_hook(job, "linear", load(job,
	    "jira-cloud-resolved"), &b), ERR_ABSENT);
}

/* What must not be taken as it stands. */
static void
test_odd(void **state)
{
	static const char *const bodies[] = {
		"jira {}",
		"jira {\"webhookEvent\":\"jira:issue_updated\"}",
		"jira {\"webhookEvent\":\"jira:issue_updated\","
		    "\"issue\":{\"id\":\"10\"}}",
		"jira {\"webhookEvent\":\"jira:issue_updated\","
		    "\"issue\":{\"id\":\"10 OR 1=1\",\"fields\":{\"status\":"
		    "{\"name\":\"x\"}}}}",
		"jira {\"webhookEvent\":7,\"issue\":[]}",
		"linear {}",
		"linear {\"type\":\"Issue\",\"data\":{\"id\":\"" UUID "\"}}",
		"linear {\"type\":\"Issue\",\"data\":{\"id\":\"ENG-57\","
		    "\"state\":{\"name\":\"Done\",\"type\":\"completed\"}}}",
		"linear {\"type\":\"Attachment\",\"data\":{\"issueId\":"
		    "\"x\"}}",
		"linear {\"type\":\"Issue\",\"data\":null}",
	};
	struct job *job = &((struct world *)*state)->job;
	const struct json *tree;
	const char *text;
	struct bulletin b;
	size_t i;

	for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		text = strchr(bodies[i], ' ') + 1;
		expect(job, json_parse(job->arena, text, strlen(text), &tree,
		    &job->why), OK);
		expect(job, read_hook(job, bodies[i], tree, &b), ERR_ABSENT);
	}
}

/* A word that nobody knows is no category, and a key of odd form no key. */
static void
test_unknown(void **state)
{
	static const char jira[] = "{\"webhookEvent\":\"jira:issue_updated\","
	    "\"issue\":{\"id\":\"10\",\"key\":\"two words\",\"fields\":{"
	    "\"status\":{\"name\":\"Done\",\"statusCategory\":{\"key\":"
	    "\"undefined\",\"name\":\"Done\"}}}}}";
	static const char lin[] = "{\"type\":\"Issue\",\"data\":{\"id\":\""
	    UUID "\",\"identifier\":\"a b\",\"url\":\"https://h\\n\","
	    "\"state\":{\"name\":\"Done\",\"type\":\"finished\"}}}";
	struct job *job = &((struct world *)*state)->job;
	const struct json *tree;
	struct bulletin b;

	expect(job, json_parse(job->arena, jira, sizeof(jira) - 1, &tree,
	    &job->why), OK);
	expect(job, jira_news(job, tree, &b), OK);
	assert_int_equal(b.is.category, REMOTE_UNKNOWN);
	assert_null(b.is.remote_key);
	expect(job, json_parse(job->arena, lin, sizeof(lin) - 1, &tree,
	    &job->why), OK);
	expect(job, linear_news(job, tree, &b), OK);
	assert_int_equal(b.is.category, REMOTE_UNKNOWN);
	assert_null(b.is.remote_key);
	assert_null(b.is.url);
}

/* Is that what the next part relies on? */
static void
assert_sane(const struct bulletin *b)
{

	assert_true(b->remote_id[0] != '\0' &&
	    strspn(b->remote_id, "0123456789abcdefABCDEF-") ==
	    strlen(b->remote_id));
	assert_non_null(b->ticket);
	if (!b->tells)
		return;
	assert_non_null(b->is.name);
	assert_in_range(b->is.category, REMOTE_UNKNOWN, REMOTE_DROPPED);
	assert_true(b->is.remote_key == NULL ||
	    tracker_key_sane(b->is.remote_key));
	assert_true(b->is.url == NULL || tracker_sane(b->is.url));
}

/*
 * Bodies with one byte changed: what is still JSON is read or is not, and
 * what is read is sane.
 */
static void
test_mutated(void **state)
{
	static const char bytes[] = "\"0{\\ ";
	struct job *job = &((struct world *)*state)->job;
	static char text[FILE_MAX_LEN];
	const struct json *tree;
	const struct row *r;
	struct bulletin b;
	size_t i, n, read = 0;
	char path[96], was;
	enum err e;
	FILE *fp;

	for (r = rows; r < rows + sizeof(rows) / sizeof(rows[0]); r++) {
		(void)snprintf(path, sizeof(path), "tests/hooks/%s.json",
		    r->file);
		fp = fopen(path, "r");
		assert_non_null(fp);
		n = fread(text, 1, sizeof(text), fp);
		assert_int_equal(fclose(fp), 0);
		for (i = 0; i < n; i++) {
			arena_reset(job->arena);
			was = text[i];
			text[i] = bytes[i % (sizeof(bytes) - 1)];
			e = json_parse(job->arena, text, n, &tree, &job->why);
			text[i] = was;
			if (e != OK)
				continue;
			read++;
			if ((e = read_hook(job, r->file, tree, &b)) == OK)
				assert_sane(&b);
			else
				assert_int_equal(e, ERR_ABSENT);
		}
	}
	assert_true(read > 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_forms, world_setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_others, world_setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_odd, world_setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_unknown, world_setup,
		    world_teardown),
		cmocka_unit_test_setup_teardown(test_mutated, world_setup,
		    world_teardown)
	};

	return (cmocka_run_group_tests_name("news_read", tests, NULL, NULL));
}
