/*
 * Each key of the file as one row.  Defaults, limits, the man page's check and
 * "did you mean" all come from here, so a key is added in one place.
 */
#include <string.h>

#include "handler/config_table.h"
#include "handler/notify.h"

#define AT(member)	offsetof(struct config, member)
#define TRACKER(member)	offsetof(struct tracker, member)
#define OWNER(member)	offsetof(struct owner, member)
#define RULE(member)	offsetof(struct rule, member)
#define NOTIFY(member)	offsetof(struct notify, member)
#define DEFAULT(member)	(AT(defaults) - offsetof(struct owner, dest) + \
	    offsetof(struct owner, member))
#define WORDS(...)	((const char *const[]){ __VA_ARGS__, NULL })
#define NO_YES		WORDS("no", "yes")
#define STATES		WORDS("flaky", "broken", "healthy")
#define PER		WORDS("test", "file", "classname", "owner")
#define SCOPES		WORDS("repository", "collection")
#define CALENDARS	WORDS("days", "business")

/* What all places that say where a ticket goes may say. */
#define PLACE(section, at) \
	{ section, "team", PARAM_SETTING, at(dest[DEST_TEAM]), \
	    .help = "Linear: key of the team." }, \
	{ section, "project", PARAM_SETTING, at(dest[DEST_PROJECT]), \
	    .help = "Jira: key, as in PAY-12; Linear: name." }
#define CONTENT(section, at) \
	{ section, "labels", PARAM_LABELS, at(dest[DEST_LABELS]), \
	    .help = "Labels of the ticket." }, \
	{ section, "assignee", PARAM_SETTING, at(dest[DEST_ASSIGNEE]), \
	    .help = "Who works on it: e-mail address, or an id." }, \
	{ section, "component", PARAM_LABELS, at(dest[DEST_COMPONENT]), \
	    .help = "Jira: names of components." }, \
	{ section, "priority", PARAM_SETTING, at(dest[DEST_PRIORITY]), \
	    .help = "urgent, high, medium, low, none; Jira: its own." }, \
	{ section, "due", PARAM_DUE, at(dest[DEST_DUE]), .min = "1d", \
	    .max = "3650d", .help = "Time from the event to the due date." }
#define LINEAR(section, at) \
	{ section, "estimate", PARAM_COUNT, at(dest[DEST_ESTIMATE]), \
	    .min = "0", .max = "999", .help = "Linear: estimate." }, \
	{ section, "state", PARAM_SETTING, at(dest[DEST_STATE]), \
	    .help = "Linear: name of the state it begins in." }, \
	{ section, "template", PARAM_SETTING, at(dest[DEST_TEMPLATE]), \
	    .help = "Linear: name of a template." }, \
	{ section, "description", PARAM_TEMPLATE, \
	    at(dest[DEST_DESCRIPTION]), \
	    .help = "Text of the ticket instead of ours, Markdown." }
#define BUDGET(section, at) \
	{ section, "budget", PARAM_BUDGET, at(budget), \
	    .help = "Tickets that a rule may file, like 30/h." }, \
	{ section, "over_budget", PARAM_PICK, at(over_budget), \
	    .words = WORDS("fold", "park"), .help = "What more is: folded " \
	    "into one ticket per owner and cause, or parked." }
#define RULE_POLICY(member)	RULE(policy.member)
#define DEFAULT_POLICY(member)	AT(default_policy.member)
#define FIELD(section, at) \
	{ section, CONFIG_FIELD "NAME", PARAM_FIELD, at, .repeats = true, \
	    .help = "Jira: a field by id or name." }

#define TRANSITION(section, at) \
	{ section, CONFIG_TRANSITION "NAME", PARAM_FIELD, at, \
	    .repeats = true, \
	    .help = "Jira: a field that a transition asks for." }

