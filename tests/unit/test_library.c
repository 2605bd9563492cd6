#include <sys/wait.h>

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/curl_lib.h"
#include "common/http.h"
#include "common/library.h"
#include "handler/hole.h"

enum {
	THREADS = 8,
	SOON = 1000		/* ms */
};

struct maths {
	double	(*up)(double);
	double	(*down)(double);
};

static const struct library_function functions[] = {
	{ "ceil", offsetof(struct maths, up) },
	{ "floor", offsetof(struct maths, down) },
	{ "no_such_call", offsetof(struct maths, down) },
};

/* A machine where libcurl is not installed. */
static bool	no_curl;

void *
dlopen(const char *name, int flags)
{
	void	*(*real)(const char *, int);

	if (no_curl && name != NULL && strstr(name, "curl") != NULL)
		return (NULL);
	*(void **)&real = dlsym(RTLD_NEXT, "dlopen");
	return (real(name, flags));
}

static void
test_table(void **state)
{
	struct maths m = { NULL, NULL };

	(void)state;
	assert_null(library_load("libm.so.6", functions, 2, &m));
	assert_true(m.up(1.5) > 1.9 && m.down(1.5) < 1.1);
	assert_string_equal(library_load("libm.so.6", functions, 3, &m),
	    "no_such_call");
	assert_string_equal(library_load("libnone.so.1", functions, 2, &m),
	    "libnone.so.1");
}

/* Run it in a child, since a library stays where it was loaded. */
static int
in_child(int (*look)(void))
{
	pid_t	pid = fork();
	int	status;

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(look());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

static void *
load(void *arg)
{

	return (curl_lib_load(arg) == OK && curl.version_info != NULL ? NULL :
	    arg);
}

/* Whoever comes first loads it, and nobody sees half of it. */
static int
look_threads(void)
{
	pthread_t	thread[THREADS];
	struct why	why[THREADS];
	void		*wrong;
	int		i, status = 0;

	if (dlopen("libcurl.so.4", RTLD_NOW | RTLD_NOLOAD) != NULL)
		return (1);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, load, &why[i]) != 0)
			return (2);
	for (i = 0; i < THREADS; i++)
		if (pthread_join(thread[i], &wrong) != 0 || wrong != NULL)
			status = 3;
	return (status);
}

static bool
says(const struct why *why)
{

	return (strstr(why->text, "libcurl.so.4 is not there") != NULL &&
	    strstr(why->text, "apt-get install libcurl4") != NULL);
}

/* At the start of what serves, and at the first call of what does not. */
static int
look_missing(void)
{
	struct http_options o = { .agent = "test/1", .cap = 1 };
	const struct http_call call = { .method = "GET",
	    .url = "https://[::1]/", .deadline = clock_mono() + SOON };
	struct arena *arena = arena_new(65536);
	struct http_answer answer = { .headers = "Retry-After: "
	    "Wed, 21 Oct 2065 07:28:00 GMT\r\n" };
	struct http *http = NULL;
	struct hole_running r;
	struct why why = { "" };

	no_curl = true;
	if (http_new(&o, &http, &why) != ERR_CONFIG || !says(&why))
		return (1);
	if (http_retry_after(&answer, arena, 0, 600) != 0)
		return (2);
	hole_running(&r);
	if (r.version[HOLE_CURL][0] != '\0' || r.version[HOLE_SSL][0] == '\0')
		return (3);
	o.lazy = true;
	why.text[0] = '\0';
	if (http_new(&o, &http, &why) != OK)
		return (4);
	if (http_call(http, arena, &call, &answer, &why) != ERR_CONFIG ||
	    answer.fate != HTTP_NOT_SENT || !says(&why))
		return (5);
	http_free(http);
	arena_free(arena);
	return (0);
}

static void
test_curl(void **state)
{

	(void)state;
	assert_int_equal(in_child(look_missing), 0);
	assert_int_equal(in_child(look_threads), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_curl),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
