#include "handler/effect.h"

#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "handler/draft_text.h"

/*
 * Evidence has no published shape: any JSON is told as lines "key: value",
 * with the way to a value as its key.
 */
enum {
	LINES_MAX = 20,		/* of one monitor */
	DEPTH_MAX = 4,		/* what is deeper is left out */
	ITEMS_MAX = 10,		/* of a list, on one line */
	VALUE_MAX = 200,	/* code points of a value */
	KEY_MAX = 100		/* code points of a way */
};

struct lines {
	struct buf	*b;
	const char	*indent;
	size_t		 n;		/* so far */
	bool		 more;		/* there were too many */
};

static bool
is_plain(const struct json *j)
{

	return (j->type == JSON_STRING ? draft_told(j->text) :
	    j->type == JSON_NUMBER || j->type == JSON_BOOL);
}

static bool
is_list(const struct json *j)
{
	const struct json *one;

	if (j->type != JSON_ARRAY || j->child == NULL)
		return (false);
	for (one = j->child; one != NULL; one = one->next)
		if (!is_plain(one))
			return (false);
	return (true);
}

static void
put_plain(struct buf *b, const struct json *j)
{

	if (j->type == JSON_BOOL)
		buf_str(b, j->truth ? "yes" : "no");
	else
		draft_words(b, j->text, VALUE_MAX);
}

static void
put_line(struct lines *l, const char *way, const struct json *j)
{
	const struct json *one;
	size_t n = 0;

	if (l->n == LINES_MAX) {
		l->more = true;
		return;
	}
	l->n++;
	buf_printf(l->b, "%s- ", l->indent);
	draft_words(l->b, way, KEY_MAX);
	buf_str(l->b, ": ");
	if (j->type != JSON_ARRAY) {
		put_plain(l->b, j);
	} else {
		for (one = j->child; one != NULL && n < ITEMS_MAX;
		    one = one->next) {
			buf_str(l->b, n++ > 0 ? ", " : "");
			put_plain(l->b, one);
		}
		if (one != NULL)
			buf_str(l->b, ", " DRAFT_ELLIPSIS);
	}
	buf_char(l->b, '\n');
}

/* "window.days", "runs 2.id". */
static const char *
way_of(struct arena *arena, const char *way, const struct json *j, size_t i)
{

	if (j->key == NULL)
		return (arena_printf(arena, "%s%s%zu", way,
		    way[0] != '\0' ? " " : "", i));
	return (arena_printf(arena, "%s%s%s", way, way[0] != '\0' ? "." : "",
	    j->key));
}

/* As deep as DEPTH_MAX. */
static void
put_all(struct lines *l, const struct json *j, const char *way, int depth)
{
	const struct json *one;
	const char *below;
	size_t i = 0;

	for (one = j->child; one != NULL && !l->more; one = one->next) {
		below = way_of(l->b->arena, way, one, ++i);
		if (below == NULL) {
			l->b->failed = true;
			return;
		}
		if (is_plain(one) || is_list(one))
			put_line(l, below, one);
		else if (depth < DEPTH_MAX)
			put_all(l, one, below, depth + 1);
	}
}

void
effect_put_evidence(struct buf *b, const char *json, const char *indent)
{
	struct lines l = { .b = b, .indent = indent };
	const struct json *tree;

	if (json == NULL || json_parse(b->arena, json, strlen(json), &tree,
	    NULL) != OK)
		return;
	if (is_list(tree))
		put_line(&l, "evidence", tree);
	else
		put_all(&l, tree, "", 1);
	if (l.more)
		buf_printf(b, "%s- " DRAFT_ELLIPSIS "\n", indent);
}
