/*
 * A glob and a text, one to a line each: plain ones match what they are,
 * and stars stay quick.
 */
#include "handler/route.h"
#include "tests/fuzz/fuzz.h"

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	char *glob = fuzz_text(job, data, n), *end = strchr(glob, '\n');
	const char *text;

	if (end == NULL)
		return;
	*end = '\0';
	text = end + 1;
	(void)route_glob(glob, text, false);
	if (strpbrk(glob, "*?") == NULL)
		MUST(route_glob(glob, text, false) ==
		    (strcmp(glob, text) == 0));
	MUST(route_glob("**", text, true));
}
