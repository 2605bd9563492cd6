/*
 * route_find() passes over most rules without looking at them.  Here it is
 * compared with a matcher that looks at everything, written from the manual
 * and knowing nothing of the program's: random rules, random events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include <ctype.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/route.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PICK(a)	((a)[dice(COUNT(a))])

enum {
	SETS = 200,		/* of rules */
	EVENTS = 100,		/* for each of them */
	RULES = 40,
	PATTERNS = 3,
	OWNERS = 12,		/* of a test, at most */
	ROOM = 96
};

/* A rule as it is written, and nothing made of it. */
struct model {
	struct {
		int	 n;
		bool	 none;
		char	 text[PATTERNS][ROOM];
	} list[MATCH_COUNT];
	const char	*rate, *prs, *confidence;	/* NULL: not asked */
	const char	*action;
	bool		 to_owner;
};

static const char *const keys[MATCH_COUNT] = { "event", "status", "from",
	"repository", "codeowner", "file_path", "classname", "name",
	"variant", "monitor_type", "quarantined", "scope" };

static char dir[] = "/tmp/test_fast.XXXXXX";
static struct job job;
static uint32_t seed = 20261121;

static size_t
dice(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (seed % n);
}

/* ---- what the manual says of globs ------------------------------------ */

static bool
same(char a, char b, bool nocase)
{
	return (nocase ? tolower((unsigned char)a) ==
	    tolower((unsigned char)b) : a == b);
}

static bool
fits(const char *glob, const char *at, const char *text, bool nocase)
{
	size_t stars = strspn(at, "*");

	if (*at == '\0')
		return (*text == '\0');
	if (stars > 1 && at[stars] == '/' && (at == glob || at[-1] == '/')) {
		if (fits(glob, at + stars + 1, text, nocase))
			return (true);
		for (; *text != '\0'; text++)
			if (*text == '/' &&
			    fits(glob, at + stars + 1, text + 1, nocase))
				return (true);
		return (false);
	}
	if (stars > 0) {
		for (;; text++) {
			if (fits(glob, at + stars, text, nocase))
				return (true);
			if (*text == '\0' || (stars == 1 && *text == '/'))
				return (false);
		}
	}
	if (*text == '\0' || (*at == '?' ? *text == '/' :
	    !same(*at, *text, nocase)))
		return (false);
	return (fits(glob, at + 1, text + 1, nocase));
}

/* ---- what the manual says of rules -------------------------------------- */

/* The texts that an event tells of a key. */
static size_t
told(const struct event *e, enum match key, const char *text[OWNERS])
{
	static const char *const status[] = { NULL, "healthy", "flaky",
	    "broken" };
	static const char *const answer[] = { NULL, "no", "yes" };
	static char path[ROOM];
	const struct repository *r = &e->test.repository;
	size_t n = 0;

	text[0] = NULL;
	switch (key) {
	case MATCH_EVENT: text[0] = e->name; break;
	case MATCH_STATUS: text[0] = status[e->status]; break;
	case MATCH_FROM: text[0] = status[e->previous]; break;
	case MATCH_FILE_PATH: text[0] = e->test.file_path; break;
	case MATCH_CLASSNAME: text[0] = e->test.classname; break;
	case MATCH_NAME: text[0] = e->test.name; break;
	case MATCH_VARIANT: text[0] = e->test.variant; break;
	case MATCH_MONITOR_TYPE: text[0] = e->monitor_type; break;
	case MATCH_QUARANTINED: text[0] = answer[e->test.quarantined]; break;
	case MATCH_SCOPE:
		if (e->test.id != NULL)
			text[0] = e->test.scope == SCOPE_COLLECTION ?
			    "collection" : "repository";
		break;
	case MATCH_REPOSITORY:
		if (r->host != NULL) {
			(void)snprintf(path, sizeof(path), "%s/%s/%s",
			    r->host, r->owner, r->name);
			text[0] = path;
		}
		break;
	default:
		for (; n < e->test.nowners; n++)
			text[n] = e->test.owners[n];
		return (n);
	}
	return (text[0] != NULL);
}

