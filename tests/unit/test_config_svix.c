/*
 * What is taken as a signing secret: the key as the Svix portal shows it,
 * "whsec_" and base64, also without that prefix and with blanks around it,
 * as a file holds it.  Anything else is refused, and no part of it told.
 * https://docs.svix.com/receiving/verifying-payloads/how-manual
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/crypt.h"
#include "handler/config_read.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Four characters of base64 more than a secret may have. */
static char long_key[SECRET_MAX + 5];

static void
test_svix_key(void **state)
{
	static const struct {
		const char	*text;
		const char	*key;	/* NULL: refused */
	} keys[] = {
		{ "whsec_MDEy", "012" }, { "MDEy", "012" },
		{ " \r\n\twhsec_MDEy\n", "012" },
		{ "whsec_MDE=", "01" }, { "whsec_MDE", "01" },
		{ "whsec_MA==", "0" }, { "whsec_MA", "0" },
		{ "whsec_MA=", NULL }, { "whsec_MB==", NULL },
		{ "whsec_M", NULL }, { "", NULL }, { "  ", NULL },
		{ "WHSEC_MDEy", NULL }, { "whsec_ MDEy", NULL },
		{ "whsec_MDEy=", NULL }, { "whsec_=", NULL },
		{ "\"whsec_MDEy\"", NULL }, { "v1,MDEy", NULL },
		{ "v1a,MDEy", NULL }, { "whpk_MDEy", NULL },
		{ "whsk_MDEy", NULL }, { "whsec_MD-y", NULL },
		{ "whsec_MD_y", NULL }, { "whsec_MD\"y", NULL },
		{ "whsec_MD\001y", NULL }, { long_key, NULL }
	};
	struct secret_vault *vault = secret_vault();

	(void)state;
	assert_non_null(vault);
	memset(long_key, 'M', sizeof(long_key) - 1);
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct secret text = { keys[i].text, strlen(keys[i].text),
		    0 };
		struct secret key = { NULL, 0, 0 };
		struct why why = { "" };
		enum err e = config_svix_key(vault, &text, &key, &why);

		if ((e == OK) != (keys[i].key != NULL))
			fail_msg("%s: %s", keys[i].text, why.text);
		if (e == OK) {
			assert_int_equal(key.len, strlen(keys[i].key));
			assert_memory_equal(key.bytes, keys[i].key, key.len);
		} else {
			assert_int_equal(e, ERR_CONFIG);
			assert_null(strstr(why.text, "MD"));
			assert_string_not_equal(why.text, "");
		}
	}
	secret_free(vault);
}

static int
setup(void **state)
{
	struct why why = { "" };

	(void)state;
	return (crypt_init(&why) != OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_svix_key)
	};

	return (cmocka_run_group_tests(tests, setup, NULL));
}
