/*
 * Linear and Trunk that take their time: each request is answered DELAY ms
 * after it has come, however many wait.  HTTP/1.1 on a unix socket, behind an
 * nginx that speaks TLS.
 *
 *	slow SOCKET DELAY [OTHERS]
 *
 * It knows the calls of a new delivery: the names, the create, whose issue has
 * the id that it was given, and the link; and those of sync and reconcile,
 * which are told that all is as panel.c's ledger says.  With OTHERS they are
 * told that nothing is: each ticket is in the trash, no test shows one, and
 * so many tests are flaky that the ledger has never heard of.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

enum {
	BACKLOG = 4096,
	PEERS = 4096,		/* connections at once */
	ROOM = 64 * 1024,	/* bytes of a request */
	ANSWER = 64 * 1024,
	HEAD = 256,		/* bytes before an answer */
	PAGE = 100,		/* tests, and tickets that are asked for */
	UUID = 36,
	UUID_TAIL = 24,		/* where panel.c's ids hold the ticket */
	EVENTS = 256
};

/* A connection has one request at a time; -1: what it has is incomplete. */
static struct peer {
	char	*text;
	size_t	 len;
	int64_t	 due;
} peers[PEERS];

/* Who waits for an answer, in the order of the requests. */
static int queue[PEERS];
static unsigned int first, last;

static int serial;
static int others;		/* 0: all is as the ledger says */

static const char NAMES[] = "{\"data\":{\"teams\":{\"nodes\":[{"
    "\"id\":\"7d0f9f0e-2a54-4a63-9a0e-3c1f5b1d2e11\",\"key\":\"ENG\","
    "\"visibility\":\"public\",\"retiredAt\":null,\"archivedAt\":null,"
    "\"issueEstimationType\":\"notUsed\",\"states\":{\"nodes\":[{"
    "\"id\":\"1b9b6f6c-5d5b-4d61-8f2f-6e1c3a5d7f21\",\"name\":\"Todo\","
    "\"type\":\"unstarted\",\"position\":1}]}}]},"
    "\"issueLabels\":{\"nodes\":[]},\"others\":{\"nodes\":[]},"
    "\"users\":{\"nodes\":[]},\"projects\":{\"nodes\":[]},"
    "\"templates\":[]}}";

/* The value of the first "id". */
static const char *
id_of(const char *body)
{
	const char *at = body == NULL ? NULL : strstr(body, "\"id\":\"");

	return (at == NULL ? "" : at + 6);
}

/* The ticket that panel.c gave that id, or the test; 0: none of its. */
static int
number_of(const char *id)
{

	return (strspn(id, "0123456789abcdef-") < UUID ? 0 :
	    atoi(id + UUID_TAIL));
}

