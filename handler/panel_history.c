/* What the merge queue did with a pull request and the batches it was in. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/panel_parts.h"
#include "handler/queue_history.h"

enum {
	RECORDS = 2000,		/* of one pull request */
	NAME_MAX = 4096		/* bytes of the name of a batch */
};

static const char *const HEADS[] = { "When", "Step", "Reason", "Batch" };

static enum err
read_records(struct job *job, const char *repository, int64_t pr,
    struct queue_record **all, size_t *n)
{
	struct queue_cursor at = { 0, 0 };
	struct queue_record *r = arena_alloc(job->arena,
	    RECORDS * sizeof(*r));
	enum err e = OK;

	*n = 0;
	if ((*all = r) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a history"));
	memset(r, 0, RECORDS * sizeof(*r));
	while (*n < RECORDS && (e = ledger_queue_next(job, repository, pr,
	    &at, &r[*n])) == OK)
		(*n)++;
	return (e == ERR_ABSENT ? OK : e);
}

/* "trunk-merge/9d20 of 421, 424"; NULL: without memory. */
static const char *
batch_name(struct job *job, const struct queue_story *batch)
{
	struct buf b;
	size_t i;

	buf_init(&b, job->arena, NAME_MAX);
	buf_str(&b, batch->branch != NULL ? batch->branch : "batch");
	for (i = 0; i < batch->nprs; i++)
		buf_printf(&b, "%s%" PRId64, i == 0 ? " of " : ", ",
		    batch->prs[i]);
	return (buf_text(&b));
}

static void
put_entry(struct page *p, struct job *job, const struct queue_entry *e)
{

	page_row(p);
	page_cell(p, "When");
	page_time(p, e->time);
	if (e->time_is_ours)
		PAGE(p, " <small>when it came; not told</small>");
	page_cell(p, "Step");
	page_badge(p, panel_word(job, e->step));
	if (e->bisection)
		PAGE(p, " <small>bisection</small>");
	page_cell(p, "Reason");
	PAGE(p, "<small>");
	page_text(p, e->reason);
	PAGE(p, "</small>");
	page_cell(p, "Batch");
	PAGE(p, "<small>");
	if (e->batch != NULL && e->left)
		PAGE(p, "out of ");
	if (e->batch != NULL)
		page_text(p, batch_name(job, e->batch));
	PAGE(p, "</small>");
}

static void
put_story(struct page *p, struct job *job, const struct queue_story *s)
{
	const char *name = s->kind == QUEUE_BATCH ? batch_name(job, s) :
	    arena_printf(job->arena, "Pull request %" PRId64, s->number);
	const struct queue_entry *e;

	PAGE(p, "<h2>");
	page_text(p, name);
	PAGE(p, "</h2>\n");
	page_table(p, name, HEADS, sizeof(HEADS) / sizeof(HEADS[0]));
	for (e = s->first; e != NULL; e = e->next)
		put_entry(p, job, e);
	page_table_end(p);
}

static bool
is_of(const struct queue_story *s, int64_t pr)
{
	size_t i;

	for (i = 0; i < s->nprs; i++)
		if (s->prs[i] == pr)
			return (true);
	return (s->number == pr);
}

static void
put_stories(struct page *p, struct job *job, const struct queue_story *s,
    int64_t pr)
{

	for (; s != NULL; s = s->next)
		if (is_of(s, pr))
			put_story(p, job, s);
}

enum err
panel_history(struct page *p, struct job *job, const struct request *in)
{
	const char *text, *repository;
	struct queue_history h;
	struct queue_record *records;
	int64_t pr;
	size_t n;
	enum err e;

	if ((e = panel_asked(job, in, "pr", &text)) != OK ||
	    (e = panel_asked(job, in, "repository", &repository)) != OK)
		return (e);
	pr = text == NULL ? 0 : strtoll(text, NULL, 10);
	if (pr <= 0)
		return (ERR_ABSENT);
	if (repository == NULL)		/* none was told */
		repository = "";
	if ((e = read_records(job, repository, pr, &records, &n)) != OK)
		return (e);
	if (n == 0)
		return (ERR_ABSENT);
	if (queue_history(job->arena, records, n, &h) != OK)
		return (fail(job, ERR_NOMEM, "no memory for a history"));
	page_begin(p, job, in, PAGE_QUEUE, arena_printf(job->arena,
	    "Merge queue: pull request %" PRId64, pr));
	PAGE(p, "<p class=\"lead mono\">");
	page_text(p, repository);
	PAGE(p, "</p>\n");
	put_stories(p, job, h.prs, pr);
	put_stories(p, job, h.batches, pr);
	return (OK);
}
