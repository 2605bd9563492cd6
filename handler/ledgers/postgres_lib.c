#include "handler/ledgers/postgres_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

struct postgres_lib pq;

static const struct {
	const char	*name;
	size_t		 at;
} functions[] = {
#define ENTRY(name)	{ #name, offsetof(struct postgres_lib, name) },
	POSTGRES_FUNCTIONS(ENTRY)
#undef ENTRY
};

enum {
	FUNCTIONS = sizeof(functions) / sizeof(functions[0])
};

static pthread_once_t	once = PTHREAD_ONCE_INIT;
static const char	*missing;

static void
load(void)
{
	void *lib;
	size_t i;

	/* The name is that of its ABI, the same since PostgreSQL 8. */
	if ((lib = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL)) == NULL) {
		missing = "libpq.so.5";
		return;
	}
	for (i = 0; i < FUNCTIONS; i++) {
		void *found = dlsym(lib, functions[i].name);

		*(void **)(void *)((char *)&pq + functions[i].at) = found;
		if (found == NULL)
			missing = functions[i].name;
	}
}

enum err
postgres_lib_load(struct why *why)
{

	(void)pthread_once(&once, load);
	if (missing == NULL)
		return (OK);
	return (err_set(why, ERR_CONFIG, "[ledger] url needs PostgreSQL's "
	    "client library, and %s is not there; install it with: apt-get "
	    "install libpq5", missing));
}
