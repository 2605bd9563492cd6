#ifndef CURL_LIB_H_
#define CURL_LIB_H_

#include <curl/curl.h>

#include "common/err.h"

/*
 * libcurl, which is loaded before the first call to a host: it brings LDAP,
 * Kerberos, SSH and GnuTLS along, thirty libraries that a CGI program would
 * load for each request, also for one that it refuses.  Calls are those of
 * https://curl.se/libcurl/c/allfuncs.html, by curl.easy_init() etc.
 */
#define CURL_FUNCTIONS(f)						\
	f(easy_cleanup) f(easy_getinfo) f(easy_header) f(easy_init)	\
	f(easy_setopt) f(easy_strerror)					\
	f(multi_add_handle) f(multi_assign) f(multi_cleanup)		\
	f(multi_info_read) f(multi_init) f(multi_remove_handle)		\
	f(multi_setopt) f(multi_socket_action)				\
	f(share_cleanup) f(share_init) f(share_setopt)			\
	f(slist_append) f(slist_free_all)				\
	f(url) f(url_cleanup) f(url_get) f(url_set)			\
	f(free) f(getdate) f(global_cleanup) f(global_init)		\
	f(version_info)

#define CURL_MEMBER(name)	__typeof__(curl_##name) *name;
struct curl_lib {
	CURL_FUNCTIONS(CURL_MEMBER)
};
#undef CURL_MEMBER

extern struct curl_lib curl;

/*
 * Once or again, in any thread; ERR_CONFIG where the library is not
 * installed.  What it needs set up is the caller's: curl.global_init().
 */
enum err curl_lib_load(struct why *);

#endif
