/*
 * The file of the configuration: each way to write it wrong, and the
 * sentence with its place that says so; each key as it is read; modes,
 * secrets kept elsewhere, and what stays of them in memory.
 */
#include "common/arena.h"
#include "handler/config_read.h"
#include "handler/tracker.h"
#include "tests/unit/config_file.h"

#define DAY	((int64_t)24 * 3600 * 1000)
#define KEY	"0123456789abcdef01234567"	/* 24 bytes */
#define B64	KEY64 KEY64		/* 64 bytes */
#define FOUR_X	"x,x,x,x,"
#define SIXTEEN	FOUR_X FOUR_X FOUR_X FOUR_X
#define LEAST	"0123456789abcdef"		/* 16 bytes */
#define LEAST64	"MDEyMzQ1Njc4OWFiY2RlZg=="
#define FOUR	"secret = " KEY64 "\nsecret = " KEY64 "\nsecret = " KEY64 \
		"\nsecret = " KEY64 "\n"

/* Six lines, six, and two: each a section that is right. */
#define SVIX	"[svix]\nsecret = whsec_" KEY64 "\n"
#define TRUNK	"[trunk]\ntoken = t1\n"
#define LIN	"[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\n"
#define JI	"[tracker ji]\ntype = jira\nurl = https://j.example\n" \
		"token = t\nproject = QA\n"
#define CLOUD	"[tracker ji]\ntype = jira\ntoken = t\nproject = QA\n" \
		"email = b@a.example\nurl = https://acme.atlassian.net\n"
#define SITE	SVIX TRUNK "[tracker ji]\ntype = jira\ntoken = t\n" \
		"project = QA\n"	/* 8 lines */
#define RULE_JI	"[rule r]\ntracker = ji\n"
#define RULE	"[rule r]\ntracker = lin\n"
#define TOP	SVIX TRUNK LIN		/* 8 lines */
#define ALL	TOP RULE		/* 10 lines */

/* A value of ALL's rule, in line 11. */
#define IN_RULE(s)	ALL s "\n"
/* A section more, in line 11, and its key in line 12. */
#define MORE(s)		ALL s "\n"

static void
good(const char *text)
{
	struct why why = { "" };

	if (load(text, &why) != OK)
		fail_msg("%s%s", text, why.text);
}

