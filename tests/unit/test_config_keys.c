/*
 * The keys that say what a ticket looks like, what a rule may ask with a
 * number, what can do nothing where it leads, and what a message never
 * shows.
 */
#include "common/arena.h"
#include "handler/config_read.h"
#include "handler/tracker.h"
#include "tests/unit/config_file.h"

/* Four lines, four, five and two. */
#define SVIX	"[svix]\nsecret = whsec_" KEY64 "\n" \
		"[trunk]\ntoken = t1\n"
#define LIN	"[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\n"
#define JI	"[tracker ji]\ntype = jira\nurl = https://j.example\n" \
		"token = t\nproject = QA\n"
/* A rule for Linear or Jira; what is added stands in line 11 or 12. */
#define TO_LIN	SVIX LIN "[rule r]\ntracker = lin\n"
#define TO_JI	SVIX JI "[rule r]\ntracker = ji\n"
/* An owner in both; the owner begins in line 14, what is added in 15. */
#define BOTH	SVIX LIN JI "[owner @a]\n"

static void
good(const char *text)
{
	struct why why;

	if (load(text, &why) != OK)
		fail_msg("%s%s", text, why.text);
}

/* What is refused, and after which place. */
static const struct {
	const char	*text;
	const char	*says;
} bad[] = {
	{ TO_LIN "assignee =\n", "11: [rule r] assignee: has no value" },
	{ TO_LIN "due = 0d\n", "11: [rule r] due: 0d is out of range; give "
	    "1d to 3650d" },
	{ TO_LIN "due = 3651d\n", "give 1d to 3650d" },
	{ TO_LIN "due = 23h\n", "give 1d to 3650d" },
	{ TO_LIN "due = 3\n", "\"3\" is no duration" },
	{ TO_LIN "due = friday\n", "\"friday\" is no duration" },
	{ TO_LIN "due_calendar = busines\n", "did you mean business?" },
	{ TO_LIN "due_calendar = week\n", "it may be days or business" },
	{ TO_LIN "estimate = 1000\n", "1000 is out of range; give 0 to 999" },
	{ TO_LIN "estimate = 2.5\n", "\"2.5\" is no whole number" },
	{ TO_LIN "estimate = M\n", "\"M\" is no whole number" },
	{ TO_LIN "description = {{test.nmae}}\n", "11: [rule r] description" },
	{ TO_LIN "priority = Urgent\n", "11: [rule r] priority: \"Urgent\" "
	    "is no priority of linear; did you mean urgent?" },
	{ TO_LIN "priority = P1\n", "it may be urgent, high, medium, low or "
	    "none" },
	{ SVIX LIN "priority = Blocker\n[rule r]\ntracker = lin\n",
	    "9: [tracker lin] priority: \"Blocker\" is no priority" },
	{ TO_LIN "[defaults]\npriority = Blocker\n",
	    "12: [defaults] priority: \"Blocker\"" },
	{ BOTH "tracker = lin\npriority = Minor\n[rule r]\nto = owner\n",
	    "16: [owner @a] priority: \"Minor\" is no" },
	{ TO_JI "component = a,,b\n", "item 2 of the list is empty" },
	/* fields */
	{ TO_JI "field.Severity =\n", "12: [rule r] field.Severity: has no" },
	{ TO_JI "field. = x\n", "12: [rule r] field.: the field has no name" },
	{ TO_JI "field.A b = 1\nfield.C = 2\nField.x = 3\n",
	    "14: [rule r] Field.x: no such key" },
	{ TO_JI "field.A b = 1\nfield.C = 2\nfield.a B = 3\n",
	    "14: [rule r] field.a B: this key stands in line 12 already" },
	{ TO_JI "field = x\n", "12: [rule r] field: no such key" },
	{ SVIX JI "field.X = 1\nfield.x = 1\n[rule r]\ntracker = ji\n",
	    "11: [tracker ji] field.x: this key stands in line 10" },
	/* what rules alone may say, and trackers not */
	{ TO_LIN "[owner @a]\nmin_prs = 2\n", "[owner @a] min_prs: no such" },
	{ SVIX LIN "title = x\n", "9: [tracker lin] title: no such key" },
	/* at least */
	{ TO_LIN "min_prs = two\n", "\"two\" is no whole number" },
	{ TO_LIN "min_prs = -1\n", "\"-1\" is no whole number" },
	{ TO_LIN "min_prs = 1000001\n", "give 0 to 1000000" },
	{ TO_LIN "min_failure_rate = 1.01\n", "1.01 is out of range; give 0 "
	    "to 1, or a percentage" },
	{ TO_LIN "min_failure_rate = 101%\n", "101% is out of range" },
	{ TO_LIN "min_failure_rate = .5\n", "\".5\" is no share; write it "
	    "like 0.18 or 18%" },
	{ TO_LIN "min_failure_rate = 18 %\n", "is no share" },
	{ TO_LIN "min_failure_rate = 1e-2\n", "is no share" },
	{ TO_LIN "min_failure_rate = nan\n", "is no share" },
	{ TO_LIN "min_confidence = 0.5.5\n", "is no share" },
	{ TO_LIN "min_confidence = 0.00000000000000001\n", "is no share" },
	{ TO_LIN "min_confidence = !0.5\n", "is no share" },
	{ TO_LIN "scope = test\n", "it may be repository or collection" },
	{ TO_LIN "[trunk x]\n", "no name; write [trunk]" },
	{ SVIX "enrich = maybe\n" LIN, "it may be no or yes" }
};

