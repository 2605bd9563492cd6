/*
 * Records of FastCGI on a connection, as libfcgi and our server read them,
 * with all that answers behind: pages and refusals, since nothing is signed.
 * An input that begins with '#' is the records themselves.  Any other is
 * variables, one to a line, an empty line and a body, of which records are
 * made: whatever they hold, there is one whole reply.
 * https://fastcgi-archives.github.io/FastCGI_Specification.html
 */
#include "handler/server.c"

#include "common/buf.h"
#include "common/http.h"
#include "tests/fuzz/fuzz.h"

enum {
	WORKERS = 4,
	PATIENCE = 50 * 1000,	/* us for a peer that does not read */
	BEGIN = 1, PARAMS = 4, STDIN = 5, STDOUT = 6,	/* types of records */
	PIECE = 1000,		/* bytes of a record's content */
	REPLY_MAX = 1 << 22
};

static char directory[] = "/tmp/tickethook-fuzz.XXXXXX";

static const char text[] =
    "[ledger]\nurl = sqlite:%s/ledger.db\n"
    "[handler]\nlog_level = error\n"
    "[svix]\nsecret = whsec_aGFyYm91ciBjcmFuZSBrZXkgMjQgYnl0\n"
    "[trunk]\ntoken = a-token\n"
    "[panel]\nusers = *\n"
    "[tracker lin]\ntype = linear\napi_key = lin_api_aaaaaaaaaaaaaaaaaaaa\n"
    "webhook_secret = a-secret-of-the-harbour\nteam = ENG\n"
    "[rule rest]\ntracker = lin\n";

enum err __wrap_http_call(struct http *, struct arena *,
    const struct http_call *, struct http_answer *, struct why *);

const char *__lsan_default_suppressions(void);

/* libfcgi forgets the variables of a request that begins anew. */
const char *
__lsan_default_suppressions(void)
{

	return ("leak:libfcgi");
}

/* Nobody is asked. */
enum err
__wrap_http_call(struct http *http, struct arena *arena,
    const struct http_call *call, struct http_answer *answer,
    struct why *why)
{

	(void)http;
	(void)arena;
	(void)call;
	memset(answer, 0, sizeof(*answer));
	answer->fate = HTTP_NOT_SENT;
	answer->host = "upstream.example.net:443";
	return (err_set(why, ERR_UPSTREAM, "nobody is asked"));
}

static void
leave(void)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal",
	    "ledger.db-shm", "ledger.db.lock", "ledger.db-counts" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory,
		    names[i]);
		(void)unlink(path);
	}
	(void)rmdir(directory);
}

static struct server *
server(void)
{
	static struct server s = { .listener = -1, .nslots = WORKERS + SPARE };
	static char file[128], ini[2048];
	struct why why = { "" };
	FILE *f;

	if (s.program != NULL)
		return (&s);
	MUST(mkdtemp(directory) != NULL && atexit(leave) == 0);
	(void)snprintf(file, sizeof(file), "%s/c.ini", directory);
	(void)snprintf(ini, sizeof(ini), text, directory);
	MUST((f = fopen(file, "w")) != NULL && fputs(ini, f) >= 0 &&
	    fclose(f) == 0 && chmod(file, 0600) == 0);
	MUST(FCGX_Init() == 0);
	(void)signal(SIGPIPE, SIG_IGN);
	if (program_open(&s.program, file, false, &why) != OK)
		(void)fprintf(stderr, "%s\n", why.text);
	MUST(s.program != NULL && unlink(file) == 0);
	MUST((s.stop = eventfd(0, EFD_CLOEXEC)) >= 0);
	log_setup(LOG_LEVEL_ERROR, false);
	return (&s);
}

static void
put_record(struct buf *out, int type, const void *data, size_t n)
{
	const unsigned char head[] = { 1, (unsigned char)type, 0, 1,
	    (unsigned char)(n >> 8), (unsigned char)n, 0, 0 };

	buf_add(out, head, sizeof(head));
	buf_add(out, data, n);
}

