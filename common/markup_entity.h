#ifndef MARKUP_ENTITY_H_
#define MARKUP_ENTITY_H_

#include <stdbool.h>
#include <stddef.h>

enum {
	MARKUP_ENTITY_MAX = 8	/* room for a character and a NUL */
};

/*
 * Private to markup*.c: the character that an HTML entity such as "&amp;",
 * "&#955;" or "&#x3bb;" stands for, as UTF-8 with a NUL; control characters
 * give a blank, what is no character U+FFFD.  All numbers are known, and of
 * the names those that people write by hand; false for any other.
 *
 * https://html.spec.whatwg.org/multipage/named-characters.html
 */
bool markup_entity(const char *, size_t len, char out[MARKUP_ENTITY_MAX]);

#endif
