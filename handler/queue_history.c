/*
 * From the records of the merge queue, in the order in which they happened,
 * to one story for each batch and each pull request.  First the batches: a
 * record belongs to the batch of its branch, or else to the newest one of the
 * same pull requests.  Then the pull requests, each with what it told itself;
 * for one that told nothing, its batches speak.
 */
#include "handler/queue_history.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"

enum {
	BUCKETS = 4096		/* of pull requests by number */
};

struct builder {
	struct arena	*arena;
	const struct queue_record *records;
	size_t		 n;
	struct queue_story **batch;	/* of each record of one, else NULL */
	struct queue_story *buckets[BUCKETS];
	struct queue_story *latest;	/* batches, the newest first: chain */
	struct queue_story **pr_tail;
	struct queue_story **batch_tail;
};

static bool
is_step(const char *step, const char *word)
{

	return (strcmp(step, word) == 0);
}

/* A pull request waits, in no batch. */
static bool
is_waiting(const char *step)
{

	return (is_step(step, "submitted") || is_step(step, "queued"));
}

static bool
begins(const char *step)
{

	return (is_waiting(step) || is_step(step, "testing"));
}

static bool
ends(const char *step)
{

	return (is_step(step, "failed") || is_step(step, "canceled") ||
	    is_step(step, "merged"));
}

/* "MERGE_ITEM_NOW_READY" as "merge item now ready"; NULL without memory. */
static const char *
in_words(struct arena *arena, const char *reason)
{
	char *text = arena_strdup(arena, reason), *c;

	for (c = text; c != NULL && *c != '\0'; c++)
		*c = *c == '_' ? ' ' : (char)tolower((unsigned char)*c);
	return (text);
}

static enum err
add_entry(struct builder *b, struct queue_story *s,
    const struct queue_record *r, const struct queue_story *batch)
{
	const char *reason = r->failure != NULL ? r->failure : r->reason;
	struct queue_entry *e = arena_alloc(b->arena, sizeof(*e));

	if (e == NULL || (reason != NULL &&
	    (reason = in_words(b->arena, reason)) == NULL))
		return (ERR_NOMEM);
	*e = (struct queue_entry){ .time = r->time, .step = r->suffix,
	    .time_is_ours = r->time_is_ours, .reason = reason,
	    .bisection = r->bisection == ANSWER_YES, .batch = batch };
	if (s->last == NULL)
		s->first = e;
	else
		s->last->next = e;
	s->last = e;
	return (OK);
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x < y ? -1 : x > y);
}

/* The pull requests of a batch, in order; the ledger has each once. */
static enum err
take_prs(struct builder *b, struct queue_story *s,
    const struct queue_record *r)
{
	int64_t *prs;

	if (r->nprs == 0)
		return (OK);
	if ((prs = arena_alloc(b->arena, r->nprs * sizeof(*prs))) == NULL)
		return (ERR_NOMEM);
	memcpy(prs, r->prs, r->nprs * sizeof(*prs));
	qsort(prs, r->nprs, sizeof(*prs), by_number);
	s->prs = prs;
	s->nprs = r->nprs;
	return (OK);
}

static bool
has(const struct queue_story *s, int64_t pr)
{

	return (bsearch(&pr, s->prs, s->nprs, sizeof(pr), by_number) != NULL);
}

static bool
is_same_prs(const struct queue_story *s, const struct queue_record *r)
{
	size_t i;

	if (s->nprs != r->nprs)
		return (false);
	for (i = 0; i < r->nprs; i++)
		if (!has(s, r->prs[i]))
			return (false);
	return (true);
}

/* By the branch where both tell one, else by the pull requests. */
static bool
is_of_batch(const struct queue_story *s, const struct queue_record *r)
{

	if (s->branch != NULL && r->branch != NULL)
		return (strcmp(s->branch, r->branch) == 0);
	return (is_same_prs(s, r));
}

static struct queue_story *
new_story(struct builder *b, const struct queue_record *r,
    struct queue_story ***tail)
{
	struct queue_story *s = arena_alloc(b->arena, sizeof(*s));

	if (s == NULL)
		return (NULL);
	*s = (struct queue_story){ .kind = r->kind,
	    .number = r->kind == QUEUE_PR ? r->number : 0 };
	**tail = s;
	*tail = &s->next;
	return (s);
}

/* Which batch is it?  NULL without memory. */
static struct queue_story *
batch_of(struct builder *b, const struct queue_record *r)
{
	struct queue_story *s;

	for (s = b->latest; s != NULL; s = s->chain)
		if (is_of_batch(s, r))
			break;
	if (s != NULL && !(ends(s->last->step) && begins(r->suffix))) {
		if (s->branch == NULL)
			s->branch = r->branch;
		return (s);
	}
	if ((s = new_story(b, r, &b->batch_tail)) == NULL ||
	    take_prs(b, s, r) != OK)
		return (NULL);
	s->branch = r->branch;
	s->chain = b->latest;
	b->latest = s;
	return (s);
}