/* "%" stands for the path and a colon. */
static const struct {
	const char	*text;
	const char	*says;
} bad[] = {
	/* what there must be */
	{ "", "%[svix] secret is missing" },
	{ "[svix]\ntolerance = 5m\n", "%[svix] secret is missing" },
	{ TRUNK LIN RULE, "nothing unsigned is accepted" },
	{ SVIX TRUNK RULE, "there is no [tracker NAME] section" },
	{ TOP, "there is no [rule NAME] section" },
	/* sections */
	{ MORE("[rul x]"), "%11: [rul x]: no such section; did you mean "
	    "[rule x]?" },
	{ MORE("[Tracker two]"), "no such section; did you mean [tracker "
	    "two]?" },
	{ MORE("[trakcer]"), "did you mean [tracker NAME]?" },
	{ MORE("[linear]"), "did you mean [tracker linear]?" },
	{ MORE("[svx]"), "%11: [svx]: no such section; did you mean [svix]?" },
	{ MORE("[handlr x]"), "did you mean [handler]?" },
	{ MORE("[owner]"), "%11: [owner]: an owner has a name; write [owner "
	    "NAME]" },
	{ MORE("[garden]"), "%11: [garden]: no such section; it may be "
	    "handler, ledger, svix, trunk, tracker, owner, rule, " },
	{ MORE("[panel]"), "%11: [panel]: neither users nor token is set" },
	{ MORE("[panel]\nusers = kim, *"), "%12: [panel] users: a * stands "
	    "alone" },
	{ MORE("[panel]\nusers = k*m"), "%12: [panel] users: a * stands "
	    "alone" },
	{ MORE("[panel]\nusers = !kim"), "%12: [panel] users: a list of "
	    "those who may not" },
	{ MORE("[rule]"), "%11: [rule]: a rule has a name; write "
	    "[rule NAME]" },
	{ MORE("[svix main]"), "%11: [svix main]: this section has no name" },
	{ MORE("[rule r]"), "%11: [rule r]: this section stands in line 9 "
	    "already" },
	{ MORE("[svix]"), "%11: [svix]: this section stands in line 1 " },
	{ MORE("[owner @acme/web]\ntracker = lin\n[owner ACME/Web]"),
	    "%13: [owner ACME/Web]: this section stands in line 11" },
	/* keys */
	{ IN_RULE("filepath = x"), "%11: [rule r] filepath: no such key; "
	    "did you mean file_path?" },
	{ IN_RULE("stauts = flaky"), "did you mean status?" },
	{ IN_RULE("severity = urgent"), "%11: [rule r] severity: no such "
	    "key; it may be event, status" },
	{ MORE("[ledger]\npath = x"), "%12: [ledger] path: no such key; it "
	    "may be url, directory or keep" },
	{ IN_RULE("team = A\nteam = B"), "%12: [rule r] team: this key "
	    "stands in line 11 already; keep one of them" },
	{ IN_RULE("tracker = lin"), "stands in line 10 already" },
	{ IN_RULE("name ="), "%11: [rule r] name: has no value" },
	{ IN_RULE("name"), "%11: " },
	{ "x = 1\n", "%1: " },
	/* durations */
	{ MORE("[handler]\ndeadline = 10"), "%12: [handler] deadline: \"10\" "
	    "is no duration; write it like 30s, 15m, 12h or 14d" },
	{ MORE("[handler]\ndeadline = 1.5s"), "is no duration" },
	{ MORE("[handler]\ndeadline = s"), "is no duration" },
	{ MORE("[handler]\ndeadline = -1s"), "is no duration" },
	{ MORE("[handler]\ndeadline = 5 s"), "is no duration" },
	{ MORE("[handler]\ndeadline = 5ms"), "is no duration" },
	{ MORE("[handler]\ndeadline = 5w"), "is no duration" },
	{ MORE("[handler]\ndeadline = 18446744073709551617s"),
	    "is no duration" },
	{ MORE("[handler]\ndeadline = 14s"), "14s is out of range; give 1s "
	    "to 13s" },
	{ MORE("[handler]\ndeadline = 0s"), "0s is out of range" },
	{ MORE("[handler]\ndeadline = 999999999d"), "out of range" },
	{ MORE("[ledger]\nkeep = 89d"), "give 90d to" },
	{ SVIX "tolerance = 59s\n", "%3: [svix] tolerance: 59s is out of "
	    "range; give 1m to 1h" },
	{ SVIX "tolerance = 61m\n", "give 1m to 1h" },
	{ TOP "settle = 25h\n", "give 1s to 24h" },
	/* numbers and sizes */
	{ MORE("[handler]\nworkers = 0"), "0 is out of range; give 1 to "
	    "4096" },
	{ MORE("[handler]\nworkers = 4097"), "give 1 to 4096" },
	{ MORE("[handler]\nworkers = 8K"), "\"8K\" is no whole number" },
	{ MORE("[handler]\nworkers = many"), "is no whole number" },
	{ MORE("[handler]\nmax_body = 349999"), "give 350000 to 64M" },
	{ MORE("[handler]\nmax_body = 65M"), "give 350000 to 64M" },
	{ MORE("[handler]\nmax_body = 1MB"), "is no size; write it like "
	    "512K or 1M" },
	/* words */
	{ MORE("[handler]\nlog_level = warn"), "\"warn\" is not known; did "
	    "you mean warning?" },
	{ MORE("[handler]\nlog = xml"), "it may be text or json" },
	{ MORE("[trunk ]\nadopt = yes"), "stands in line 3" },
	{ SVIX TRUNK "adopt = true\n", "%5: [trunk] adopt: \"true\" is not "
	    "known; it may be no or yes" },
	{ TOP "link = never\n", "it may be required, optional or none" },
	{ IN_RULE("action = tickets"), "did you mean ticket?" },
	{ IN_RULE("to = nobody"), "it may be owner" },
	/* paths, URLs */
	{ MORE("[handler]\nca_file = ca.pem"), "is no absolute path" },
	{ MORE("[ledger]\nurl = /var/lib/x.db"), "give sqlite:/absolute" },
	{ MORE("[ledger]\nurl = sqlite:x.db"), "give sqlite:/absolute" },
	{ MORE("[ledger]\nurl = postgresql://h/db?user=kim&password=pw9"),
	    "a password is in it" },
	{ MORE("[ledger]\nurl = postgresql://kim:pw9@h/db"),
	    "a password is in it" },
	{ SVIX TRUNK "api = http://api.trunk.io\n", "%5: [trunk] api: "
	    "\"http://api.trunk.io\" does not begin with https://" },
	{ SVIX TRUNK "api = api.trunk.io\n", "does not begin with https" },
	{ SVIX TRUNK "api = https://\n", "names no host" },
	{ SVIX TRUNK "api = https:///x\n", "names no host" },
	{ SVIX TRUNK "api = https://h:0\n", "names no host and port" },
	{ SVIX TRUNK "api = https://h:65536\n", "names no host and port" },
	{ SVIX TRUNK "api = https://h:\n", "names no host and port" },
	{ SVIX TRUNK "api = https://h:9x/\n", "names no host and port" },
	{ SVIX TRUNK "api = https://[::1\n", "names no host and port" },
	{ SVIX TRUNK "api = https://[]\n", "names no host and port" },
	{ SVIX TRUNK "api = https://[::g]\n", "names no host and port" },
	{ SVIX TRUNK "api = https://[::1]8443\n", "names no host and port" },
	{ SVIX TRUNK "api = httpss://h\n", "does not begin with https" },
	{ SVIX TRUNK "api = https://h/?a=b\n", "a query, a fragment" },
	{ SVIX TRUNK "api = https://h/#a\n", "a query, a fragment" },
	{ SVIX TRUNK "api = https://kim:pw9@h/\n", "a user, a password" },
	{ MORE("[handler]\nproxy = socks5://h:1"), "does not begin with "
	    "http:// or https://" },
	{ MORE("[handler]\nproxy = http://h:1/x"), "a proxy has none" },
	{ MORE("[handler]\nproxy = http://kim:pw9@h:1"), "a user, a pass" },
	{ SVIX TRUNK "org = app.trunk.io/acme\n", "is no slug" },
	/* the signing secret */
	{ "[svix]\nsecret = whsec_\n", "%2: [svix] secret: the secret is "
	    "empty" },
	{ "[svix]\nsecret = whsk_" KEY64 "\n", "private key" },
	{ "[svix]\nsecret = whpk_" KEY64 "\n", "public key" },
	{ "[svix]\nsecret = v1,whsec_" KEY64 "\n", "\"v1,\", which belongs "
	    "to signatures" },
	{ "[svix]\nsecret = whsec_ab-_ab-_\n", "base64url" },
	{ "[svix]\nsecret = whsec_whsec_" KEY64 "\n", "twice" },
	{ "[svix]\nsecret = whsec_" KEY64 "!\n", "is not base64" },
	{ "[svix]\nsecret = whsec_MDEyM\n", "is not base64" },
	{ "[svix]\nsecret = hunter-2\n", "it does not begin with whsec_; "
	    "copy" },
	{ "[svix]\nsecret = WHSEC_" KEY64 "\n", "does not begin with whsec" },
	{ "[svix]\nsecret = password\n",
	    "%2: [svix] secret: the key has less than 16 bytes; copy" },
	{ "[svix]\nsecret = whsec_MDEyMzQ1Njc4OWFiY2Rl\n",	/* 15 */
	    "%2: [svix] secret: the key has less than 16 bytes; copy" },
	{ "[svix]\nsecret = /etc/svix.secret\n", "%2: [svix] secret: "
	    "\"/etc/svix.secret\" is a path; write file:/etc/svix.secret" },
	{ "[svix]\nsecret = whsec_MDEy MzQ1\n", "broken by white space" },
	{ "[svix]\nsecret = '" KEY64 "'\n", "in quotes" },
	{ "[svix]\nsecret = whsec_'MDEy'\n", "holds quotes" },
	{ "[svix]\nsecret = file:/nowhere/at/all\n", "%2: [svix] secret: "
	    "/nowhere/at/all" },
	{ "[svix]\nsecret = env:TEST_CONFIG_UNSET\n", "TEST_CONFIG_UNSET" },
	{ "[svix]\n" FOUR FOUR "secret = " KEY64 "\n", "%10: [svix] secret: "
	    "more than 8 secrets" },
	/* other secrets */
	{ SVIX "[trunk]\ntoken = /etc/trunk.token\n", "%4: [trunk] token: "
	    "\"/etc/trunk.token\" is a path; write file:/etc/trunk.token" },
	{ SVIX "[trunk]\napi_key = /etc/x\n", "write file:/etc/x" },
	{ TRUNK "[tracker x]\napi_key = /etc/x\n", "%4: [tracker x] api_key:"
	    " \"/etc/x\" is a path" },
	{ SVIX "[trunk]\ntoken = whsec_" KEY64 "\n", "%4: [trunk] token: this "
	    "is the webhook's signing secret (whsec_), which belongs to "
	    "[svix] secret; give the token here" },
	{ SVIX "[trunk]\ntoken = Bearer pw9\n", "%4: [trunk] token: the "
	    "secret begins with \"Bearer \"; leave that word out here" },
	{ SVIX TRUNK "[tracker j]\ntoken = basic pw9\n", "\"Basic \"" },
	{ "[svix]\nsecret = bearer pw9\n", "%2: [svix] secret: the secret "
	    "begins with" },
	/* trackers */
	{ TOP RULE "[tracker x]\nurl = https://h\n", "%11: [tracker x]: no "
	    "type; set type to one of " },
	{ TOP RULE "[tracker x]\ntype = github\n", "%12: [tracker x] type: "
	    "\"github\" is no kind of tracker; there is " },
	{ TOP RULE "[tracker x]\ntype = jira\ntoken = t\n", "%11: [tracker "
	    "x]: no url" },
	{ TOP RULE "[tracker x]\ntype = linear\n", "no secret; set api_key" },
	{ TOP RULE "[tracker x]\ntype = jira\nurl = https://h\n",
	    "no secret; set token" },
	{ TOP "token = u\n", "%9: [tracker lin] token: this [tracker] has "
	    "its secret already" },
	{ TOP "email = a@b.example\n" RULE, "email is for Jira Cloud" },
	{ SVIX TRUNK JI "email = kim\n" RULE, "is no e-mail address" },
	{ SVIX TRUNK "[tracker l]\ntype = linear\napi_key = Bearer lin_9\n"
	    RULE, "%7: [tracker l] api_key: the secret begins with" },
	{ TOP "webhook_scret = x\n", "did you mean webhook_secret?" },
	{ SVIX LIN RULE, "%3: [tracker lin]: its tickets cannot be linked "
	    "without a token or api_key in [trunk]; set one there, or "
	    "link = none here" },
	{ SVIX LIN "link = optional\n" RULE, "or link = none here" },
	/* matchers */
	{ IN_RULE("status = flakey"), "%11: [rule r] status: \"flakey\" is "
	    "not known; did you mean flaky?" },
	{ IN_RULE("status = flaky, brokn"), "did you mean broken?" },
	{ IN_RULE("status = x*"), "it may be flaky, broken or healthy" },
	{ IN_RULE("from = new"), "it may be flaky, broken or healthy" },
	{ IN_RULE("quarantined = true"), "it may be no or yes" },
	{ IN_RULE("name = a,,b"), "item 2 of the list is empty" },
	{ IN_RULE("name = a,"), "item 2 of the list is empty" },
	{ IN_RULE("name = !"), "item 1 of the list is empty" },
	{ IN_RULE("name = a, !b"), "a '!' may only stand before the whole" },
	{ IN_RULE("name = !!b"), "a '!' may only stand before the whole" },
	{ IN_RULE("event = v2.test_case.status_changed"), "names a version" },
	{ IN_RULE("repository = https://github.com/acme/shop"),
	    "is an address; write it like github.com/acme/shop" },
	{ IN_RULE("repository = git@github.com:acme/shop"), "is an address" },
	{ IN_RULE("repository = github.com/acme/shop.git"), "the .git" },
	{ IN_RULE("repository = acme/shop"), "write host/owner/name" },
	/* settings */
	{ IN_RULE("title = {{test.nmae}}"), "%11: [rule r] title: " },
	{ IN_RULE("title = {{test.nmae}}"), "test.name" },
	{ IN_RULE("one_ticket_per = fiel"), "did you mean file?" },
	{ IN_RULE("one_ticket_per = all"), "it may be test, file, classname "
	    "or owner" },
	{ IN_RULE("one_ticket_per = {{x}}"), "%11: [rule r] one_ticket_per" },
	{ IN_RULE("labels = a,,b"), "item 2 of the list is empty" },
	{ IN_RULE("labels = a, \t,b"), "item 2 of the list is empty" },
	{ IN_RULE("labels = " SIXTEEN SIXTEEN SIXTEEN SIXTEEN "x"),
	    "65 values; give at most 64" },
	{ IN_RULE("labels = " B64 B64 B64 B64), "is longer than 255 bytes" },
	{ IN_RULE("field." B64 B64 B64 B64 " = x"), "the name is longer than "
	    "255 bytes" },
	{ MORE("[defaults]\ntitle = {{x"), "%12: [defaults] title: " },
	{ MORE("[owner @a]\nstatus = x"), "%12: [owner @a] status: no such" },
	/* where it leads */
	{ TOP "[rule r]\ntracker = lim\n", "%10: [rule r] tracker: there is "
	    "no [tracker lim]; did you mean lin?" },
	{ ALL "[owner @a]\ntracker = other\n", "%12: [owner @a] tracker: "
	    "there is no [tracker other]; it may be lin" },
	{ ALL "[defaults]\ntracker = other\n", "%12: [defaults] tracker: " },
	{ TOP "[rule r]\nstatus = flaky\n", "%9: [rule r]: it leads to no "
	    "tracker; set tracker = NAME here or in [defaults]" },
	{ TOP "[rule r]\nto = owner\n", "%9: [rule r] to: there is no "
	    "[owner] section" },
	{ TOP "[rule r]\nto = owner\n[owner @a/b]\nteam = X\n", "%9: [rule "
	    "r]: it leads to no tracker for a test of \"@a/b\" (line 11); "
	    "set tracker = NAME here, in that [owner] section or in" },
	{ SVIX TRUNK "[tracker l]\ntype = linear\napi_key = k\n[rule r]\n"
	    "tracker = l\nproject = P\n", "%8: [rule r]: it leads to no team "
	    "in the tracker \"l\"; set team = KEY here, in [tracker l] or" },
	{ SVIX TRUNK "[tracker j]\ntype = jira\nurl = https://h\ntoken = k\n"
	    "[rule r]\ntracker = j\nteam = T\n", "it leads to no project in "
	    "the tracker \"j\"" },
	{ SVIX TRUNK JI "[rule r]\ntracker = ji\nlabels = flaky test\n",
	    "%12: [rule r] labels: jira takes no label with a blank" },
	{ SVIX TRUNK JI "labels = a, b c , d\n[rule r]\ntracker = ji\n",
	    "%10: [tracker ji] labels: jira takes no label" },
	{ SVIX TRUNK JI "[rule r]\nto = owner\n[owner @a]\ntracker = ji\n"
	    "labels = x,y\tz\n", "%14: [owner @a] labels: jira takes no" }
};

