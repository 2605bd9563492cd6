/*
 * How long a large configuration takes: 2,000 rules and 500 owners are
 * loaded, and events are routed that only the last rule matches.
 */
#include <sys/stat.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/route.h"

enum {
	RULES = 2000,
	OWNERS = 500,
	LOADS = 20,
	EVENTS = 20000,
	KINDS = 3
};

static char path[] = "/tmp/bench-route-XXXXXX";

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

static double
median(double *us, size_t n)
{
	qsort(us, n, sizeof(*us), by_size);
	return (us[n / 2]);
}

/* The i-th rule, as rules of a large site look. */
static void
put_rule(FILE *f, int i)
{
	(void)fprintf(f, "[rule r%d]\n", i);
	switch (i % 6) {
	case 0:
		(void)fprintf(f, "file_path = services/team-%d/**, "
		    "libs/team-%d/**/*_test.go\nteam = T%d\ntracker = lin\n",
		    i, i, i);
		break;
	case 1:
		(void)fprintf(f, "codeowner = @acme/squad-%d, @acme/guild-%d, "
		    "dev%d@acme.example\nto = owner\n", i, i, i);
		break;
	case 2:
		(void)fprintf(f, "repository = github.com/acme/repo-%d\n"
		    "status = flaky\npriority = high\ntracker = lin\n", i);
		break;
	case 3:
		(void)fprintf(f, "file_path = **/e2e-%d/**\nto = owner\n"
		    "status = broken\ndue = 3d\n", i);
		break;
	case 4:
		(void)fprintf(f, "classname = com.acme.p%d.*\nfrom = healthy\n"
		    "tracker = ji\nproject = P%d\nlabels = a, b%d\n"
		    "field.Severity = S%d\n", i, i, i, i);
		break;
	default:
		(void)fprintf(f, "name = *scenario %d*\nrepository = "
		    "github.com/acme/mono\nfile_path = **/*.feature\n"
		    "quarantined = no\ntracker = ji\n", i);
		break;
	}
}

static int
write_file(void)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fchmod(fileno(f), 0600) != 0)
		return (-1);
	(void)fprintf(f, "[svix]\nsecret = whsec_"
	    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n"
	    "[tracker lin]\ntype = linear\napi_key = k\nteam = ENG\n"
	    "link = none\n[tracker ji]\ntype = jira\n"
	    "url = https://jira.example\ntoken = t\nproject = QA\n"
	    "link = none\n");
	for (int i = 0; i < OWNERS; i++)
		(void)fprintf(f, "[owner @acme/owner-%d]\ntracker = %s\n"
		    "assignee = lead%d@acme.example\nlabels = flaky, o%d\n",
		    i, i % 2 == 0 ? "lin" : "ji", i, i);
	for (int i = 0; i < RULES - 1; i++)
		put_rule(f, i);
	(void)fprintf(f, "[rule last]\ntracker = lin\n");
	return (fclose(f));
}

static const char *const owners[] = { "@acme/nobody", "kim@acme.example",
	"@acme/platform" };

/* A v1 event, one with many names, one with no owner at all. */
static void
make_events(struct event event[KINDS])
{
	memset(event, 0, KINDS * sizeof(event[0]));
	for (int i = 0; i < KINDS; i++) {
		event[i].family = FAMILY_STATUS;
		event[i].name = "test_case.status_changed";
		event[i].status = i == 1 ? STATUS_BROKEN : STATUS_FLAKY;
		event[i].previous = STATUS_HEALTHY;
		event[i].test.id = "7f0c9f3e-1f3a-4f46-9d50-2f4f0c6f2a11";
		event[i].test.quarantined = ANSWER_NO;
		event[i].test.repository = (struct repository){
		    "github.com", "acme", "mono", NULL };
	}
	event[0].test.file_path = "services/checkout/cart/cart_test.go";
	event[0].test.name = "TestCart/adds two";
	event[0].test.owners = (const char **)(uintptr_t)owners;
	event[0].test.nowners = 1;
	event[1].test.file_path = "web/features/e2e/checkout/pay.feature";
	event[1].test.name = "Scenario: pays with a card that expires";
	event[1].test.classname = "com.acme.web.checkout.PayTest";
	event[1].test.owners = (const char **)(uintptr_t)owners;
	event[1].test.nowners = 3;
	event[2].test.file_path = "libs/core/src/test/java/CoreTest.java";
	event[2].test.classname = "com.acme.core.CoreTest";
	event[2].test.name = "roundsHalfUp";
}

static int
bench_load(struct config **config)
{
	static double us[LOADS];
	struct why why = { "" };
	double begun;

	for (int i = 0; i < LOADS; i++) {
		config_free(*config);
		begun = now();
		if (config_load(path, config, &why) != OK) {
			(void)fprintf(stderr, "%s\n", why.text);
			return (-1);
		}
		us[i] = now() - begun;
	}
	printf("load: median %.1f ms (%d rules, %d owners)\n",
	    median(us, LOADS) / 1000, RULES, OWNERS);
	return (0);
}

static int
bench_route(struct job *job)
{
	static const char *const names[KINDS] = { "flaky, one owner",
	    "broken, three owners", "flaky, no owner" };
	static double us[EVENTS];
	struct event event[KINDS];
	struct route route;
	double begun;

	make_events(event);
	for (int k = 0; k < KINDS; k++) {
		for (int i = 0; i < EVENTS; i++) {
			arena_reset(job->arena);
			begun = now();
			if (route_find(job, &event[k], &route) != OK ||
			    route.rule == NULL || route.rule->next != NULL) {
				(void)fprintf(stderr, "%s: it is not the "
				    "last rule that matches\n", names[k]);
				return (-1);
			}
			us[i] = now() - begun;
		}
		printf("route: median %.1f us (last rule; %s)\n",
		    median(us, EVENTS), names[k]);
	}
	return (0);
}

int
main(void)
{
	struct why why = { "" };
	struct config *config = NULL;
	struct job job = { .arena = arena_new(1 << 20) };
	int fd = mkstemp(path), bad;

	if (fd == -1 || close(fd) != 0 || job.arena == NULL ||
	    crypt_init(&why) != OK)
		return (1);
	bad = write_file() != 0 || bench_load(&config) != 0;
	job.config = config;
	bad = bad || bench_route(&job) != 0;
	config_free(config);
	arena_free(job.arena);
	(void)unlink(path);
	return (bad);
}