static bool
listed(const struct model *m, enum match key, const struct event *e)
{
	bool nocase = key < MATCH_FILE_PATH || key > MATCH_VARIANT;
	const char *text[OWNERS], *glob;
	size_t n = told(e, key, text);

	for (size_t i = 0; i < n; i++)
		for (int j = 0; j < m->list[key].n; j++) {
			glob = m->list[key].text[j];
			if (key == MATCH_CODEOWNER && glob[0] == '@')
				glob++;
			if (key == MATCH_CODEOWNER && text[i][0] == '@')
				text[i]++;
			if (fits(glob, glob, text[i], nocase))
				return (true);
		}
	return (false);
}

static bool
reaches(const char *least, double got)
{
	double want = least == NULL ? 0 : strtod(least, NULL);

	if (least != NULL && strchr(least, '%') != NULL)
		want /= 100;
	return (want == 0 || got >= want);
}

/* Is any of its owners among those with a section (a, c and e)? */
static bool
has_owner(const struct event *e)
{
	const char *name;

	for (size_t i = 0; i < e->test.nowners; i++) {
		name = e->test.owners[i];
		name += name[0] == '@';
		if (strncasecmp(name, "org/", 4) == 0 &&
		    strchr("aceACE", name[4]) != NULL && name[5] == '\0')
			return (true);
	}
	return (false);
}

static bool
applies(const struct model *m, const struct event *e)
{
	bool ticket = strcmp(m->action, "ticket") == 0;
	bool fails = e->status == STATUS_FLAKY || e->status == STATUS_BROKEN;
	const struct test *t = &e->test;

	if (ticket && e->family != FAMILY_STATUS)
		return (false);
	if (ticket && !fails && (m->list[MATCH_STATUS].n == 0 ||
	    m->list[MATCH_STATUS].none))
		return (false);
	for (int k = 0; k < MATCH_COUNT; k++)
		if (m->list[k].n > 0 &&
		    listed(m, (enum match)k, e) == m->list[k].none)
			return (false);
	if (!reaches(m->rate, t->failure_rate < 0 || (!t->measured &&
	    t->failure_rate == 0) ? 1 : t->failure_rate))
		return (false);
	if (!reaches(m->prs, t->pull_requests < 0 || (!t->measured &&
	    t->pull_requests == 0) ? 1e9 : (double)t->pull_requests))
		return (false);
	if (!reaches(m->confidence, e->confidence))
		return (false);
	return (!m->to_owner || has_owner(e));
}

/* ---- random rules and events ------------------------------------------- */

static const char *const words[] = { "a", "b", "ab", "Ab", "e2e", "web",
	"Web", "test_x", "login page", "x.go", "y.go", "scenario 1",
	"scenario 12" };
static const char *const statuses[] = { "flaky", "broken", "healthy", "f*",
	"*", "**", "?roken", "Flaky" };
static const char *const names[] = { "test_case.status_changed",
	"pull_request.merged", "test_case.other" };
static const char *const events[] = { "test_case.status_changed", "*",
	"test_case.*", "pull_request.*", "Test_Case.**", "**merged", "x" };
static const char *const repositories[] = { "h/o/n", "h/o/*", "H/*/n",
	"h/o/g/n", "h/**", "**/n", "**", "h/o/m*" };
static const char *const owners[] = { "@org/a", "org/B", "@ORG/c", "@org/d",
	"kim", "@kim", "kim@x.example" };
static const char *const owner_globs[] = { "@org/a", "org/b", "@org/*",
	"ORG/C", "kim", "*@x.example", "**", "@k?m" };

/* Words with slashes between them; with wildcards if it is a glob. */
static char *
random_text(char *out, bool glob)
{
	static const char *const wild[] = { "*", "**", "?", "*", "**/", "/**",
	    "*.go", "*e*" };
	size_t n = 1 + dice(4);
	char *p = out;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && dice(5) > 0)
			*p++ = '/';
		p = stpcpy(p, glob && dice(3) == 0 ? PICK(wild) :
		    PICK(words));
	}
	*p = '\0';
	return (out);
}

