/*
 * What the kinds of trackers have in common: their list, which the build
 * makes of the files in trackers/, and checks of what a tracker or a person
 * tells, before it is stored, shown or put into a URL.
 */
#include "handler/tracker.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/utf8.h"
#include "handler/job.h"

enum {
	SANE_MAX = 1024,	/* bytes of an id, a key or a URL */
	LABELS_MAX = 64
};

#define TRACKER(name) extern const struct tracker_kind tracker_##name;
#include "trackers.inc"
#undef TRACKER

static const struct tracker_kind *const KINDS[] = {
#define TRACKER(name) &tracker_##name,
#include "trackers.inc"
#undef TRACKER
	NULL
};

const struct tracker_kind *
tracker_kind(const char *type)
{
	const struct tracker_kind *const *k;

	for (k = KINDS; *k != NULL; k++)
		if (strcmp((*k)->type, type) == 0)
			return (*k);
	return (NULL);
}

const char *
tracker_kinds(void)
{
	static const char names[] =
#define TRACKER(name) ", " #name
#include "trackers.inc"
#undef TRACKER
	    ;

	return (names + 2);
}

bool
tracker_sane(const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n > SANE_MAX || !utf8_valid(text, n))
		return (false);
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f ||
		    *text == '"' || *text == '<' || *text == '>')
			return (false);
	return (true);
}

bool
tracker_key_sane(const char *key)
{
	size_t n = strcspn(key, "-"), digits;

	if (!tracker_sane(key) || n == 0 || key[n] != '-')
		return (false);
	digits = strspn(key + n + 1, "0123456789");
	if (digits == 0 || key[n + 1 + digits] != '\0')
		return (false);
	while (n > 0)
		if (!isalnum((unsigned char)key[--n]) && key[n] != '_')
			return (false);
	return (true);
}

enum err
tracker_hash(struct job *job, const char *purpose, const struct filing *f,
    char hex[CRYPT_SHA256_HEX + 1])
{
	const char *text = arena_printf(job->arena, "%s|%s|%d", purpose,
	    f->key, f->generation);
	unsigned char sum[CRYPT_SHA256];
	struct crypt_part part;

	if (text == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the marker"));
	part = (struct crypt_part){ text, strlen(text) };
	if (crypt_sha256(&part, 1, sum) != OK)
		return (fail(job, ERR_NOMEM, "no memory for the marker"));
	crypt_hex(sum, sizeof(sum), hex);
	return (OK);
}

/* The next element of a comma-separated list, blanks around it cut. */
static size_t
next_element(const char **at)
{
	size_t n;

	*at += strspn(*at, ", \t");
	n = strcspn(*at, ",");
	while (n > 0 && ((*at)[n - 1] == ' ' || (*at)[n - 1] == '\t'))
		n--;
	return (n);
}

enum err
tracker_labels(struct job *job, struct target *t)
{
	const char *at = t->route->dest[DEST_LABELS].value;
	size_t n;

	t->nlabels = 0;
	if (at == NULL)
		return (OK);
	t->labels = arena_alloc(job->arena, LABELS_MAX * sizeof(*t->labels));
	if (t->labels == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the labels"));
	while ((n = next_element(&at)) > 0 && t->nlabels < LABELS_MAX) {
		t->labels[t->nlabels] = arena_strndup(job->arena, at, n);
		if (t->labels[t->nlabels++] == NULL)
			return (fail(job, ERR_NOMEM,
			    "no memory for the labels"));
		at += n;
	}
	return (OK);
}
