#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/arena.h"
#include "common/crypt.h"
#include "handler/config.h"
#include "handler/verify.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define B(s)	{ s, sizeof(s) - 1, 0 }
#define KEY	B("harbour crane key 24 byt")
#define ENTRY(c) "v1," c c c c c c c c c c c "="	/* c: 4 characters */

enum {
	NOW = 1700000000,
	ENTRIES = 64,		/* looked at in one list */
	ENTRY_LEN = 47,		/* "v1," and 44 characters */
	ID_LEN = 256		/* of the longest id */
};

static const int64_t EVER = INT64_C(1000000000000000);

static struct config config;
static struct job job;

/*
 * Signed with the npm packages svix and standardwebhooks; the first is the
 * example of https://docs.svix.com/receiving/verifying-payloads/how, the
 * last, which they cannot sign, with node:crypto.
 */
static const struct vector {
	const char	*what;
	struct secret	 key;
	const char	*id;
	const char	*time;
	struct secret	 body;
	const char	*list;
} vectors[] = {
	{ "the documented example",
	    B("1\362\220\366\277\006)\212\253O\010\324<?\010,\366H\243b\332-"
	    "\244\260"),
	    "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
	    B("{\"test\": 2432232314}"),
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" },
	{ "a key of 18 bytes",
	    B("\246Rw\236l\202\014`J\042v\257t\342\265\346;%"),
	    "msg_2Lh9KRb0pzN4LePd3XiA4v12Axj", "1731705121",
	    B("{\"event_type\":\"ping\"}"),
	    "v1,m3tl/Zv+k1rZMHnpPsytmM/xQ8BjAUrXMW00otEK/CI=" },
	{ "an empty body", KEY,
	    "msg_2mB7uYpQvWx0000000000000000", "1700000000", B(""),
	    "v1,fxH3kvV7vIJgRe7aAEW3GmZ93teKy3xy+sAPLR429Nw=" },
	{ "NULs in the body", KEY, "msg_nul", "1700000000",
	    B("{\"a\":\"\000\000b\"}\000"),
	    "v1,BBiKniruNAiRiNWLDt4Pms9VQ/n6BR/I9elOuMrah8c=" },
	{ "NULs in the key",
	    B("\000\000lead\000mid\000trail\000\000bytes\000"),
	    "msg_keynul", "1700000001", B("{}"),
	    "v1,b10uKuaT6KoL+GznROTF/yGk8fgP5Wfz/ejuJ5w773k=" },
	{ "UTF-8 and CRLF", KEY, "msg_utf8", "1700000002",
	    B("{\"name\":\"Pr\303\274ft \360\237\232\242 \320\264\320\276"
	    "\320\274\"}\r\n"),
	    "v1,PZNkjbAxn0AsHragSh7I3v7+I5V1mqPYMdP1jhaJNEw=" },
	{ "dots in the id", KEY, "msg.1.2..3", "1700000003", B("1.{}"),
	    "v1,KNNiqu1HC8zIfvef4E2QFwjTTAkSX3egKvmYfCTI0Os=" },
	{ "a key of one block",
	    B("0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef"),
	    "msg_64", "1700000004", B("{\"n\":64}"),
	    "v1,+2WXYhkwNnHxAuhNCsx5ORvHwLq79nZTsZjGoXcZSXs=" },
	{ "a key of more than a block",
	    B("harbour crane 15harbour crane 15harbour crane 15"
	    "harbour crane 15more than a"),
	    "msg_75", "1700000005", B("{\"n\":75}"),
	    "v1,In0wi8muepOJWTp7AlYTdetW31+lQwGj/Y9+7acoltE=" },
	{ "a body that is not UTF-8", KEY, "msg_raw", "1700000006",
	    B("\377\376{\200}"),
	    "v1,fx4rKqua8LLILoMCVjWuFlyvFMJr95B/OkCbpCTWvtE=" },
};

/* What OpenSSL's own HMAC over one piece gives. */
static char *
oracle(const struct secret *key, const char *id, const char *timestamp,
    const struct secret *body)
{
	static char text[ENTRY_LEN + 1];
	unsigned char mac[EVP_MAX_MD_SIZE], all[4096];
	unsigned int len = 0;
	size_t n;

	n = (size_t)snprintf((char *)all, sizeof(all), "%s.%s.", id,
	    timestamp);
	assert_true(n + body->len <= sizeof(all));
	memcpy(all + n, body->bytes, body->len);
	assert_non_null(HMAC(EVP_sha256(), key->bytes, (int)key->len, all,
	    n + body->len, mac, &len));
	assert_int_equal(len, 32);
	memcpy(text, "v1,", 3);
	assert_int_equal(EVP_EncodeBlock((unsigned char *)text + 3, mac, 32),
	    44);
	return (text);
}

static const struct secret key = KEY;
static const struct secret body = B("{\"type\":\"x\"}");

static struct request
request(const char *id, const char *timestamp, const char *list)
{
	struct request in = {
		.method = "POST", .path = "/trunk",
		.body = body.bytes, .len = body.len, .declared = -1,
		.svix = { id, timestamp, list },
	};

	return (in);
}

static struct request
request_of(const struct vector *v)
{
	struct request in = request(v->id, v->time, v->list);

	in.body = v->body.bytes;
	in.len = v->body.len;
	return (in);
}

static enum err
check(const struct request *in)
{
	struct delivery mail = { .id = NULL };
	enum err e;

	arena_reset(job.arena);
	job.why.text[0] = '\0';
	e = verify(&job, in, &mail);
	if (e != OK)
		return (e);
	assert_ptr_equal(mail.body, in->body);
	assert_int_equal(mail.len, in->len);
	return (OK);
}

static void
refused(const struct request *in, const char *says)
{

	assert_int_equal(check(in), ERR_UNVERIFIED);
	if (strstr(job.why.text, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", job.why.text, says);
}

static void
trust(const struct secret *one, const struct secret *two)
{

	config.nsvix = 0;
	config.svix[config.nsvix++] = *one;
	if (two != NULL)
		config.svix[config.nsvix++] = *two;
}

static int
before_each(void **state)
{

	(void)state;
	config = (struct config){ .tolerance = 300 };
	trust(&key, NULL);
	job.config = &config;
	job.now = (int64_t)NOW * 1000;
	return (0);
}

static void
test_vectors(void **state)
{
	const struct vector *v;
	struct delivery mail;
	struct request in;

	(void)state;
	for (v = vectors; v < vectors + COUNT(vectors); v++) {
		assert_string_equal(oracle(&v->key, v->id, v->time, &v->body),
		    v->list);
		in = request_of(v);
		trust(&v->key, NULL);
		job.now = strtoll(v->time, NULL, 10) * 1000;
		if (verify(&job, &in, &mail) != OK)
			fail_msg("%s: %s", v->what, job.why.text);
		assert_string_equal(mail.id, v->id);
		assert_int_equal(mail.signed_at, strtoll(v->time, NULL, 10));
		assert_int_equal(mail.len, v->body.len);
		assert_memory_equal(mail.body, v->body.bytes, mail.len);
		assert_string_equal(verify_sign(&job, &mail, v->time),
		    v->list);
	}
}

/* Each bit of n bytes, turned, while in points to them. */
static size_t
flip_all(const struct request *in, char *bytes, size_t n)
{
	size_t i, accepted = 0;

	for (i = 0; i < n * 8; i++) {
		bytes[i / 8] ^= (char)(1 << i % 8);
		accepted += check(in) == OK;
		bytes[i / 8] ^= (char)(1 << i % 8);
	}
	assert_int_equal(check(in), OK);
	return (accepted);
}

static void
test_flips(void **state)
{
	char id[64], time[64], list[64], text[256];
	const struct vector *v;
	struct request in;

	(void)state;
	config.tolerance = EVER;	/* the signature alone must do it */
	for (v = vectors; v < vectors + COUNT(vectors); v++) {
		trust(&v->key, NULL);
		in = request(strcpy(id, v->id), strcpy(time, v->time),
		    strcpy(list, v->list));
		memcpy(text, v->body.bytes, v->body.len);
		in.body = text;
		in.len = v->body.len;
		assert_int_equal(flip_all(&in, text, in.len), 0);
		assert_int_equal(flip_all(&in, id, strlen(id)), 0);
		assert_int_equal(flip_all(&in, time, strlen(time)), 0);
		assert_int_equal(flip_all(&in, list, strlen(list)), 0);
	}
}

/* A byte more or less of anything. */
static void
test_lengths(void **state)
{
	static const struct secret longer = B("{\"type\":\"x\"}\n");
	const char *good = oracle(&key, "msg_1", "1700000000", &body);
	struct request in;
	char list[ENTRY_LEN + 2];
	size_t n;

	(void)state;
	in = request("msg_1", "1700000000", good);
	assert_int_equal(check(&in), OK);
	for (n = 0; n < body.len; n++) {
		in.len = n;
		refused(&in, "no matching signature");
	}
	in.body = longer.bytes;
	in.len = longer.len;
	refused(&in, "no matching signature");
	for (n = 0; n < ENTRY_LEN; n++) {
		in = request("msg_1", "1700000000", list);
		(void)snprintf(list, sizeof(list), "%.*s", (int)n, good);
		refused(&in, "no matching signature");
	}
	for (n = 1; n <= ENTRY_LEN - 3; n++) {
		(void)snprintf(list, sizeof(list), "v1,%s", good + 3 + n);
		refused(&in, "no matching signature");
	}
	(void)snprintf(list, sizeof(list), "%s=", good);
	refused(&in, "no matching signature");
	in = request("msg_", "1700000000", good);
	refused(&in, "no matching signature");
	/* The dots are where they are. */
	in = request("msg_1.1700000000", "1700000000", good);
	refused(&in, "no matching signature");
}

#define WRONG	ENTRY("AAAA")
#define OLD	ENTRY("ab+/")

/* "%" stands for the right entry, "#" for its 44 characters. */
static const struct {
	const char	*list;
	bool		 good;
} lists[] = {
	{ "%", true },
	{ WRONG " %", true },
	{ "% " WRONG, true },
	{ WRONG " " OLD " % " WRONG, true },
	{ "% %", true },
	{ " %", true },
	{ "% ", true },
	{ WRONG "  %", true },
	{ "v1a,# %", true },
	{ "v1 %", true },
	{ "junk , v1, %", true },
	{ "v2,AAAA %", true },
	{ WRONG, false },
	{ WRONG " " OLD, false },
	{ "#", false },
	{ ",#", false },
	{ "v1#", false },
	{ "v1,,#", false },
	{ "v1, #", false },
	{ "V1,#", false },
	{ "v1a,#", false },
	{ "v2,#", false },
	{ "v10,#", false },
	{ "v,#", false },
	{ "1,#", false },
	{ "v1:#", false },
	{ "v1,#,", false },
	{ "v1,#,v1,#", false },
	{ "%,%", false },
	{ "x%", false },
	{ "%x", false },
	{ "%\t", false },
	{ "\t%", false },
	{ WRONG "\t%", false },
	{ "\"%\"", false },
	{ "v1,", false },
	{ "v1", false },
	{ ",", false },
	{ " ", false },
	{ "   ", false },
	{ "", false },
};

static void
test_lists(void **state)
{
	const char *good = oracle(&key, "msg_1", "1700000000", &body), *s;
	struct request in;
	char list[512];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(lists); i++) {
		for (n = 0, s = lists[i].list; *s != '\0'; s++)
			if (*s == '%' || *s == '#')
				n += (size_t)snprintf(list + n,
				    sizeof(list) - n, "%s",
				    *s == '%' ? good : good + 3);
			else
				list[n++] = *s;
		list[n] = '\0';
		in = request("msg_1", "1700000000", list);
		if ((check(&in) == OK) != lists[i].good)
			fail_msg("list \"%s\": %s", lists[i].list,
			    lists[i].good ? "refused" : "accepted");
	}
}

/* n entries, the right one at that place from 0. */
static enum err
among(size_t n, size_t place)
{
	char list[(ENTRIES + 2) * (ENTRY_LEN + 1) + 1];
	struct request in = request("msg_1", "1700000000", list);
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(list + i * (ENTRY_LEN + 1), i == place ?
		    oracle(&key, "msg_1", "1700000000", &body) : WRONG,
		    ENTRY_LEN);
		list[i * (ENTRY_LEN + 1) + ENTRY_LEN] = ' ';
	}
	list[n * (ENTRY_LEN + 1) - 1] = '\0';
	return (check(&in));
}

static void
test_many_entries(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 11; i++)	/* as many as Svix sends */
		assert_int_equal(among(11, i), OK);
	for (i = 0; i < ENTRIES; i++)
		assert_int_equal(among(ENTRIES, i), OK);
	for (i = 0; i <= ENTRIES; i++)
		assert_int_equal(among(ENTRIES + 1, i), ERR_UNVERIFIED);
	assert_int_equal(among(11, 11), ERR_UNVERIFIED);
	assert_non_null(strstr(job.why.text, "among 11;"));
}