static void
random_pattern(char *out, enum match key)
{
	static const char *const answers[] = { "yes", "no", "*", "y*" };
	static const char *const scopes[] = { "repository", "collection",
	    "r*" };
	static const char *const monitors[] = { "failure_rate",
	    "PASS_ON_RETRY", "*", "pass*" };

	switch (key) {
	case MATCH_EVENT: (void)strcpy(out, PICK(events)); break;
	case MATCH_STATUS:
	case MATCH_FROM: (void)strcpy(out, PICK(statuses)); break;
	case MATCH_REPOSITORY: (void)strcpy(out, PICK(repositories)); break;
	case MATCH_CODEOWNER: (void)strcpy(out, PICK(owner_globs)); break;
	case MATCH_QUARANTINED: (void)strcpy(out, PICK(answers)); break;
	case MATCH_SCOPE: (void)strcpy(out, PICK(scopes)); break;
	case MATCH_MONITOR_TYPE: (void)strcpy(out, PICK(monitors)); break;
	default: (void)random_text(out, true); break;
	}
}

static void
random_rule(struct model *m)
{
	static const char *const actions[] = { "ticket", "record", "ignore" };
	static const char *const shares[] = { NULL, NULL, NULL, "0.5", "50%",
	    "0", "18%", "1" };
	static const char *const counts[] = { NULL, NULL, NULL, "0", "1",
	    "3" };
	int key;

	memset(m, 0, sizeof(*m));
	m->action = PICK(actions);
	m->to_owner = dice(4) == 0;
	m->rate = PICK(shares);
	m->prs = PICK(counts);
	m->confidence = dice(4) == 0 ? PICK(shares) : NULL;
	for (size_t i = 1 + dice(3); i > 0; i--) {
		key = (int)dice(MATCH_COUNT);
		m->list[key].n = 1 + (int)dice(PATTERNS);
		m->list[key].none = dice(4) == 0;
		for (int j = 0; j < m->list[key].n; j++)
			random_pattern(m->list[key].text[j],
			    (enum match)key);
	}
}

static const char *
maybe(char *room)
{
	return (dice(4) == 0 ? NULL : random_text(room, false));
}

static void
random_event(struct event *e)
{
	static char room[4][ROOM];
	static const char *const monitors[] = { NULL, "failure_rate",
	    "pass_on_retry" };
	static const double shares[] = { -1, 0, 0.18, 0.3, 0.5, 1 };
	static const char *list[OWNERS];

	memset(e, 0, sizeof(*e));
	e->family = dice(4) == 0 ? FAMILY_KNOWN : FAMILY_STATUS;
	e->name = dice(8) == 0 ? NULL : PICK(names);
	e->status = (enum status)dice(4);
	e->previous = (enum status)dice(4);
	e->monitor_type = PICK(monitors);
	e->confidence = PICK(shares);
	e->test.id = dice(5) == 0 ? NULL : "id";
	e->test.scope = dice(3) == 0 ? SCOPE_COLLECTION : SCOPE_REPOSITORY;
	if (dice(3) > 0)
		e->test.repository = (struct repository){ "H",
		    dice(2) == 0 ? "o" : "o/g", dice(2) == 0 ? "n" : "m1",
		    NULL };
	e->test.file_path = maybe(room[0]);
	e->test.classname = maybe(room[1]);
	e->test.name = maybe(room[2]);
	e->test.variant = maybe(room[3]);
	e->test.quarantined = (enum answer)dice(3);
	e->test.failure_rate = PICK(shares);
	e->test.pull_requests = (int64_t)dice(5) - 1;
	e->test.measured = dice(2) == 0;
	e->test.owners = list;
	e->test.nowners = dice(dice(8) == 0 ? OWNERS + 1 : 3);
	for (size_t i = 0; i < e->test.nowners; i++)
		list[i] = PICK(owners);
}

static void
put_rule(FILE *f, const struct model *m, int number)
{
	(void)fprintf(f, "[rule %d]\naction = %s\ntracker = lin\n", number,
	    m->action);
	if (m->to_owner)
		(void)fputs("to = owner\n", f);
	if (m->rate != NULL)
		(void)fprintf(f, "min_failure_rate = %s\n", m->rate);
	if (m->prs != NULL)
		(void)fprintf(f, "min_prs = %s\n", m->prs);
	if (m->confidence != NULL)
		(void)fprintf(f, "min_confidence = %s\n", m->confidence);
	for (int k = 0; k < MATCH_COUNT; k++)
		for (int j = 0; j < m->list[k].n; j++)
			(void)fprintf(f, "%s%s%s%s", j > 0 ? ", " : keys[k],
			    j > 0 ? "" : m->list[k].none ? " = !" : " = ",
			    m->list[k].text[j],
			    j + 1 == m->list[k].n ? "\n" : "");
}

