/*
 * The whole ledger as JSON lines: a row of a table each.
 */
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/json.h"
#include "handler/config.h"
#include "handler/ledger.h"
#include "handler/list.h"
#include "handler/program.h"
#include "handler/verb.h"

extern const struct verb verb_export;

enum {
	TIME = 24 * 60 * 60 * 1000	/* ms that all of it may take */
};

struct output {
	struct arena	*arena;		/* emptied after each row */
	size_t		 room;		/* bytes a row may have */
	int64_t		 rows;
};

/* "NAME_base64": what is not text. */
static void
put_base64(struct output *o, struct json_writer *w,
    const struct view_cell *cell)
{
	char *text = arena_alloc(o->arena, (cell->len + 2) / 3 * 4 + 1);

	if (text != NULL)
		crypt_base64(cell->data, cell->len, text);
	json_put_string(w, arena_printf(o->arena, "%s_base64", cell->name),
	    text);
}

/* A body is the JSON that it was sent as; what is none stands in base64. */
static void
put_blob(struct output *o, struct json_writer *w,
    const struct view_cell *cell)
{
	const struct json *tree;

	if (json_parse(o->arena, cell->data, cell->len, &tree, NULL) == OK)
		json_put_tree(w, cell->name, tree);
	else
		put_base64(o, w, cell);
}

static bool
put_row(void *arg, const char *table, const struct view_cell *cells,
    size_t n)
{
	struct output *o = arg;
	struct json_writer w;
	struct buf buf;
	const char *line;
	size_t i;

	buf_init(&buf, o->arena, o->room);
	json_open(&w, &buf);
	json_begin(&w, NULL, JSON_OBJECT);
	json_put_string(&w, "table", table);
	json_begin(&w, "row", JSON_OBJECT);
	for (i = 0; i < n; i++)
		if (cells[i].type == VIEW_INT)
			json_put_int(&w, cells[i].name, cells[i].n);
		else if (cells[i].type == VIEW_BLOB)
			put_blob(o, &w, &cells[i]);
		else
			json_put_string(&w, cells[i].name, cells[i].type ==
			    VIEW_TEXT ? cells[i].data : NULL);
	json_end(&w);
	json_end(&w);
	line = buf_text(&buf);
	o->rows++;
	line = line != NULL && fputs(line, stdout) >= 0 &&
	    putchar('\n') != EOF ? line : NULL;
	arena_reset(o->arena);
	return (line != NULL);
}

static enum err
dump(struct job *job)
{
	struct output o = { .room = program_memory(job->config) };
	enum err e;

	if ((o.arena = arena_new(2 * o.room)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory"));
	list_step(job, TIME);
	e = ledger_view_dump(job, put_row, &o);
	if (e == OK && fflush(stdout) != 0)
		e = fail(job, ERR_LEDGER, "not all could be written out");
	arena_free(o.arena);
	return (e);
}

static int
export(struct verb_args *args)
{
	struct job job = { .arena = args->arena };
	struct config *config;
	struct ledger *ledger;
	int status;

	if (args->argc != 1)
		return (verb_usage("export takes no arguments"));
	if ((status = list_ledger(args, &config, &ledger)) != EXIT_DONE)
		return (status);
	job.config = config;
	job.ledger = ledger;
	if (dump(&job) != OK)
		status = verb_fail(EXIT_NO, "%s", job.why.text);
	ledger_close(ledger);
	config_free(config);
	return (status);
}

const struct verb verb_export = {
	"export", "", "the whole ledger as JSON lines", export
};