static void
test_families(void **state)
{
	static const char t[] = "1700000000";
	char good[ENTRY_LEN + 1];
	struct signature whole = { "msg_1", t, good };
	const struct signature none = { NULL, NULL, NULL };
	const struct signature part[] = {
		{ NULL, t, good }, { "msg_1", NULL, good },
		{ "msg_1", t, NULL }, { NULL, NULL, good },
		{ "msg_1", NULL, NULL }, { NULL, t, NULL },
	};
	const struct signature bad = { "msg_1", t, WRONG };
	struct request in = request(NULL, NULL, NULL);
	size_t i, j;

	(void)state;
	strcpy(good, oracle(&key, "msg_1", t, &body));
	refused(&in, "svix-id, svix-timestamp and svix-signature");
	in.svix = none;
	in.webhook = whole;
	assert_int_equal(check(&in), OK);
	in.svix = bad;		/* the first family is there: it decides */
	assert_int_equal(check(&in), ERR_UNVERIFIED);
	in.svix = whole;
	in.webhook = bad;
	assert_int_equal(check(&in), OK);
	for (i = 0; i < COUNT(part); i++) {
		in.svix = part[i];
		in.webhook = whole;
		assert_int_equal(check(&in), OK);
		in.webhook = none;
		refused(&in, "are not all there");
		in.svix = whole;
		in.webhook = part[i];
		assert_int_equal(check(&in), OK);
		/* No mixture, whatever the parts are. */
		for (j = 0; j < COUNT(part); j++) {
			in.svix = part[i];
			in.webhook = part[j];
			refused(&in, "are not all there");
		}
	}
}

