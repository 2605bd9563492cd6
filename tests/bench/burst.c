/*
 * Calls at once to one host over TLS that takes 300 ms for each: how long
 * each takes, how many connections they use, and what it costs in memory.
 * The first round opens the connections, the others find them.
 *
 *	burst [CALLS]
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <err.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/http.h"
#include "tests/unit/h2_server.h"

enum {
	DAY = 86400,
	CALLS = 512,
	CALLS_MAX = 2048,
	WAIT = 300,		/* ms */
	PATIENCE = 60000,
	ROUNDS = 3,
	STACK = 256 << 10,
	ARENA = 1 << 20
};

/* What the server, a process of its own, tells. */
struct told {
	atomic_int	port;
	atomic_int	connections;
	atomic_int	requests;
};

static struct told	*told;
static char		 ca_file[] = "/tmp/burst.XXXXXX";
static atomic_int	 loads;		/* of certificates from a file */
static struct http	*http;

/* OpenSSL's, counted. */
int
X509_STORE_load_file(X509_STORE *store, const char *path)
{
	int (*real)(X509_STORE *, const char *);

	loads++;
	*(void **)&real = dlsym(RTLD_NEXT, "X509_STORE_load_file");
	return (real(store, path));
}

static void
serve_for_ever(bool two)
{
	struct tls_identity ca = tls_identity(NULL, -DAY, DAY, NULL);
	struct tls_identity id = tls_identity("IP:127.0.0.1", -DAY, DAY, &ca);
	static struct tls_server s;

	s.ctx = tls_context(&id);
	s.delay = h2.delay = WAIT;
	if (two)
		SSL_CTX_set_alpn_select_cb(s.ctx, h2_select, NULL);
	if (!tls_bundle(ca_file, &ca) ||
	    !tls_start(&s, two ? h2_serve : tls_serve))
		_exit(1);
	for (told->port = s.port; getppid() != 1; tls_pause(10)) {
		told->connections = s.connections;
		told->requests = s.requests;
	}
	_exit(0);
}

static pid_t
start_server(bool two)
{
	pid_t pid;

	told->port = 0;
	if ((pid = fork()) == 0)
		serve_for_ever(two);
	while (told->port == 0)
		if (waitpid(pid, NULL, WNOHANG) != 0)
			errx(1, "the server does not start");
		else
			tls_pause(10);
	return (pid);
}

struct caller {
	pthread_t		 thread;
	pthread_barrier_t	*start;
	int			 ms;	/* or -1 */
};

static void *
call(void *arg)
{
	struct caller *c = arg;
	struct arena *arena = arena_new(ARENA);
	struct http_call one = { .method = "POST", .body = "{}", .len = 2 };
	struct http_answer answer;
	struct why why = { "" };
	int64_t start;

	one.url = arena_printf(arena, "https://127.0.0.1:%d/ok", told->port);
	/* As a worker's would be, its memory is there already. */
	free(malloc(4096));
	pthread_barrier_wait(c->start);
	start = clock_mono();
	one.deadline = start + PATIENCE;
	if (http_call(http, arena, &one, &answer, &why) == OK &&
	    answer.status == 200)
		c->ms = (int)(clock_mono() - start);
	else
		warnx("%s", why.text);
	arena_free(arena);
	return (NULL);
}

static int
by_time(const void *a, const void *b)
{

	return (((const struct caller *)a)->ms -
	    ((const struct caller *)b)->ms);
}

/* Of this process so far. */
static int
cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((int)(ts.tv_sec * 1000 + ts.tv_nsec / 1000000));
}

static void
round_of(const char *title, int calls)
{
	static struct caller c[CALLS_MAX];
	pthread_barrier_t start;
	pthread_attr_t attr;
	struct rusage use;
	int i, p50, p99, cpu;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_barrier_init(&start, NULL, (unsigned)calls + 1);
	for (i = 0; i < calls; i++) {
		c[i] = (struct caller){ .start = &start, .ms = -1 };
		if (pthread_create(&c[i].thread, &attr, call, &c[i]) != 0)
			errx(1, "no thread");
	}
	cpu = cpu_ms();
	pthread_barrier_wait(&start);
	for (i = 0; i < calls; i++)
		pthread_join(c[i].thread, NULL);
	pthread_barrier_destroy(&start);
	qsort(c, (size_t)calls, sizeof(c[0]), by_time);
	if (c[0].ms < 0)
		errx(1, "a call failed");
	tls_pause(50);
	getrusage(RUSAGE_SELF, &use);
	p50 = c[calls / 2].ms;
	p99 = c[calls * 99 / 100].ms;
	printf("%s: %d calls of %d ms: p50 %d ms (%.2f), p99 %d ms (%.2f), "
	    "%d ms of CPU, %d connections, %ld MiB at most, %d files of "
	    "certificates read\n", title, calls, WAIT, p50,
	    (double)p50 / WAIT, p99, (double)p99 / WAIT, cpu_ms() - cpu,
	    told->connections, use.ru_maxrss >> 10, loads);
	fflush(stdout);
}

/* In a process of its own, for its memory. */
static void
measure(const char *title, bool two, int calls)
{
	struct http_options options = { .agent = "burst/1", .cap = 1 << 20,
	    .ca_file = ca_file };
	struct why why = { "" };
	char text[64];
	pid_t server;
	int i;

	server = start_server(two);
	if (http_new(&options, &http, &why) != OK)
		errx(1, "%s", why.text);
	for (i = 0; i < ROUNDS; i++) {
		snprintf(text, sizeof(text), "%s %s", title,
		    i == 0 ? "cold" : "warm");
		round_of(text, calls);
	}
	http_free(http);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	exit(0);
}

int
main(int argc, char **argv)
{
	int calls = argc > 1 ? atoi(argv[1]) : CALLS, status, two;
	int fd = mkstemp(ca_file);
	pid_t pid;

	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || told == MAP_FAILED || calls < 1 || calls > CALLS_MAX)
		errx(1, "burst [CALLS up to %d]", (int)CALLS_MAX);
	close(fd);
	for (two = 1; two >= 0; two--) {
		told->connections = 0;
		if ((pid = fork()) == 0)
			measure(two ? "HTTP/2" : "HTTP/1.1", two != 0, calls);
		if (waitpid(pid, &status, 0) != pid || status != 0)
			errx(1, "no figures");
	}
	unlink(ca_file);
	return (0);
}
