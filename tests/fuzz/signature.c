/*
 * The headers of a signature: id, time stamp and list, one to a line, then
 * the body.  In the list each '@' stands for the signature that OpenSSL gives
 * of the three with our key; so what is taken has one, and is of now.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/buf.h"
#include "handler/verify.h"
#include "tests/fuzz/fuzz.h"

#define KEY	"a key of twenty-four byt"

enum {
	TOLERANCE = 300,	/* seconds */
	LIST_MAX = 1 << 16
};

/* https://github.com/standard-webhooks/standard-webhooks */
static const char *
sign(struct job *job, const struct request *in)
{
	unsigned char mac[EVP_MAX_MD_SIZE], text[4 * EVP_MAX_MD_SIZE];
	struct buf said;
	unsigned len = 0;

	buf_init(&said, job->arena, FUZZ_ARENA / 4);
	buf_printf(&said, "%s.%s.", in->svix.id, in->svix.timestamp);
	buf_add(&said, in->body, in->len);
	MUST(buf_text(&said) != NULL);
	MUST(HMAC(EVP_sha256(), KEY, sizeof(KEY) - 1,
	    (unsigned char *)said.data, said.len, mac, &len) != NULL);
	MUST(EVP_EncodeBlock(text, mac, (int)len) > 0);
	return (arena_printf(job->arena, "v1,%s", (char *)text));
}

static const char *
fill(struct job *job, const char *list, const char *right)
{
	struct buf out;

	buf_init(&out, job->arena, LIST_MAX * 64);
	for (; *list != '\0'; list++)
		if (*list == '@')
			buf_str(&out, right);
		else
			buf_char(&out, *list);
	MUST(buf_text(&out) != NULL);
	return (buf_text(&out));
}

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	struct config config = { .tolerance = TOLERANCE, .nsvix = 1,
	    .svix = { { .bytes = KEY, .len = sizeof(KEY) - 1 } } };
	struct request in = { .method = "POST", .path = "/trunk",
	    .declared = -1 };
	struct delivery mail;
	const char *list, *right;

	job->config = &config;
	in.svix.id = fuzz_line(job, &data, &n);
	in.svix.timestamp = fuzz_line(job, &data, &n);
	list = fuzz_line(job, &data, &n);
	in.body = (const char *)data;
	in.len = n;
	right = sign(job, &in);
	in.svix.list = fill(job, list, right);
	if (verify(job, &in, &mail) != OK) {
		MUST(job->why.text[0] != '\0');
		return;
	}
	MUST(strstr(in.svix.list, right) != NULL);
	MUST(mail.signed_at == strtoll(in.svix.timestamp, NULL, 10));
	MUST(mail.signed_at >= FUZZ_NOW - TOLERANCE &&
	    mail.signed_at <= FUZZ_NOW + TOLERANCE);
	MUST(strcmp(mail.id, in.svix.id) == 0 && mail.len == n);
}