static void
test_repeated(void **state)
{
	struct request in = request("msg_1", "1700000000",
	    oracle(&key, "msg_1", "1700000000", &body));

	(void)state;
	in.repeated = "svix-id";
	refused(&in, "svix-id came more than once");
	in.repeated = NULL;
	assert_int_equal(check(&in), OK);
}

static const struct {
	int64_t		 signed_at;
	int64_t		 now;		/* ms */
	int64_t		 tolerance;
	const char	*says;		/* NULL: it is right */
} edges[] = {
	{ NOW, (int64_t)NOW * 1000, 300, NULL },
	{ NOW - 300, (int64_t)NOW * 1000, 300, NULL },
	{ NOW - 300, (int64_t)NOW * 1000 + 999, 300, NULL },
	{ NOW - 301, (int64_t)NOW * 1000, 300, "too old by 1 s" },
	{ NOW + 300, (int64_t)NOW * 1000, 300, NULL },
	{ NOW + 301, (int64_t)NOW * 1000, 300, "too new by 1 s" },
	{ NOW + 301, (int64_t)NOW * 1000 + 999, 300, "too new by 1 s" },
	{ NOW - 3600, (int64_t)NOW * 1000, 300, "too old by 3300 s" },
	{ NOW + 3600, (int64_t)NOW * 1000, 300, "too new by 3300 s" },
	{ NOW - 3600, (int64_t)NOW * 1000, 3600, NULL },
	{ NOW - 3601, (int64_t)NOW * 1000, 3600, "too old by 1 s" },
	{ NOW, (int64_t)NOW * 1000 + 999, 0, NULL },
	{ NOW - 1, (int64_t)NOW * 1000, 0, "too old by 1 s" },
	{ NOW + 1, (int64_t)NOW * 1000, 0, "too new by 1 s" },
	/* Our clock is far off. */
	{ NOW, 0, 300, "too new by 1699999700 s" },
	{ NOW, -86400000, 300, "too new by" },
	{ NOW, INT64_C(2145916800000), 300, "too old by" },
	{ NOW, INT64_MAX, 300, "too old by" },
	{ NOW, INT64_MIN, 300, "too new by" },
	/* So is the sender's, to the last digit. */
	{ 1, (int64_t)NOW * 1000, 300, "too old by 1699999699 s" },
	{ INT64_C(1700000000000), (int64_t)NOW * 1000, 300, "too new by" },
	{ INT64_C(999999999999999999), (int64_t)NOW * 1000, 300,
	    "too new by" },
	{ INT64_C(999999999999999999), INT64_MIN, 300, "too new by" },
};

