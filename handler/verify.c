/*
 * Is a request Trunk's?  The signature is HMAC-SHA-256 over "id.time.body",
 * https://docs.svix.com/receiving/verifying-payloads/how-manual.  Headers are
 * looked at first, since they cost nothing, then each secret against each
 * signature; the comparison takes as long whether it succeeds or not.
 */
#include "handler/verify.h"

#include <inttypes.h>
#include <string.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/job.h"

enum {
	ID_MAX = 256,		/* bytes of a message id; Svix sends 31 */
	TIMESTAMP_MAX = 18,	/* digits: fits int64_t with room to spare */
	ENTRIES_MAX = 64	/* Svix sends 11 at the most */
};

/* All three, or it is not this family. */
static bool
is_whole(const struct signature *s)
{

	return (s->id != NULL && s->timestamp != NULL && s->list != NULL);
}

/* Digits without sign, blank or leading zero: text and number are one. */
static bool
read_timestamp(const char *text, int64_t *seconds)
{
	size_t n = strspn(text, "0123456789");
	int64_t v = 0;

	if (n == 0 || n > TIMESTAMP_MAX || text[n] != '\0' || text[0] == '0')
		return (false);
	for (; n > 0; n--)
		v = v * 10 + (*text++ - '0');
	*seconds = v;
	return (true);
}

static enum err
check_time(struct job *job, const char *text, int64_t *seconds)
{
	int64_t now = job->now / 1000;
	int64_t age;

	if (!read_timestamp(text, seconds))
		return (fail(job, ERR_UNVERIFIED, "the timestamp header is "
		    "not a plain number of seconds"));
	age = now - *seconds;
	if (age > job->config->tolerance)
		return (fail(job, ERR_UNVERIFIED, "too old by %" PRId64
		    " s: signed at %" PRId64 ", now %" PRId64
		    "; is this machine's clock right?",
		    age - job->config->tolerance, *seconds, now));
	if (-age > job->config->tolerance)
		return (fail(job, ERR_UNVERIFIED, "too new by %" PRId64
		    " s: signed at %" PRId64 ", now %" PRId64
		    "; is this machine's clock right?",
		    -age - job->config->tolerance, *seconds, now));
	return (OK);
}

/* The signature this key gives, as base64 text. */
static enum err
sign(const struct secret *key, const struct delivery *mail,
    const char *timestamp, char out[CRYPT_SHA256_B64 + 1])
{
	const struct crypt_part part[] = {
		{ mail->id, strlen(mail->id) }, { ".", 1 },
		{ timestamp, strlen(timestamp) }, { ".", 1 },
		{ mail->body, mail->len },
	};
	unsigned char mac[CRYPT_SHA256];

	if (crypt_hmac(key->bytes, key->len, part,
	    sizeof(part) / sizeof(part[0]), mac) != OK)
		return (ERR_NOMEM);
	crypt_base64(mac, sizeof(mac), out);
	return (OK);
}

/*
 * Compare every "v1" entry of the list with what we expect.  It goes on
 * after a match: the time says nothing about where the right one stood.
 */
static bool
is_listed(const char *list, const char *expected, size_t *entries)
{
	bool found = false;
	size_t n;

	*entries = 0;
	while (*(list += strspn(list, " ")) != '\0') {
		n = strcspn(list, " ");
		if (++*entries > ENTRIES_MAX)
			return (false);
		if (n == 3 + CRYPT_SHA256_B64 && memcmp(list, "v1,", 3) == 0 &&
		    crypt_equal(list + 3, expected, CRYPT_SHA256_B64))
			found = true;
		list += n;
	}
	return (found);
}

static enum err
check_signature(struct job *job, const struct signature *s,
    const struct delivery *mail)
{
	char expected[CRYPT_SHA256_B64 + 1];
	bool found = false;
	size_t i, entries = 0;

	for (i = 0; i < job->config->nsvix; i++) {
		if (sign(&job->config->svix[i], mail, s->timestamp,
		    expected) != OK)
			return (fail(job, ERR_NOMEM, "no memory to check the "
			    "signature"));
		if (is_listed(s->list, expected, &entries))
			found = true;
	}
	if (!found)
		return (fail(job, ERR_UNVERIFIED, "no matching signature "
		    "among %zu; is [svix] secret the one of this endpoint, "
		    "and is the body passed on unchanged?", entries));
	return (OK);
}

enum err
verify(struct job *job, const struct request *in, struct delivery *mail)
{
	const struct signature *s = &in->svix;
	enum err e;

	if (in->repeated != NULL)
		return (fail(job, ERR_UNVERIFIED, "the header %s came more "
		    "than once", in->repeated));
	if (!is_whole(s))
		s = &in->webhook;
	if (!is_whole(s))
		return (fail(job, ERR_UNVERIFIED, "svix-id, svix-timestamp "
		    "and svix-signature are not all there; does the web "
		    "server pass them on?"));
	if (strlen(s->id) > ID_MAX)
		return (fail(job, ERR_UNVERIFIED, "the message id is longer "
		    "than %d bytes", ID_MAX));
	mail->id = s->id;
	mail->body = in->body;
	mail->len = in->len;
	if ((e = check_time(job, s->timestamp, &mail->signed_at)) != OK)
		return (e);
	return (check_signature(job, s, mail));
}

const char *
verify_sign(struct job *job, const struct delivery *mail,
    const char *timestamp)
{
	char text[CRYPT_SHA256_B64 + 1];

	if (sign(&job->config->svix[0], mail, timestamp, text) != OK)
		return (NULL);
	return (arena_printf(job->arena, "v1,%s", text));
}