static void
test_bad(void **state)
{
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (load(bad[i].text, &why) != ERR_CONFIG)
			fail_msg("taken: %s", bad[i].text);
		if (strstr(why.text, bad[i].says) == NULL)
			fail_msg("%s%s\nwanted %s", bad[i].text, why.text,
			    bad[i].says);
	}
}

/* What is taken, and the warning that comes with it. */
static const struct {
	const char	*text;
	const char	*warning;	/* NULL: none */
} taken[] = {
	{ TO_LIN "project = Q3\nassignee = kim@a.example\npriority = none\n"
	    "due = 36h\ndue_calendar = business\nestimate = 0\n"
	    "state = Triage\ntemplate = Bug report\ndescription = {{rule}}\n",
	    NULL },
	{ TO_JI "issue_type = Task\nassignee = 5b10ac8d82e05b22cc7d4ef5\n"
	    "component = api, web shop\npriority = Blocker\ndue = 3650d\n"
	    "description = x\nfield.customfield_10041 = x\n"
	    "field.Story Points = 5\nfield.a:b = c\n", NULL },
	/* what can do nothing there */
	{ TO_LIN "component = api\n", "11: [rule r] component: [tracker lin] "
	    "is of type linear, which does not use this key; take it out" },
	{ TO_LIN "issue_type = Bug\n", "11: [rule r] issue_type: " },
	{ TO_LIN "field.Story Points = 5\n", "11: [rule r] field.Story "
	    "Points: [tracker lin] is of type linear, which does not use" },
	{ TO_JI "estimate = 3\n", "12: [rule r] estimate: [tracker ji] is of "
	    "type jira, which does not use this key; take it out" },
	{ TO_JI "state = Triage\n", "12: [rule r] state: " },
	{ TO_JI "template = x\n", "12: [rule r] template: " },
	{ TO_JI "team = ENG\n", "12: [rule r] team: [tracker ji] is of type "
	    "jira, which does not use this key; write project = KEY" },
	{ SVIX LIN "component = api\n[rule r]\ntracker = lin\n",
	    "9: [tracker lin] component: " },
	{ SVIX LIN JI "field.x = y\nestimate = 3\n[rule r]\ntracker = lin\n",
	    "15: [tracker ji] estimate: " },
	{ BOTH "tracker = lin\ncomponent = x\n[rule q]\nto = owner\n[rule r]\n"
	    "tracker = ji\n", "16: [owner @a] component: [tracker lin] is" },
	{ TO_LIN "[defaults]\ncomponent = x\n", "12: [defaults] component: " },
	/* what serves both is no mistake */
	{ BOTH "component = x\nestimate = 2\n[rule q]\nto = owner\ntracker = "
	    "ji\n[rule p]\nto = owner\ntracker = lin\n[rule r]\ntracker = "
	    "ji\n", NULL },
	{ SVIX LIN JI "[rule q]\nstatus = broken\ntracker = lin\n[rule r]\n"
	    "tracker = ji\n[defaults]\nteam = ENG\ncomponent = x\n"
	    "estimate = 2\nfield.x = y\n", NULL },
	{ BOTH "tracker = lin\nteam = WEB\n[owner @b]\ntracker = ji\n"
	    "[rule q]\nto = owner\nestimate = 3\ncomponent = x\n"
	    "field.x = y\n[rule r]\ntracker = ji\n", NULL },
	/* Jira's word is not looked at where Linear's does not count */
	{ TO_JI "[defaults]\npriority = Blocker\n", NULL },
	{ SVIX LIN JI "priority = Blocker\n[rule q]\nstatus = broken\n"
	    "tracker = lin\n[rule r]\ntracker = ji\n[defaults]\n"
	    "priority = low\n", NULL },
	{ SVIX LIN JI "labels = one\n[rule q]\nstatus = broken\n"
	    "tracker = lin\n[rule r]\ntracker = ji\n[defaults]\n"
	    "labels = two words\n", NULL },
	/* a metric asked for is no catch-all */
	{ TO_LIN "min_prs = 2\n", ": a flaky test may match no rule" },
	{ TO_LIN "min_prs = 0\n", NULL },
	{ TO_LIN "min_failure_rate = 18%\n", ": a broken test may match no" },
	{ TO_LIN "scope = repository\n", ": a flaky test may match no rule" },
	{ TO_LIN "min_confidence = 0.5\n", "9: [rule r]: it can never match: "
	    "its action is ticket" },
	{ TO_LIN "[rule s]\naction = record\nmin_confidence = 50%\n", NULL }
};

