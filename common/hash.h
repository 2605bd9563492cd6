#ifndef HASH_H_
#define HASH_H_

#include <stddef.h>
#include <stdint.h>

/*
 * FNV-1a of 64 bits, http://www.isthe.com/chongo/tech/comp/fnv/: quick, and
 * the same in every process and version.  Whoever may choose what is hashed
 * can make it collide, so nothing may depend on that it does not.
 *
 *	h = hash_add(HASH_START, name, strlen(name) + 1);
 *	h = hash_add(h, &number, sizeof(number));
 */
#define HASH_START	UINT64_C(14695981039346656037)

uint64_t hash_add(uint64_t, const void *, size_t);

#endif
