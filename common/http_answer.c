#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/curl_lib.h"
#include "common/http.h"

const char *
http_header_of(const struct http_answer *answer, struct arena *arena,
    const char *name)
{
	const char *line, *eol, *value = NULL;
	size_t n = strlen(name), len = 0;

	for (line = answer->headers; line != NULL && *line != '\0';
	    line = eol + (*eol == '\n')) {
		eol = line + strcspn(line, "\n");
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		value = line + n + 1;
		value += strspn(value, " \t");
		len = value < eol ? (size_t)(eol - value) : 0;
		while (len > 0 && strchr(" \t\r", value[len - 1]) != NULL)
			len--;
	}
	return (value == NULL ? NULL : arena_strndup(arena, value, len));
}

/* -1: it is none. */
static time_t
read_date(const char *text)
{

	return (curl_lib_load(NULL) == OK ? curl.getdate(text, NULL) : -1);
}

bool
http_date_of(const struct http_answer *answer, struct arena *arena,
    int64_t *ms)
{
	const char *value = http_header_of(answer, arena, "Date");
	time_t at = value == NULL ? -1 : read_date(value);

	*ms = (int64_t)at * 1000;
	return (at != -1);
}

/* A number of seconds that may have any number of digits. */
static int
clamp_digits(const char *s, int max)
{
	int n = 0;

	for (; *s != '\0'; s++) {
		if (n > (max - (*s - '0')) / 10)
			return (max);
		n = n * 10 + (*s - '0');
	}
	return (n < 1 ? 1 : n);
}

/* https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
int
http_retry_after(const struct http_answer *answer, struct arena *arena,
    int64_t now, int max)
{
	const char *value = http_header_of(answer, arena, "Retry-After");
	int64_t rest;
	time_t at;

	if (value == NULL || value[0] == '\0')
		return (0);
	if (value[strspn(value, "0123456789")] == '\0')
		return (clamp_digits(value, max));
	if ((at = read_date(value)) == -1)
		return (0);
	rest = (int64_t)at - now / 1000;
	if (rest < 1)
		return (1);
	return (rest > max ? max : (int)rest);
}