static void
test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(taken); i++) {
		const char *want = taken[i].warning;

		good(taken[i].text);
		if (want == NULL ? config->warnings != NULL :
		    config->warnings == NULL ||
		    strstr(config->warnings, want) == NULL)
			fail_msg("%s%s", taken[i].text, config->warnings ==
			    NULL ? "nothing" : config->warnings);
	}
}

/* The values as they are used. */
static void
test_values(void **state)
{
	const struct rule *r;
	const struct field *f;

	(void)state;
	good(TO_JI "min_prs = 2\nmin_failure_rate = 18%\n"
	    "min_confidence = 0.75\nscope = !collection\n"
	    "field.Story Points = 5\nfield.customfield_10041 = \"x ; y\"\n"
	    "estimate = 007\n[owner a]\ntitle = T\none_ticket_per = owner\n"
	    "field.Q = q\n[defaults]\nfield.Z = z\n");
	r = config->rules;
	assert_true(r->least[LEAST_PRS].value == 2);
	assert_true(r->least[LEAST_FAILURE_RATE].value == 0.18);
	assert_string_equal(r->least[LEAST_FAILURE_RATE].text, "18%");
	assert_int_equal(r->least[LEAST_FAILURE_RATE].line, 13);
	assert_true(r->least[LEAST_CONFIDENCE].value == 0.75);
	assert_true(r->match[MATCH_SCOPE].none);
	assert_string_equal(r->match[MATCH_SCOPE].pattern[0], "collection");
	assert_non_null(f = r->fields);
	assert_string_equal(f->name, "Story Points");
	assert_string_equal(f->setting.value, "5");
	assert_string_equal(f->setting.kind, "rule");
	assert_int_equal(f->setting.line, 16);
	assert_non_null(f = f->next);
	assert_string_equal(f->name, "customfield_10041");
	assert_string_equal(f->setting.value, "x ; y");
	assert_null(f->next);
	assert_string_equal(config->owners->fields->name, "Q");
	assert_string_equal(config->owners->dest[DEST_TITLE].value, "T");
	assert_string_equal(config->owners->dest[DEST_PER].value, "owner");
	assert_string_equal(config->default_fields->setting.kind, "defaults");
	assert_false(config->enrich);
	good(SVIX "enrich = yes\n" LIN "[rule r]\ntracker = lin\n");
	assert_true(config->enrich);
}