static void
test_bad(void **state)
{
	struct why why;
	char want[1200];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const char *says = bad[i].says;

		(void)snprintf(want, sizeof(want), "%s%s%s",
		    says[0] == '%' ? path : "", says[0] == '%' ?
		    (says[1] == '[' ? ": " : ":") : "",
		    says + (says[0] == '%'));
		memset(&why, 0, sizeof(why));
		if (load(bad[i].text, &why) != ERR_CONFIG)
			fail_msg("taken: %s", bad[i].text);
		assert_null(config);
		if (strstr(why.text, want) == NULL)
			fail_msg("%s%s\nwanted %s", bad[i].text, why.text,
			    want);
		/* A place in front, and no password. */
		if (strncmp(why.text, path, strlen(path)) != 0 ||
		    strstr(why.text, "pw9") != NULL)
			fail_msg("%s", why.text);
	}
}

/* Ten lines are enough, and all the rest is built in. */
static void
test_builtin(void **state)
{
	const struct tracker *t;

	(void)state;
	good(ALL);
	assert_string_equal(config->file, path);
	assert_int_equal(config->deadline, 10000);
	assert_int_equal(config->workers, 64);
	assert_int_equal(config->max_body, 1048576);
	assert_int_equal(config->log_level, LOG_LEVEL_INFO);
	assert_false(config->log_json);
	assert_null(config->proxy);
	assert_null(config->ca_file);
	assert_string_equal(config->ledger_url,
	    "sqlite:/var/lib/tickethook/ledger.db");
	assert_int_equal(config->keep, 180 * DAY);
	assert_int_equal(config->nsvix, 1);
	assert_int_equal(config->svix[0].len, strlen(KEY));
	assert_memory_equal(config->svix[0].bytes, KEY, strlen(KEY));
	assert_int_equal(config->tolerance, 300);
	assert_string_equal(config->trunk_url, "https://api.trunk.io");
	assert_string_equal(config->trunk_token.bytes, "t1");
	assert_int_equal(config->trunk_key.len, 0);
	assert_null(config->org);
	assert_true(config->adopt);
	assert_false(config->trunk_private);
	assert_null(config->owners);
	assert_null(config->warnings);
	assert_string_equal(config->defaults[DEST_TITLE].value,
	    "[Flaky Test] {{test.name}}");
	assert_string_equal(config->defaults[DEST_TITLE].kind, "built-in");
	assert_string_equal(config->defaults[DEST_PER].value, "test");
	assert_string_equal(config->defaults[DEST_ISSUE_TYPE].value, "Bug");
	assert_null(config->defaults[DEST_LABELS].value);
	assert_non_null(t = config->trackers);
	assert_null(t->next);
	assert_string_equal(t->name, "lin");
	assert_int_equal(t->line, 5);
	assert_string_equal(t->kind->type, "linear");
	assert_string_equal(t->url, "https://api.linear.app/graphql");
	assert_string_equal(t->token.bytes, "k");
	assert_null(t->email);
	assert_int_equal(t->settle, 900000);
	assert_int_equal(t->link, LINK_REQUIRED);
	assert_false(t->private_ok);
	assert_non_null(config->rules);
	assert_int_equal(config->rules->action, ACTION_TICKET);
	assert_int_equal(config->rules->line, 9);
	assert_false(config->rules->to_owner);
	assert_null(config->rules->next);
}

