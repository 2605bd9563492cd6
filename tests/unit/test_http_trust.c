#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/curl_lib.h"
#include "common/http_trust.h"
#include "tests/unit/tls_server.h"

enum {
	DAY = 24 * 60 * 60,
	THREADS = 6,
	ROUNDS = 50
};

/*
 * Authorities of one name, told from each other by their keys' identifiers,
 * and what the first two of them signed.
 */
static struct tls_identity authority[3], leaf[2];
static char path[] = "/tmp/http_trust.XXXXXX";
static const char *const files[] = { path, NULL };

/* Name the key, its own or its issuer's, and sign it again. */
static void
identify(struct tls_identity *id, const struct tls_identity *issuer)
{
	X509_EXTENSION *ext;
	X509V3_CTX v3;

	X509V3_set_ctx(&v3, issuer->cert, id->cert, NULL, NULL, 0);
	ext = issuer == id ? X509V3_EXT_conf_nid(NULL, &v3,
	    NID_subject_key_identifier, "hash") : X509V3_EXT_conf_nid(NULL,
	    &v3, NID_authority_key_identifier, "keyid:always");
	assert_non_null(ext);
	X509_add_ext(id->cert, ext, -1);
	X509_EXTENSION_free(ext);
	X509_sign(id->cert, issuer->key, EVP_sha256());
}

static int
setup(void **state)
{
	int i, fd;

	(void)state;
	for (i = 0; i < 3; i++) {
		authority[i] = tls_identity(NULL, -DAY, DAY, NULL);
		identify(&authority[i], &authority[i]);
	}
	for (i = 0; i < 2; i++) {
		leaf[i] = tls_identity("DNS:localhost", -DAY, DAY,
		    &authority[i]);
		identify(&leaf[i], &authority[i]);
		(void)X509_check_purpose(leaf[i].cert, -1, 0);
	}
	if ((fd = mkstemp(path)) < 0)
		return (-1);
	return (close(fd));
}

static int
teardown(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		tls_identity_free(&authority[i]);
	for (i = 0; i < 2; i++)
		tls_identity_free(&leaf[i]);
	return (unlink(path));
}

/* The file gets those two, and text before, between and after them. */
static void
write_bundle(const struct tls_identity *a, const struct tls_identity *b,
    const char *end)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "# the first\n");
	if (a != NULL)
		assert_int_equal(PEM_write_X509(f, a->cert), 1);
	fprintf(f, "\n# the second\n");
	if (b != NULL)
		assert_int_equal(PEM_write_X509(f, b->cert), 1);
	fprintf(f, "%s", end);
	assert_int_equal(fclose(f), 0);
}

/* Is there one of that name? */
static bool
has_name(X509_STORE *store, const X509_NAME *name)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_OBJECT *object = X509_OBJECT_new();
	bool found;

	assert_int_equal(X509_STORE_CTX_init(ctx, store, NULL, NULL), 1);
	found = X509_STORE_CTX_get_by_subject(ctx, X509_LU_X509, name,
	    object) == 1;
	X509_OBJECT_free(object);
	X509_STORE_CTX_free(ctx);
	return (found);
}

/* X509_V_OK, or why not. */
static int
verify(X509_STORE *store, X509 *cert)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int error;

	assert_int_equal(X509_STORE_CTX_init(ctx, store, cert, NULL), 1);
	if (X509_verify_cert(ctx) == 1)
		assert_int_equal(X509_STORE_CTX_get_error(ctx), X509_V_OK);
	error = X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	return (error);
}

static size_t
loaded(X509_STORE *store)
{

	return ((size_t)sk_X509_OBJECT_num(X509_STORE_get0_objects(store)));
}

static void
test_chain(void **state)
{
	X509_STORE *store = X509_STORE_new();

	(void)state;
	write_bundle(&authority[0], NULL, "");
	assert_true(http_trust_files(store, files));
	assert_int_equal(loaded(store), 0);
	assert_int_equal(verify(store, leaf[0].cert), X509_V_OK);
	assert_int_equal(loaded(store), 1);
	assert_int_equal(verify(store, leaf[0].cert), X509_V_OK);
	assert_int_equal(loaded(store), 1);
	/* Of the same name, but by another key. */
	assert_int_not_equal(verify(store, leaf[1].cert), X509_V_OK);
	X509_STORE_free(store);
}

/* Whose name nobody asks for stays where it is. */
static void
test_stranger(void **state)
{
	struct tls_identity own = tls_identity("DNS:localhost", -DAY, DAY,
	    NULL);
	X509_STORE *store = X509_STORE_new();
	X509_NAME *name = X509_NAME_new();

	(void)state;
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"nobody", -1, -1, 0), 1);
	X509_set_subject_name(own.cert, name);
	X509_set_issuer_name(own.cert, name);
	X509_sign(own.cert, own.key, EVP_sha256());
	write_bundle(&authority[0], NULL, "# the end\n");
	assert_true(http_trust_files(store, files));
	assert_int_not_equal(verify(store, own.cert), X509_V_OK);
	assert_int_equal(loaded(store), 0);
	X509_NAME_free(name);
	tls_identity_free(&own);
	X509_STORE_free(store);
}

/* A name may have several keys; the file is not read again. */
static void
test_same_name(void **state)
{
	X509_STORE *store = X509_STORE_new();
	int i;

	(void)state;
	write_bundle(&authority[1], &authority[0], "");
	assert_true(http_trust_files(store, files));
	write_bundle(&authority[2], NULL, "");
	for (i = 0; i < 2; i++)
		assert_int_equal(verify(store, leaf[i].cert), X509_V_OK);
	assert_int_equal(loaded(store), 2);
	X509_STORE_free(store);
}

