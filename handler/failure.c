#include "handler/failure.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/job.h"

/* Text with something to see in it. */
static const char *
summary_of(const struct json *item)
{
	const char *text = json_text(item, "summary");

	if (text == NULL || text[strspn(text, " \t\r\n")] == '\0')
		return (NULL);
	return (text);
}

static bool
is_before(const struct failure *a, const struct failure *b)
{

	if (a->count != b->count)
		return (a->count > b->count);
	return (a->last > b->last);
}

/* Put it where it belongs among the n best, and forget the sixth. */
static size_t
keep(struct failure *best, size_t n, const struct failure *one)
{
	size_t at = n;

	while (at > 0 && is_before(one, &best[at - 1]))
		at--;
	if (at == FAILURE_MAX)
		return (n);
	if (n < FAILURE_MAX)
		n++;
	memmove(&best[at + 1], &best[at], (n - 1 - at) * sizeof(*best));
	best[at] = *one;
	return (n);
}

enum err
failure_read(struct job *job, const struct json *list, struct test *test)
{
	const struct json *item;
	struct failure *best, one;
	size_t n = 0;

	if (list == NULL || list->type != JSON_ARRAY || list->len == 0)
		return (OK);
	best = arena_alloc(job->arena, FAILURE_MAX * sizeof(*best));
	if (best == NULL)
		return (fail(job, ERR_NOMEM, "no memory left for what the "
		    "test failed with"));
	for (item = list->child; item != NULL; item = item->next) {
		memset(&one, 0, sizeof(one));
		if ((one.summary = summary_of(item)) == NULL)
			continue;
		(void)json_int(item, "occurrence_count", &one.count);
		one.last = json_time(item, "last_occurrence");
		n = keep(best, n, &one);
	}
	if (n > 0) {
		test->failures = best;
		test->nfailures = n;
	}
	return (OK);
}
