#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"

const struct json *
json_get(const struct json *j, const char *path)
{
	size_t n;

	for (;; path += n + 1) {
		if (j == NULL || j->type != JSON_OBJECT)
			return (NULL);
		n = strcspn(path, ".");
		for (j = j->child; j != NULL; j = j->next)
			if (strncmp(j->key, path, n) == 0 &&
			    j->key[n] == '\0')
				break;
		if (path[n] == '\0')
			return (j);
	}
}

static const struct json *
get_typed(const struct json *j, const char *path, enum json_type type)
{
	j = json_get(j, path);
	return (j != NULL && j->type == type ? j : NULL);
}

const char *
json_string(const struct json *j, const char *path)
{
	j = get_typed(j, path, JSON_STRING);
	return (j == NULL ? NULL : j->text);
}

const char *
json_text(const struct json *j, const char *path)
{
	j = get_typed(j, path, JSON_STRING);
	return (j == NULL || j->len == 0 ? NULL : j->text);
}

bool
json_bool(const struct json *j, const char *path, bool *out)
{
	if ((j = get_typed(j, path, JSON_BOOL)) == NULL)
		return (false);
	*out = j->truth;
	return (true);
}

bool
json_double(const struct json *j, const char *path, double *out)
{
	double d;

	if ((j = get_typed(j, path, JSON_NUMBER)) == NULL)
		return (false);
	d = strtod(j->text, NULL);
	if (!isfinite(d))
		return (false);
	*out = d;
	return (true);
}

bool
json_int(const struct json *j, const char *path, int64_t *out)
{
	long long n;
	char *end;

	if ((j = get_typed(j, path, JSON_NUMBER)) == NULL)
		return (false);
	errno = 0;
	n = strtoll(j->text, &end, 10);
	if (errno != 0 || *end != '\0')
		return (false);
	*out = n;
	return (true);
}

int64_t
json_time(const struct json *j, const char *path)
{
	const char *text = json_string(j, path);
	int64_t ms = 0;

	if (text != NULL)
		(void)clock_parse(text, &ms);
	return (ms);
}
