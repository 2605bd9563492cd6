/*
 * Is a webhook a tracker's?  Linear signs the body with HMAC-SHA-256, in hex,
 * https://linear.app/developers/webhooks; Jira does the same after "sha256=",
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/.  Neither signs
 * an id, so a message without one is known by a hash of its bytes.
 */
#include "handler/verify_tracker.h"

#include <string.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/news.h"
#include "handler/tracker.h"

enum {
	ID_MAX = 256,			/* bytes of a message id */
	DAY = 24 * 60 * 60 * 1000	/* ms */
};

/* Both senders make printable ids; anything else is not kept. */
static bool
is_id(const char *text)
{
	size_t n = strlen(text);

	return (n > 0 && n <= ID_MAX && tracker_sane(text));
}

/* The sender's id of this message, or one made of its bytes. */
static const char *
identify(struct job *job, const struct tracker *t, const char *id,
    const struct delivery *mail)
{
	const struct crypt_part part = { mail->body, mail->len };
	unsigned char sum[CRYPT_SHA256];
	char hex[CRYPT_SHA256_HEX + 1];

	if (id != NULL && is_id(id))
		return (arena_printf(job->arena, "%s|%s", t->name, id));
	if (crypt_sha256(&part, 1, sum) != OK)
		return (NULL);
	crypt_hex(sum, sizeof(sum), hex);
	return (arena_printf(job->arena, "%s|sha256:%s", t->name, hex));
}

/* Is that what the secret gives over the body? */
static enum err
check_signature(struct job *job, const struct tracker *t, const char *hex,
    const struct delivery *mail)
{
	const struct crypt_part part = { mail->body, mail->len };
	unsigned char mac[CRYPT_SHA256];
	char expected[CRYPT_SHA256_HEX + 1];

	if (crypt_hmac(t->hook.bytes, t->hook.len, &part, 1, mac) != OK)
		return (fail(job, ERR_NOMEM, "no memory to check the "
		    "signature"));
	crypt_hex(mac, sizeof(mac), expected);
	if (strlen(hex) != CRYPT_SHA256_HEX ||
	    !crypt_equal(hex, expected, CRYPT_SHA256_HEX))
		return (fail(job, ERR_UNVERIFIED, "the signature does not "
		    "match; is [tracker %s] webhook_secret the one of this "
		    "webhook, and is the body passed on unchanged?",
		    t->name));
	return (OK);
}

enum err
verify_tracker(struct job *job, const struct tracker *t,
    const struct request *in, struct delivery *mail)
{
	const struct tracker_hook *hook = &t->kind->news.hook;
	const char *signature = in->hook[hook->from].signature;
	size_t n = strlen(hook->prefix);
	enum err e;

	if (t->hook.len == 0)
		return (fail(job, ERR_UNVERIFIED, "[tracker %s] has no "
		    "webhook_secret, so nothing is believed; set it to the "
		    "secret of the webhook", t->name));
	if (in->repeated != NULL)
		return (fail(job, ERR_UNVERIFIED, "the header %s came more "
		    "than once", in->repeated));
	if (signature == NULL)
		return (fail(job, ERR_UNVERIFIED, "%s is not there; has the "
		    "webhook a secret, and does the web server pass the "
		    "header on?", hook->header));
	if (strncmp(signature, hook->prefix, n) != 0)
		return (fail(job, ERR_UNVERIFIED, "%s does not begin with "
		    "%s", hook->header, hook->prefix));
	mail->body = in->body;
	mail->len = in->len;
	if ((e = check_signature(job, t, signature + n, mail)) != OK)
		return (e);
	mail->signed_at = job->now / 1000;
	mail->id = identify(job, t, in->hook[hook->from].id, mail);
	return (mail->id == NULL ? fail(job, ERR_NOMEM,
	    "no memory for the message's id") : OK);
}

enum verify_age
verify_tracker_age(const struct job *job, const struct tracker *t,
    const struct bulletin *b)
{
	int64_t fresh = t->kind->news.hook.fresh;
	int64_t age;

	if (b->sent <= 0)
		return (VERIFY_STALE);
	age = job->now - b->sent;
	if (age > DAY || age < -DAY)
		return (VERIFY_STALE);
	return (age > fresh || age < -fresh ? VERIFY_LATE : VERIFY_FRESH);
}
