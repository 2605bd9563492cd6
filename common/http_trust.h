#ifndef HTTP_TRUST_H_
#define HTTP_TRUST_H_

#include <openssl/types.h>
#include <stdbool.h>

/*
 * Private to http*.c: certificates that are read when somebody asks for them.
 * OpenSSL decodes a whole bundle, keys and all, when it is loaded; of the 140
 * in it a process needs one or two.
 *
 *	const char *files[] = { "/etc/ssl/certs/ca-certificates.crt", NULL };
 *
 *	if (!http_trust_files(store, files))
 *		... X509_STORE_load_file() ...
 *
 * Each file is read once, here, and only its names are decoded; a certificate
 * gets into the store, for good, when a chain is built that asks for its
 * name, or now, if it shares that with another one.  Any number of threads
 * may use the store.
 *
 * False, and the store is as before: one of the files cannot be read, or is
 * not made of plain certificates ("BEGIN CERTIFICATE") alone, at least one;
 * or there is no memory.
 */
bool http_trust_files(X509_STORE *, const char *const *files);

#endif
