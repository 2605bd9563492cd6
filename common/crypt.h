#ifndef CRYPT_H_
#define CRYPT_H_

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

struct arena;

/*
 * The few primitives we use, over OpenSSL, and strict base64 (RFC 4648
 * section 4).
 */
enum {
	CRYPT_SHA256 = 32,	/* bytes of a SHA-256 */
	CRYPT_SHA256_HEX = 64,	/* hex digits of one, without a NUL */
	CRYPT_SHA256_B64 = 44	/* base64 characters of one, without a NUL */
};

/* A piece of a message that is hashed in parts. */
struct crypt_part {
	const void	*data;
	size_t		 len;
};

/*
 * Make OpenSSL ready and prove it with a known answer; call it before the
 * first thread starts.  ERR_CONFIG when the library is unusable.
 */
enum err crypt_init(struct why *);

/*
 * HMAC-SHA256 over n parts in their order.  Thread-safe and without a
 * look-up of the algorithm per call.  ERR_NOMEM is the only failure.
 */
enum err crypt_hmac(const void *key, size_t keylen,
    const struct crypt_part *, size_t n, unsigned char out[CRYPT_SHA256]);

/* SHA-256 over n parts in their order. */
enum err crypt_sha256(const struct crypt_part *, size_t n,
    unsigned char out[CRYPT_SHA256]);

/* Are n bytes equal?  Takes the same time wherever they differ. */
bool crypt_equal(const void *, const void *, size_t n);

/* n random bytes from the system. */
enum err crypt_random(void *, size_t n);

/* Lower-case hex of n bytes and a NUL: out has 2n + 1 bytes. */
void crypt_hex(const void *, size_t n, char *out);

/* Base64 with padding and a NUL: out has 4 * ((n + 2) / 3) + 1 bytes. */
void crypt_base64(const void *, size_t n, char *out);

/*
 * Decode standard base64; the padding may be left out as a whole, but not
 * in part; no white space, no other alphabet, no stray bits in the last
 * character.  out has room for 3 * (n / 4) + 3 bytes; *len gets the count.
 */
bool crypt_unbase64(const char *, size_t n, unsigned char *out, size_t *len);

#endif
