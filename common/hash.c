#include "common/hash.h"

uint64_t
hash_add(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (; n > 0; n--)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return (h);
}
