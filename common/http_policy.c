/*
 * Which addresses may be called.  A name is looked up by libcurl, and the
 * address that it led to is judged before anything is sent there, so that
 * no name can lead into the network behind us, unless it may.
 */
#include "common/http_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <unistd.h>

#include "common/curl_lib.h"
#include "common/http_trust.h"

/* The first bits of an address. */
struct prefix {
	unsigned char	bytes[16];
	unsigned int	bits;
};

/* What is not global in the IANA registry of IPv4 special addresses. */
static const struct prefix not_public4[] = {
	{ { 0 }, 8 },			/* this network */
	{ { 10 }, 8 },			/* private */
	{ { 100, 64 }, 10 },		/* shared by carriers */
	{ { 127 }, 8 },			/* loopback */
	{ { 169, 254 }, 16 },		/* link-local, and cloud metadata */
	{ { 172, 16 }, 12 },		/* private */
	{ { 192, 0, 0 }, 24 },		/* protocol assignments */
	{ { 192, 0, 2 }, 24 },		/* documentation */
	{ { 192, 168 }, 16 },		/* private */
	{ { 198, 18 }, 15 },		/* benchmarks */
	{ { 198, 51, 100 }, 24 },	/* documentation */
	{ { 203, 0, 113 }, 24 },	/* documentation */
	{ { 224 }, 3 },			/* multicast, reserved, broadcast */
};

/* The same for IPv6, within 2000::/3, which all public ones are in. */
static const struct prefix not_public6[] = {
	{ { 0x20, 0x01 }, 23 },		/* protocol assignments, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },	/* documentation */
	{ { 0x3f, 0xff }, 20 },		/* documentation */
};

static const struct prefix public6 = { { 0x20 }, 3 };

/* IPv6 addresses that carry an IPv4 one, and where. */
static const struct {
	struct prefix	prefix;
	unsigned int	offset;
} carriers[] = {
	{ { { [10] = 0xff, [11] = 0xff }, 96 }, 12 },	/* mapped */
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96 }, 12 },	/* NAT64 */
	{ { { 0x20, 0x02 }, 16 }, 2 },			/* 6to4 */
};

static bool
has_prefix(const unsigned char *address, const struct prefix *p)
{
	unsigned int whole = p->bits / 8, rest = p->bits % 8;

	if (memcmp(address, p->bytes, whole) != 0)
		return (false);
	return (rest == 0 ||
	    ((address[whole] ^ p->bytes[whole]) >> (8 - rest)) == 0);
}

static bool
is_public4(const unsigned char *address)
{
	size_t i;

	for (i = 0; i < sizeof(not_public4) / sizeof(not_public4[0]); i++)
		if (has_prefix(address, &not_public4[i]))
			return (false);
	return (true);
}

static bool
is_public6(const unsigned char *address)
{
	size_t i;

	for (i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++)
		if (has_prefix(address, &carriers[i].prefix))
			return (is_public4(address + carriers[i].offset));
	for (i = 0; i < sizeof(not_public6) / sizeof(not_public6[0]); i++)
		if (has_prefix(address, &not_public6[i]))
			return (false);
	return (has_prefix(address, &public6));
}

bool
http_policy_public(const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	unsigned char bytes[16];

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&in, sa, sizeof(in));
		memcpy(bytes, &in.sin_addr, 4);
		return (is_public4(bytes));
	case AF_INET6:
		memcpy(&in6, sa, sizeof(in6));
		memcpy(bytes, &in6.sin6_addr, 16);
		return (is_public6(bytes));
	default:
		return (false);
	}
}

bool
http_policy_literal(const char *host)
{
	struct in_addr in;

	return (host[0] == '[' || inet_pton(AF_INET, host, &in) == 1);
}

bool
http_policy_header(const char *name, const char *value)
{
	const unsigned char *p;

	/* https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
	if (name[0] == '\0' || name[strspn(name, "!#$%&'*+-.^_`|~0123456789"
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0')
		return (false);
	for (p = (const unsigned char *)value; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			return (false);
	return (true);
}

/* All of them at once; a directory has them by their names. */
static bool
load_system(X509_STORE *store, const curl_version_info_data *v)
{
	bool loaded = false;

	if (v->cainfo != NULL && access(v->cainfo, R_OK) == 0)
		loaded = X509_STORE_load_file(store, v->cainfo) == 1;
	else if (v->capath != NULL && access(v->capath, R_OK | X_OK) == 0)
		loaded = X509_STORE_load_path(store, v->capath) == 1;
	ERR_clear_error();
	return (loaded);
}

static enum err
load(X509_STORE *store, const curl_version_info_data *v, const char *ca_file,
    struct why *why)
{
	bool system = load_system(store, v);
	enum err e;

	if (ca_file != NULL && X509_STORE_load_file(store, ca_file) != 1) {
		e = err_set(why, ERR_CONFIG, "%s: no certificates can be read "
		    "(%s); it must be a PEM file that this user may read",
		    ca_file, ERR_reason_error_string(ERR_peek_error()));
		ERR_clear_error();
		return (e);
	}
	if (ca_file == NULL && !system)
		return (err_set(why, ERR_CONFIG, "this system has no "
		    "certificate bundle; install ca-certificates or set "
		    "ca_file"));
	return (OK);
}

enum err
http_policy_store(const char *ca_file, X509_STORE **out, struct why *why)
{
	const curl_version_info_data *v = curl.version_info(CURLVERSION_NOW);
	/* The bundle that libcurl was built for, if this machine has it. */
	const char *const files[] = { v->cainfo, ca_file, NULL };
	X509_STORE *store;
	enum err e;

	if ((store = X509_STORE_new()) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory for certificates"));
	if ((v->cainfo == NULL || !http_trust_files(store, files)) &&
	    (e = load(store, v, ca_file, why)) != OK) {
		X509_STORE_free(store);
		return (e);
	}
	/* A certificate in the store is trusted even if its issuer is not. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	*out = store;
	return (OK);
}
