#include "handler/event.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "handler/config.h"
#include "handler/job.h"

/*
 * The tests in Trunk's published examples.  The first is what the portal's
 * "Send Example" delivers.
 */
static const char *const examples[] = {
	/* https://www.svix.com/event-types, Trunk's catalog */
	"7461c36c-3ae2-5d3c-803b-0bdcfd875ee1",
	/* https://docs.trunk.io/api/v1 (OpenAPI, "webhooks") */
	"497f6eca-6276-4993-bfeb-53cbbbba6f08",
	/* https://docs.trunk.io/changelog, 2025-06-11 */
	"cd7ef2fe-0ec1-5e40-a323-027029579f5b",
};

bool
event_is_example(const char *test_id)
{
	size_t i;

	for (i = 0; test_id != NULL &&
	    i < sizeof(examples) / sizeof(examples[0]); i++)
		if (strcmp(examples[i], test_id) == 0)
			return (true);
	return (false);
}

/* A host of letters, digits, '.', '-', '_', or "[...]"; then ":port". */
static bool
is_authority(const char *s, size_t n)
{
	const char *end = s + n, *colon;
	size_t digits;

	if (n > 0 && *s == '[') {
		s++;
		s += strspn(s, "0123456789abcdefABCDEF:.");
		if (s >= end || *s++ != ']')
			return (false);
		colon = s;
	} else {
		for (colon = s; colon < end && (isalnum((unsigned char)*colon)
		    || strchr(".-_", *colon) != NULL); colon++)
			;
		if (colon == s)
			return (false);
	}
	if (colon == end)
		return (true);
	digits = strspn(colon + 1, "0123456789");
	return (*colon == ':' && digits > 0 && digits <= 5 &&
	    colon + 1 + digits == end);
}

/* A path of at least two segments, none of them empty, "." or "..". */
static bool
is_path(const char *s, size_t n)
{
	const char *end = s + n;
	size_t len, segments = 0;

	for (; s <= end; s += len + 1, segments++) {
		for (len = 0; s + len < end && s[len] != '/'; len++)
			if ((unsigned char)s[len] <= ' ' || s[len] == 0x7f ||
			    strchr("?#\\", s[len]) != NULL)
				return (false);
		if (len == 0 || (len <= 2 && strncmp(s, "..", len) == 0))
			return (false);
	}
	return (segments >= 2);
}

bool
event_repository(struct job *job, const char *url, struct repository *parts)
{
	const char *host, *path, *last;
	size_t n;

	memset(parts, 0, sizeof(*parts));
	if (url == NULL || (strncasecmp(url, "https://", 8) != 0 &&
	    strncasecmp(url, "http://", 7) != 0))
		return (false);
	host = strchr(url, ':') + 3;
	if ((path = strchr(host, '/')) == NULL ||
	    !is_authority(host, (size_t)(path - host)))
		return (false);
	n = strlen(++path);
	while (n > 0 && path[n - 1] == '/')
		n--;
	if (n > 4 && strncmp(path + n - 4, ".git", 4) == 0)
		n -= 4;
	if (!is_path(path, n))
		return (false);
	for (last = path + n; last[-1] != '/'; last--)
		;
	parts->url = url;
	parts->host = arena_strndup(job->arena, host,
	    (size_t)(path - 1 - host));
	parts->owner = arena_strndup(job->arena, path,
	    (size_t)(last - 1 - path));
	parts->name = arena_strndup(job->arena, last,
	    (size_t)(path + n - last));
	if (parts->host != NULL && parts->owner != NULL &&
	    parts->name != NULL)
		return (true);
	memset(parts, 0, sizeof(*parts));
	return (false);
}

/* One part of an identity; no part can look like the end of one. */
static void
add_part(struct buf *b, const char *s)
{
	size_t n;

	for (; s != NULL && *s != '\0'; s += n) {
		if ((n = strcspn(s, "\n\\")) > 0) {
			buf_add(b, s, n);
			continue;
		}
		buf_str(b, *s == '\n' ? "\\n" : "\\\\");
		n = 1;
	}
	buf_char(b, '\n');
}

enum err
event_identity(struct job *job, struct test *test)
{
	const struct repository *where = &test->repository;
	struct buf b;

	buf_init(&b, job->arena, (size_t)-1);
	if (test->scope == SCOPE_COLLECTION && job->config != NULL &&
	    job->config->twins_apart)
		buf_str(&b, "collection:");
	/*
	 * Where nothing tells two places apart, tests of equal names must
	 * not become one.
	 */
	if (where->host == NULL && where->url == NULL)
		buf_str(&b, "test:");
	add_part(&b, where->host != NULL ? where->host :
	    where->url != NULL ? where->url : test->id);
	add_part(&b, where->owner);
	add_part(&b, where->name);
	add_part(&b, test->file_path);
	add_part(&b, test->parent != NULL ? test->parent : test->classname);
	add_part(&b, test->name);
	add_part(&b, test->variant);
	if ((test->identity = buf_text(&b)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory left for the "
		    "identity of the test; its names are too long"));
	return (OK);
}