/* In pieces, and the empty one at the end. */
static void
put_stream(struct buf *out, int type, const char *data, size_t n)
{
	size_t some;

	for (; n > 0; data += some, n -= some) {
		some = n < PIECE ? n : PIECE;
		put_record(out, type, data, some);
	}
	put_record(out, type, "", 0);
}

static void
put_length(struct buf *out, size_t n)
{
	const unsigned char four[] = { (unsigned char)(n >> 24 | 0x80),
	    (unsigned char)(n >> 16), (unsigned char)(n >> 8),
	    (unsigned char)n };

	if (n < 128)
		buf_char(out, (char)n);
	else
		buf_add(out, four, sizeof(four));
}

static void
make_records(struct job *job, const uint8_t *data, size_t n,
    struct buf *out)
{
	static const unsigned char begin[8] = { 0, 1, 0 };
	struct buf pairs;
	const char *line, *value;
	size_t len;

	buf_init(&pairs, job->arena, FUZZ_ARENA / 8);
	while (*(line = fuzz_line(job, &data, &n)) != '\0') {
		len = strcspn(line, "=");
		value = line[len] == '=' ? line + len + 1 : "";
		put_length(&pairs, len);
		put_length(&pairs, strlen(value));
		buf_add(&pairs, line, len);
		buf_str(&pairs, value);
	}
	put_record(out, BEGIN, begin, sizeof(begin));
	put_stream(out, PARAMS, buf_text(&pairs), pairs.len);
	put_stream(out, STDIN, (const char *)data, n);
	MUST(buf_text(out) != NULL);
}

/* What came back: the text of all records of standard output. */
static const char *
reply(struct job *job, int fd)
{
	static unsigned char raw[REPLY_MAX];
	size_t n = 0, at, len;
	struct buf out;
	ssize_t got;

	while ((got = recv(fd, raw + n, sizeof(raw) - n, MSG_DONTWAIT)) > 0)
		n += (size_t)got;
	buf_init(&out, job->arena, FUZZ_ARENA / 4);
	for (at = 0; at + 8 <= n; at += 8 + len + raw[at + 6]) {
		len = (size_t)raw[at + 4] << 8 | raw[at + 5];
		if (raw[at + 1] == STDOUT && at + 8 + len <= n)
			buf_add(&out, raw + at + 8, len);
	}
	MUST(buf_text(&out) != NULL);
	return (buf_text(&out));
}

/*
 * libfcgi asks for as much memory as a record announces, which is its own
 * affair (tests/run/hostile.js): does anything in it look so?
 */
static bool
announces_much(const uint8_t *data, size_t n)
{
	size_t i;

	for (i = 0; i + 4 <= n; i++)
		if ((data[i] & 0x80) != 0 && (data[i] & 0x7f) + data[i + 1] >
		    0)
			return (true);
	return (false);
}

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	const struct timeval patience = { .tv_usec = PATIENCE };
	struct slot slot = { .mutex = PTHREAD_MUTEX_INITIALIZER,
	    .server = server() };
	bool raw = n > 0 && data[0] == '#';
	struct buf in;
	const char *said;
	int fd[2];

	if (raw && announces_much(data, n))
		return;
	buf_init(&in, job->arena, FUZZ_ARENA / 4);
	if (raw)
		buf_add(&in, data + 1, n - 1);
	else
		make_records(job, data, n, &in);
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == 0);
	MUST(setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience)) == 0);
	MUST(send(fd[1], in.len == 0 ? "" : in.data, in.len, MSG_DONTWAIT) ==
	    (ssize_t)in.len);
	MUST(shutdown(fd[1], SHUT_WR) == 0);
	serve_connection(&slot, job->arena, fd[0]);
	/* serve() has reset the arena. */
	said = reply(job, fd[1]);
	close(fd[1]);
	MUST(slot.talking == 0 && slot.server->busy == 0);
	if (!raw)
		MUST(strncmp(said, "Status: ", 8) == 0 &&
		    strstr(said, "\r\n\r\n") != NULL);
}
