/*
 * Against the vectors that its authors publish,
 * http://www.isthe.com/chongo/src/fnv/test_fnv.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/hash.h"

static void
test_vectors(void **state)
{
	static const struct {
		const char	*text;
		uint64_t	 hash;
	} rows[] = {
		{ "", UINT64_C(0xcbf29ce484222325) },
		{ "a", UINT64_C(0xaf63dc4c8601ec8c) },
		{ "foobar", UINT64_C(0x85944171f73967e8) }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(hash_add(HASH_START, rows[i].text,
		    strlen(rows[i].text)) == rows[i].hash);
}

static void
test_parts(void **state)
{
	(void)state;
	assert_true(hash_add(hash_add(HASH_START, "foo", 3), "bar", 3) ==
	    hash_add(HASH_START, "foobar", 6));
	assert_true(hash_add(HASH_START, "\0", 1) != HASH_START);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_parts)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