static const char whole[] =
	"\xef\xbb\xbf; everything\r\n"
	"[handler]\r\n"
	"deadline = 13s\nworkers = 4096\nmax_body = 342K\n"
	"log_level = debug\nlog = json\nproxy = http://proxy.example:3128/\n"
	"ca_file = /etc/ca.pem\n"
	"[ledger]\nurl = sqlite:/tmp/l.db\nkeep = 2160h\n"
	"[svix]\ntolerance = 3600s\n"
	"secret = " KEY64 "  ; no prefix\n"
	"secret = whsec_" LEAST64 "\n"
	"[trunk]\ntoken = t1\napi_key = k2\napi = https://127.0.0.1:8443///\n"
	"org = acme\nadopt = no\nprivate = yes\n"
	"[tracker cloud]\ntype = jira\nurl = https://[::1]:8443/jira/\n"
	"email = bot@acme.example\ntoken = \"t 3\"\nproject = QA\n"
	"issue_type = Task\nlabels = a, b\nprivate = yes\nsettle = 1s\n"
	"link = optional\n"
	"[tracker lin 2]\ntype = linear\napi_key = k4\nlink = none\n"
	"[owner @acme/web]\ntracker = lin 2\nteam = WEB\n"
	"[owner kim@acme.example]\ntracker = cloud\nlabels = c\n"
	"[rule one]\nstatus = flaky , Broken\nname = !a*, b?\nto = owner\n"
	"from = h*\nquarantined = no\nrepository = github.com/acme/shop\n"
	"action = ticket\ntitle = {{test.name}} fails\n"
	"one_ticket_per = {{test.file_path}}\n"
	"[rule two]\naction = record\nevent = monitor.*\n"
	"[rule three]\naction = ignore\n"
	"[defaults]\ntracker = cloud\nlabels = z";

