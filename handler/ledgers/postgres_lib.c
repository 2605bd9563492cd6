#include "handler/ledgers/postgres_lib.h"

#include <pthread.h>
#include <stddef.h>

#include "common/library.h"

struct postgres_lib pq;

static const struct library_function functions[] = {
#define ENTRY(name)	{ #name, offsetof(struct postgres_lib, name) },
	POSTGRES_FUNCTIONS(ENTRY)
#undef ENTRY
};

static pthread_once_t	once = PTHREAD_ONCE_INIT;
static const char	*missing;

/* The name is that of its ABI, the same since PostgreSQL 8. */
static void
load(void)
{

	missing = library_load("libpq.so.5", functions,
	    sizeof(functions) / sizeof(functions[0]), &pq);
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
