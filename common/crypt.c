/*
 * Hashes by the functions of OpenSSL that need nothing of it first, HMAC over
 * them, random bytes from the kernel, base64.  What OpenSSL 3 has instead
 * looks every algorithm up, and for that reads openssl.cnf and loads all
 * providers: twenty times the work of a refusal.  Those here are documented,
 * and deprecated: https://docs.openssl.org/3.0/man3/SHA256_Init/
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "common/crypt.h"

#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <errno.h>
#include <string.h>

enum {
	BLOCK = SHA256_CBLOCK	/* bytes that SHA-256 takes at once */
};

static bool	proven;		/* set once, before the threads */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Whatever has been hashed before, those too, and the end. */
static bool
hash_rest(SHA256_CTX *ctx, const struct crypt_part *part, size_t n,
    unsigned char out[CRYPT_SHA256])
{
	size_t	i;

	for (i = 0; i < n; i++) {
		if (part[i].len > 0 && SHA256_Update(ctx, part[i].data,
		    part[i].len) != 1)
			return (false);
	}
	return (SHA256_Final(out, ctx) == 1);
}

static bool
hash(const struct crypt_part *part, size_t n, unsigned char out[CRYPT_SHA256])
{
	SHA256_CTX	ctx;
	bool		done;

	done = SHA256_Init(&ctx) == 1 && hash_rest(&ctx, part, n, out);
	OPENSSL_cleanse(&ctx, sizeof(ctx));
	return (done);
}

/* The same behind a block of the key, each of its bytes changed by mask. */
static bool
hash_behind(const unsigned char key[BLOCK], unsigned char mask,
    const struct crypt_part *part, size_t n, unsigned char out[CRYPT_SHA256])
{
	unsigned char	block[BLOCK];
	SHA256_CTX	ctx;
	bool		done;
	size_t		i;

	for (i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ mask;
	done = SHA256_Init(&ctx) == 1 &&
	    SHA256_Update(&ctx, block, BLOCK) == 1 &&
	    hash_rest(&ctx, part, n, out);
	OPENSSL_cleanse(block, sizeof(block));
	OPENSSL_cleanse(&ctx, sizeof(ctx));
	return (done);
}

/* https://www.rfc-editor.org/rfc/rfc2104#section-2 */
static bool
hmac(const struct crypt_part *key, const struct crypt_part *part, size_t n,
    unsigned char out[CRYPT_SHA256])
{
	const struct crypt_part	inner = { out, CRYPT_SHA256 };
	unsigned char		block[BLOCK] = { 0 };
	bool			done = true;

	if (key->len > BLOCK)
		done = hash(key, 1, block);
	else if (key->len > 0)
		memcpy(block, key->data, key->len);
	done = done && hash_behind(block, 0x36, part, n, out) &&
	    hash_behind(block, 0x5c, &inner, 1, out);
	OPENSSL_cleanse(block, sizeof(block));
	return (done);
}

/* RFC 4231 section 4.3 and the example of FIPS 180-2 appendix B.1. */
static bool
known_answer(void)
{
	const struct crypt_part	 key = { "Jefe", 4 };
	const struct crypt_part	 what = { "what do ya want for nothing?", 28 };
	const struct crypt_part	 abc = { "abc", 3 };
	unsigned char		 out[CRYPT_SHA256];
	char			 hex[CRYPT_SHA256_HEX + 1];

	if (!hmac(&key, &what, 1, out))
		return (false);
	crypt_hex(out, sizeof(out), hex);
	if (strcmp(hex, "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843") != 0)
		return (false);
	if (!hash(&abc, 1, out))
		return (false);
	crypt_hex(out, sizeof(out), hex);
	return (strcmp(hex, "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad") == 0);
}

enum err
crypt_init(struct why *why)
{
	proven = known_answer();
	if (!proven)
		return (err_set(why, ERR_CONFIG, "OpenSSL computes a wrong "
		    "HMAC-SHA256 or SHA-256; reinstall libcrypto"));
	return (OK);
}

enum err
crypt_hmac(const void *key, size_t keylen, const struct crypt_part *part,
    size_t n, unsigned char out[CRYPT_SHA256])
{
	const struct crypt_part	secret = { key, keylen };

	return (proven && hmac(&secret, part, n, out) ? OK : ERR_NOMEM);
}

enum err
crypt_sha256(const struct crypt_part *part, size_t n,
    unsigned char out[CRYPT_SHA256])
{
	return (proven && hash(part, n, out) ? OK : ERR_NOMEM);
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
