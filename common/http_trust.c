/*
 * The names of the certificates in some files, as a way of an X509_STORE to
 * look them up: https://docs.openssl.org/3.0/man3/X509_LOOKUP_meth_new/
 */
#include "common/http_trust.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROOM = 64,		/* certificates to begin with */
	DEPTH = 2,		/* sequences around a certificate's fields */
	VERSION = 0xa0,		/* the first octet of its version, if it has
				   one: [0] */
	BEFORE_SUBJECT = 4	/* serial, algorithm, issuer, validity */
};

struct certificate {
	unsigned long	 hash;		/* of its subject */
	unsigned char	*der;
	long		 len;
	X509		*x;		/* NULL: nobody asked for it */
};

struct trust {
	pthread_mutex_t		 lock;	/* of each x */
	struct certificate	*list;
	size_t			 count;
	size_t			 room;
};

static X509_LOOKUP_METHOD	*method;	/* NULL: no memory */
static pthread_once_t		 once = PTHREAD_ONCE_INIT;

static void
trust_free(struct trust *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->count; i++) {
		OPENSSL_free(t->list[i].der);
		X509_free(t->list[i].x);
	}
	pthread_mutex_destroy(&t->lock);
	free(t->list);
	free(t);
}

/* Into a sequence, whose end is then *end. */
static bool
into(const unsigned char **p, const unsigned char **end)
{
	int is, tag, class;
	long len;

	is = ASN1_get_object(p, &len, &tag, &class, *end - *p);
	if (is != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE ||
	    class != V_ASN1_UNIVERSAL)
		return (false);
	*end = *p + len;
	return (true);
}

/* Over whatever is there. */
static bool
over(const unsigned char **p, const unsigned char *end)
{
	int is, tag, class;
	long len;

	is = ASN1_get_object(p, &len, &tag, &class, end - *p);
	*p += len;
	return (is == V_ASN1_CONSTRUCTED || is == 0);
}

/*
 * The hash of the name that a certificate is of:
 * https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
static bool
read_subject(struct certificate *c)
{
	const unsigned char *p = c->der, *end = p + c->len;
	X509_NAME *name;
	int i, ok = 0;

	for (i = 0; i < DEPTH; i++)
		if (!into(&p, &end))
			return (false);
	if (p < end && *p == VERSION && !over(&p, end))
		return (false);
	for (i = 0; i < BEFORE_SUBJECT; i++)
		if (!over(&p, end))
			return (false);
	if ((name = d2i_X509_NAME(NULL, &p, end - p)) == NULL)
		return (false);
	c->hash = X509_NAME_hash_ex(name, NULL, NULL, &ok);
	X509_NAME_free(name);
	return (ok == 1);
}

static bool
append(struct trust *t, unsigned char *der, long len)
{
	struct certificate c = { .der = der, .len = len };
	struct certificate *more;

	if (t->count == t->room) {
		more = reallocarray(t->list, t->room + ROOM, sizeof(*more));
		if (more == NULL)
			return (false);
		t->list = more;
		t->room += ROOM;
	}
	if (!read_subject(&c))
		return (false);
	t->list[t->count++] = c;
	return (true);
}

static bool
read_file(struct trust *t, const char *path)
{
	BIO *in = BIO_new_file(path, "r");
	size_t before = t->count;
	char *kind, *header;
	unsigned char *der;
	bool ok = in != NULL;
	long len;

	while (ok && PEM_read_bio(in, &kind, &header, &der, &len) == 1) {
		ok = strcmp(kind, PEM_STRING_X509) == 0 &&
		    append(t, der, len);
		if (!ok)
			OPENSSL_free(der);
		OPENSSL_free(kind);
		OPENSSL_free(header);
	}
	/* What follows the last one is no certificate that was begun. */
	ok = ok && t->count > before &&
	    ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	BIO_free(in);
	return (ok);
}

/*
 * It, decoded with its extensions, before other threads see it; the file may
 * hold what OpenSSL does not understand.
 */
static X509 *
decode(struct trust *t, struct certificate *c)
{
	const unsigned char *p = c->der;

	pthread_mutex_lock(&t->lock);
	if (c->x == NULL && (c->x = d2i_X509(NULL, &p, c->len)) != NULL)
		(void)X509_check_purpose(c->x, -1, 0);
	pthread_mutex_unlock(&t->lock);
	return (c->x);
}

/* The one of that name goes into the store, and is *out. */
static int
on_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
    X509_OBJECT *out)
{
	struct trust *t = X509_LOOKUP_get_method_data(lookup);
	X509 *x = NULL;
	unsigned long hash;
	size_t i;
	int ok = 0;

	hash = X509_NAME_hash_ex(name, NULL, NULL, &ok);
	if (t == NULL || type != X509_LU_X509 || ok != 1)
		return (0);
	for (i = 0; i < t->count; i++)
		if (t->list[i].hash == hash &&
		    (x = decode(t, &t->list[i])) != NULL &&
		    X509_NAME_cmp(X509_get_subject_name(x), name) == 0)
			break;
	if (i == t->count ||
	    X509_STORE_add_cert(X509_LOOKUP_get_store(lookup), x) != 1 ||
	    X509_OBJECT_set1_X509(out, x) != 1)
		return (0);
	/* Whoever asks counts himself, too: see the manual above. */
	X509_free(x);
	return (1);
}

/*
 * Those that share their name go into the store at once: between the first
 * and the second of them another thread would find one, and ask no more.
 */
static void
add_twins(struct trust *t, X509_STORE *store)
{
	size_t i, j;
	X509 *x;

	for (i = 0; i < t->count; i++) {
		for (j = 0; j < t->count; j++)
			if (j != i && t->list[j].hash == t->list[i].hash)
				break;
		if (j < t->count && (x = decode(t, &t->list[i])) != NULL)
			(void)X509_STORE_add_cert(store, x);
	}
}

static void
on_free(X509_LOOKUP *lookup)
{

	trust_free(X509_LOOKUP_get_method_data(lookup));
}

/* Stores have pointers to it until the process ends. */
static void
make_method(void)
{
	X509_LOOKUP_METHOD *m = X509_LOOKUP_meth_new("certificates in files");

	if (m != NULL && (X509_LOOKUP_meth_set_get_by_subject(m,
	    on_subject) != 1 || X509_LOOKUP_meth_set_free(m, on_free) != 1)) {
		X509_LOOKUP_meth_free(m);
		m = NULL;
	}
	method = m;
}

bool
http_trust_files(X509_STORE *store, const char *const *files)
{
	X509_LOOKUP *lookup = NULL;
	struct trust *t;
	bool ok = true;

	if (pthread_once(&once, make_method) != 0 || method == NULL ||
	    (t = calloc(1, sizeof(*t))) == NULL)
		return (false);
	pthread_mutex_init(&t->lock, NULL);
	for (; ok && *files != NULL; files++)
		ok = read_file(t, *files);
	if (ok && t->count > 0)
		lookup = X509_STORE_add_lookup(store, method);
	if (lookup != NULL && X509_LOOKUP_set_method_data(lookup, t) == 1)
		add_twins(t, store);
	else
		trust_free(t);
	ERR_clear_error();
	return (lookup != NULL);
}
