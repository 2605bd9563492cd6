#ifndef HTTP_POLICY_H_
#define HTTP_POLICY_H_

#include <sys/socket.h>

#include <openssl/types.h>
#include <stdbool.h>

#include "common/err.h"

/*
 * Private to http*.c: whom we call and whom we trust.
 */

/*
 * Is this an address that anybody may have on the public Internet?  Not
 * loopback, link-local, private, shared (RFC 6598), documentation, multicast
 * or unspecified ones, nor an IPv6 address that carries one of these; the
 * list is https://www.iana.org/assignments/iana-ipv4-special-registry/ and
 * its IPv6 sister.  False for families other than IPv4 and IPv6.
 */
bool http_policy_public(const struct sockaddr *);

/* Is the host of a URL an address (IPv6 ones in brackets) and no name? */
bool http_policy_literal(const char *host);

/* A header that could not be read as two: a token, no control bytes. */
bool http_policy_header(const char *name, const char *value);

/*
 * A new store of the system's certificates and those of ca_file, unless that
 * is NULL.  The environment is not asked.  ERR_CONFIG when ca_file cannot be
 * read, or when there is no certificate at all.
 */
enum err http_policy_store(const char *ca_file, X509_STORE **, struct why *);

#endif
