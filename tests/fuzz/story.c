/*
 * From an event to its ticket's text, with rules that file everything: the
 * title and the body are what each tracker takes.
 */
#include "common/markup.h"
#include "common/utf8.h"
#include "handler/draft.h"
#include "handler/event.h"
#include "handler/route.h"
#include "tests/fuzz/fuzz.h"

enum {
	TITLE_MAX = 255,	/* UTF-16 units */
	BODY_MAX = 60000	/* code points */
};

static const char text[] =
    "[svix]\nsecret = whsec_aGFyYm91ciBjcmFuZSBrZXkgMjQgYnl0\n"
    "[trunk]\ntoken = a-token\n"
    "[tracker lin]\ntype = linear\napi_key = lin_api_aaaaaaaaaaaaaaaaaaaa\n"
    "team = ENG\n"
    "[owner @harbour/cranes]\nassignee = crane@example.net\n"
    "[rule queue]\nevent = pull_request.failed\ntracker = lin\n"
    "[rule why]\nevent = test_case.investigation_completed\n"
    "tracker = lin\n"
    "[rule own]\nstatus = broken\ntracker = lin\n"
    "title = {{test.name}} of {{test.owners}} at {{time}}\n"
    "description = `{{test.name}}` {{test.failures}}\\n[x]({{test.url}})\n"
    "[rule owners]\nto = owner\ntracker = lin\n"
    "[rule rest]\nevent = **\nstatus = flaky, broken, healthy\n"
    "tracker = lin\none_ticket_per = {{test.file_path}}\n";

static const struct config *
configuration(void)
{
	static struct config *config;
	struct why why;

	if (config == NULL) {
		if (fuzz_config(text, sizeof(text) - 1, &config, &why) != OK)
			(void)fprintf(stderr, "%s\n", why.text);
		MUST(config != NULL);
	}
	return (config);
}

static void
check_title(const char *title)
{
	size_t n, left = strlen(title), units = 0;

	MUST(left > 0 && utf8_valid(title, left));
	MUST(strpbrk(title, "\r\n") == NULL);
	for (; left > 0; title += n, left -= n)
		units += utf8_next(title, left, &n) > 0xffff ? 2 : 1;
	MUST(units <= TITLE_MAX);
}

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	struct delivery mail = { .id = "msg_fuzz", .signed_at = FUZZ_NOW,
	    .body = (const char *)data, .len = n };
	struct event event;
	struct route route;
	struct draft draft;

	job->config = configuration();
	memset(&event, 0, sizeof(event));
	if (event_read(job, &mail, &event) != OK)
		return;
	MUST(route_find(job, &event, &route) == OK);
	if (route.action != ACTION_TICKET)
		return;
	MUST(route.rule != NULL && route.tracker != NULL);
	MUST(route_key(job, &event, &route) == OK && route.key != NULL);
	MUST(draft_write(job, &event, &route, &draft) == OK);
	check_title(draft.title);
	MUST(utf8_valid(draft.body, strlen(draft.body)));
	MUST(utf8_count(draft.body, strlen(draft.body)) < BODY_MAX);
}