/* 7.3% is the number that 0.073 is, for all of them. */
static void
test_percent(void **state)
{
	char text[512], number[32];

	(void)state;
	for (int i = 1; i <= 1000; i += 9) {
		(void)snprintf(text, sizeof(text), TO_LIN
		    "min_failure_rate = %d.%d%%\n", i / 10, i % 10);
		(void)snprintf(number, sizeof(number), "%d.%03d", i / 1000,
		    i % 1000);
		good(text);
		assert_true(config->rules->least[LEAST_FAILURE_RATE].value ==
		    strtod(number, NULL));
	}
}

/* The names in the sentences are those of the table. */
static void
test_dest_keys(void **state)
{
	const struct config_param *p, *rows;
	const struct config base = { .file = "x" };
	const char *at;
	size_t n;

	(void)state;
	rows = config_table_rows("defaults", &n);
	for (size_t d = 0; d < DEST_COUNT; d++) {
		p = config_table_row(rows, n, config_dest_keys[d]);
		assert_non_null(p);
		at = (const char *)&base + p->offset;
		assert_ptr_equal(at, &base.defaults[d]);
	}
}

/* Owners are one whatever their capitals, with and without the @. */
static void
test_owners(void **state)
{
	static const struct {
		const char	*told;
		const char	*found;	/* NULL: nobody */
	} owners[] = {
		{ "@acme/web", "@Acme/Web" }, { "acme/web", "@Acme/Web" },
		{ "ACME/WEB", "@Acme/Web" }, { "@Acme/Web", "@Acme/Web" },
		{ "@@acme/web", NULL }, { "acme/web ", NULL },
		{ "@acme/webs", NULL }, { "acme", NULL }, { "", NULL },
		{ "@", NULL },
		{ "kim", "kim" }, { "@KIM", "kim" }, { "@kim", "kim" },
		{ "kim@acme.example", "Kim@Acme.Example" },
		{ "KIM@ACME.EXAMPLE", "Kim@Acme.Example" },
		{ "@kim@acme.example", "Kim@Acme.Example" },
		{ "kim@acme.exampl", NULL },
		{ "Docs-Team", "docs-team" }, { "@docs-team", "docs-team" },
		{ "@acme/b\xc3\xbc" "cher", "@acme/b\xc3\xbc" "cher" },
		{ "@acme/B\xc3\xbc" "CHER", "@acme/b\xc3\xbc" "cher" },
		{ "@acme/B\xc3\x9c" "CHER", NULL }
	};
	const struct owner *o;
	struct config walked;

	(void)state;
	good(TO_LIN "[owner @Acme/Web]\n[owner kim]\n"
	    "[owner Kim@Acme.Example]\n[owner docs-team]\n"
	    "[owner @acme/b\xc3\xbc" "cher]\n");
	walked = *config;
	walked.owner_slots = NULL;
	for (size_t i = 0; i < COUNT(owners); i++) {
		o = config_owner(config, owners[i].told);
		assert_ptr_equal(o, config_owner(&walked, owners[i].told));
		if (owners[i].found == NULL)
			assert_null(o);
		else if (o == NULL)
			fail_msg("%s: nobody", owners[i].told);
		else
			assert_string_equal(o->name, owners[i].found);
	}
}

