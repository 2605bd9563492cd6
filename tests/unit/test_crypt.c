#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/crypt.h"

/* Hex to bytes; returns how many. */
static size_t
unhex(const char *hex, unsigned char *out)
{
	unsigned int	byte;
	size_t		n;

	for (n = 0; hex[2 * n] != '\0'; n++) {
		assert_int_equal(sscanf(hex + 2 * n, "%2x", &byte), 1);
		out[n] = (unsigned char)byte;
	}
	return (n);
}

/* A byte repeated, in hex. */
static void
repeat(const char *byte, size_t n, char *out)
{
	for (*out = '\0'; n > 0; n--, out += 2)
		memcpy(out, byte, 3);
}

/* RFC 4231 section 4; the fifth of its cases tests truncation only. */
struct mac_case {
	const char	*key;		/* hex; NULL: 131 times aa */
	const char	*text;		/* NULL: data is hex */
	const char	*data;
	const char	*mac;
};

static const struct mac_case macs[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There", NULL,
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7" },
	{ "4a656665", "what do ya want for nothing?", NULL,
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL,
	    "dddddddddddddddddddddddddddddddddddddddddddddddddd"
	    "dddddddddddddddddddddddddddddddddddddddddddddddddd",
	    "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe" },
	{ "0102030405060708090a0b0c0d0e0f10111213141516171819", NULL,
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
	    "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
	    "82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b" },
	{ NULL, "Test Using Larger Than Block-Size Key - Hash Key First", NULL,
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54" },
	{ NULL, "This is a test using a larger than block-size key and a "
	    "larger than block-size data. The key needs to be hashed before "
	    "being used by the HMAC algorithm.", NULL,
	    "9b09ffa71b942fcb27635fbcd5b0e944"
	    "bfdc63644f0713938a7f51535c3a35e2" },
};

/* One case, its message cut in two at every place; the number of faults. */
static int
run_mac(const struct mac_case *c)
{
	char			hex[2 * 131 + 1], got[CRYPT_SHA256_HEX + 1];
	unsigned char		data[256], key[131], out[CRYPT_SHA256];
	struct crypt_part	part[3];
	size_t			cut, keylen, n;
	int			faults;

	repeat("aa", 131, hex);
	keylen = unhex(c->key != NULL ? c->key : hex, key);
	n = c->text != NULL ? strlen(c->text) : unhex(c->data, data);
	if (c->text != NULL)
		memcpy(data, c->text, n);
	faults = 0;
	for (cut = 0; cut <= n; cut++) {
		part[0] = (struct crypt_part){ data, cut };
		part[1] = (struct crypt_part){ NULL, 0 };
		part[2] = (struct crypt_part){ data + cut, n - cut };
		if (crypt_hmac(key, keylen, part, 3, out) != OK)
			faults++;
		crypt_hex(out, sizeof(out), got);
		if (strcmp(got, c->mac) != 0)
			faults++;
	}
	return (faults);
}

static void
test_hmac(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(macs) / sizeof(macs[0]); i++)
		assert_int_equal(run_mac(&macs[i]), 0);
}

/* An empty key must be an empty key, not the one of the call before. */
static void
test_hmac_empty(void **state)
{
	static const char	expected[] = "b613679a0814d9ec772f95d778c35fc5"
	    "ff1697c493715653c6c712144292c5ad";
	char			got[CRYPT_SHA256_HEX + 1];
	unsigned char		out[CRYPT_SHA256];

	(void)state;
	assert_int_equal(crypt_hmac("another", 7, NULL, 0, out), OK);
	assert_int_equal(crypt_hmac("", 0, NULL, 0, out), OK);
	crypt_hex(out, sizeof(out), got);
	assert_string_equal(got, expected);
	assert_int_equal(crypt_hmac("another", 7, NULL, 0, out), OK);
	assert_int_equal(crypt_hmac(NULL, 0, NULL, 0, out), OK);
	crypt_hex(out, sizeof(out), got);
	assert_string_equal(got, expected);
}

/* As OpenSSL's own HMAC has it, for keys and messages of any length. */
static void
test_hmac_lengths(void **state)
{
	unsigned char		data[200], out[CRYPT_SHA256];
	unsigned char		expected[EVP_MAX_MD_SIZE];
	struct crypt_part	part = { data, 0 };
	unsigned int		len;
	size_t			keylen;

	(void)state;
	assert_int_equal(crypt_random(data, sizeof(data)), OK);
	for (keylen = 0; keylen <= sizeof(data); keylen++)
		for (part.len = 0; part.len <= sizeof(data); part.len += 7) {
			assert_non_null(HMAC(EVP_sha256(), data, (int)keylen,
			    data, part.len, expected, &len));
			assert_int_equal(crypt_hmac(data, keylen, &part, 1,
			    out), OK);
			assert_int_equal(len, sizeof(out));
			assert_memory_equal(out, expected, sizeof(out));
		}
}