/* What happens to a ticket over its life. */
#define LIFE(section, at) \
	{ section, "on_healthy", PARAM_PICK, at(on_healthy), \
	    .words = WORDS("none", "comment", "close"), \
	    .help = "What a ticket gets when its test is healthy again." }, \
	{ section, "on_worse", PARAM_PICK, at(on_worse), \
	    .words = WORDS("comment", "raise", "ignore"), \
	    .help = "What a ticket gets when its flaky test breaks." }, \
	{ section, "on_resolved", PARAM_PICK, at(on_resolved), \
	    .words = WORDS("verify", "trust"), \
	    .help = "Must a fix be proven after a person resolved it?" }, \
	{ section, "verify_for", PARAM_DURATION, at(verify_for), \
	    .min = "1m", .max = "365d", .help = "How long a fix must hold." }, \
	{ section, "verify_runs", PARAM_NUMBER, at(verify_runs), \
	    .min = "1", .max = "100000", \
	    .help = "Passing runs that prove a fix, where they are known." }, \
	{ section, "on_regression", PARAM_PICK, at(on_regression), \
	    .words = WORDS("reopen", "new", "ignore"), \
	    .help = "What a failure after a proven fix leads to." }, \
	{ section, "reopen_within", PARAM_DURATION, at(reopen_within), \
	    .min = "1m", .max = "3650d", \
	    .help = "So long it is reopened; later there is a new one." }, \
	{ section, "flap_limit", PARAM_NUMBER, at(flap_limit), \
	    .min = "1", .max = "1000", \
	    .help = "Reopens until only a person closes it." }

/* What other events do to a ticket that is there. */
#define EFFECTS(section, at) \
	{ section, "on_monitor", PARAM_PICK, at(on_monitor), \
	    .words = WORDS("section", "comment", "none"), \
	    .help = "How a ticket tells of its test's monitors." }, \
	{ section, "on_investigation", PARAM_PICK, at(on_investigation), \
	    .words = WORDS("comment", "none"), \
	    .help = "How a ticket tells what an investigation found." }, \
	{ section, "on_quarantine", PARAM_PICK, at(on_quarantine), \
	    .words = WORDS("none", "comment", "priority"), \
	    .help = "What a ticket gets when its test is quarantined." }, \
	{ section, "quarantined_priority", PARAM_CHOICE, \
	    at(quarantined_priority), .words = WORDS("urgent", "high", \
	    "medium", "low", "none"), \
	    .help = "Priority while the test is quarantined." }

const struct config_kind config_kinds[] = {
	{ "handler", false }, { "ledger", false }, { "svix", false },
	{ "trunk", false }, { "tracker", true }, { "owner", true },
	{ "rule", true }, { "defaults", false }, { "panel", false },
	{ "notify", true }
};
const size_t config_kinds_len = sizeof(config_kinds) /
    sizeof(config_kinds[0]);