/* Many owners, each found, and none that is not there. */
static void
test_many_owners(void **state)
{
	enum { MANY = 5000 };
	char *text = malloc(MANY * 40 + 512), *p = text, name[32];

	(void)state;
	assert_non_null(text);
	p += sprintf(p, "%s", TO_LIN);
	for (int i = 0; i < MANY; i++)
		p += sprintf(p, "[owner @acme/team-%d]\n", i);
	good(text);
	for (int i = 0; i < 2 * MANY; i++) {
		(void)snprintf(name, sizeof(name), "ACME/Team-%d", i);
		assert_int_equal(config_owner(config, name) != NULL,
		    i < MANY);
	}
	(void)sprintf(p, "[owner Acme/TEAM-0]\n");
	assert_int_equal(load(text, &(struct why){ "" }), ERR_CONFIG);
	free(text);
}

/* The text with the secret where "$" stands. */
static void
put(char *out, const char *text, const char *secret)
{
	for (; *text != '\0'; text++) {
		if (*text == '$')
			out = stpcpy(out, secret);
		else
			*out++ = *text;
	}
	*out = '\0';
}

/* A secret in the wrong place is not shown, wherever that is. */
static void
test_masked(void **state)
{
	static const char *const secrets[] = { "whsec_Zx9MDEyMzQ1Njc4OWFi",
	    "lin_api_Zx9abcDEF0123456789", "lin_oauth_Zx9abcdef0123456789",
	    "ATATT3xZx9-FfGF0_abc=1A2B3C4D", "trunk_v2_Zx9.abc-DEF_0123" };
	static const char *const places[] = {
		TO_LIN "[$]\n", TO_LIN "[rul $]\n", TO_LIN "[svix $]\n",
		TO_LIN "[owner $]\n[owner $]\n", TO_LIN "$ = x\n",
		TO_LIN "due = $\n", TO_LIN "estimate = $\n",
		TO_LIN "status = $\n", TO_LIN "priority = $\n",
		TO_LIN "due_calendar = $\n", TO_LIN "title = {{$}}\n",
		TO_LIN "min_prs = $\n", TO_LIN "min_confidence = $\n",
		TO_LIN "one_ticket_per = $\n", TO_LIN "labels = a,$,\n",
		SVIX LIN "[rule r]\ntracker = $\n",
		SVIX LIN "[rule $]\nstatus = flaky\n",
		SVIX "[tracker $]\nteam = x\n",
		TO_LIN "[handler]\nproxy = $\n",
		TO_LIN "[handler]\nca_file = $\n",
		TO_LIN "[trunk]\nx = $\n", TO_JI "due = 3d $\n",
		TO_JI "repository = $\n", SVIX "org = a/$\n"
	};
	/* what is taken with a warning */
	static const char *const warned[] = {
		TO_LIN "team = $\n", TO_LIN "file_path = /$\n",
		TO_LIN "field.$ = x\n",
		TO_LIN "[rule $]\ntracker = lin\n"
	};
	char text[1024];
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		for (size_t j = 0; j < COUNT(places); j++) {
			put(text, places[j], secrets[i]);
			assert_int_equal(load(text, &why), ERR_CONFIG);
			if (strstr(why.text, "Zx9") != NULL)
				fail_msg("%s%s", text, why.text);
		}
		for (size_t j = 0; j < COUNT(warned); j++) {
			put(text, warned[j], secrets[i]);
			good(text);
			if (config->warnings == NULL ||
			    strstr(config->warnings, "Zx9") != NULL)
				fail_msg("%s%s", text, config->warnings ==
				    NULL ? "nothing" : config->warnings);
		}
	}
	/* What is no secret stays readable. */
	assert_int_equal(load(TO_LIN "due = whsec\n", &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "\"whsec\" is no duration"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad), cmocka_unit_test(test_taken),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_dest_keys),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_many_owners),
		cmocka_unit_test(test_masked)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
