/*
 * The tickets of the ledger.
 */
#include <inttypes.h>

#include "common/arena.h"
#include "handler/list.h"
#include "handler/verb.h"

extern const struct verb verb_tickets;

static const struct table_column columns[] = {
	{ "TICKET", "ticket", 0 },
	{ "CREATED", "created", 0 },
	{ "OUTCOME", "outcome", 0 },
	{ "STATE", "state", 0 },
	{ NULL, "state_since", 0 },
	{ "TRACKER", "tracker", 6 },
	{ NULL, "project", 0 },
	{ "RULE", "rule", 8 },
	{ NULL, "rule_line", 0 },
	{ "OWNER", "owner", 8 },
	{ NULL, "owner_line", 0 },
	{ "TEST", "test", 16 },
	{ "LINKED", NULL, 0 },
	{ NULL, "tests", 0 },
	{ NULL, "linked", 0 },
	{ NULL, "refused", 0 },
	{ NULL, "generation", 0 },
	{ NULL, "key", 0 },
	{ NULL, "marker", 0 },
	{ NULL, "id", 0 },
	{ NULL, "url", 0 },
	{ NULL, "note", 0 }
};

/* 0: the section stood nowhere, as when a person linked the ticket. */
static void
put_line(struct table *t, int line)
{

	if (line > 0)
		table_int(t, line);
	else
		table_text(t, NULL);
}

/* A ticket that nothing came to since is as it was made. */
static void
put_since(struct table *t, const struct view_ticket *v)
{

	table_time(t, v->life_since > 0 ? v->life_since : v->created);
}

static enum err
next(struct list *l)
{
	struct table *t = l->table;
	struct view_ticket v;
	const struct filing *f = &v.filing;
	enum err e;

	e = ledger_view_tickets(&l->job, &l->filter, &l->mark, &v);
	if (e != OK)
		return (e);
	table_text(t, f->remote_key);
	table_time(t, v.created);
	table_text(t, v.outcome);
	table_text(t, v.life);
	put_since(t, &v);
	table_text(t, f->tracker);
	table_text(t, f->project);
	table_text(t, f->rule);
	put_line(t, f->rule_line);
	table_text(t, f->owner);
	put_line(t, f->owner_line);
	table_text(t, v.test);
	table_text(t, arena_printf(l->job.arena, "%" PRId64 "/%" PRId64,
	    v.linked, v.tests));
	table_int(t, v.tests);
	table_int(t, v.linked);
	table_int(t, v.refused);
	table_int(t, f->generation);
	table_text(t, f->key);
	table_text(t, f->marker);
	table_text(t, f->remote_id);
	table_text(t, f->url);
	table_text(t, f->note);
	table_row(t);
	return (OK);
}

static int
tickets(struct verb_args *args)
{
	static const struct list_kind kind = { columns,
	    sizeof(columns) / sizeof(columns[0]), next, false };

	return (list_run(args, &kind));
}

const struct verb verb_tickets = {
	"tickets", "[--since 7d] [--outcome WORD] [--rule NAME] "
	"[--owner NAME] [--test TEXT] [--ticket KEY] [--limit N]",
	"the tickets that were made or taken over", tickets
};