static void
test_whole(void **state)
{
	const struct tracker *t;
	const struct rule *r;

	(void)state;
	good(whole);
	assert_int_equal(config->deadline, 13000);
	assert_int_equal(config->workers, 4096);
	assert_int_equal(config->max_body, 350208);
	assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
	assert_true(config->log_json);
	assert_string_equal(config->proxy, "http://proxy.example:3128");
	assert_string_equal(config->ca_file, "/etc/ca.pem");
	assert_string_equal(config->ledger_url, "sqlite:/tmp/l.db");
	assert_int_equal(config->keep, 90 * DAY);
	assert_int_equal(config->tolerance, 3600);
	assert_int_equal(config->nsvix, 2);
	assert_memory_equal(config->svix[0].bytes, KEY, strlen(KEY));
	assert_string_equal(config->svix[1].bytes, LEAST);
	assert_string_equal(config->trunk_key.bytes, "k2");
	assert_string_equal(config->trunk_url, "https://127.0.0.1:8443");
	assert_string_equal(config->org, "acme");
	assert_false(config->adopt);
	assert_true(config->trunk_private);
	t = config_tracker(config, "cloud");
	assert_ptr_equal(t, config->trackers);
	assert_string_equal(t->url, "https://[::1]:8443/jira");
	assert_string_equal(t->email, "bot@acme.example");
	assert_string_equal(t->token.bytes, "t 3");
	assert_int_equal(t->settle, 1000);
	assert_int_equal(t->link, LINK_OPTIONAL);
	assert_true(t->private_ok);
	assert_string_equal(t->dest[DEST_LABELS].value, "a, b");
	assert_string_equal(t->dest[DEST_LABELS].kind, "tracker");
	assert_string_equal(t->dest[DEST_LABELS].name, "cloud");
	t = config_tracker(config, "lin 2");
	assert_ptr_equal(t, config->trackers->next);
	assert_int_equal(t->link, LINK_NEVER);
	assert_null(config_tracker(config, "lin"));
	assert_string_equal(config->owners->name, "@acme/web");
	assert_string_equal(config->owners->next->name, "kim@acme.example");
	r = config->rules;
	assert_int_equal(r->match[MATCH_STATUS].n, 2);
	assert_string_equal(r->match[MATCH_STATUS].pattern[0], "flaky");
	assert_string_equal(r->match[MATCH_STATUS].pattern[1], "Broken");
	assert_false(r->match[MATCH_STATUS].none);
	assert_int_equal(r->match[MATCH_NAME].n, 2);
	assert_string_equal(r->match[MATCH_NAME].pattern[0], "a*");
	assert_string_equal(r->match[MATCH_NAME].pattern[1], "b?");
	assert_true(r->match[MATCH_NAME].none);
	assert_int_equal(r->match[MATCH_NAME].line, r->line + 2);
	assert_int_equal(r->match[MATCH_VARIANT].n, 0);
	assert_true(r->to_owner);
	assert_string_equal(r->dest[DEST_PER].value, "{{test.file_path}}");
	assert_int_equal(r->next->action, ACTION_RECORD);
	assert_int_equal(r->next->next->action, ACTION_IGNORE);
	assert_string_equal(config->defaults[DEST_LABELS].value, "z");
	assert_string_equal(config->defaults[DEST_LABELS].kind, "defaults");
}

