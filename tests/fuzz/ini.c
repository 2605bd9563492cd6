/* The form of the INI file: each entry has its line, or a line is named. */
#include "common/ini.h"
#include "tests/fuzz/fuzz.h"

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	struct ini_source source = { "tickethook.ini", (const char *)data, n };
	struct ini_entry *list, *e;
	int line = 0;

	if (ini_read(job->arena, &source, &list, &job->why) != OK) {
		MUST(strstr(job->why.text, "tickethook.ini") != NULL);
		return;
	}
	for (e = list; e != NULL; e = e->next) {
		MUST(e->line >= line && e->kind != NULL && e->name != NULL);
		MUST(e->key == NULL || e->value != NULL);
		line = e->line;
	}
}
