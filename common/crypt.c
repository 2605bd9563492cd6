/*
 * HMAC and hashes by OpenSSL, random bytes from the kernel, base64.  What a
 * call needs of OpenSSL is made once for each thread and kept, so that nothing
 * is looked up or allocated between a request and its signature; crypt_init()
 * checks known answers before the first one.  The algorithms are of a library
 * context of our own, which has no provider but the one that is built in: to
 * look them up in all of them is most of what a refusal under CGI took.
 */
#include "common/crypt.h"

#include <sys/random.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What each thread keeps, so that a call neither looks up nor allocates. */
struct workbench {
	EVP_MAC_CTX	*mac;
	EVP_MD_CTX	*md;
};

static OSSL_LIB_CTX	*own;		/* set once, before the threads */
static EVP_MAC		*hmac;
static EVP_MD		*sha256;
static pthread_key_t	 bench_key;

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
bench_free(void *arg)
{
	struct workbench	*bench = arg;

	EVP_MAC_CTX_free(bench->mac);
	EVP_MD_CTX_free(bench->md);
	free(bench);
}

static struct workbench *
bench_new(void)
{
	struct workbench	*bench;
	OSSL_PARAM		 param[2];
	char			 digest[] = "SHA256";

	if ((bench = calloc(1, sizeof(*bench))) == NULL)
		return (NULL);
	param[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    digest, 0);
	param[1] = OSSL_PARAM_construct_end();
	if ((bench->mac = EVP_MAC_CTX_new(hmac)) == NULL ||
	    (bench->md = EVP_MD_CTX_new()) == NULL ||
	    EVP_MAC_CTX_set_params(bench->mac, param) != 1 ||
	    pthread_setspecific(bench_key, bench) != 0) {
		bench_free(bench);
		return (NULL);
	}
	return (bench);
}

/* This thread's, made at its first call; NULL without memory. */
static struct workbench *
bench_get(void)
{
	struct workbench	*bench;

	if (hmac == NULL || sha256 == NULL)
		return (NULL);
	bench = pthread_getspecific(bench_key);
	return (bench != NULL ? bench : bench_new());
}