static struct config *
write_and_load(const struct model *m)
{
	struct config *config = NULL;
	struct why why = { "" };
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/c.ini", dir);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	(void)fputs("[svix]\nsecret = whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
	    "\n[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\n"
	    "link = none\n[owner @org/a]\n[owner org/C]\n[owner @Org/e]\n",
	    f);
	for (int i = 0; i < RULES; i++)
		put_rule(f, &m[i], i);
	assert_int_equal(fclose(f), 0);
	if (config_load(path, &config, &why) != OK)
		fail_msg("%s", why.text);
	(void)unlink(path);
	return (config);
}

static int
naive(const struct model *m, const struct event *e)
{
	int i;

	for (i = 0; i < RULES; i++)
		if (applies(&m[i], e))
			return (i);
	return (-1);
}

/* The rule that explain() says, or -1; it must go all the way down to it. */
static int
explained(const struct event *e)
{
	struct verdict *v;
	size_t n;
	int which = -1;

	assert_int_equal(route_explain(&job, e, &v, &n), OK);
	assert_int_equal(n, RULES);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(v[i].reached, which == -1);
		assert_int_equal(v[i].reached && !v[i].matched,
		    v[i].clause != NULL);
		if (v[i].matched)
			which = atoi(v[i].rule->name);
	}
	return (which);
}

/* Would another answer about the metrics lead to another rule? */
static void
check_wants(const struct model *m, const struct event *e, int want)
{
	static const double rates[] = { 0, 0.3, 1 };
	struct event other = *e;
	bool differs = false;

	if (e->test.id == NULL || e->test.measured)
		return;
	other.test.measured = true;
	for (size_t i = 0; i < COUNT(rates); i++)
		for (int64_t prs = 0; prs < 4; prs++) {
			if (e->test.failure_rate <= 0)
				other.test.failure_rate = rates[i];
			if (e->test.pull_requests <= 0)
				other.test.pull_requests = prs;
			differs |= naive(m, &other) != want;
		}
	assert_int_equal(route_wants_metrics(&job, e), differs);
}

static void
test_random(void **state)
{
	static struct model m[RULES];
	struct config *config, walked;
	struct event e;
	struct route route;
	int want, got, matched[RULES + 1] = { 0 }, late = 0;

	(void)state;
	for (int set = 0; set < SETS; set++) {
		for (int i = 0; i < RULES; i++)
			random_rule(&m[i]);
		config = write_and_load(m);
		walked = *config;
		walked.index = NULL;
		for (int i = 0; i < EVENTS; i++) {
			arena_reset(job.arena);
			random_event(&e);
			want = naive(m, &e);
			job.config = config;
			assert_int_equal(route_find(&job, &e, &route), OK);
			got = route.rule == NULL ? -1 :
			    atoi(route.rule->name);
			if (got != want)
				fail_msg("set %d, event %d: rule %d, wanted "
				    "%d", set, i, got, want);
			assert_int_equal(explained(&e), want);
			check_wants(m, &e, want);
			job.config = &walked;
			assert_int_equal(route_find(&job, &e, &route), OK);
			assert_int_equal(route.rule == NULL ? -1 :
			    atoi(route.rule->name), want);
			matched[want + 1]++;
			late += want > RULES / 4;
		}
		config_free(config);
	}
	/* The rules were neither all deaf nor all alike. */
	assert_in_range(matched[0], 100, SETS * EVENTS / 2);
	assert_in_range(late, SETS * EVENTS / 50, SETS * EVENTS);
	for (int i = 1; i < RULES / 2; i++)
		assert_int_not_equal(matched[i], 0);
}

static int
setup(void **state)
{
	struct why why = { "" };

	(void)state;
	job.arena = arena_new(4 << 20);
	return (job.arena == NULL || mkdtemp(dir) == NULL ||
	    crypt_init(&why) != OK);
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(job.arena);
	return (rmdir(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };

	return (cmocka_run_group_tests(tests, setup, teardown));
}