static void
test_tolerance(void **state)
{
	struct request in;
	char time[32];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(edges); i++) {
		(void)snprintf(time, sizeof(time), "%lld",
		    (long long)edges[i].signed_at);
		in = request("msg_1", time,
		    oracle(&key, "msg_1", time, &body));
		config.tolerance = edges[i].tolerance;
		job.now = edges[i].now;
		if (edges[i].says != NULL)
			refused(&in, edges[i].says);
		else if (check(&in) != OK)
			fail_msg("edge %zu: %s", i, job.why.text);
	}
}

/* Signed as they are, and still no timestamps. */
static const char *const not_times[] = {
	"", "0", "00", "01700000000", "+1700000000", "-1700000000",
	" 1700000000", "1700000000 ", "1700000000\t", "1700000000\n",
	"1700000000.0", "1700000000.", ".1700000000", "1,700,000,000",
	"1_700_000_000", "17e8", "1.7e9", "0x6553f100", "1700000000s",
	"NaN", "Infinity", "-0", "now", "2023-11-14T22:13:20Z",
	"1000000000000000000", "9223372036854775807", "9223372036854775808",
	"18446744075409551616", "-9223372036854775808",
	"99999999999999999999999999999999999999",
	"\xd9\xa1\xd9\xa7\xd9\xa0\xd9\xa0", "1700000000, 1700000000",
};