static void *
many_macs(void *arg)
{
	size_t	i;
	int	*faults = arg;

	for (i = 0; i < 60; i++)
		*faults += run_mac(&macs[i % (sizeof(macs) / sizeof(macs[0]))]);
	return (NULL);
}

static void
test_threads(void **state)
{
	pthread_t	thread[6];
	int		faults[6] = { 0 };
	size_t		i;

	(void)state;
	for (i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, many_macs,
		    &faults[i]), 0);
	for (i = 0; i < 6; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(faults[i], 0);
	}
}

/* FIPS 180-2 appendix B and NIST's example of the empty message. */
static void
test_sha256(void **state)
{
	static const struct {
		const char	*text;
		const char	*hash;
	}			cases[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		    "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
	};
	char			got[CRYPT_SHA256_HEX + 1];
	unsigned char		out[CRYPT_SHA256];
	struct crypt_part	part[2];
	size_t			cut, i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = strlen(cases[i].text);
		for (cut = 0; cut <= n; cut++) {
			part[0] = (struct crypt_part){ cases[i].text, cut };
			part[1] = (struct crypt_part){ cases[i].text + cut,
			    n - cut };
			assert_int_equal(crypt_sha256(part, 2, out), OK);
			crypt_hex(out, sizeof(out), got);
			assert_string_equal(got, cases[i].hash);
		}
	}
}

