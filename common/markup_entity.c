#include "common/markup_entity.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entity {
	const char	*name;
	uint32_t	 cp;
};

static const struct entity entities[] = {
	{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' },
	{ "apos", '\'' }, { "nbsp", 0xa0 }, { "cent", 0xa2 },
	{ "pound", 0xa3 }, { "sect", 0xa7 }, { "copy", 0xa9 },
	{ "laquo", 0xab }, { "reg", 0xae }, { "deg", 0xb0 },
	{ "plusmn", 0xb1 }, { "micro", 0xb5 }, { "para", 0xb6 },
	{ "middot", 0xb7 }, { "raquo", 0xbb }, { "times", 0xd7 },
	{ "divide", 0xf7 }, { "ndash", 0x2013 }, { "mdash", 0x2014 },
	{ "lsquo", 0x2018 }, { "rsquo", 0x2019 }, { "ldquo", 0x201c },
	{ "rdquo", 0x201d }, { "bull", 0x2022 }, { "hellip", 0x2026 },
	{ "euro", 0x20ac }, { "trade", 0x2122 }, { "larr", 0x2190 },
	{ "uarr", 0x2191 }, { "rarr", 0x2192 }, { "darr", 0x2193 },
	{ "harr", 0x2194 }, { "ne", 0x2260 }, { "le", 0x2264 },
	{ "ge", 0x2265 },
};

static void
encode(uint32_t cp, char *out)
{
	size_t n = 0;

	if (cp < 0x80)
		out[n++] = (char)cp;
	else if (cp < 0x800)
		out[n++] = (char)(0xc0 | cp >> 6);
	else if (cp < 0x10000)
		out[n++] = (char)(0xe0 | cp >> 12);
	else {
		out[n++] = (char)(0xf0 | cp >> 18);
		out[n++] = (char)(0x80 | (cp >> 12 & 0x3f));
	}
	if (cp >= 0x800)
		out[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
	if (cp >= 0x80)
		out[n++] = (char)(0x80 | (cp & 0x3f));
	out[n] = '\0';
}

static uint32_t
number(const char *digits)
{
	unsigned long cp;

	if (digits[0] == 'x' || digits[0] == 'X')
		cp = strtoul(digits + 1, NULL, 16);
	else
		cp = strtoul(digits, NULL, 10);
	if (cp == 0 || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000))
		return (0xfffd);
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return (' ');
	return ((uint32_t)cp);
}

bool
markup_entity(const char *s, size_t len, char out[MARKUP_ENTITY_MAX])
{
	char name[16];
	size_t i;

	if (len < 3 || len - 2 >= sizeof(name) || s[0] != '&' ||
	    s[len - 1] != ';')
		return (false);
	memcpy(name, s + 1, len - 2);
	name[len - 2] = '\0';
	if (name[0] == '#') {
		encode(number(name + 1), out);
		return (true);
	}
	for (i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (strcmp(entities[i].name, name) == 0) {
			encode(entities[i].cp, out);
			return (true);
		}
	}
	return (false);
}