/* What is taken, with a warning or without one. */
static const struct {
	const char	*text;
	const char	*warning;	/* NULL: none */
} taken[] = {
	{ ALL, NULL },
	{ TOP "[rule r]\nstatus = flaky, broken\ntracker = lin\n", NULL },
	{ TOP "[rule r]\nstatus = !healthy\ntracker = lin\n", NULL },
	{ TOP "[rule r]\nevent = test_case.*\ntracker = lin\n", NULL },
	{ TOP "[rule r]\nstatus = flaky\ntracker = lin\n",
	    ": a broken test may match no rule" },
	{ TOP "[rule r]\nstatus = broken\ntracker = lin\n",
	    ": a flaky test may match no rule" },
	{ TOP "[rule r]\nname = x\ntracker = lin\n",
	    ": a flaky test may match no rule" },
	{ TOP "[rule r]\nto = owner\n[owner @a]\ntracker = lin\n",
	    ": a broken test may match no rule" },
	{ ALL "[rule s]\ntracker = lin\n", "11: [rule s]: it can never "
	    "match: rules above it take all" },
	{ ALL "[rule s]\nstatus = healthy\ntracker = lin\n", NULL },
	{ ALL "[rule s]\naction = record\n", NULL },
	{ ALL "[rule s]\naction = record\n[rule t]\nevent = x.*\n"
	    "action = ignore\n", "13: [rule t]: it can never match: rules" },
	/* a word with a "v" in front is no version */
	{ ALL "[rule s]\naction = record\nevent = vote.*, v2beta.*\n", NULL },
	{ ALL "[rule s]\nevent = *\naction = record\n[rule t]\n"
	    "action = ignore\nevent = y\n", "14: [rule t]: it can never" },
	{ ALL "[rule s]\nevent = x.*\naction = record\n[rule t]\n"
	    "action = ignore\n", NULL },
	{ ALL "[rule s]\nevent = monitor.*\ntracker = lin\n",
	    "11: [rule s]: it can never match: its action is ticket" },
	{ TOP "[rule a]\naction = ignore\n[rule r]\ntracker = lin\n",
	    "11: [rule r]: it can never match: rules above" },
	{ TOP "[rule a]\nstatus = flaky\naction = ignore\n[rule r]\n"
	    "tracker = lin\n", NULL },
	{ "[svix]\nsecret = whsec_" LEAST64 "\n" TRUNK LIN RULE,
	    "2: [svix] secret: the key has less than 24 bytes" },
	/* the vendor's own example is of 18 bytes */
	{ "[svix]\nsecret = whsec_plJ3nmyCDGBKInavdOK15jsl\n" TRUNK LIN RULE,
	    "2: [svix] secret: the key has less than 24 bytes" },
	{ "[svix]\nsecret = whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3OA\n"
	    TRUNK LIN RULE, NULL },
	{ SVIX TRUNK JI "[rule r]\ntracker = ji\n", NULL },
	{ SVIX TRUNK JI "[rule r]\ntracker = ji\nproject = pay\n",
	    "12: [rule r] project: \"pay\" does not look like the key" },
	{ SVIX TRUNK JI "[rule r]\ntracker = ji\nproject = Pay Team\n",
	    "does not look like the key" },
	{ SVIX TRUNK JI "[rule r]\ntracker = ji\nproject = 1A\n",
	    "does not look like the key" },
	{ SVIX TRUNK JI "[rule r]\ntracker = ji\nproject = P\n",
	    "does not look like the key" },
	{ SVIX TRUNK JI "[rule r]\ntracker = ji\nproject = A_1\n", NULL },
	{ ALL "[ledger]\nurl = postgresql://kim@h/db\n", NULL },
	{ SVIX TRUNK JI "[rule r]\ntracker = ji\nlabels = a , b\t,c\n", NULL },
	{ TOP "labels = two words\n" RULE, NULL },
	{ SVIX TRUNK CLOUD RULE_JI, NULL },
	{ SITE "url = https://Acme.Atlassian.net\n" RULE_JI,
	    "9: [tracker ji] url: this is Jira Cloud, which takes no token" },
	{ SITE "url = https://j.example/browse/PAY-1\n" RULE_JI,
	    "9: [tracker ji] url: \"https://j.example/browse/PAY-1\" is a "
	    "page of the site; give its base URL and leave \"/browse/PAY-1\" "
	    "out" },
	{ SITE "url = https://j.example/jira/projects/PAY\n" RULE_JI,
	    "is a page of the site" },
	{ SITE "email = b@a.example\nurl = https://a.atlassian.net/jira/x\n"
	    RULE_JI, "10: [tracker ji] url: " },
	{ SITE "url = https://j.example/jira\n" RULE_JI, NULL },
	{ SITE "url = https://atlassian.net.example\n" RULE_JI, NULL },
	{ SVIX TRUNK "api = https://api.trunk.io/v1/\n" LIN RULE,
	    "5: [trunk] api: \"https://api.trunk.io/v1\" is added to" },
	{ SVIX TRUNK LIN RULE "team = ENG2\n", NULL },
	{ SVIX TRUNK LIN RULE "team = ENG # our team\n", "11: [rule r] team: "
	    "\"ENG # our team\" does not look like the key of a Linear team" },
	{ SVIX TRUNK LIN RULE "team = ENG;x\n", "key of a Linear team" },
	{ SVIX TRUNK LIN RULE "team = ENG ; x\n", NULL },
	{ SVIX TRUNK LIN RULE "team = \xe2\x80\x9c" "ENG\xe2\x80\x9d\n",
	    "key of a Linear team, which is written like ENG" },
	{ SVIX TRUNK LIN RULE "project = Q3 clean-up\n", NULL },
	{ SVIX TRUNK JI RULE_JI "team = ENG\n", "12: [rule r] team: [tracker "
	    "ji] is of type jira, which does not use this key; write "
	    "project = KEY" },
	/* two rules, two trackers, one owner: both keys are of use */
	{ SVIX TRUNK LIN JI "[owner @a]\nteam = ENG\nproject = PAY\n"
	    "[rule x]\nto = owner\ntracker = ji\n[rule y]\nto = owner\n"
	    "tracker = lin\n" RULE, NULL },
	{ SVIX TRUNK LIN "[defaults]\nproject = PAY\n" RULE, NULL },
	{ ALL "file_path = /web/**\n", "11: [rule r] file_path: \"/web/**\" "
	    "may never match" },
	{ TOP "[rule r]\ntracker = lin\n[rule s]\nstatus = healthy\n"
	    "tracker = lin\nname = /x\n", NULL },
	{ SVIX LIN "link = none\n" RULE, NULL },
	{ SVIX "[trunk]\napi_key = k\n" LIN RULE, NULL },
	{ ALL "repository = **/attic\n", ": a flaky test may match" },
	{ ALL "name = \"a  ; b\"\n", ": a flaky test may match" }
};

