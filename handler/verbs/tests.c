/*
 * The tests of the ledger, and the ticket that each has.
 */
#include "common/arena.h"
#include "handler/list.h"
#include "handler/verb.h"

extern const struct verb verb_tests;

static const struct table_column columns[] = {
	{ "TEST", "test", 16 },
	{ "STATUS", "status", 0 },
	{ "SINCE", "since", 0 },
	{ NULL, "status_time", 0 },
	{ NULL, "why_healthy", 0 },
	{ "REPOSITORY", "repository", 10 },
	{ "FILE", "file", 12 },
	{ NULL, "suite", 0 },
	{ NULL, "variant", 0 },
	{ "TICKET", "ticket", 0 },
	{ NULL, "outcome", 0 },
	{ "LINK", NULL, 0 },
	{ NULL, "rule", 0 },
	{ NULL, "owner", 0 },
	{ NULL, "repository_id", 0 },
	{ NULL, "repository_link", 0 },
	{ NULL, "collection_id", 0 },
	{ NULL, "collection_link", 0 },
	{ NULL, "page", 0 },
	{ NULL, "url", 0 }
};

static const char *
repository(struct arena *arena, const struct repository *r)
{

	return (r->name == NULL ? NULL : arena_printf(arena, "%s/%s/%s",
	    r->host, r->owner, r->name));
}

static const char *
link_word(const struct view_test *v)
{
	const char *word = v->link[SCOPE_REPOSITORY];

	return (word != NULL ? word : v->link[SCOPE_COLLECTION]);
}

static enum err
next(struct list *l)
{
	struct table *t = l->table;
	struct view_test v;
	enum err e;

	e = ledger_view_tests(&l->job, &l->filter, &l->mark, &v);
	if (e != OK)
		return (e);
	table_text(t, v.test.name);
	table_text(t, v.status);
	table_time(t, v.since);
	table_time(t, v.status_time);
	table_text(t, v.why_healthy);
	table_text(t, repository(l->job.arena, &v.test.repository));
	table_text(t, v.test.file_path);
	table_text(t, v.test.parent);
	table_text(t, v.test.variant);
	table_text(t, v.ticket.remote_key);
	table_text(t, v.outcome);
	table_text(t, link_word(&v));
	table_text(t, v.ticket.rule);
	table_text(t, v.ticket.owner);
	table_text(t, v.id[SCOPE_REPOSITORY]);
	table_text(t, v.link[SCOPE_REPOSITORY]);
	table_text(t, v.id[SCOPE_COLLECTION]);
	table_text(t, v.link[SCOPE_COLLECTION]);
	table_text(t, v.test.url);
	table_text(t, v.ticket.url);
	table_row(t);
	return (OK);
}

static int
tests(struct verb_args *args)
{
	static const struct list_kind kind = { columns,
	    sizeof(columns) / sizeof(columns[0]), next, false };

	return (list_run(args, &kind));
}

const struct verb verb_tests = {
	"tests", "[--since 7d] [--outcome WORD] [--rule NAME] "
	"[--owner NAME] [--test TEXT] [--ticket KEY] [--limit N]",
	"the tests that were told of, and their tickets", tests
};