const struct config_param config_table[] = {
	{ "handler", "deadline", PARAM_DURATION, AT(deadline),
	    .min = "1s", .max = "13s", .fallback = "10s",
	    .help = "Time for everything that one delivery does." },
	{ "handler", "workers", PARAM_NUMBER, AT(workers),
	    .min = "1", .max = "4096", .fallback = "64",
	    .help = "Deliveries in hand at once." },
	{ "handler", "max_body", PARAM_SIZE, AT(max_body),
	    .min = "350000", .max = "64M", .fallback = "1M",
	    .help = "Bytes of the largest body that is read." },
	{ "handler", "log_level", PARAM_WORD, AT(log_level),
	    .words = WORDS("error", "warning", "info", "debug"),
	    .fallback = "info", .help = "What is worth a line of the log." },
	{ "handler", "log", PARAM_BOOL, AT(log_json),
	    .words = WORDS("text", "json"), .fallback = "text",
	    .help = "The form of a line of the log." },
	{ "handler", "proxy", PARAM_PROXY, AT(proxy),
	    .help = "Proxy for all calls; the environment's is not used." },
	{ "handler", "ca_file", PARAM_PATH, AT(ca_file),
	    .help = "Certificates to trust beside the system's." },

	{ "ledger", "url", PARAM_LEDGER, AT(ledger_url),
	    .fallback = "sqlite:/var/lib/tickethook/ledger.db",
	    .help = "Where deliveries, tests and tickets are recorded." },
	{ "ledger", "directory", PARAM_PATH, AT(ledger_dir),
	    .fallback = "/var/lib/tickethook",
	    .help = "Of this host's figures, when the ledger is elsewhere." },
	{ "ledger", "keep", PARAM_DURATION, AT(keep),
	    .min = "90d", .max = "36500d", .fallback = "180d",
	    .help = "How long finished deliveries are kept." },

	{ "svix", "secret", PARAM_SVIX, 0, .repeats = true,
	    .help = "The endpoint's signing secret, whsec_..." },
	{ "svix", "tolerance", PARAM_SECONDS, AT(tolerance),
	    .min = "1m", .max = "1h", .fallback = "5m",
	    .help = "How far a signed time may be from our clock." },

	{ "trunk", "token", PARAM_SECRET, AT(trunk_token),
	    .help = "Organization token, for tests of a repository (v1)." },
	{ "trunk", "api_key", PARAM_SECRET, AT(trunk_key),
	    .help = "API key, for tests of a test collection (v2)." },
	{ "trunk", "api", PARAM_URL, AT(trunk_url),
	    .fallback = "https://api.trunk.io",
	    .help = "Where Trunk's API is." },
	{ "trunk", "org", PARAM_SLUG, AT(org),
	    .help = "The organization's slug, else from the test's URL." },
	{ "trunk", "adopt", PARAM_BOOL, AT(adopt),
	    .words = NO_YES, .fallback = "yes",
	    .help = "Take over a ticket that Trunk shows already." },
	{ "trunk", "enrich", PARAM_BOOL, AT(enrich),
	    .words = NO_YES, .fallback = "no",
	    .help = "Ask Trunk for failures and metrics before writing." },
	{ "trunk", "twins", PARAM_BOOL, AT(twins_apart),
	    .words = WORDS("merge", "separate"), .fallback = "merge",
	    .help = "Is a test of a repository and of a collection one?" },
	{ "trunk", "keep_actor", PARAM_BOOL, AT(keep_actor),
	    .words = NO_YES, .fallback = "no",
	    .help = "Store who set a quarantine, by name and e-mail." },
	{ "trunk", "private", PARAM_BOOL, AT(trunk_private),
	    .words = NO_YES, .fallback = "no",
	    .help = "The API's name may resolve to a private address." },

	{ "tracker", "type", PARAM_KIND, TRACKER(kind),
	    .help = "linear or jira." },
	{ "tracker", "url", PARAM_URL, TRACKER(url),
	    .help = "Base URL; for Linear only when it is not the usual." },
	{ "tracker", "api_key", PARAM_SECRET, TRACKER(token),
	    .help = "Linear's personal API key." },
	{ "tracker", "token", PARAM_SECRET, TRACKER(token),
	    .help = "Jira's API token, or a personal access token." },
	{ "tracker", "email", PARAM_EMAIL, TRACKER(email),
	    .help = "Jira Cloud: the account that the token is of." },
	{ "tracker", "webhook_secret", PARAM_SECRET, TRACKER(hook),
	    .help = "What signs the tracker's webhooks to /tracker/NAME." },
	{ "tracker", "private", PARAM_BOOL, TRACKER(private_ok),
	    .words = NO_YES, .fallback = "no",
	    .help = "The host's name may resolve to a private address." },
	{ "tracker", "settle", PARAM_DURATION, TRACKER(settle),
	    .min = "1s", .max = "24h", .fallback = "15m",
	    .help = "How long an unanswered create may still turn up." },
	{ "tracker", "link", PARAM_WORD, TRACKER(link),
	    .words = WORDS("required", "optional", "none"),
	    .fallback = "required",
	    .help = "Must Trunk show the ticket before we are done?" },
	PLACE("tracker", TRACKER),
	{ "tracker", "issue_type", PARAM_SETTING,
	    TRACKER(dest[DEST_ISSUE_TYPE]), .help = "Jira: type of issue." },
	CONTENT("tracker", TRACKER),
	{ "tracker", "due_calendar", PARAM_CHOICE,
	    TRACKER(dest[DEST_DUE_CALENDAR]), .words = CALENDARS,
	    .help = "Days that count for due." },
	LINEAR("tracker", TRACKER),
	{ "tracker", "wont_fix", PARAM_LABELS, TRACKER(wont_fix),
	    .fallback = "Won't Fix, Won't Do, Declined, Duplicate, Cannot "
	    "Reproduce", .help = "Resolutions and states that mean that "
	    "there will be no fix." },
	FIELD("tracker", TRACKER(fields)),
	TRANSITION("tracker", TRACKER(fields)),

	{ "owner", "tracker", PARAM_SETTING, OWNER(dest[DEST_TRACKER]),
	    .help = "Name of a [tracker] section." },
	PLACE("owner", OWNER),
	{ "owner", "issue_type", PARAM_SETTING, OWNER(dest[DEST_ISSUE_TYPE]),
	    .help = "Jira: type of issue." },
	CONTENT("owner", OWNER),
	{ "owner", "due_calendar", PARAM_CHOICE,
	    OWNER(dest[DEST_DUE_CALENDAR]), .words = CALENDARS,
	    .help = "Days that count for due." },
	LINEAR("owner", OWNER),
	{ "owner", "title", PARAM_TEMPLATE, OWNER(dest[DEST_TITLE]),
	    .help = "Title of the ticket." },
	{ "owner", "one_ticket_per", PARAM_PER, OWNER(dest[DEST_PER]),
	    .words = PER, .help = "What shares one ticket." },
	FIELD("owner", OWNER(fields)),

	{ "rule", "event", PARAM_EVENT, RULE(match[MATCH_EVENT]),
	    .help = "Types of events, without a version." },
	{ "rule", "status", PARAM_WORDS, RULE(match[MATCH_STATUS]),
	    .words = STATES, .help = "The test's new status." },
	{ "rule", "from", PARAM_WORDS, RULE(match[MATCH_FROM]),
	    .words = STATES, .help = "The test's previous status." },
	{ "rule", "repository", PARAM_REPOSITORY,
	    RULE(match[MATCH_REPOSITORY]), .help = "host/owner/name." },
	{ "rule", "codeowner", PARAM_GLOBS, RULE(match[MATCH_CODEOWNER]),
	    .help = "Any code owner of the test." },
	{ "rule", "file_path", PARAM_GLOBS, RULE(match[MATCH_FILE_PATH]),
	    .help = "File of the test." },
	{ "rule", "classname", PARAM_GLOBS, RULE(match[MATCH_CLASSNAME]),
	    .help = "Class of the test." },
	{ "rule", "name", PARAM_GLOBS, RULE(match[MATCH_NAME]),
	    .help = "Name of the test." },
	{ "rule", "variant", PARAM_GLOBS, RULE(match[MATCH_VARIANT]),
	    .help = "Variant of the test." },
	{ "rule", "monitor_type", PARAM_GLOBS,
	    RULE(match[MATCH_MONITOR_TYPE]),
	    .help = "Type of the monitor that noticed." },
	{ "rule", "quarantined", PARAM_WORDS, RULE(match[MATCH_QUARANTINED]),
	    .words = NO_YES, .help = "Is the test quarantined?" },
	{ "rule", "scope", PARAM_WORDS, RULE(match[MATCH_SCOPE]),
	    .words = SCOPES, .help = "Whose test: of which of Trunk's views." },
	{ "rule", "min_failure_rate", PARAM_SHARE,
	    RULE(least[LEAST_FAILURE_RATE]), .min = "0", .max = "1",
	    .help = "Failure rate of 7 days, where known." },
	{ "rule", "min_prs", PARAM_AMOUNT, RULE(least[LEAST_PRS]),
	    .min = "0", .max = "1000000",
	    .help = "Pull requests impacted in 7 days, where known." },
	{ "rule", "min_confidence", PARAM_SHARE,
	    RULE(least[LEAST_CONFIDENCE]), .min = "0", .max = "1",
	    .help = "Confidence of an investigation." },
	{ "rule", "action", PARAM_WORD, RULE(action),
	    .words = WORDS("ticket", "record", "ignore"),
	    .fallback = "ticket", .help = "What is done." },
	{ "rule", "to", PARAM_FLAG, RULE(to_owner), .words = WORDS("owner"),
	    .help = "The first code owner that has an [owner] section." },
	{ "rule", "tracker", PARAM_SETTING, RULE(dest[DEST_TRACKER]),
	    .help = "Name of a [tracker] section." },
	PLACE("rule", RULE),
	{ "rule", "issue_type", PARAM_SETTING, RULE(dest[DEST_ISSUE_TYPE]),
	    .help = "Jira: type of issue." },
	CONTENT("rule", RULE),
	{ "rule", "due_calendar", PARAM_CHOICE,
	    RULE(dest[DEST_DUE_CALENDAR]), .words = CALENDARS,
	    .help = "Days that count for due." },
	LINEAR("rule", RULE),
	{ "rule", "title", PARAM_TEMPLATE, RULE(dest[DEST_TITLE]),
	    .help = "Title of the ticket." },
	{ "rule", "one_ticket_per", PARAM_PER, RULE(dest[DEST_PER]),
	    .words = PER, .help = "What shares one ticket." },
	LIFE("rule", RULE_POLICY),
	EFFECTS("rule", RULE_POLICY),
	BUDGET("rule", RULE_POLICY),
	FIELD("rule", RULE(fields)),
	TRANSITION("rule", RULE(fields)),

	{ "defaults", "tracker", PARAM_SETTING, AT(defaults[DEST_TRACKER]),
	    .help = "Name of a [tracker] section." },
	PLACE("defaults", DEFAULT),
	{ "defaults", "issue_type", PARAM_SETTING,
	    AT(defaults[DEST_ISSUE_TYPE]), .fallback = "Bug",
	    .help = "Jira: type of issue." },
	CONTENT("defaults", DEFAULT),
	{ "defaults", "due_calendar", PARAM_CHOICE,
	    AT(defaults[DEST_DUE_CALENDAR]), .words = CALENDARS,
	    .fallback = "days", .help = "Days that count for due." },
	LINEAR("defaults", DEFAULT),
	{ "defaults", "title", PARAM_TEMPLATE, AT(defaults[DEST_TITLE]),
	    .fallback = "[Flaky Test] {{test.name}}",
	    .help = "Title of the ticket." },
	{ "defaults", "one_ticket_per", PARAM_PER, AT(defaults[DEST_PER]),
	    .words = PER, .fallback = "test",
	    .help = "What shares one ticket: a word, or a template." },
	LIFE("defaults", DEFAULT_POLICY),
	EFFECTS("defaults", DEFAULT_POLICY),
	BUDGET("defaults", DEFAULT_POLICY),
	{ "defaults", "total_budget", PARAM_BUDGET, AT(total_budget),
	    .help = "Tickets that all rules together may file." },
	FIELD("defaults", AT(default_fields)),

	{ "panel", "users", PARAM_GLOBS, AT(panel_users),
	    .help = "Who may use the panel, as the web server names them." },
	{ "panel", "token", PARAM_SECRET, AT(panel_token),
	    .help = "Bearer token for /metrics and the detail of /ready." },

	{ "notify", "on", PARAM_ON, NOTIFY(on), .words = notify_words,
	    .help = "What is told." },
	{ "notify", "url", PARAM_NOTICE_URL, NOTIFY(url),
	    .help = "Where it is posted; names may stand behind the host." },
	{ "notify", "body", PARAM_NOTICE_BODY, NOTIFY(body),
	    .help = "What is posted: JSON, with names in double quotes." },
	{ "notify", "bearer", PARAM_SECRET, NOTIFY(bearer),
	    .help = "Token for an Authorization header." },
	{ "notify", CONFIG_HEADER "NAME", PARAM_HEADER, NOTIFY(headers),
	    .repeats = true, .help = "Another header, its value a secret." },
	{ "notify", "private", PARAM_BOOL, NOTIFY(private_ok),
	    .words = NO_YES, .fallback = "no",
	    .help = "The host's name may resolve to a private address." }
};
const size_t config_table_len = sizeof(config_table) /
    sizeof(config_table[0]);

