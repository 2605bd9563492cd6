#ifndef UTF8_H_
#define UTF8_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
 * U+10FFFF.  All lengths are bytes unless a name says code points.
 */

/* Is every byte of the n bytes part of a well-formed sequence? */
bool utf8_valid(const void *, size_t n);

/*
 * The code point at p (n > 0 bytes left); its length goes to *len.
 * A byte that starts no well-formed sequence gives U+FFFD and length 1.
 */
uint32_t utf8_next(const char *p, size_t n, size_t *len);

/* How many code points (malformed bytes count one each). */
size_t utf8_count(const char *, size_t n);

/*
 * How many of the n bytes make at most max code points: cut there and no
 * character is split.
 */
size_t utf8_cut_points(const char *, size_t n, size_t max);

/* The largest length <= max bytes that splits no character. */
size_t utf8_cut_bytes(const char *, size_t n, size_t max);

#endif
