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
#include "common/buf.h"

/* Every limit and every length: the text is whole, or there is none. */
static void
test_limit(void **state)
{
	static char	 text[200];
	struct arena	*a;
	struct buf	 b;
	size_t		 limit, n;

	(void)state;
	a = arena_new(1 << 20);
	for (limit = 0; limit < sizeof(text); limit++) {
		for (n = 0; n < sizeof(text); n++) {
			memset(text, 'x', n);
			text[n] = '\0';
			buf_init(&b, a, limit);
			buf_str(&b, text);
			if (n <= limit)
				assert_string_equal(buf_text(&b), text);
			else
				assert_null(buf_text(&b));
			/* The NUL has its place too. */
			assert_true(b.data == NULL || b.len < b.size);
			assert_true(b.data == NULL || b.data[b.len] == '\0');
			arena_reset(a);
		}
	}
	arena_free(a);
}

/* Piece by piece it is what the pieces are together. */
static void
test_pieces(void **state)
{
	char		 expected[5000], piece[8];
	struct arena	*a;
	struct buf	 b;
	size_t		 i, len;

	(void)state;
	a = arena_new(1 << 20);
	buf_init(&b, a, sizeof(expected));
	assert_string_equal(buf_text(&b), "");
	len = 0;
	for (i = 0; i < 1000; i++) {
		snprintf(piece, sizeof(piece), "%03d.", (int)i);
		memcpy(expected + len, piece, 5);
		len += 4;
		if (i % 4 == 0)
			buf_str(&b, piece);
		else if (i % 4 == 1)
			buf_add(&b, piece, 4);
		else if (i % 4 == 2)
			buf_printf(&b, "%03d.", (int)i);
		else
			while (strlen(piece) > 0) {
				buf_char(&b, piece[0]);
				memmove(piece, piece + 1, strlen(piece));
			}
		assert_int_equal(b.len, len);
		assert_string_equal(buf_text(&b), expected);
	}
	arena_free(a);
}

/* Whatever fails, it stays failed, and what was there is untouched. */
static void
test_sticky(void **state)
{
	struct arena	*a;
	struct buf	 b;
	int		 i;

	(void)state;
	a = arena_new(4096);
	for (i = 0; i < 4; i++) {
		buf_init(&b, a, 8);
		buf_str(&b, "1234567");
		if (i == 0)
			buf_str(&b, "89");
		else if (i == 1)
			buf_printf(&b, "%d", 89);
		else if (i == 2)
			buf_add(&b, "89", SIZE_MAX);
		else
			buf_str(&b, NULL);
		assert_null(buf_text(&b));
		buf_char(&b, '8');
		buf_str(&b, "");
		assert_null(buf_text(&b));
		assert_int_equal(b.len, 7);
		assert_memory_equal(b.data, "1234567", 8);
	}
	arena_free(a);
}

/* With any amount of memory: all of the text or nothing of it. */
static void
test_no_memory(void **state)
{
	struct arena	*a;
	struct buf	 b;
	const char	*text;
	size_t		 cap, failed, i, worked;

	(void)state;
	failed = worked = 0;
	for (cap = 0; cap < 6000; cap += 16) {
		a = arena_new(cap);
		buf_init(&b, a, 1000);
		for (i = 0; i < 1000; i++)
			buf_char(&b, 'x');
		if ((text = buf_text(&b)) == NULL) {
			failed++;
		} else {
			assert_int_equal(strlen(text), 1000);
			worked++;
		}
		arena_free(a);
	}
	/* The text alone needs 63 steps; doubling costs at most 4 times. */
	assert_true(failed >= 1000 / 16);
	assert_true(worked >= (6000 - 4 * 1001) / 16);
}

static void
test_bytes(void **state)
{
	static const char	 bytes[] = "a\0b";
	struct arena		*a;
	struct buf		 b;

	(void)state;
	a = arena_new(4096);
	buf_init(&b, a, SIZE_MAX);
	buf_add(&b, NULL, 0);
	assert_string_equal(buf_text(&b), "");
	buf_add(&b, bytes, 3);
	assert_int_equal(b.len, 3);
	assert_memory_equal(buf_text(&b), bytes, 4);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_bytes),
	};

	return (cmocka_run_group_tests_name("buf", tests, NULL, NULL));
}
