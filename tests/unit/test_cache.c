#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "common/arena.h"
#include "handler/cache.h"

enum {
	THREADS = 8,
	ROUNDS = 4000,
	KEYS = 50
};

static struct arena *arena;
static struct cache *cache;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	cache = cache_new();
	return (arena == NULL || cache == NULL);
}

static int
teardown(void **state)
{
	(void)state;
	cache_free(cache);
	arena_free(arena);
	return (0);
}

static void
put_number(unsigned i, int64_t now)
{
	char key[32], value[32];

	(void)snprintf(key, sizeof(key), "eng|label|%u", i);
	(void)snprintf(value, sizeof(value), "id-%u", i);
	cache_put(cache, key, value, now);
}

static const char *
get_number(unsigned i, int64_t now)
{
	char key[32];

	(void)snprintf(key, sizeof(key), "eng|label|%u", i);
	return (cache_get(cache, arena, key, now));
}

static void
test_kept(void **state)
{
	(void)state;
	assert_null(cache_get(cache, arena, "eng|team|ENG", 1));
	cache_put(cache, "eng|team|ENG", "first", 1000);
	assert_string_equal(cache_get(cache, arena, "eng|team|ENG", 1000),
	    "first");
	assert_null(cache_get(cache, arena, "eng|team|EN", 1000));
	assert_null(cache_get(cache, arena, "eng|team|ENGX", 1000));
	cache_put(cache, "eng|team|ENG", "second", 2000);
	assert_string_equal(cache_get(cache, arena, "eng|team|ENG", 2000),
	    "second");
}

static void
test_life(void **state)
{
	int64_t last = 1000 + CACHE_LIFE - 1;

	(void)state;
	cache_put(cache, "k", "v", 1000);
	assert_string_equal(cache_get(cache, arena, "k", last), "v");
	assert_null(cache_get(cache, arena, "k", last + 1));
	cache_put(cache, "k", "w", last + 1);
	assert_string_equal(cache_get(cache, arena, "k", last + 2), "w");
}

/* A copy: what happens to the cache later does not touch it. */
static void
test_copy(void **state)
{
	const char *copy;

	(void)state;
	cache_put(cache, "k", "v", 1);
	copy = cache_get(cache, arena, "k", 1);
	cache_put(cache, "k", "w", 2);
	cache_drop(cache, "");
	assert_string_equal(copy, "v");
}

static void
test_drop(void **state)
{
	(void)state;
	cache_put(cache, "eng|team|A", "1", 1);
	cache_put(cache, "eng|label|B", "2", 1);
	cache_put(cache, "jira|team|A", "3", 1);
	cache_drop(cache, "nothing");
	cache_drop(cache, "eng|team");
	assert_null(cache_get(cache, arena, "eng|team|A", 1));
	assert_string_equal(cache_get(cache, arena, "eng|label|B", 1), "2");
	assert_string_equal(cache_get(cache, arena, "jira|team|A", 1), "3");
	cache_drop(cache, "");
	assert_null(cache_get(cache, arena, "eng|label|B", 1));
	assert_null(cache_get(cache, arena, "jira|team|A", 1));
	cache_put(cache, "jira|team|A", "4", 2);
	assert_string_equal(cache_get(cache, arena, "jira|team|A", 2), "4");
}

/* When it is full the oldest goes, and it alone. */
static void
test_full(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CACHE_SLOTS; i++)
		put_number(i, 100 + i);
	put_number(0, 100 + CACHE_SLOTS);
	put_number(CACHE_SLOTS, 101 + CACHE_SLOTS);
	assert_null(get_number(1, 2000));
	for (unsigned i = 0; i <= CACHE_SLOTS; i++)
		if (i != 1)
			assert_non_null(get_number(i, 2000));
}

/* Without room in the arena it says nothing. */
static void
test_no_arena(void **state)
{
	struct arena *small = arena_new(0);

	(void)state;
	assert_non_null(small);
	cache_put(cache, "k", "v", 1);
	assert_null(cache_get(cache, small, "k", 1));
	arena_free(small);
}

/* A value always goes with its key, whoever writes it meanwhile. */
static void *
hammer(void *arg)
{
	struct arena *own = arena_new(1 << 16);
	unsigned seed = (unsigned)(uintptr_t)arg;
	char key[32], value[64];
	const char *found;
	uintptr_t wrong = own == NULL;

	for (int i = 0; own != NULL && i < ROUNDS; i++) {
		unsigned n = (unsigned)rand_r(&seed) % KEYS;

		arena_reset(own);
		(void)snprintf(key, sizeof(key), "t|%u", n);
		(void)snprintf(value, sizeof(value), "%u is mine", n);
		found = cache_get(cache, own, key, i);
		if (found != NULL && strcmp(found, value) != 0)
			wrong++;
		if (i % 3 == 0)
			cache_put(cache, key, value, i);
		if (i % 500 == 0)
			cache_drop(cache, "t|1");
	}
	arena_free(own);
	return ((void *)wrong);
}

static void
test_threads(void **state)
{
	pthread_t thread[THREADS];
	void *wrong;

	(void)state;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, hammer,
		    (void *)(i + 1)), 0);
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_non_null(cache_get(cache, arena, "t|0", ROUNDS));
}

static void
test_nothing(void **state)
{
	(void)state;
	cache_free(NULL);
}

#define CASE(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_kept), CASE(test_life), CASE(test_copy),
		CASE(test_drop), CASE(test_full), CASE(test_no_arena),
		CASE(test_threads), cmocka_unit_test(test_nothing)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
