#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/err.h"
#include "common/utf8.h"

static void
test_value_and_sentence(void **state)
{
	struct why	why = { "" };

	(void)state;
	assert_int_equal(err_set(&why, ERR_CONFIG, "%s:%d: no", "a.ini", 3),
	    ERR_CONFIG);
	assert_string_equal(why.text, "a.ini:3: no");
	assert_int_equal(err_set(NULL, ERR_BUSY, "nobody asks"), ERR_BUSY);
}

static void
test_one_line(void **state)
{
	struct why	why;

	(void)state;
	err_set(&why, ERR_REFUSED, "%s", "first\r\nsecond\n");
	assert_string_equal(why.text, "first  second ");
}

/* A character of each width, at each place around the end. */
static void
test_cut(void **state)
{
	static const char *const	wide[] = { "z", "\xc3\xbc",
	    "\xe2\x82\xac", "\xf0\x9f\x90\x9b" };
	char				text[WHY_MAX + 16];
	struct why			why;
	size_t				i, lead, width;

	(void)state;
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		width = strlen(wide[i]);
		for (lead = WHY_MAX - 8; lead < WHY_MAX + 4; lead++) {
			memset(text, 'a', lead);
			strcpy(text + lead, wide[i]);
			err_set(&why, ERR_REFUSED, "%s", text);
			assert_true(utf8_valid(why.text, strlen(why.text)));
			if (lead + width < WHY_MAX)
				assert_string_equal(why.text, text);
			else
				assert_int_equal(strlen(why.text),
				    lead < WHY_MAX - 1 ? lead : WHY_MAX - 1);
		}
	}
}

/* Names are what people search a log for: all there, none twice. */
static void
test_names(void **state)
{
	int	a, b;

	(void)state;
	for (a = 0; a < ERR_COUNT; a++) {
		assert_true(strlen(err_name((enum err)a)) > 1);
		for (b = 0; b < a; b++)
			assert_string_not_equal(err_name((enum err)a),
			    err_name((enum err)b));
	}
	assert_string_equal(err_name(ERR_UNVERIFIED), "unverified");
	assert_string_equal(err_name(ERR_COUNT), "?");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_value_and_sentence),
		cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_names),
	};

	return (cmocka_run_group_tests_name("err", tests, NULL, NULL));
}
