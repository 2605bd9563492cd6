#include "handler/handle.h"

#include <pthread.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/deliver.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_sweep.h"
#include "handler/limits.h"
#include "handler/outcome.h"

enum {
	REPLY_MAX = 64 * 1024,
	PROBE_LIFE = 1000	/* ms an answer of the ledger stands */
};

/* GET /health: it runs. */
static struct outcome
health(struct job *job, const struct request *in)
{

	(void)job;
	(void)in;
	return ((struct outcome){ .status = 200, .name = "healthy",
	    .type = "application/json", .body = "{\"healthy\":true}\n" });
}

/* What of the ledger's content a person must see to; sets the sentence. */
static bool
is_neglected(struct job *job)
{
	struct ledger_state state;

	if (ledger_state(job, &state) != OK)
		return (true);
	if (state.link_refused > 0 &&
	    job->now - state.link_refused >= LIMIT_LINK) {
		(void)fail(job, ERR_LINK_REFUSED, "a link has been refused "
		    "for more than a day; see the log for Trunk's sentence");
		return (true);
	}
	if (state.drought > 0 && job->now - state.drought >= LIMIT_DROUGHT) {
		(void)fail(job, ERR_REFUSED, "every delivery has been refused "
		    "for three days; see the log for the tracker's sentence");
		return (true);
	}
	return (false);
}

/*
 * Can the ledger be written?  Anybody may ask, and the answer costs a
 * synced page, so it stands for a moment.
 */
static bool
is_writable(struct job *job)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static int64_t asked;
	static bool writable;
	bool answer;

	pthread_mutex_lock(&mutex);
	if (asked == 0 || job->started - asked >= PROBE_LIFE) {
		asked = job->started;
		writable = ledger_probe(job->ledger, &job->why) == OK;
	}
	answer = writable;
	pthread_mutex_unlock(&mutex);
	return (answer);
}

/* GET /ready: it can keep its promises.  Why not is for the log. */
static struct outcome
ready(struct job *job, const struct request *in)
{

	(void)in;
	if (is_writable(job) && !is_neglected(job))
		return ((struct outcome){ .status = 200, .name = "ready",
		    .type = "application/json",
		    .body = "{\"ready\":true}\n" });
	return ((struct outcome){ .status = 503, .name = "not_ready",
	    .type = "application/json", .body = "{\"ready\":false}\n",
	    .header = { "Retry-After: 5" } });
}

static const struct endpoint {
	const char	*path;
	const char	*method;
	const char	*allow;		/* header of a 405 */
	bool		 works;		/* takes a worker; logs by itself */
	struct outcome	(*answer)(struct job *, const struct request *);
} ENDPOINTS[] = {
	{ "/trunk", "POST", "Allow: POST", true, deliver },
	{ "/health", "GET", "Allow: GET, HEAD", false, health },
	{ "/ready", "GET", "Allow: GET, HEAD", false, ready },
};

static const struct endpoint *
find(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(ENDPOINTS) / sizeof(ENDPOINTS[0]); i++)
		if (strcmp(ENDPOINTS[i].path, path) == 0)
			return (&ENDPOINTS[i]);
	return (NULL);
}

static bool
takes(const struct endpoint *p, const char *method)
{

	return (strcmp(p->method, method) == 0 ||
	    (strcmp(p->method, "GET") == 0 && strcmp(method, "HEAD") == 0));
}

static void
report(const struct job *job, const struct request *in,
    const struct outcome *out)
{
	struct log_line l;

	log_begin(&l, out->status < 500 ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
	    "request");
	log_text(&l, "method", in->method);
	log_text(&l, "path", in->path);
	log_int(&l, "status", out->status);
	log_text(&l, "outcome", out->name);
	log_int(&l, "ms", clock_mono() - job->started);
	if (job->why.text[0] != '\0')
		log_text(&l, "why", job->why.text);
	log_end(&l);
}

/* What is wrong with it before anybody looks into it? */
static enum err
check(struct job *job, struct request *in, const struct endpoint *p,
    const struct request_source *source, bool busy)
{
	enum err e = OK;

	/* Read it whatever we answer; a GET under CGI has none. */
	if (!in->cgi || (p != NULL && p->works && takes(p, in->method)))
		e = request_read_body(job, source, in);
	if (p == NULL)
		return (fail(job, ERR_NOT_FOUND, "there is nothing at this "
		    "path; Trunk's webhook goes to /trunk below the place "
		    "where the web server mounts tickethook"));
	if (!takes(p, in->method))
		return (fail(job, ERR_METHOD, "this path takes %s",
		    p->allow + 7));
	if (e != OK)
		return (e);
	if (busy && p->works)
		return (fail(job, ERR_BUSY, "all %d workers are taken",
		    job->config->workers));
	return (OK);
}

struct outcome
handle(struct job *job, struct request *in,
    const struct request_source *source, bool busy)
{
	const struct endpoint *p = find(in->path);
	struct outcome out;
	enum err e;

	e = check(job, in, p, source, busy);
	if (e == OK) {
		out = p->answer(job, in);
	} else {
		out = outcome_error(job, e);
		if (e == ERR_METHOD)
			outcome_header(&out, p->allow);
	}
	if (e != OK || !p->works)
		report(job, in, &out);
	return (out);
}

static const struct {
	int		 status;
	const char	*reason;
} REASONS[] = {
	{ 200, "OK" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
	{ 404, "Not Found" }, { 405, "Method Not Allowed" },
	{ 411, "Length Required" }, { 413, "Content Too Large" },
	{ 502, "Bad Gateway" }, { 503, "Service Unavailable" },
};

static const char *
reason_of(int status)
{
	size_t i;

	for (i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++)
		if (REASONS[i].status == status)
			return (REASONS[i].reason);
	return ("Unknown");
}

const char *
handle_reply(struct job *job, const struct request *in,
    const struct outcome *out, size_t *len)
{
	static const char no_memory[] = "Status: 503 Service Unavailable\r\n"
	    "Content-Type: application/json\r\nRetry-After: 5\r\n\r\n"
	    "{\"error\":\"busy\"}\n";
	struct buf b;
	size_t i;

	buf_init(&b, job->arena, REPLY_MAX);
	buf_printf(&b, "Status: %d %s\r\n", out->status,
	    reason_of(out->status));
	buf_printf(&b, "Content-Type: %s\r\n", out->type);
	buf_printf(&b, "Content-Length: %zu\r\n", strlen(out->body));
	buf_str(&b, "Cache-Control: no-store\r\n");
	for (i = 0; i < OUTCOME_HEADERS && out->header[i] != NULL; i++)
		buf_printf(&b, "%s\r\n", out->header[i]);
	buf_str(&b, "\r\n");
	if (strcmp(in->method, "HEAD") != 0)
		buf_str(&b, out->body);
	if (buf_text(&b) == NULL) {
		*len = sizeof(no_memory) - 1;
		return (no_memory);
	}
	*len = b.len;
	return (buf_text(&b));
}
