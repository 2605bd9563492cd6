/*
 * Strict JSON beside another reader of it: what one takes the other takes,
 * with the same values, but for what handler and manual say of depth, range
 * and surrogates.  Written again it reads the same.
 */
#include "common/buf.h"
#include "common/json.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/lib/strict.h"

static void
same(const struct json *j, const struct strict *s)
{
	const struct json *child;
	const char *text;
	size_t i = 0, len;

	MUST(s != NULL);
	switch (j->type) {
	case JSON_NULL:
		MUST(strict_kind(s) == 'n');
		break;
	case JSON_BOOL:
		MUST(strict_kind(s) == (j->truth ? 't' : 'f'));
		break;
	case JSON_NUMBER:
		MUST(strict_kind(s) == '0');
		MUST(strtod(j->text, NULL) == strict_number(s));
		break;
	case JSON_STRING:
		MUST(strict_kind(s) == '"');
		text = strict_text(s, &len);
		MUST(len == j->len && memcmp(text, j->text, len) == 0);
		break;
	default:
		MUST(strict_kind(s) == (j->type == JSON_OBJECT ? '{' : '['));
		MUST(strict_size(s) == j->len);
		for (child = j->child; child != NULL; child = child->next)
			same(child, j->type == JSON_OBJECT ?
			    strict_member(s, child->key) : strict_item(s,
			    i++));
	}
}

static void
compare(enum err e, const struct json *tree, const uint8_t *data, size_t n)
{
	struct strict *other;
	enum strict_verdict v;

	/* A NUL behind the value is its end for jansson. */
	if (e != OK && memchr(data, '\0', n) != NULL)
		return;
	v = strict_read(data, n, &other);
	if (e != OK)
		MUST(v != STRICT_TAKEN || strict_depth(other) > JSON_DEPTH);
	else
		MUST(v != STRICT_REFUSED);
	if (e == OK && v == STRICT_TAKEN)
		same(tree, other);
	strict_free(other);
}

static const char *
write_tree(struct job *job, const struct json *tree)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, job->arena, FUZZ_ARENA / 4);
	json_open(&w, &buf);
	json_put_tree(&w, NULL, tree);
	return (buf_text(&buf));
}

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	const struct json *tree = NULL, *again;
	const char *once, *twice;
	enum err e;

	e = json_parse(job->arena, data, n, &tree, &job->why);
	MUST(e == OK || e == ERR_MALFORMED);
	compare(e, tree, data, n);
	if (e != OK)
		return;
	MUST(utf8_valid(data, n));
	MUST((once = write_tree(job, tree)) != NULL);
	MUST(json_parse(job->arena, once, strlen(once), &again, &job->why) ==
	    OK);
	MUST((twice = write_tree(job, again)) != NULL);
	MUST(strcmp(once, twice) == 0);
}
