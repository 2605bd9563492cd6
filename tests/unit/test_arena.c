#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/arena.h"

static bool
all_zero(const void *data, size_t n)
{
	const unsigned char	*p = data;
	size_t			 i;

	for (i = 0; i < n; i++) {
		if (p[i] != 0)
			return (false);
	}
	return (true);
}

/* Of every size: aligned, zero, apart from its neighbours. */
static void
test_alloc(void **state)
{
	struct arena	*a;
	unsigned char	*last, *p;
	size_t		 n, round;

	(void)state;
	a = arena_new(1 << 20);
	assert_non_null(a);
	for (round = 0; round < 3; round++) {
		last = NULL;
		for (n = 0; n < 600; n++) {
			p = arena_alloc(a, n);
			assert_non_null(p);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t),
			    0);
			assert_true(all_zero(p, n));
			memset(p, 0xff, n);
			if (last != NULL)
				assert_true(p > last && p >= last + n - 1);
			last = p;
		}
		assert_true(arena_used(a) >= 599 * 600 / 2);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
	arena_free(NULL);
}

/* Large requests go through other code at a reset: they are zero as well. */
static void
test_large_is_zero_again(void **state)
{
	struct arena	*a;
	unsigned char	*p;
	size_t		 n, round;

	(void)state;
	n = 3 << 20;
	a = arena_new(n);
	assert_non_null(a);
	for (round = 0; round < 3; round++) {
		p = arena_alloc(a, n);
		assert_non_null(p);
		assert_true(all_zero(p, n));
		memset(p, 0xff, n);
		/* Locked pages cannot be given back. */
		if (round == 1)
			mlock(p, n);
		arena_reset(a);
	}
	arena_free(a);
}

/* What is handed out never exceeds the cap, whatever the cap. */
static void
test_cap(void **state)
{
	static const size_t	sizes[] = { 1, 7, 16, 17, 100, 4096 };
	struct arena		*a;
	size_t			 cap, got, i;

	(void)state;
	for (cap = 0; cap < 6000; cap += 16) {
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			a = arena_new(cap);
			assert_non_null(a);
			for (got = 0; arena_alloc(a, sizes[i]) != NULL; got++)
				assert_true(arena_used(a) <= cap);
			assert_true(got * sizes[i] <= cap);
			assert_true(arena_used(a) <= cap);
			arena_free(a);
		}
	}
}

static void
test_cap_is_usable(void **state)
{
	struct arena	*a;

	(void)state;
	assert_null(arena_new(SIZE_MAX));
	a = arena_new(4096);
	assert_non_null(arena_alloc(a, 4096));
	assert_null(arena_alloc(a, 1));
	assert_null(arena_alloc(a, 0));
	arena_reset(a);
	assert_null(arena_alloc(a, 4097));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 8));
	assert_non_null(arena_alloc(a, 4096));
	arena_free(a);
}

static void
test_strings(void **state)
{
	struct arena	*a;

	(void)state;
	a = arena_new(4096);
	assert_string_equal(arena_strdup(a, "flaky"), "flaky");
	assert_string_equal(arena_strdup(a, ""), "");
	assert_string_equal(arena_strndup(a, "flaky", 3), "fla");
	assert_string_equal(arena_strndup(a, "flaky", 99), "flaky");
	assert_string_equal(arena_strndup(a, "flaky", 0), "");
	assert_string_equal(arena_printf(a, "%s-%03d", "PAY", 7), "PAY-007");
	assert_string_equal(arena_printf(a, "%s", ""), "");
	assert_null(arena_strdup(a, NULL));
	assert_null(arena_strndup(a, NULL, 3));
	assert_null(arena_printf(a, "%5000d", 1));
	arena_free(a);
}

static void
test_strings_at_the_cap(void **state)
{
	struct arena	*a;

	(void)state;
	a = arena_new(16);
	assert_null(arena_strdup(a, "sixteen letters!"));
	assert_null(arena_printf(a, "%s", "sixteen letters!"));
	assert_string_equal(arena_strdup(a, "fifteen letters"),
	    "fifteen letters");
	assert_null(arena_strdup(a, ""));
	arena_free(a);
}

/* The last block alone, by any number of bytes, and never beyond the cap. */
static void
test_grow(void **state)
{
	struct arena	*a;
	unsigned char	*p, *q;
	size_t		 n, used;

	(void)state;
	a = arena_new(4096);
	for (n = 0; n < 70; n++) {
		p = arena_alloc(a, 3);
		memset(p, 0xff, 3);
		assert_true(arena_grow(a, p, 3, 3 + n));
		assert_true(all_zero(p + 3, n));
		memset(p, 0xff, 3 + n);
		q = arena_alloc(a, 1);
		assert_true(q >= p + 3 + n && q < p + 3 + n + 32);
		assert_int_equal(*q, 0);
		used = arena_used(a);
		assert_false(arena_grow(a, p, 3 + n, 4 + n));
		assert_int_equal(arena_used(a), used);
		arena_reset(a);
	}
	p = arena_alloc(a, 16);
	assert_false(arena_grow(a, p, 16, 4097));
	assert_false(arena_grow(a, p, 16, SIZE_MAX));
	assert_int_equal(arena_used(a), 16);
	assert_true(arena_grow(a, p, 16, 4096));
	assert_int_equal(arena_used(a), 4096);
	assert_null(arena_alloc(a, 1));
	arena_free(a);
}

/* What is taken back is handed out again, as zeroes; the rest stays. */
static void
test_back(void **state)
{
	struct arena	*a;
	unsigned char	*kept, *p;
	size_t		 n, used;

	(void)state;
	a = arena_new(1 << 20);
	assert_non_null(a);
	for (n = 0; n < 300000; n += 1 + n * 2) {
		kept = arena_alloc(a, 100);
		assert_non_null(kept);
		memset(kept, 0xaa, 100);
		used = arena_used(a);
		arena_back(a, used);
		assert_int_equal(arena_used(a), used);
		p = arena_alloc(a, n);
		assert_non_null(p);
		memset(p, 0xbb, n);
		assert_non_null(arena_strdup(a, "last"));
		arena_back(a, used);
		assert_int_equal(arena_used(a), used);
		assert_ptr_equal(arena_alloc(a, n), p);
		assert_true(all_zero(p, n));
		assert_int_equal(kept[0], 0xaa);
		assert_int_equal(kept[99], 0xaa);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_large_is_zero_again),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_cap_is_usable),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_strings_at_the_cap),
	};

	return (cmocka_run_group_tests_name("arena", tests, NULL, NULL));
}
