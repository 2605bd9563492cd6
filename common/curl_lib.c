#include "common/curl_lib.h"

#include <pthread.h>
#include <stddef.h>

#include "common/library.h"

struct curl_lib curl;

static const struct library_function functions[] = {
#define ENTRY(name)	{ "curl_" #name, offsetof(struct curl_lib, name) },
	CURL_FUNCTIONS(ENTRY)
#undef ENTRY
};

static pthread_once_t	once = PTHREAD_ONCE_INIT;
static const char	*missing;

/* The name is that of its ABI, the same since libcurl 7.16. */
static void
load(void)
{

	missing = library_load("libcurl.so.4", functions,
	    sizeof(functions) / sizeof(functions[0]), &curl);
}

enum err
curl_lib_load(struct why *why)
{

	(void)pthread_once(&once, load);
	if (missing == NULL)
		return (OK);
	return (err_set(why, ERR_CONFIG, "calls need libcurl, and %s is not "
	    "there; install it with: apt-get install libcurl4", missing));
}
