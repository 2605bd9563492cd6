/*
 * Keys, values, rules and templates, as a file that is read at the start.  It
 * is no file, but for one in FILES inputs: what is said of that is the same.
 */
#include "tests/fuzz/fuzz_config.h"

enum {
	FILES = 4096
};

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	struct config *config = NULL, *filed = NULL;
	struct why why;
	enum err e;

	e = fuzz_quick("", data, n, &config, &job->why);
	MUST((e == OK) == (config != NULL));
	MUST(e == OK || job->why.text[0] != '\0');
	if (fuzz_hash(data, n) % FILES != 0)
		return;
	MUST(fuzz_config(data, n, &filed, &why) == e);
	MUST(strcmp(why.text, job->why.text) == 0);
	MUST((filed != NULL) == (e == OK));
	if (e == OK)
		MUST(filed->warnings == NULL ? config->warnings == NULL :
		    strcmp(filed->warnings, config->warnings) == 0);
	config_free(filed);
}
