/*
 * The stories of queue_history.c as a person reads them, or as one line of
 * JSON each.  A story is printed when it is one of those that were asked for;
 * a repository without any is left out with its heading.
 */
#include "handler/queue_print.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/table.h"
#include "handler/ledger_effect.h"
#include "handler/queue_history.h"

enum {
	LINE_MAX = 4 * 1024 * 1024	/* bytes of one history */
};

struct printer {
	struct buf		 b;
	struct json_writer	 w;
	const struct queue_place *place;
	const struct queue_want	*want;
};

static void
put_name(struct buf *b, const struct queue_place *place)
{

	table_visible(b, place->repository[0] != '\0' ? place->repository :
	    "(no repository was told)");
}

const char *
queue_print_doubt(struct arena *arena, const struct queue_place *place)
{
	struct buf b;

	if (place->prs == 0 || place->batches > 0)
		return (NULL);
	buf_init(&b, arena, LINE_MAX);
	put_name(&b, place);
	buf_printf(&b, " told of pull requests %" PRId64 " times and never "
	    "of a batch: Trunk's pull_request_batch events were probably not "
	    "subscribed to; tick them for this endpoint in Trunk's webhook "
	    "settings, unless this queue has no batches", place->prs);
	return (buf_text(&b));
}

/* Is it one of those that are asked for? */
static bool
is_wanted(const struct queue_story *s, const struct queue_want *want)
{
	size_t i;

	if (s->last->time < want->since)
		return (false);
	if (want->pr == 0 || s->number == want->pr)
		return (true);
	for (i = 0; i < s->nprs; i++)
		if (s->prs[i] == want->pr)
			return (true);
	return (false);
}

static void
put_prs(struct buf *b, const struct queue_story *s, int64_t but)
{
	const char *comma = "";
	size_t i;

	for (i = 0; i < s->nprs; i++) {
		if (s->prs[i] == but)
			continue;
		buf_printf(b, "%s%" PRId64, comma, s->prs[i]);
		comma = ", ";
	}
}

/* "batch trunk-merge/9d20 with 421, 424" */
static void
put_batch(struct buf *b, const struct queue_story *batch, int64_t but)
{

	buf_str(b, "batch");
	if (batch->branch != NULL) {
		buf_char(b, ' ');
		table_visible(b, batch->branch);
	}
	if (batch->nprs > (but != 0)) {
		buf_str(b, but != 0 ? " with " : " of ");
		put_prs(b, batch, but);
	}
}

static void
put_entry(struct buf *b, const struct queue_story *s,
    const struct queue_entry *e)
{
	char iso[CLOCK_ISO_MAX];

	clock_format(e->time, iso);
	buf_printf(b, "    %c%s  %s", e->time_is_ours ? '~' : ' ', iso,
	    e->step);
	if (e->reason != NULL) {
		buf_str(b, ": ");
		table_visible(b, e->reason);
	}
	if (e->bisection)
		buf_str(b, ", bisection");
	if (e->batch != NULL) {
		buf_str(b, e->left ? ", out of " : ", in ");
		put_batch(b, e->batch, s->number);
	}
	buf_char(b, '\n');
}

static void
put_story(struct printer *p, const struct queue_story *s)
{
	const struct queue_entry *e;

	buf_str(&p->b, "  ");
	if (s->kind == QUEUE_PR)
		buf_printf(&p->b, "pull request %" PRId64, s->number);
	else
		put_batch(&p->b, s, 0);
	buf_printf(&p->b, ": %s\n", s->last->step);
	for (e = s->first; e != NULL; e = e->next)
		put_entry(&p->b, s, e);
}

static void
put_text(struct json_writer *w, const char *key, const char *text)
{

	if (text != NULL)
		json_put_string(w, key, text);
	else
		json_put_null(w, key);
}

static void
put_numbers(struct json_writer *w, const struct queue_story *s)
{
	size_t i;

	json_begin(w, "pull_requests", JSON_ARRAY);
	for (i = 0; i < s->nprs; i++)
		json_put_int(w, NULL, s->prs[i]);
	json_end(w);
}

static void
write_entry(struct json_writer *w, const struct queue_entry *e)
{
	char iso[CLOCK_ISO_MAX];

	clock_format(e->time, iso);
	json_begin(w, NULL, JSON_OBJECT);
	json_put_string(w, "time", iso);
	json_put_bool(w, "received", e->time_is_ours);
	json_put_string(w, "step", e->step);
	put_text(w, "reason", e->reason);
	json_put_bool(w, "bisection", e->bisection);
	if (e->batch != NULL) {
		json_begin(w, e->left ? "left" : "batch", JSON_OBJECT);
		put_text(w, "branch", e->batch->branch);
		put_numbers(w, e->batch);
		json_end(w);
	}
	json_end(w);
}

static void
write_story(struct printer *p, const struct queue_story *s)
{
	struct json_writer *w = &p->w;
	const struct queue_entry *e;

	json_open(w, &p->b);
	json_begin(w, NULL, JSON_OBJECT);
	json_put_string(w, "repository", p->place->repository);
	json_put_string(w, "kind", s->kind == QUEUE_PR ? "pull_request" :
	    "batch");
	if (s->kind == QUEUE_PR) {
		json_put_int(w, "pull_request", s->number);
	} else {
		put_text(w, "branch", s->branch);
		put_numbers(w, s);
	}
	json_put_string(w, "step", s->last->step);
	json_begin(w, "history", JSON_ARRAY);
	for (e = s->first; e != NULL; e = e->next)
		write_entry(w, e);
	json_end(w);
	json_end(w);
	buf_char(&p->b, '\n');
}

static enum err
print_story(struct printer *p, struct arena *arena,
    const struct queue_story *s, FILE *out)
{

	buf_init(&p->b, arena, LINE_MAX);
	if (p->want->json)
		write_story(p, s);
	else
		put_story(p, s);
	if (buf_text(&p->b) == NULL)
		return (ERR_NOMEM);
	return (fwrite(buf_text(&p->b), 1, p->b.len, out) == p->b.len ? OK :
	    ERR_LEDGER);
}

static enum err
print_list(struct printer *p, struct arena *arena,
    const struct queue_story *list, FILE *out)
{
	enum err e = OK;

	for (; list != NULL && e == OK; list = list->next)
		if (is_wanted(list, p->want))
			e = print_story(p, arena, list, out);
	return (e);
}

/* Is there anything to print below the repository's name? */
static bool
is_any(const struct queue_story *list, const struct queue_want *want)
{

	while (list != NULL && !is_wanted(list, want))
		list = list->next;
	return (list != NULL);
}

static enum err
print_head(struct printer *p, struct arena *arena, FILE *out)
{
	struct buf b;

	buf_init(&b, arena, LINE_MAX);
	put_name(&b, p->place);
	if (buf_text(&b) == NULL)
		return (ERR_NOMEM);
	return (fprintf(out, "%s\n", buf_text(&b)) < 0 ? ERR_LEDGER : OK);
}

enum err
queue_print(struct arena *arena, const struct queue_place *place,
    const struct queue_history *h, const struct queue_want *want, FILE *out)
{
	struct printer p = { .place = place, .want = want };
	enum err e = OK;

	if (!is_any(h->prs, want) && !is_any(h->batches, want))
		return (OK);
	if (!want->json)
		e = print_head(&p, arena, out);
	if (e == OK)
		e = print_list(&p, arena, h->prs, out);
	if (e == OK)
		e = print_list(&p, arena, h->batches, out);
	return (e);
}
