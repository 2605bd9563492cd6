/*
 * Bytes as code points, https://www.rfc-editor.org/rfc/rfc3629.  A malformed
 * byte counts as one point, so that any bytes can be measured and cut.
 */
#include "common/utf8.h"

#include <string.h>

enum {
	REPLACEMENT = 0xfffd	/* stands for a malformed byte */
};

#define HIGH_BITS	UINT64_C(0x8080808080808080)

/*
 * The first bytes of the longer sequences and what may follow each: the
 * table 3-7 of the Unicode Standard, https://www.unicode.org/versions/latest/
 */
struct lead {
	unsigned char	first;		/* of a range of first bytes */
	unsigned char	last;
	unsigned char	length;		/* of the whole sequence */
	unsigned char	low;		/* range of the second byte */
	unsigned char	high;
};

static const struct lead leads[] = {
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

static bool
is_tail(unsigned char c)
{
	return ((c & 0xc0) == 0x80);
}

/* The length of the well-formed sequence at p, or 0 if there is none. */
static size_t
sequence(const unsigned char *p, size_t n)
{
	const struct lead	*l;
	size_t			 i;

	if (n > 0 && p[0] < 0x80)
		return (1);
	for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		l = &leads[i];
		if (n < l->length || p[0] < l->first || p[0] > l->last)
			continue;
		if (p[1] < l->low || p[1] > l->high)
			return (0);
		if (l->length > 2 && !is_tail(p[2]))
			return (0);
		if (l->length > 3 && !is_tail(p[3]))
			return (0);
		return (l->length);
	}
	return (0);
}

/* How many of the bytes at p are ASCII: most text is all of it. */
static size_t
ascii(const unsigned char *p, size_t n)
{
	uint64_t	eight;
	size_t		i;

	for (i = 0; n - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, p + i, sizeof(eight));
		if ((eight & HIGH_BITS) != 0)
			break;
	}
	while (i < n && p[i] < 0x80)
		i++;
	return (i);
}

bool
utf8_valid(const void *data, size_t n)
{
	const unsigned char	*p = data;
	size_t			 i, len;

	for (i = ascii(p, n); i < n; i += len) {
		if ((len = sequence(p + i, n - i)) == 0)
			return (false);
		len += ascii(p + i + len, n - i - len);
	}
	return (true);
}

uint32_t
utf8_next(const char *text, size_t n, size_t *len)
{
	const unsigned char	*p = (const unsigned char *)text;
	uint32_t		 cp;
	size_t			 i;

	if ((*len = sequence(p, n)) == 0) {
		*len = 1;
		return (REPLACEMENT);
	}
	if (*len == 1)
		return (p[0]);
	cp = p[0] & (0x7fU >> *len);
	for (i = 1; i < *len; i++)
		cp = cp << 6 | (p[i] & 0x3fU);
	return (cp);
}

size_t
utf8_count(const char *text, size_t n)
{
	size_t	count, i, len;

	count = 0;
	for (i = 0; i < n; i += len) {
		utf8_next(text + i, n - i, &len);
		count++;
	}
	return (count);
}

size_t
utf8_cut_points(const char *text, size_t n, size_t max)
{
	size_t	i, len;

	for (i = 0; i < n && max > 0; i += len) {
		utf8_next(text + i, n - i, &len);
		max--;
	}
	return (i);
}

size_t
utf8_cut_bytes(const char *text, size_t n, size_t max)
{
	const unsigned char	*p = (const unsigned char *)text;
	size_t			 back;

	if (n <= max)
		return (n);
	for (back = 1; back <= 3 && back <= max; back++) {
		if (is_tail(p[max - back]))
			continue;
		if (sequence(p + max - back, n - max + back) > back)
			return (max - back);
		break;
	}
	return (max);
}