const char *const config_dest_keys[DEST_COUNT] = {
	[DEST_TRACKER] = "tracker", [DEST_TEAM] = "team",
	[DEST_PROJECT] = "project", [DEST_ISSUE_TYPE] = "issue_type",
	[DEST_LABELS] = "labels", [DEST_ASSIGNEE] = "assignee",
	[DEST_COMPONENT] = "component", [DEST_PRIORITY] = "priority",
	[DEST_DUE] = "due", [DEST_DUE_CALENDAR] = "due_calendar",
	[DEST_ESTIMATE] = "estimate", [DEST_STATE] = "state",
	[DEST_TEMPLATE] = "template", [DEST_TITLE] = "title",
	[DEST_DESCRIPTION] = "description", [DEST_PER] = "one_ticket_per"
};

const struct config_kind *
config_table_kind(const char *kind)
{
	for (size_t i = 0; i < config_kinds_len; i++)
		if (strcmp(config_kinds[i].kind, kind) == 0)
			return (&config_kinds[i]);
	return (NULL);
}

/* Most differ in their first letter already, or are the same literal. */
static bool
equal(const char *a, const char *b)
{
	return (a == b || (a[0] == b[0] && strcmp(a, b) == 0));
}

const struct config_param *
config_table_rows(const char *kind, size_t *n)
{
	size_t first = 0, end;

	while (first < config_table_len &&
	    !equal(config_table[first].kind, kind))
		first++;
	for (end = first; end < config_table_len &&
	    equal(config_table[end].kind, config_table[first].kind);)
		end++;
	*n = end - first;
	return (*n > 0 ? &config_table[first] : NULL);
}

/* "field.Story Points" stands in the table as "field.NAME". */
static bool
is_key(const struct config_param *p, const char *key)
{
	if (p->type == PARAM_FIELD)
		return (strncmp(key, p->key,
		    strlen(p->key) - strlen("NAME")) == 0);
	if (p->type == PARAM_HEADER)
		return (strncmp(key, CONFIG_HEADER,
		    strlen(CONFIG_HEADER)) == 0);
	return (equal(p->key, key));
}

const struct config_param *
config_table_row(const struct config_param *rows, size_t n, const char *key)
{
	for (; n > 0; n--, rows++)
		if (is_key(rows, key))
			return (rows);
	return (NULL);
}
