#include "handler/life_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/buf.h"
#include "common/clock.h"
#include "handler/draft_text.h"
#include "handler/event.h"

enum {
	TEXT_MAX = 8192		/* bytes of a comment of ours */
};

const char *
life_text_time(int64_t ms, char out[LIFE_TIME_MAX])
{
	enum { DAY = 10, MINUTE = 5, AFTER_T = 11 };
	char iso[CLOCK_ISO_MAX];

	clock_format(ms, iso);
	if (iso[0] == '-')
		(void)snprintf(out, LIFE_TIME_MAX, "an unknown time");
	else
		(void)snprintf(out, LIFE_TIME_MAX, "%.*s %.*s UTC", DAY, iso,
		    MINUTE, iso + AFTER_T);
	return (out);
}

const char *
life_text_span(int64_t ms, char out[LIFE_SPAN_MAX])
{
	static const struct {
		int64_t		 ms;
		const char	*name;
	} units[] = {
		{ INT64_C(24) * 3600 * 1000, "day" }, { 3600 * 1000, "hour" },
		{ 60 * 1000, "minute" }, { 1000, "second" }
	};
	enum { UNITS = sizeof(units) / sizeof(units[0]) };
	size_t i = 0;
	int64_t n;

	while (i < UNITS - 1 && ms < units[i].ms)
		i++;
	n = ms / units[i].ms;
	(void)snprintf(out, LIFE_SPAN_MAX, "%" PRId64 " %s%s", n,
	    units[i].name, n == 1 ? "" : "s");
	return (out);
}

static void
put_event(struct buf *b, const struct life_input *in,
    const struct life_text *t)
{
	char at[LIFE_TIME_MAX];

	if (t->change == NULL)
		return;
	buf_str(b, "- Event: ");
	draft_code(b, in->tests[t->change->test].name, DRAFT_NAME);
	buf_printf(b, " became %s at %s (delivery ",
	    event_status(t->change->status),
	    life_text_time(t->change->time, at));
	draft_code(b, t->change->delivery, DRAFT_VALUE);
	buf_str(b, ")\n");
}

const char *
life_text(const struct life_input *in, const struct life_text *t)
{
	const char *rule = in->rule != NULL ? in->rule : "defaults";
	struct buf b;

	buf_init(&b, in->arena, TEXT_MAX);
	buf_printf(&b, "%s\n\n", t->what);
	put_event(&b, in, t);
	buf_str(&b, "- Rule: ");
	draft_code(&b, rule, DRAFT_VALUE);
	if (t->evidence != NULL)
		buf_printf(&b, "\n- Evidence: %s", t->evidence);
	buf_printf(&b, "\n- To stop this: `%s` in %s of tickethook\n", t->stop,
	    in->rule != NULL ? "that rule or in `[defaults]`" :
	    "`[defaults]`");
	return (buf_text(&b));
}