/* RFC 4231 section 4.3 and the example of FIPS 180-2 appendix B.1. */
static bool
known_answer(void)
{
	const struct crypt_part	 what = { "what do ya want for nothing?", 28 };
	const struct crypt_part	 abc = { "abc", 3 };
	unsigned char		 out[CRYPT_SHA256];
	char			 hex[CRYPT_SHA256_HEX + 1];

	if (crypt_hmac("Jefe", 4, &what, 1, out) != OK)
		return (false);
	crypt_hex(out, sizeof(out), hex);
	if (strcmp(hex, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843") != 0)
		return (false);
	if (crypt_sha256(&abc, 1, out) != OK)
		return (false);
	crypt_hex(out, sizeof(out), hex);
	return (strcmp(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad") == 0);
}

enum err
crypt_init(struct why *why)
{
	if (hmac == NULL) {
		if (pthread_key_create(&bench_key, bench_free) != 0)
			return (err_set(why, ERR_CONFIG,
			    "no thread-specific key is left"));
		if ((own = OSSL_LIB_CTX_new()) == NULL ||
		    (hmac = EVP_MAC_fetch(own, "HMAC", NULL)) == NULL) {
			OSSL_LIB_CTX_free(own);
			pthread_key_delete(bench_key);
			return (err_set(why, ERR_CONFIG,
			    "OpenSSL has no HMAC; check its providers"));
		}
	}
	if (sha256 == NULL &&
	    (sha256 = EVP_MD_fetch(own, "SHA256", NULL)) == NULL)
		return (err_set(why, ERR_CONFIG,
		    "OpenSSL has no SHA-256; check its providers"));
	if (!known_answer())
		return (err_set(why, ERR_CONFIG, "OpenSSL computes a wrong "
		    "HMAC-SHA256 or SHA-256; reinstall libcrypto"));
	return (OK);
}

enum err
crypt_hmac(const void *key, size_t keylen, const struct crypt_part *part,
    size_t n, unsigned char out[CRYPT_SHA256])
{
	struct workbench	*bench;
	size_t			 i, len;

	if ((bench = bench_get()) == NULL)
		return (ERR_NOMEM);
	/* A NULL key would mean: the same as last time. */
	if (EVP_MAC_init(bench->mac, key != NULL ? key : "", keylen,
	    NULL) != 1)
		return (ERR_NOMEM);
	for (i = 0; i < n; i++) {
		if (part[i].len > 0 && EVP_MAC_update(bench->mac,
		    part[i].data, part[i].len) != 1)
			return (ERR_NOMEM);
	}
	if (EVP_MAC_final(bench->mac, out, &len, CRYPT_SHA256) != 1)
		return (ERR_NOMEM);
	return (len == CRYPT_SHA256 ? OK : ERR_NOMEM);
}

enum err
crypt_sha256(const struct crypt_part *part, size_t n,
    unsigned char out[CRYPT_SHA256])
{
	struct workbench	*bench;
	size_t			 i;

	if ((bench = bench_get()) == NULL)
		return (ERR_NOMEM);
	if (EVP_DigestInit_ex2(bench->md, sha256, NULL) != 1)
		return (ERR_NOMEM);
	for (i = 0; i < n; i++) {
		if (part[i].len > 0 && EVP_DigestUpdate(bench->md,
		    part[i].data, part[i].len) != 1)
			return (ERR_NOMEM);
	}
	if (EVP_DigestFinal_ex(bench->md, out, NULL) != 1)
		return (ERR_NOMEM);
	return (OK);
}

bool
crypt_equal(const void *a, const void *b, size_t n)
{
	return (CRYPTO_memcmp(a, b, n) == 0);
}

enum err
crypt_random(void *out, size_t n)
{
	unsigned char	*p = out;
	ssize_t		 got;

	while (n > 0) {
		if ((got = getrandom(p, n, 0)) == -1) {
			if (errno == EINTR)
				continue;
			return (ERR_CONFIG);
		}
		p += got;
		n -= (size_t)got;
	}
	return (OK);
}

void
crypt_hex(const void *data, size_t n, char *out)
{
	static const char	 digit[] = "0123456789abcdef";
	const unsigned char	*p = data;
	size_t			 i;

	for (i = 0; i < n; i++) {
		*out++ = digit[p[i] >> 4];
		*out++ = digit[p[i] & 15];
	}
	*out = '\0';
}

void
crypt_base64(const void *data, size_t n, char *out)
{
	const unsigned char	*p = data;
	unsigned int		 bits;

	for (; n >= 3; n -= 3, p += 3) {
		bits = (unsigned int)p[0] << 16 | p[1] << 8 | p[2];
		*out++ = alphabet[bits >> 18];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = alphabet[bits >> 6 & 63];
		*out++ = alphabet[bits & 63];
	}
	if (n > 0) {
		bits = (unsigned int)p[0] << 16 | (n == 2 ? p[1] << 8 : 0);
		*out++ = alphabet[bits >> 18];
		*out++ = alphabet[bits >> 12 & 63];
		*out++ = n == 2 ? alphabet[bits >> 6 & 63] : '=';
		*out++ = '=';
	}
	*out = '\0';
}

/* The six bits of a character, or -1. */
static int
sextet(char c)
{
	const char	*at;

	if (c == '\0' || (at = strchr(alphabet, c)) == NULL)
		return (-1);
	return ((int)(at - alphabet));
}

bool
crypt_unbase64(const char *text, size_t n, unsigned char *out, size_t *len)
{
	unsigned int	bits;
	size_t		i, got;
	int		six;

	if (n > 0 && n % 4 == 0 && text[n - 1] == '=')
		n -= text[n - 2] == '=' ? 2 : 1;
	if (n % 4 == 1)
		return (false);
	bits = 0;
	got = 0;
	for (i = 0; i < n; i++) {
		if ((six = sextet(text[i])) == -1)
			return (false);
		bits = (bits << 6 | (unsigned int)six) & 0xffffff;
		if (i % 4 != 0)
			out[got++] = (unsigned char)(bits >>
			    (6 - 2 * (i % 4)));
	}
	/* What the last character has beyond whole bytes must be zero. */
	if ((n % 4 == 2 && (bits & 15) != 0) || (n % 4 == 3 && (bits & 3) != 0))
		return (false);
	*len = got;
	return (true);
}