static void
test_timestamps(void **state)
{
	struct request in;
	size_t i;

	(void)state;
	config.tolerance = EVER;
	for (i = 0; i < COUNT(not_times); i++) {
		in = request("msg_1", not_times[i],
		    oracle(&key, "msg_1", not_times[i], &body));
		refused(&in, "not a plain number of seconds");
	}
}

static void
test_keys(void **state)
{
	static const struct secret nul = B("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\1"), nul2 = B("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\2"), fresh = B("twenty-four bytes of key");
	struct request in = request("msg_1", "1700000000",
	    oracle(&fresh, "msg_1", "1700000000", &body));

	(void)state;
	trust(&key, &fresh);
	assert_int_equal(check(&in), OK);
	trust(&fresh, &key);
	assert_int_equal(check(&in), OK);
	trust(&key, NULL);
	refused(&in, "no matching signature among 1;");
	config.nsvix = CONFIG_SECRETS;
	config.svix[CONFIG_SECRETS - 1] = fresh;
	assert_int_equal(check(&in), OK);
	config.nsvix--;
	assert_int_equal(check(&in), ERR_UNVERIFIED);
	config.nsvix = 0;	/* nobody is trusted */
	assert_int_equal(check(&in), ERR_UNVERIFIED);
	/* All of a key counts, whatever bytes it has. */
	in = request("msg_1", "1700000000",
	    oracle(&nul, "msg_1", "1700000000", &body));
	trust(&nul, NULL);
	assert_int_equal(check(&in), OK);
	trust(&nul2, NULL);
	assert_int_equal(check(&in), ERR_UNVERIFIED);
}