/* A second file counts as the first does. */
static void
test_two_files(void **state)
{
	char other[] = "/tmp/http_trust.XXXXXX";
	const char *const both[] = { path, other, NULL };
	const char *const none[] = { path, "/nonexistent/file", NULL };
	X509_STORE *store = X509_STORE_new();
	int fd = mkstemp(other);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_bundle(&authority[0], NULL, "");
	assert_true(tls_bundle(other, &authority[1]));
	assert_false(http_trust_files(store, none));
	assert_int_not_equal(verify(store, leaf[0].cert), X509_V_OK);
	assert_true(http_trust_files(store, both));
	assert_int_equal(verify(store, leaf[0].cert), X509_V_OK);
	assert_int_equal(verify(store, leaf[1].cert), X509_V_OK);
	unlink(other);
	X509_STORE_free(store);
}

/* What X509_STORE_load_file() must see to, or refuse. */
static void
test_not_ours(void **state)
{
	static const struct {
		const char	*kind;
		const char	*text;
		const char	*end;	/* NULL: none */
	} more[] = {
		{ "CERTIFICATE", "MIIB", NULL },
		{ "CERTIFICATE", "MIIB", "CERTIFICATE" },
		{ "CERTIFICATE", "!!!!", "CERTIFICATE" },
		{ "CERTIFICATE", "MAA=", "CERTIFICATE" },
		{ "CERTIFICATE", "MIAAAA==", "CERTIFICATE" },
		{ "CERTIFICATE", "MAIwAA==", "CERTIFICATE" },
		{ "TRUSTED CERTIFICATE", "MAA=", "TRUSTED CERTIFICATE" },
		{ "X509 CRL", "MAA=", "X509 CRL" },
	};
	char end[256];
	X509_STORE *store = X509_STORE_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		(void)snprintf(end, sizeof(end), "-----BEGIN %s-----\n%s\n"
		    "%s%s%s", more[i].kind, more[i].text,
		    more[i].end != NULL ? "-----END " : "",
		    more[i].end != NULL ? more[i].end : "",
		    more[i].end != NULL ? "-----\n" : "");
		write_bundle(&authority[0], NULL, end);
		if (http_trust_files(store, files))
			fail_msg("taken: %s", end);
	}
	write_bundle(NULL, NULL, "");
	assert_false(http_trust_files(store, files));
	assert_int_not_equal(verify(store, leaf[0].cert), X509_V_OK);
	X509_STORE_free(store);
}

/* Every prefix of a certificate, which ends within any of its parts. */
static void
test_cut(void **state)
{
	unsigned char *der = NULL;
	int n = i2d_X509(authority[0].cert, &der), i;
	X509_STORE *store = X509_STORE_new();
	FILE *f;

	(void)state;
	for (i = 0; i < n; i++) {
		f = fopen(path, "w");
		assert_non_null(f);
		PEM_write(f, PEM_STRING_X509, "", der, i);
		assert_int_equal(fclose(f), 0);
		assert_false(http_trust_files(store, files));
	}
	OPENSSL_free(der);
	X509_STORE_free(store);
}

struct crowd {
	X509_STORE	*store;
	int		 leaves;
};

static void *
verify_some(void *arg)
{
	const struct crowd *c = arg;
	size_t wrong = 0;
	int i;

	for (i = 0; i < c->leaves; i++)
		wrong += verify(c->store, leaf[i].cert) != X509_V_OK;
	return (wrong == 0 ? NULL : arg);
}

/* All threads ask a fresh store for the same at once, again and again. */
static void
test_threads(void **state)
{
	pthread_t thread[THREADS];
	struct crowd c;
	void *wrong;
	int i, round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		c.leaves = 1 + round % 2;
		c.store = X509_STORE_new();
		write_bundle(&authority[0], c.leaves == 2 ? &authority[1] :
		    NULL, "");
		assert_true(http_trust_files(c.store, files));
		for (i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&thread[i], NULL,
			    verify_some, &c), 0);
		for (i = 0; i < THREADS; i++) {
			assert_int_equal(pthread_join(thread[i], &wrong), 0);
			assert_null(wrong);
		}
		assert_int_equal(loaded(c.store), c.leaves);
		X509_STORE_free(c.store);
	}
}

/* This machine's bundle: each of its certificates is found, as OpenSSL does. */
static void
test_system(void **state)
{
	const char *bundle[] = { NULL, NULL };
	X509_STORE *all = X509_STORE_new(), *store = X509_STORE_new();
	STACK_OF(X509_OBJECT) *list;
	int i, n;

	(void)state;
	assert_int_equal(curl_lib_load(NULL), OK);
	bundle[0] = curl.version_info(CURLVERSION_NOW)->cainfo;
	assert_int_equal(X509_STORE_load_file(all, bundle[0]), 1);
	assert_true(http_trust_files(store, bundle));
	/* The first time somebody asks, it is sorted. */
	assert_false(has_name(all, X509_get_issuer_name(leaf[0].cert)));
	list = X509_STORE_get0_objects(all);
	n = sk_X509_OBJECT_num(list);
	assert_true(n > 50);
	for (i = 0; i < n; i++) {
		X509 *x = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(list,
		    i));

		assert_int_equal(verify(store, x), verify(all, x));
		assert_true(has_name(store, X509_get_subject_name(x)));
	}
	assert_int_equal(loaded(store), n);
	X509_STORE_free(store);
	X509_STORE_free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_stranger),
		cmocka_unit_test(test_same_name),
		cmocka_unit_test(test_two_files),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_system),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
