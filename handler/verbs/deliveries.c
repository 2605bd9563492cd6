/*
 * What came from Trunk, and what came of it.
 */
#include "handler/list.h"
#include "handler/verb.h"

extern const struct verb verb_deliveries;

static const struct table_column columns[] = {
	{ "DELIVERY", "delivery", 14 },
	{ "RECEIVED", "received", 0 },
	{ NULL, "last", 0 },
	{ NULL, "tries", 0 },
	{ NULL, "type", 0 },
	{ "TEST", "test", 16 },
	{ NULL, "test_id", 0 },
	{ "STATUS", "status", 0 },
	{ "OUTCOME", "outcome", 0 },
	{ NULL, "answer", 0 },
	{ NULL, "final", 0 },
	{ NULL, "due", 0 },
	{ "RULE", "rule", 8 },
	{ NULL, "owner", 0 },
	{ "TICKET", "ticket", 0 },
	{ NULL, "url", 0 },
	{ "WHY", "why", 12 },
	{ NULL, "calls", 0 }
};

static enum err
next(struct list *l)
{
	struct table *t = l->table;
	struct view_delivery d;
	struct event event;
	enum err e;

	e = ledger_view_deliveries(&l->job, &l->filter, &l->mark, &d);
	if (e != OK)
		return (e);
	if (!list_about(&l->job, &d, l->filter.test, &event))
		return (OK);
	table_text(t, d.id);
	table_time(t, d.received);
	table_time(t, d.last);
	table_int(t, d.tries);
	table_text(t, d.type);
	table_text(t, event.test.name);
	table_text(t, event.test.id);
	table_text(t, event.status_text);
	table_text(t, d.outcome);
	table_int(t, d.status);
	table_bool(t, d.final);
	table_bool(t, d.due);
	table_text(t, d.rule);
	table_text(t, d.owner);
	table_text(t, d.ticket_key);
	table_text(t, d.url);
	table_text(t, d.why);
	table_text(t, d.calls);
	table_row(t);
	return (OK);
}

static int
deliveries(struct verb_args *args)
{
	static const struct list_kind kind = { columns,
	    sizeof(columns) / sizeof(columns[0]), next, true };

	return (list_run(args, &kind));
}

const struct verb verb_deliveries = {
	"deliveries", "[ID] [--since 7d] [--outcome WORD] [--rule NAME] "
	"[--owner NAME] [--test TEXT] [--ticket KEY] [--limit N]",
	"what came from Trunk, and what came of it", deliveries
};
