#ifndef HTTP_TRANSFER_H_
#define HTTP_TRANSFER_H_

#include <curl/curl.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/http.h"

struct http_handle;

/*
 * Private to http*.c: one call under way, and all that libcurl is told about
 * it.  https://curl.se/libcurl/c/libcurl-security.html
 */
enum {
	HTTP_TRANSFER_HEAD = 64 << 10	/* bytes of headers, 1xx included */
};

struct http_transfer {
	const struct http_options	*options;
	X509_STORE			*store;
	const struct http_call		*call;
	struct http_handle		*handle;
	struct curl_slist		*headers;	/* of the request */
	bool				 any_address;	/* may be called */

	/* What came of it. */
	struct buf			 head;
	struct buf			 body;
	size_t				 head_total;
	bool				 head_done;
	bool				 reached;	/* request under way */
	bool				 refused;	/* the address */
	bool				 large;		/* the answer */
	char				 error[CURL_ERROR_SIZE];
};

/*
 * Make the call within rest milliseconds.  reached tells whether the peer
 * may have seen any of the request, be it in an earlier try of libcurl's on
 * a connection that turned out to be closed.
 */
CURLcode http_transfer_run(struct http_transfer *, int64_t rest);

#endif