static void
test_ids(void **state)
{
	static const char *const odd[] = {
		"x", ".", "a b", "../../etc/passwd", "%2e%2e", "\"", "a\nb",
		"\xf0\x9f\x9a\xa2", "\xff\xfe", "1.1700000000",
	};
	char id[ID_LEN + 2];
	struct request in;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(odd); i++) {
		in = request(odd[i], "1700000000",
		    oracle(&key, odd[i], "1700000000", &body));
		assert_int_equal(check(&in), OK);
	}
	memset(id, 'm', sizeof(id));
	id[ID_LEN + 1] = '\0';
	in = request(id, "1700000000",
	    oracle(&key, id, "1700000000", &body));
	refused(&in, "longer than 256 bytes");
	id[ID_LEN] = '\0';
	in = request(id, "1700000000",
	    oracle(&key, id, "1700000000", &body));
	assert_int_equal(check(&in), OK);
}

/* What the log says helps nobody to sign. */
static void
test_silence(void **state)
{
	char good[ENTRY_LEN + 1];
	struct request in;

	(void)state;
	strcpy(good, oracle(&key, "msg_1", "1700000000", &body));
	in = request("msg_1", "1700000000", WRONG);
	refused(&in, "no matching signature");
	assert_null(strstr(job.why.text, good + 3));
	assert_null(strstr(job.why.text, "AAAA"));
	assert_null(strstr(job.why.text, "harbour"));
}

static void
test_sign_without_memory(void **state)
{
	const struct delivery mail = { .id = "msg_1", .signed_at = NOW,
	    .body = body.bytes, .len = body.len };
	struct arena *full = job.arena;

	(void)state;
	assert_non_null(job.arena = arena_new(16));
	assert_null(verify_sign(&job, &mail, "1700000000"));
	arena_free(job.arena);
	job.arena = full;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_vectors, before_each),
		cmocka_unit_test_setup(test_flips, before_each),
		cmocka_unit_test_setup(test_lengths, before_each),
		cmocka_unit_test_setup(test_lists, before_each),
		cmocka_unit_test_setup(test_many_entries, before_each),
		cmocka_unit_test_setup(test_families, before_each),
		cmocka_unit_test_setup(test_repeated, before_each),
		cmocka_unit_test_setup(test_tolerance, before_each),
		cmocka_unit_test_setup(test_timestamps, before_each),
		cmocka_unit_test_setup(test_keys, before_each),
		cmocka_unit_test_setup(test_ids, before_each),
		cmocka_unit_test_setup(test_silence, before_each),
		cmocka_unit_test_setup(test_sign_without_memory, before_each),
	};
	struct why why = { "" };
	int bad;

	if (crypt_init(&why) != OK ||
	    (job.arena = arena_new(1 << 20)) == NULL)
		return (1);
	bad = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(job.arena);
	return (bad);
}
