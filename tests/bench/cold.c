/*
 * How long a program takes from its start to the end of its answer, as a web
 * server that runs it by CGI sees it: the median of COUNT runs, in ms.
 *
 *	cold COUNT FILE PROGRAM [ARGUMENT]...
 *
 * FILE is its standard input; its environment is ours.  What it answers must
 * begin with "Status: 401", unless it answers nothing at all.
 */
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	COUNT_MAX = 10000
};

extern char **environ;

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6);
}

static double
run(const char *file, char **argv)
{
	static const char refusal[] = "Status: 401";
	posix_spawn_file_actions_t actions;
	char text[4096];
	size_t len = 0;
	ssize_t n;
	double began;
	int out[2], status;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) != 0)
		err(1, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	began = now();
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0)
		err(1, "%s", argv[0]);
	(void)close(out[1]);
	while (len < sizeof(text) &&
	    (n = read(out[0], text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	began = now() - began;
	(void)close(out[0]);
	posix_spawn_file_actions_destroy(&actions);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "%s failed", argv[0]);
	if (len > 0 && (len < sizeof(refusal) ||
	    memcmp(text, refusal, sizeof(refusal) - 1) != 0))
		errx(1, "%s did not refuse: %.*s", argv[0], (int)len, text);
	return (began);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

int
main(int argc, char **argv)
{
	static double ms[COUNT_MAX];
	int i, n = argc > 3 ? atoi(argv[1]) : 0;

	if (n < 1 || n > COUNT_MAX)
		errx(2, "usage: cold COUNT FILE PROGRAM [ARGUMENT]...");
	for (i = 0; i < n; i++)
		ms[i] = run(argv[2], argv + 3);
	qsort(ms, (size_t)n, sizeof(ms[0]), compare);
	printf("%.3f\n", ms[n / 2]);
	return (0);
}
