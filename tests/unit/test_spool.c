#include <sys/resource.h>

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/spool.h"

enum {
	KEEP = 4096,
	MOST = 64 * 1024 * 1024,
	LONGEST = 3000		/* bytes of a record, mostly */
};

static char dir[] = "/tmp/test-spool-XXXXXX";

/* Record i, made of nothing but i: its length and its bytes. */
static size_t
record(size_t i, char out[LONGEST])
{
	size_t n = i * 2654435761u % LONGEST, j;

	for (j = 0; j < n; j++)
		out[j] = (char)(i * 31 + j * 7);
	return (n);
}

/* The bytes that those take. */
static size_t
add(struct spool *s, size_t from, size_t to)
{
	char text[LONGEST];
	size_t i, n, sum = 0;

	for (i = from; i < to; i++) {
		n = record(i, text);
		assert_true(spool_add(s, text, n));
		sum += sizeof(n) + n;
	}
	return (sum);
}

/* All records below `to`, and none after them. */
static void
read_all(struct spool *s, size_t to)
{
	char text[LONGEST];
	const void *got;
	size_t i, n, want;

	for (i = 0; i < to; i++) {
		want = record(i, text);
		assert_non_null(got = spool_next(s, &n));
		assert_int_equal(n, want);
		assert_memory_equal(got, text, n);
	}
	assert_null(spool_next(s, &n));
	assert_null(spool_next(s, &n));
	assert_false(spool_failed(s));
	assert_false(spool_add(s, "late", 4));
}

/* How many names are in a directory. */
static int
names(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return (n - 2);
}

/* Valgrind opens a file before it says that there may be none. */
static void
sweep(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), e->d_name, 0);
	(void)closedir(d);
}

/* Our descriptor of a file without a name there, or -1. */
static int
file_in(const char *where)
{
	char path[64], to[4096];
	ssize_t n;
	int fd;

	for (fd = 3; fd < 64; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if ((n = readlink(path, to, sizeof(to) - 1)) <= 0)
			continue;
		to[n] = '\0';
		if (strncmp(to, where, strlen(where)) == 0 &&
		    strstr(to, " (deleted)") != NULL)
			return (fd);
	}
	return (-1);
}

static int
setup(void **state)
{
	(void)state;
	return (setenv("TMPDIR", dir, 1));
}

/* Whatever their number, they come back as they went in. */
static void
test_order(void **state)
{
	static const size_t counts[] = { 0, 1, 2, 3, 4, 7, 100, 5000 };
	struct spool *s;
	size_t i, sum;

	(void)state;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		assert_non_null(s = spool_new(KEEP, MOST));
		sum = add(s, 0, counts[i]);
		assert_int_equal(file_in(dir) >= 0, sum > KEEP);
		read_all(s, counts[i]);
		spool_free(s);
		assert_int_equal(file_in(dir), -1);
	}
	spool_free(NULL);
}

/* The file has no name, no other user may open it, no child has it. */
static void
test_nameless(void **state)
{
	struct spool *s = spool_new(KEEP, MOST);
	int fd;

	(void)state;
	assert_non_null(s);
	(void)add(s, 0, 100);
	assert_int_equal(names(dir), 0);
	assert_true((fd = file_in(dir)) >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	spool_free(s);
}

/* One that is larger than all that is kept. */
static void
test_large(void **state)
{
	struct spool *s = spool_new(KEEP, MOST);
	size_t n, size = 5 * 1024 * 1024;
	char *text = malloc(size);
	const char *got;

	(void)state;
	assert_non_null(s);
	assert_non_null(text);
	memset(text, 'x', size);
	assert_true(spool_add(s, "a", 1));
	assert_true(spool_add(s, text, size));
	assert_true(spool_add(s, "b", 1));
	assert_true(spool_add(s, "", 0));
	assert_non_null(got = spool_next(s, &n));
	assert_true(n == 1 && got[0] == 'a');
	assert_non_null(got = spool_next(s, &n));
	assert_int_equal(n, size);
	assert_memory_equal(got, text, size);
	assert_non_null(got = spool_next(s, &n));
	assert_true(n == 1 && got[0] == 'b');
	assert_non_null(spool_next(s, &n));
	assert_int_equal(n, 0);
	assert_null(spool_next(s, &n));
	spool_free(s);
	free(text);
}

/* A directory that is not there, is no path, or is too long a one. */
static void
test_directories(void **state)
{
	static const char *const bad[] = { "/none/of/this", "", "here" };
	char *deep = malloc(8192);
	struct spool *s;
	size_t i;

	(void)state;
	assert_non_null(deep);
	memset(deep, '/', 8191);
	deep[8191] = '\0';
	for (i = 0; i <= sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(setenv("TMPDIR", i == 3 ? deep : bad[i], 1),
		    0);
		assert_non_null(s = spool_new(KEEP, MOST));
		(void)add(s, 0, 100);
		assert_true(file_in("/var/tmp/tickethook-") >= 0);
		read_all(s, 100);
		spool_free(s);
	}
	assert_int_equal(unsetenv("TMPDIR"), 0);
	assert_non_null(s = spool_new(KEEP, MOST));
	(void)add(s, 0, 100);
	read_all(s, 100);
	spool_free(s);
	free(deep);
}

/* No file can be made: memory up to the most, then no more. */
static void
test_alone(void **state)
{
	struct rlimit old, none;
	struct spool *s = spool_new(KEEP, 100 * 1024);
	char text[LONGEST];
	size_t i, n, got = 0;

	(void)state;
	assert_non_null(s);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){ 0, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	(void)add(s, 0, 20);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	sweep(dir);
	for (i = 20; n = record(i, text), spool_add(s, text, n); i++)
		assert_true(i < 1000);
	assert_true(spool_failed(s));
	assert_false(spool_add(s, "x", 1));
	assert_int_equal(file_in(dir), -1);
	/* What was in before is there. */
	while (spool_next(s, &n) != NULL)
		got++;
	assert_int_equal(got, i);
	spool_free(s);
}

/* The disk is full, in the midst of what is written. */
static void
test_full(void **state)
{
	struct rlimit old, few;
	struct spool *s = spool_new(KEEP, MOST);

	(void)state;
	assert_non_null(s);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	few = (struct rlimit){ 10 * KEEP + 77, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
	(void)add(s, 0, 300);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	(void)add(s, 300, 1000);
	read_all(s, 1000);
	spool_free(s);
}

/* What cannot be read back is told, and not made up. */
static void
test_cut(void **state)
{
	struct spool *s = spool_new(KEEP, MOST);
	size_t n;
	int i;

	(void)state;
	assert_non_null(s);
	(void)add(s, 0, 100);
	assert_int_equal(ftruncate(file_in(dir), KEEP), 0);
	for (i = 0; spool_next(s, &n) != NULL; i++)
		assert_true(i < 100);
	assert_true(spool_failed(s));
	spool_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_nameless, setup),
		cmocka_unit_test_setup(test_large, setup),
		cmocka_unit_test_setup(test_directories, setup),
		cmocka_unit_test_setup(test_alone, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_cut, setup)
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return (1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return (rmdir(dir) != 0 || failed);
}