static enum err
tell_batches(struct builder *b)
{
	const struct queue_record *r;
	struct queue_story *s;
	size_t i;

	for (i = 0; i < b->n; i++) {
		r = &b->records[i];
		if (r->kind != QUEUE_BATCH)
			continue;
		if ((s = batch_of(b, r)) == NULL ||
		    add_entry(b, s, r, NULL) != OK)
			return (ERR_NOMEM);
		b->batch[i] = s;
	}
	return (OK);
}

static struct queue_story *
known_pr(struct builder *b, int64_t number)
{
	struct queue_story *s = b->buckets[number % BUCKETS];

	while (s != NULL && s->number != number)
		s = s->chain;
	return (s);
}

/* NULL without memory. */
static struct queue_story *
pr_of(struct builder *b, int64_t number)
{
	const struct queue_record r = { .kind = QUEUE_PR, .number = number };
	struct queue_story *s = known_pr(b, number);

	if (s == NULL && (s = new_story(b, &r, &b->pr_tail)) != NULL) {
		s->chain = b->buckets[number % BUCKETS];
		b->buckets[number % BUCKETS] = s;
	}
	return (s);
}

/* The batch that was tested on that branch at that time, if it has the pr. */
static const struct queue_story *
batch_on(const struct builder *b, const struct queue_record *r)
{
	const struct queue_story *s, *found = NULL;

	for (s = b->latest; s != NULL; s = s->chain)
		if (s->branch != NULL && strcmp(s->branch, r->branch) == 0 &&
		    has(s, r->number)) {
			found = s;
			if (s->first->time <= r->time)
				break;
		}
	return (found);
}

/* What a pull request tells of itself, and which batch that is about. */
static enum err
tell_pr(struct builder *b, const struct queue_record *r)
{
	struct queue_story *s = pr_of(b, r->number);
	const struct queue_story *batch;

	if (s == NULL)
		return (ERR_NOMEM);
	if (r->branch != NULL && !is_waiting(r->suffix) &&
	    ((batch = batch_on(b, r)) != NULL ||
	    (s->at != NULL && s->at->branch != NULL)))
		s->at = batch;
	batch = s->at;
	if (add_entry(b, s, r, batch) != OK)
		return (ERR_NOMEM);
	s->last->left = batch != NULL && is_waiting(r->suffix);
	if (is_waiting(r->suffix) || ends(r->suffix))
		s->at = NULL;
	return (OK);
}

/* A batch takes in those that it is made of, and tells for the silent. */
static enum err
tell_members(struct builder *b, const struct queue_record *r,
    const struct queue_story *batch)
{
	struct queue_story *s;
	size_t i;

	for (i = 0; i < batch->nprs; i++) {
		if (batch->prs[i] <= 0)
			continue;
		if ((s = pr_of(b, batch->prs[i])) == NULL)
			return (ERR_NOMEM);
		if (begins(r->suffix))
			s->at = batch;
		if (!s->speaks && add_entry(b, s, r, batch) != OK)
			return (ERR_NOMEM);
		if (ends(r->suffix) && s->at == batch && !s->speaks)
			s->at = NULL;
	}
	return (OK);
}

/* Who tells of itself? */
static enum err
find_speakers(struct builder *b)
{
	struct queue_story *s;
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (b->records[i].kind != QUEUE_PR ||
		    b->records[i].number <= 0)
			continue;
		if ((s = pr_of(b, b->records[i].number)) == NULL)
			return (ERR_NOMEM);
		s->speaks = true;
	}
	return (OK);
}

static enum err
tell_prs(struct builder *b)
{
	const struct queue_record *r;
	enum err e = find_speakers(b);
	size_t i;

	for (i = 0; i < b->n && e == OK; i++) {
		r = &b->records[i];
		if (r->kind == QUEUE_BATCH)
			e = tell_members(b, r, b->batch[i]);
		else if (r->number > 0)
			e = tell_pr(b, r);
	}
	return (e);
}

enum err
queue_history(struct arena *arena, const struct queue_record *records,
    size_t n, struct queue_history *history)
{
	struct builder *b = arena_alloc(arena, sizeof(*b));
	enum err e;

	*history = (struct queue_history){ .prs = NULL };
	if (b == NULL)
		return (ERR_NOMEM);
	memset(b, 0, sizeof(*b));
	b->arena = arena;
	b->records = records;
	b->n = n;
	b->pr_tail = &history->prs;
	b->batch_tail = &history->batches;
	if ((b->batch = arena_alloc(arena, (n + 1) *
	    sizeof(struct queue_story *))) == NULL)
		return (ERR_NOMEM);
	if ((e = tell_batches(b)) != OK)
		return (e);
	return (tell_prs(b));
}
