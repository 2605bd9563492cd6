/*
 * The headers of a signature: id, time stamp and list, one to a line, then
 * the body.  What is taken is signed with our key and is of now.
 */
#include "handler/config.h"
#include "handler/verify.h"
#include "tests/fuzz/fuzz.h"

/* The next line of the input, which it shortens. */
static const char *
line(struct job *job, const uint8_t **data, size_t *n)
{
	const uint8_t *end = *n == 0 ? NULL : memchr(*data, '\n', *n);
	size_t len = end == NULL ? *n : (size_t)(end - *data);
	const char *text = fuzz_text(job, *data, len);

	len += end != NULL;
	*data += len;
	*n -= len;
	return (text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct config config = { .tolerance = 300, .nsvix = 1,
	    .svix = { { .bytes = "a key of twenty-four byt", .len = 24 } } };
	struct job *job = fuzz_job();
	struct request in = { .method = "POST", .path = "/trunk",
	    .declared = -1 };
	struct delivery mail;
	const char *want;

	job->config = &config;
	in.svix.id = line(job, &data, &n);
	in.svix.timestamp = line(job, &data, &n);
	in.svix.list = line(job, &data, &n);
	in.body = (const char *)data;
	in.len = n;
	if (verify(job, &in, &mail) != OK)
		return (0);
	want = verify_sign(job, &mail, in.svix.timestamp);
	MUST(want != NULL && strstr(in.svix.list, want) != NULL);
	MUST(mail.signed_at >= FUZZ_NOW - 300 &&
	    mail.signed_at <= FUZZ_NOW + 300);
	return (0);
}
