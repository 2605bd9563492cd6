#ifndef LIBRARY_H_
#define LIBRARY_H_

#include <stddef.h>

/*
 * A library that is loaded when it is first needed, so that a process that
 * does without it, as most of a CGI program's do, need not load it.  Its
 * functions are called by a struct of pointers to them:
 *
 *	struct some_lib { __typeof__(some_call) *call; } some;
 *	static const struct library_function functions[] = {
 *		{ "some_call", offsetof(struct some_lib, call) },
 *	};
 *
 *	missing = library_load("libsome.so.1", functions, 1, &some);
 *
 * It stays loaded.  One library is for one thread at a time: pthread_once().
 */
struct library_function {
	const char	*name;
	size_t		 at;		/* of its pointer in the struct */
};

/* NULL; or what is not there, the library or a function of it. */
const char *library_load(const char *name, const struct library_function *,
    size_t n, void *functions);

#endif
