#include "tests/fuzz/lib/strict.h"

#include <jansson.h>
#include <string.h>

static const json_t *
real(const struct strict *s)
{

	return ((const json_t *)(const void *)s);
}

static const struct strict *
ours(const json_t *s)
{

	return ((const struct strict *)(const void *)s);
}

enum strict_verdict
strict_read(const void *data, size_t n, struct strict **tree)
{
	json_error_t error;
	json_t *root = json_loadb(data, n, JSON_REJECT_DUPLICATES |
	    JSON_DECODE_ANY, &error);

	*tree = (struct strict *)(void *)root;
	if (root != NULL)
		return (STRICT_TAKEN);
	if (json_error_code(&error) == json_error_numeric_overflow)
		return (STRICT_RANGE);
	return (strstr(error.text, "invalid Unicode") != NULL ?
	    STRICT_SURROGATE : STRICT_REFUSED);
}

void
strict_free(struct strict *s)
{

	json_decref((json_t *)(void *)s);
}

char
strict_kind(const struct strict *s)
{
	static const char kinds[] = {
		[JSON_OBJECT] = '{', [JSON_ARRAY] = '[',
		[JSON_STRING] = '"', [JSON_INTEGER] = '0',
		[JSON_REAL] = '0', [JSON_TRUE] = 't', [JSON_FALSE] = 'f',
		[JSON_NULL] = 'n'
	};

	return (kinds[json_typeof(real(s))]);
}

size_t
strict_size(const struct strict *s)
{

	return (json_is_object(real(s)) ? json_object_size(real(s)) :
	    json_array_size(real(s)));
}

const struct strict *
strict_member(const struct strict *s, const char *key)
{

	return (ours(json_object_get(real(s), key)));
}

const struct strict *
strict_item(const struct strict *s, size_t i)
{

	return (ours(json_array_get(real(s), i)));
}

size_t
strict_depth(const struct strict *s)
{
	json_t *tree = (json_t *)(void *)(size_t)s, *child;
	size_t i, deep, most = 0;
	const char *key;

	json_object_foreach(tree, key, child)
		if ((deep = strict_depth(ours(child))) > most)
			most = deep;
	json_array_foreach(tree, i, child)
		if ((deep = strict_depth(ours(child))) > most)
			most = deep;
	return (json_is_object(tree) || json_is_array(tree) ? most + 1 : 0);
}

const char *
strict_text(const struct strict *s, size_t *len)
{

	*len = json_string_length(real(s));
	return (json_string_value(real(s)));
}

double
strict_number(const struct strict *s)
{

	return (json_number_value(real(s)));
}
