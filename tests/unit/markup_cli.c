/*
 * Converts Markdown documents for adf_validate.js.
 *
 *	markup_cli adf|wiki LIMIT < documents > results
 *
 * Documents and results are framed alike: a line with the number of bytes,
 * the bytes, a newline.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/markup.h"

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(4 << 20);
	const char *out;
	char *text, line[32];
	size_t limit, n;
	enum err e;

	if (argc != 3 || arena == NULL) {
		fprintf(stderr, "usage: markup_cli adf|wiki LIMIT\n");
		return (2);
	}
	limit = strtoul(argv[2], NULL, 10);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		n = strtoul(line, NULL, 10);
		if ((text = calloc(1, n + 2)) == NULL ||
		    fread(text, 1, n + 1, stdin) != n + 1)
			return (1);
		text[n] = '\0';
		if (strcmp(argv[1], "adf") == 0)
			e = markup_adf(arena, text, limit, &out);
		else
			e = markup_wiki(arena, text, limit, &out);
		if (e != OK)
			return (1);
		printf("%zu\n%s\n", strlen(out), out);
		free(text);
		arena_reset(arena);
	}
	arena_free(arena);
	return (0);
}