static size_t put(char body[ANSWER], size_t at, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Where it ends. */
static size_t
put(char body[ANSWER], size_t at, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(body + at, ANSWER - at, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= ANSWER - at)
		errx(1, "an answer is too long");
	return (at + (size_t)n);
}

/* A page of the tests that nobody told of; the cursor is where it begins. */
static void
answer_list(const char *request, char body[ANSWER])
{
	const char *cursor = strstr(request, "&cursor=");
	int i, from = cursor == NULL ? 0 : atoi(cursor + 8);
	int to = others - from > PAGE ? from + PAGE : others;
	size_t n = put(body, 0, "{\"data\":[");

	if (strncmp(request, "GET /v2/tests?status=flaky&", 27) != 0)
		from = to = others;
	for (i = from; i < to; i++)
		n = put(body, n, "%s{\"id\":\"6c6c6c6c-6c6c-5c6c-8c6c-%012d\","
		    "\"name\":\"tows barge %d\",\"status\":\"flaky\","
		    "\"statusSince\":\"2026-01-01T00:00:00.000Z\","
		    "\"file\":\"quay/barge_test.go\"}", i > from ? "," : "",
		    i + 1, i);
	(void)put(body, n, "],\"hasMore\":%s,\"nextCursor\":\"%d\"}",
	    to < others ? "true" : "false", to);
}

/* What is told of the tests. */
static void
answer_trunk(const char *request, char body[ANSWER])
{
	int number = strncmp(request, "GET /v2/tests/", 14) == 0 ?
	    number_of(request + 14) : 0;

	if (strncmp(request, "GET /v2/tests?", 14) == 0)
		answer_list(request, body);
	else if (number > 0 && others > 0)
		(void)put(body, 0, "{\"deletedAt\":"
		    "\"2026-01-01T00:00:00.000Z\"}");
	else if (number > 0)
		(void)put(body, 0, "{\"key\":\"HAR-%d\",\"url\":"
		    "\"https://dock.example.net/HAR-%d\"}", number, number);
	else
		(void)put(body, 0, "{\"key\":\"ENG-%d\",\"url\":"
		    "\"https://linear.app/harbour/issue/ENG-%d\"}", serial,
		    serial);
}

static size_t
put_issue(char body[ANSWER], size_t at, const char *id)
{
	int number = number_of(id);

	return (put(body, at, "{\"id\":\"%.*s\",\"identifier\":\"HAR-%d\","
	    "\"url\":\"https://dock.example.net/HAR-%d\",\"trashed\":%s,"
	    "\"updatedAt\":\"2026-01-01T00:00:00.000Z\",\"state\":{"
	    "\"id\":\"s\",\"name\":\"Todo\",\"type\":\"unstarted\"},"
	    "\"team\":{\"id\":\"t\",\"key\":\"ENG\"}}",
	    (int)strcspn(id, "\""), id, number, number,
	    others > 0 ? "true" : "false"));
}

/* Those of "ids":["...","..."]. */
static void
answer_issues(const char *request, char body[ANSWER])
{
	const char *id = strstr(request, "\"ids\":[\"");
	size_t n = put(body, 0, "{\"data\":{\"issues\":{\"nodes\":[");
	int i;

	for (i = 0; id != NULL && i < PAGE; i++) {
		id = i == 0 ? id + 8 : id + 2;
		n = put(body, n, i == 0 ? "" : ",");
		n = put_issue(body, n, id);
		id = strstr(id, "\",\"");
		if (id != NULL)
			id++;
	}
	(void)put(body, n, "]}}}");
}

static void
answer_linear(const char *request, char body[ANSWER])
{
	const char *id = id_of(strstr(request, "\"variables\""));
	int n = (int)strcspn(id, "\"");

	if (strstr(request, "mutation CreateIssue") != NULL)
		(void)put(body, 0, "{\"data\":{"
		    "\"issueCreate\":{\"success\":true,\"issue\":{"
		    "\"id\":\"%.*s\",\"identifier\":\"ENG-%d\",\"url\":"
		    "\"https://linear.app/harbour/issue/ENG-%d\"}}}}", n, id,
		    serial, serial);
	else if (strstr(request, "query IssueState(") != NULL ||
	    strstr(request, "query IssueById") != NULL)
		(void)put(body, put_issue(body, put(body, 0, "{\"data\":{"
		    "\"issue\":"), id), "}}");
	else if (strstr(request, "query IssueStates(") != NULL)
		answer_issues(request, body);
	else if (strstr(request, "query Names") != NULL)
		(void)put(body, 0, "%s", NAMES);
	else
		(void)put(body, 0, "{\"data\":{\"issues\":{"
		    "\"nodes\":[]}}}");
}

static void
answer(int fd)
{
	static char body[ANSWER], text[HEAD + ANSWER];
	const char *request = peers[fd].text;
	int n;

	serial++;
	if (strstr(request, " /v2/tests") != NULL)
		answer_trunk(request, body);
	else
		answer_linear(request, body);
	n = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(body), body);
	if (write(fd, text, (size_t)n) != n)
		warn("answering");
	peers[fd].len = 0;
}

/* Is the request whole? */
static bool
is_whole(struct peer *p)
{
	const char *end, *length;

	p->text[p->len] = '\0';
	if ((end = strstr(p->text, "\r\n\r\n")) == NULL)
		return (false);
	length = strcasestr(p->text, "\r\nContent-Length:");
	return (p->len >= (size_t)(end + 4 - p->text) +
	    (length != NULL && length < end ?
	    strtoul(length + 17, NULL, 10) : 0));
}

static void
take(int fd, int delay)
{
	struct peer *p = &peers[fd];
	ssize_t n = read(fd, p->text + p->len, ROOM - 1 - p->len);

	if (n <= 0) {
		(void)close(fd);
		return;
	}
	p->len += (size_t)n;
	if (is_whole(p)) {
		p->due = clock_mono() + delay;
		queue[last++ % PEERS] = fd;
	}
}

static void
welcome(int epoll, int listener)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = accept(listener, NULL, NULL);

	if (fd < 0 || fd >= PEERS)
		err(1, "accept");
	if (peers[fd].text == NULL && (peers[fd].text = malloc(ROOM)) == NULL)
		err(1, "no memory");
	peers[fd].len = 0;
	event.data.fd = fd;
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		err(1, "epoll");
}

static void
run(int listener, int delay)
{
	struct epoll_event event = { .events = EPOLLIN,
	    .data = { .fd = listener } }, events[EVENTS];
	int epoll = epoll_create1(0), i, n;
	int64_t left;

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener,
	    &event) != 0)
		err(1, "epoll");
	for (;;) {
		left = first == last ? -1 :
		    peers[queue[first % PEERS]].due - clock_mono();
		n = epoll_wait(epoll, events, EVENTS, first == last ? -1 :
		    left > 0 ? (int)left : 0);
		for (i = 0; i < n; i++)
			if (events[i].data.fd == listener)
				welcome(epoll, listener);
			else
				take(events[i].data.fd, delay);
		for (; first != last && peers[queue[first % PEERS]].due <=
		    clock_mono(); first++)
			answer(queue[first % PEERS]);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 3 && argc != 4)
		errx(2, "usage: slow SOCKET DELAY [OTHERS]");
	others = argc == 4 ? atoi(argv[3]) : 0;
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", argv[1]);
	if (listener < 0 || bind(listener, (struct sockaddr *)&sun,
	    sizeof(sun)) != 0 || listen(listener, BACKLOG) != 0)
		err(1, "%s", argv[1]);
	run(listener, atoi(argv[2]));
	return (0);
}
