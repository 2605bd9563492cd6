/*
 * A glob and a text, one to a line each: plain ones match what they are,
 * and stars stay quick.
 */
#include "handler/route.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct job *job = fuzz_job();
	const char *glob = fuzz_text(job, data, n), *text;
	char *end = strchr(glob, '\n');

	if (end == NULL)
		return (0);
	*end = '\0';
	text = end + 1;
	(void)route_glob(glob, text, false);
	if (strpbrk(glob, "*?") == NULL)
		MUST(route_glob(glob, text, false) ==
		    (strcmp(glob, text) == 0));
	MUST(route_glob("**", text, true));
	return (0);
}