static void
test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(taken); i++) {
		good(taken[i].text);
		if (taken[i].warning == NULL) {
			if (config->warnings != NULL)
				fail_msg("%s%s", taken[i].text,
				    config->warnings);
		} else if (config->warnings == NULL ||
		    strstr(config->warnings, taken[i].warning) == NULL) {
			fail_msg("%s%s", taken[i].text, config->warnings ==
			    NULL ? "nothing" : config->warnings);
		}
	}
}

/* One warning a place, however many ways lead there. */
static void
test_once(void **state)
{
	(void)state;
	good(SVIX TRUNK JI "[owner @a]\ntracker = ji\nproject = pay\n"
	    "[rule x]\nstatus = flaky\nto = owner\n"
	    "[rule y]\nto = owner\n[rule z]\ntracker = ji\n");
	assert_non_null(config->warnings);
	assert_ptr_equal(strstr(config->warnings, "[owner @a] project"),
	    strstr(config->warnings, "[owner"));
	assert_ptr_equal(strchr(config->warnings, '\n') + 1,
	    config->warnings + strlen(config->warnings));
}

/* Secrets in the file, and the modes that it may have. */
static void
test_modes(void **state)
{
	static const struct {
		mode_t		 mode;
		const char	*says;	/* NULL: taken */
	} modes[] = {
		{ 0600, NULL }, { 0640, NULL }, { 0400, NULL },
		{ 0440, NULL },
		{ 0644, "mode is 0644; run chmod 0640" },
		{ 0604, "mode is 0604; run chmod 0600" },
		{ 0700, "run chmod 0600" }
	};
	struct why why;

	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		write_file(ALL);
		assert_int_equal(chmod(path, modes[i].mode), 0);
		config_free(config);
		memset(&why, 0, sizeof(why));
		if (modes[i].says == NULL) {
			assert_int_equal(config_load(path, &config, &why),
			    OK);
			continue;
		}
		assert_int_equal(config_load(path, &config, &why),
		    ERR_CONFIG);
		assert_non_null(strstr(why.text, "2: [svix] secret: "));
		assert_non_null(strstr(why.text, modes[i].says));
		assert_null(strstr(why.text, KEY64));
	}
}

/* Secrets kept elsewhere: then anyone may read the file. */
static void
test_elsewhere(void **state)
{
	char text[512], key[80];
	struct why why = { "" };
	FILE *f;

	(void)state;
	(void)snprintf(key, sizeof(key), "%s/key", dir);
	assert_non_null(f = fopen(key, "w"));
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	(void)fprintf(f, "\n whsec_%s\n", KEY64);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(setenv("TEST_CONFIG_KEY", "from-env", 1), 0);
	(void)snprintf(text, sizeof(text), "[svix]\nsecret = file:%s\n"
	    "[trunk]\ntoken = env:TEST_CONFIG_KEY\n[tracker lin]\n"
	    "type = linear\nteam = A\napi_key = env:TEST_CONFIG_KEY\n"
	    RULE, key);
	write_file(text);
	assert_int_equal(chmod(path, 0644), 0);
	config_free(config);
	assert_int_equal(config_load(path, &config, &why), OK);
	assert_memory_equal(config->svix[0].bytes, KEY, strlen(KEY));
	assert_string_equal(config->trunk_token.bytes, "from-env");
	/* A token over two lines would be two headers. */
	assert_int_equal(setenv("TEST_CONFIG_KEY", "a\r\nX-Evil: b", 1), 0);
	config_free(config);
	assert_int_equal(config_load(path, &config, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "[trunk] token: the secret holds a "
	    "line break"));
	assert_null(strstr(why.text, "Evil"));
	(void)unsetenv("TEST_CONFIG_KEY");
	(void)unlink(key);
}

