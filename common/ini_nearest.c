#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/ini.h"

enum {
	NAME_MAX_LEN = 63,	/* longer names are not compared */
	FAR = 3,		/* a distance that is too large */
	PREFIX_MIN = 3		/* shorter ones begin too many names */
};

static inline char
lower(char c)
{
	return (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

static inline bool
same(char a, char b)
{
	return (lower(a) == lower(b));
}

static unsigned
least(unsigned a, unsigned b)
{
	return (a < b ? a : b);
}

/*
 * Damerau-Levenshtein: two letters that changed places count one.  Who left
 * the diagonal by FAR is as far off, so a band along it is enough.
 */
static unsigned
distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned row[3][NAME_MAX_LEN + FAR + 2];
	unsigned *cur, *last, *before, best;
	size_t i, j;

	for (j = 0; j <= FAR; j++)
		row[0][j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		cur = row[i % 3];
		last = row[(i + 2) % 3];
		before = row[(i + 1) % 3];
		j = i < FAR ? 0 : i - FAR;
		best = cur[j] = i < FAR ? (unsigned)i : FAR;
		for (j++; j <= m && j < i + FAR; j++) {
			cur[j] = least(last[j], cur[j - 1]) + 1;
			cur[j] = least(cur[j], last[j - 1] +
			    !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]))
				cur[j] = least(cur[j], before[j - 2] + 1);
			best = least(best, cur[j]);
		}
		cur[j] = FAR;
		if (best >= FAR)
			return (FAR);
	}
	return (row[n % 3][m]);
}

static unsigned
score(const char *typo, size_t n, const char *name)
{
	size_t m = strlen(name);
	size_t longer = n > m ? n : m;
	unsigned d = FAR;

	/* It is at least the difference of their lengths. */
	if (longer <= NAME_MAX_LEN && longer - (n < m ? n : m) < FAR)
		d = distance(typo, n, name, m);
	if (d < FAR && 3 * d <= longer)
		return (d);
	if (n >= PREFIX_MIN && n <= m && same(typo[0], name[0]) &&
	    strncasecmp(typo, name, n) == 0)
		return (FAR - 1);
	return (FAR);
}

const char *
ini_nearest(const char *typo, const char *const *names, size_t n,
    size_t stride)
{
	const char *at = (const char *)names, *best = NULL, *name;
	unsigned d, least_yet = FAR;
	size_t len = strlen(typo);

	for (; n > 0; n--, at += stride) {
		memcpy(&name, at, sizeof(name));
		if (name == NULL)
			continue;
		d = score(typo, len, name);
		if (d < least_yet) {
			least_yet = d;
			best = name;
		}
	}
	return (best);
}
