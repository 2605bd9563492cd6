/*
 * Rules of the input, and behind them, from the first line that begins with
 * '{', the body of an event: the rule that route_find() gives is the one that
 * a walk through all of them gives, and the one that route_explain() tells.
 */
#include "handler/event.h"
#include "handler/route.h"
#include "tests/fuzz/fuzz_config.h"

static const char head[] =
    "[svix]\nsecret = whsec_aGFyYm91ciBjcmFuZSBrZXkgMjQgYnl0\n"
    "[trunk]\ntoken = a-token\n"
    "[tracker lin]\ntype = linear\napi_key = lin_api_aaaaaaaaaaaaaaaaaaaa\n"
    "team = ENG\n"
    "[defaults]\ntracker = lin\n";

/* The rules of the last input are kept: an event changes more often. */
static struct config *
configuration(struct job *job, const uint8_t *data, size_t n)
{
	static struct config *config;
	static char text[1 << 16];
	static size_t len = SIZE_MAX;

	if (n > sizeof(text))
		return (NULL);
	if (len == n && memcmp(text, data, n) == 0)
		return (config);
	memcpy(text, data, n);
	len = n;
	(void)fuzz_quick(head, text, n, &config, &job->why);
	return (config);
}

static const struct rule *
explained(struct job *job, const struct event *event)
{
	const struct rule *found = NULL;
	struct verdict *v;
	size_t i, n;

	MUST(route_explain(job, event, &v, &n) == OK);
	for (i = 0; i < n; i++) {
		MUST(v[i].reached == (found == NULL));
		MUST(!v[i].reached || v[i].matched == (v[i].clause == NULL));
		if (found == NULL && v[i].matched)
			found = v[i].rule;
	}
	return (found);
}

static void
compare(struct job *job, struct config *config, const struct event *event)
{
	struct config plain = *config;
	struct route quick, slow;

	job->config = config;
	MUST(route_find(job, event, &quick) == OK);
	MUST(explained(job, event) == quick.rule);
	plain.index = NULL;
	plain.owner_slots = NULL;
	job->config = &plain;
	MUST(route_find(job, event, &slow) == OK);
	MUST(slow.rule == quick.rule && slow.action == quick.action);
	MUST(slow.owner_section == quick.owner_section);
	MUST(slow.tracker == quick.tracker);
	MUST(quick.action != ACTION_TICKET || (route_key(job, event,
	    &quick) == OK && quick.key != NULL));
}

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	const uint8_t *body = n == 0 ? NULL : memmem(data, n, "\n{", 2);
	struct delivery mail = { .id = "msg_fuzz", .signed_at = FUZZ_NOW };
	struct config *config;
	struct event event;

	if (body == NULL)
		return;
	body++;
	config = configuration(job, data, (size_t)(body - data));
	if (config == NULL)
		return;
	mail.body = (const char *)body;
	mail.len = n - (size_t)(body - data);
	job->config = config;
	memset(&event, 0, sizeof(event));
	if (event_read(job, &mail, &event) == OK)
		compare(job, config, &event);
}
