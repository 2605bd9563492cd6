/*
 * The least that a FastCGI program does: threads that read a request to its
 * end and answer 204.
 *
 *	responder SOCKET THREADS
 */
#include <err.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	BACKLOG = 4096,
	THREADS_MAX = 1024,
	CHUNK = 16384
};

static const char answer[] = "Status: 204 No Content\r\n\r\n";

static void *
serve(void *arg)
{
	char chunk[CHUNK];
	FCGX_Request r;

	if (FCGX_InitRequest(&r, *(int *)arg, 0) != 0)
		errx(1, "libfcgi cannot be set up");
	while (FCGX_Accept_r(&r) == 0) {
		while (FCGX_GetStr(chunk, CHUNK, r.in) > 0)
			continue;
		(void)FCGX_PutStr(answer, sizeof(answer) - 1, r.out);
		FCGX_Finish_r(&r);
	}
	return (NULL);
}

int
main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	int i, n, listener;

	n = argc == 3 ? atoi(argv[2]) : 0;
	if (n < 1 || n > THREADS_MAX)
		errx(2, "usage: responder SOCKET THREADS");
	if (FCGX_Init() != 0 ||
	    (listener = FCGX_OpenSocket(argv[1], BACKLOG)) < 0)
		errx(1, "cannot listen on %s", argv[1]);
	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, serve, &listener) != 0)
			errx(1, "no thread");
	for (i = 0; i < n; i++)
		(void)pthread_join(thread[i], NULL);
	return (0);
}