/* FIPS 180-2 appendix B.3: a million times "a", in a thousand parts. */
static void
test_sha256_long(void **state)
{
	static char			as[1000];
	static struct crypt_part	part[1000];
	char				got[CRYPT_SHA256_HEX + 1];
	unsigned char			out[CRYPT_SHA256];
	size_t				i;

	(void)state;
	memset(as, 'a', sizeof(as));
	for (i = 0; i < 1000; i++)
		part[i] = (struct crypt_part){ as, sizeof(as) };
	assert_int_equal(crypt_sha256(part, 1000, out), OK);
	crypt_hex(out, sizeof(out), got);
	assert_string_equal(got, "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
}

static void
test_equal(void **state)
{
	unsigned char	a[64], b[64];
	size_t		bit;

	(void)state;
	memset(a, 0x5a, sizeof(a));
	memcpy(b, a, sizeof(a));
	assert_true(crypt_equal(a, b, sizeof(a)));
	for (bit = 0; bit < 8 * sizeof(a); bit++) {
		b[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_false(crypt_equal(a, b, sizeof(a)));
		assert_true(crypt_equal(a, b, bit / 8));
		b[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
}

/* All of it is filled, and not twice the same. */
static void
test_random(void **state)
{
	unsigned char	a[1001], b[1001];
	size_t		i, same, zero;

	(void)state;
	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	assert_int_equal(crypt_random(a, 1000), OK);
	assert_int_equal(crypt_random(b, 1000), OK);
	assert_int_equal(crypt_random(NULL, 0), OK);
	same = zero = 0;
	for (i = 0; i < 1000; i++) {
		same += a[i] == b[i];
		zero += a[i] == 0;
	}
	/* 4 are expected; 60 happen once in 10^40 times. */
	assert_true(same < 60 && zero < 60);
	assert_int_equal(a[1000], 0);
}

struct b64_case {
	const char	*text;
	const char	*data;
	size_t		 len;
};

/* RFC 4648 section 10, with and without padding. */
static const struct b64_case good[] = {
	{ "", "", 0 },
	{ "Zg==", "f", 1 }, { "Zg", "f", 1 },
	{ "Zm8=", "fo", 2 }, { "Zm8", "fo", 2 },
	{ "Zm9v", "foo", 3 },
	{ "Zm9vYg==", "foob", 4 }, { "Zm9vYg", "foob", 4 },
	{ "Zm9vYmE=", "fooba", 5 }, { "Zm9vYmE", "fooba", 5 },
	{ "Zm9vYmFy", "foobar", 6 },
	{ "AAAA", "\0\0\0", 3 }, { "////", "\xff\xff\xff", 3 },
	{ "+/+/", "\xfb\xff\xbf", 3 },
};

/* Each with its length, since one holds a NUL. */
static const struct b64_case refused[] = {
	{ "Z", NULL, 1 }, { "Zm9vY", NULL, 5 },		/* half a byte */
	{ "Zg=", NULL, 3 }, { "Zm9vYg=", NULL, 7 },	/* padded in part */
	{ "Zm8==", NULL, 5 }, { "Zm9v=", NULL, 5 },	/* too much of it */
	{ "Zm9v====", NULL, 8 }, { "Zm9v==", NULL, 6 },
	{ "=", NULL, 1 }, { "==", NULL, 2 }, { "====", NULL, 4 },
	{ "Z===", NULL, 4 }, { "Zg==Zg==", NULL, 8 },	/* inside */
	{ "Z=g=", NULL, 4 }, { "=Zg=", NULL, 4 }, { "Zg=Z", NULL, 4 },
	{ "Zh==", NULL, 4 }, { "Zh", NULL, 2 },		/* stray bits */
	{ "Zm9=", NULL, 4 }, { "Zm9", NULL, 3 }, { "Zv==", NULL, 4 },
	{ "-_-_", NULL, 4 }, { "Zm9-", NULL, 4 },	/* the url alphabet */
	{ "Zm9v\n", NULL, 5 }, { " Zm9v", NULL, 5 },	/* white space */
	{ "Zm 9", NULL, 4 }, { "Zm9v\r\n", NULL, 6 }, { "Zg==\n", NULL, 5 },
	{ "Zm\0v", NULL, 4 }, { "Zm9\0", NULL, 4 }, { "\0", NULL, 1 },
	{ "Zm9\xc3", NULL, 4 }, { "Zm,v", NULL, 4 },
};

static void
test_unbase64(void **state)
{
	unsigned char	out[16];
	size_t		i, len;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(out, 0xee, sizeof(out));
		len = 99;
		if (!crypt_unbase64(good[i].text, strlen(good[i].text), out,
		    &len))
			fail_msg("refused: \"%s\"", good[i].text);
		assert_int_equal(len, good[i].len);
		assert_memory_equal(out, good[i].data, len);
	}
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (crypt_unbase64(refused[i].text, refused[i].len, out, &len))
			fail_msg("taken: \"%s\"", refused[i].text);
	}
}

/* Of all 65,536 two-byte texts those are taken that say one byte. */
static void
test_unbase64_is_one_to_one(void **state)
{
	unsigned char	out[3];
	char		text[2];
	size_t		len, taken;
	int		seen[256] = { 0 };
	uint32_t	i;

	(void)state;
	taken = 0;
	for (i = 0; i < 65536; i++) {
		text[0] = (char)(i >> 8);
		text[1] = (char)i;
		if (!crypt_unbase64(text, 2, out, &len))
			continue;
		assert_int_equal(len, 1);
		seen[out[0]]++;
		taken++;
	}
	assert_int_equal(taken, 256);
	for (i = 0; i < 256; i++)
		assert_int_equal(seen[i], 1);
}

static void
test_base64(void **state)
{
	unsigned char	data[64], out[3 * (88 / 4) + 3];
	char		text[4 * ((64 + 2) / 3) + 1];
	size_t		i, len, n;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (strlen(good[i].text) % 4 != 0)
			continue;
		crypt_base64(good[i].data, good[i].len, text);
		assert_string_equal(text, good[i].text);
	}
	assert_int_equal(crypt_random(data, sizeof(data)), OK);
	for (n = 0; n <= sizeof(data); n++) {
		crypt_base64(data, n, text);
		assert_int_equal(strlen(text), 4 * ((n + 2) / 3));
		assert_true(crypt_unbase64(text, strlen(text), out, &len));
		assert_int_equal(len, n);
		assert_memory_equal(out, data, n);
	}
	crypt_base64(data, CRYPT_SHA256, text);
	assert_int_equal(strlen(text), CRYPT_SHA256_B64);
}

/* Before crypt_init() there is no answer rather than a wrong one. */
static void
test_not_ready(void **state)
{
	unsigned char	out[CRYPT_SHA256];

	(void)state;
	assert_int_equal(crypt_hmac("k", 1, NULL, 0, out), ERR_NOMEM);
	assert_int_equal(crypt_sha256(NULL, 0, out), ERR_NOMEM);
}

static void
test_init(void **state)
{
	struct why	why = { "" };

	(void)state;
	assert_int_equal(crypt_init(&why), OK);
	assert_int_equal(crypt_init(&why), OK);
	assert_string_equal(why.text, "");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_not_ready),
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_hmac_empty),
		cmocka_unit_test(test_hmac_lengths),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_sha256_long),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_unbase64),
		cmocka_unit_test(test_unbase64_is_one_to_one),
		cmocka_unit_test(test_base64),
	};

	return (cmocka_run_group_tests_name("crypt", tests, NULL, NULL));
}