/*
 * Secrets of the file stay nowhere but in the vault.  The kernel reads the
 * arena for us: between what it gave out it may not be touched.
 */
static void
test_wiped(void **state)
{
	FILE *memory = fopen("/proc/self/mem", "r");
	size_t size;
	char *copy;

	(void)state;
	assert_non_null(memory);
	good(SVIX "[trunk]\ntoken = trunk-plain-0\n" LIN RULE);
	/* The name of the file is what the arena gave first. */
	size = arena_used(config->arena);
	assert_in_range(size, 1 << 20, 2 << 20);
	assert_non_null(copy = malloc(size));
	assert_int_equal(fseeko(memory, (off_t)(uintptr_t)config->file,
	    SEEK_SET), 0);
	assert_int_equal(fread(copy, 1, size, memory), size);
	assert_non_null(memmem(copy, size, "linear", 6));
	assert_null(memmem(copy, size, KEY64, 8));
	assert_null(memmem(copy, size, "trunk-plain", 11));
	free(copy);
	(void)fclose(memory);
}

static void
test_files(void **state)
{
	struct why why = { "" };

	(void)state;
	config_free(config);
	assert_int_equal(config_load("/nowhere/c.ini", &config, &why),
	    ERR_CONFIG);
	assert_null(config);
	assert_non_null(strstr(why.text, "/nowhere/c.ini: No such file"));
	assert_int_equal(config_load(dir, &config, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "no regular file"));
	(void)unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(config_load(path, &config, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "no regular file"));
	(void)unlink(path);
	config_free(NULL);
}

static void
test_too_large(void **state)
{
	char *text = malloc((1 << 20) + 1);
	struct why why = { "" };

	(void)state;
	assert_non_null(text);
	memset(text, '\n', 1 << 20);
	text[1 << 20] = '\0';
	assert_int_equal(load(text, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "larger than 1048575 bytes"));
	text[(1 << 20) - 1] = '\0';
	assert_int_equal(load(text, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "[svix] secret is missing"));
	free(text);
}

/* Owners whose long names differ in the last byte are two owners. */
static void
test_long_names(void **state)
{
	char name[300], text[2048];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	(void)snprintf(text, sizeof(text), "%s[owner @%sa]\ntracker = lin\n"
	    "[owner @%sb]\ntracker = lin\n", ALL, name, name);
	good(text);
	assert_int_equal(strlen(config->owners->name), 301);
	assert_string_not_equal(config->owners->name,
	    config->owners->next->name);
}

static void
test_path(void **state)
{
	struct arena *arena = arena_new(1 << 16);

	(void)state;
	assert_non_null(arena);
	assert_int_equal(setenv("TICKETHOOK_CONFIG", "/env.ini", 1), 0);
	assert_string_equal(config_path(arena, "/given.ini"), "/given.ini");
	assert_string_equal(config_path(arena, NULL), "/env.ini");
	/* HOME is never asked. */
	assert_int_equal(setenv("HOME", dir, 1), 0);
	assert_int_equal(setenv("TICKETHOOK_CONFIG", "", 1), 0);
	assert_null(strstr(config_path(arena, NULL), dir));
	assert_int_equal(unsetenv("TICKETHOOK_CONFIG"), 0);
	if (geteuid() == 0)
		assert_string_equal(config_path(arena, NULL),
		    "/etc/tickethook/tickethook.ini");
	arena_free(arena);
}

/* The table is whole: kinds stand together, ranges and helps are there. */
static void
test_table(void **state)
{
	size_t n, sum = 0;

	(void)state;
	for (size_t i = 0; i < config_kinds_len; i++) {
		const struct config_param *p =
		    config_table_rows(config_kinds[i].kind, &n);

		for (size_t j = 0; j < n; j++)
			assert_string_equal(p[j].kind, config_kinds[i].kind);
		sum += n;
	}
	assert_int_equal(sum, config_table_len);
	for (size_t i = 0; i < config_table_len; i++) {
		const struct config_param *p = &config_table[i];

		assert_non_null(p->help);
		assert_int_equal(p->help[strlen(p->help) - 1] == '.' ||
		    p->help[strlen(p->help) - 1] == '?' ||
		    strstr(p->help, "...") != NULL ||
		    strchr(p->help, ':') != NULL, 1);
		if (p->type <= PARAM_SIZE) {
			assert_non_null(p->min);
			assert_non_null(p->max);
			/* A policy's are [defaults]', then policy_of()'s. */
			if (strcmp(p->kind, "rule") != 0 &&
			    strcmp(p->kind, "defaults") != 0)
				assert_non_null(p->fallback);
		}
		if (p->type >= PARAM_WORD && p->type <= PARAM_FLAG)
			assert_non_null(p->words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_builtin), cmocka_unit_test(test_whole),
		cmocka_unit_test(test_taken), cmocka_unit_test(test_once),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_wiped), cmocka_unit_test(test_files),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_path)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
