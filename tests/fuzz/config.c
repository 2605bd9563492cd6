/* Keys, values, rules and templates, as a file that is read at the start. */
#include "tests/fuzz/fuzz.h"

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	struct config *config = NULL;
	enum err e;

	e = fuzz_config(data, n, &config, &job->why);
	MUST((e == OK) == (config != NULL));
	MUST(e == OK || job->why.text[0] != '\0');
	config_free(config);
}
