/*
 * From a path to who answers it: Trunk's webhook, the trackers', the pages.
 * The body is read whatever the answer will be; path, method, sender's rights
 * and size are checked in one place for all of them.  handle_reply() writes
 * the answer in the form that CGI and FastCGI share,
 * https://www.rfc-editor.org/rfc/rfc3875#section-6
 */
#include "handler/handle.h"

#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "handler/config.h"
#include "handler/deliver.h"
#include "handler/health.h"
#include "handler/job.h"
#include "handler/metrics.h"
#include "handler/news.h"
#include "handler/outcome.h"
#include "handler/panel.h"
#include "handler/visitor.h"

enum {
	REPLY_MAX = 4 * 1024 * 1024	/* bytes; pages are the longest */
};

static const char POST[] = "Allow: POST";
static const char GET[] = "Allow: GET, HEAD";

static const struct endpoint {
	const char	*path;
	const char	*method;
	const char	*allow;		/* header of a 405 */
	bool		 works;		/* takes a worker */
	const char	*counts;	/* as a delivery, until its kind is
					   known; NULL: it is none.  It logs
					   by itself */
	/* Who may; NULL: anybody.  ERR_NOT_FOUND: there is no such path. */
	enum err	(*gate)(struct job *, const struct request *);
	struct outcome	(*answer)(struct job *, const struct request *);
} ENDPOINTS[] = {
	{ "/trunk", "POST", POST, true, "none", NULL, deliver },
	{ "/tracker/", "POST", POST, true, "tracker", NULL, news_deliver },
	{ "/health", "GET", GET, false, NULL, NULL, health },
	{ "/ready", "GET", GET, false, NULL, NULL, health_ready },
	{ "/metrics", "GET", GET, true, NULL, visitor_metrics, metrics },
	{ "/act/", "POST", POST, true, NULL, visitor_act, panel_act },
	{ "/", "GET", GET, true, NULL, visitor_page, panel },
	{ "/tickets", "GET", GET, true, NULL, visitor_page, panel },
	{ "/ticket", "GET", GET, true, NULL, visitor_page, panel },
	{ "/deliveries", "GET", GET, true, NULL, visitor_page, panel },
	{ "/delivery", "GET", GET, true, NULL, visitor_page, panel },
	{ "/queue", "GET", GET, true, NULL, visitor_page, panel },
	{ "/parked", "GET", GET, true, NULL, visitor_page, panel },
	{ "/unhandled", "GET", GET, true, NULL, visitor_page, panel },
};

/* A path that ends in a slash is one for all below it, a name at least. */
static bool
is_at(const struct endpoint *p, const char *path)
{
	size_t n = strlen(p->path);

	if (n > 1 && p->path[n - 1] == '/')
		return (strncmp(path, p->path, n) == 0 && path[n] != '\0');
	return (strcmp(p->path, path) == 0);
}

static const struct endpoint *
find(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(ENDPOINTS) / sizeof(ENDPOINTS[0]); i++)
		if (is_at(&ENDPOINTS[i], path))
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

/* Read it whatever we answer; a GET under CGI has none. */
static enum err
read_body(struct job *job, struct request *in, const struct endpoint *p,
    const struct request_source *source)
{

	if (in->cgi && (p == NULL || strcmp(p->method, "POST") != 0 ||
	    !takes(p, in->method)))
		return (OK);
	return (request_read_body(job, source, in));
}

/* May this one ask that? */
static enum err
admit(struct job *job, const struct request *in, const struct endpoint *p)
{
	enum err e;

	if (p == NULL)
		return (fail(job, ERR_NOT_FOUND, "there is nothing at this "
		    "path; Trunk's webhook goes to /trunk below the place "
		    "where the web server mounts tickethook"));
	e = p->gate == NULL ? OK : p->gate(job, in);
	/* A wrong method is told before a wrong user: it never works. */
	if (e != ERR_NOT_FOUND && !takes(p, in->method))
		return (fail(job, ERR_METHOD, "this path takes %s",
		    p->allow + 7));
	return (e);
}

/* What is wrong with it before anybody looks into it? */
static enum err
check(struct job *job, struct request *in, const struct endpoint *p,
    const struct request_source *source)
{
	enum err e = read_body(job, in, p, source), allowed;

	if ((allowed = admit(job, in, p)) != OK)
		return (allowed);
	if (e != OK)
		return (e);
	if (p->works && source->take != NULL && !source->take(source->ctx))
		return (fail(job, ERR_BUSY, "all %d workers are taken",
		    job->config->workers));
	/* A delivery must be signed first. */
	return (p->counts == NULL ? job_open(job) : OK);
}

struct outcome
handle(struct job *job, struct request *in,
    const struct request_source *source)
{
	const struct endpoint *p = find(in->path);
	struct outcome out;
	enum err e;

	e = check(job, in, p, source);
	if (e == OK) {
		out = p->answer(job, in);
	} else {
		out = outcome_error(job, e);
		if (e == ERR_METHOD)
			outcome_header(&out, p->allow);
	}
	if (p != NULL && p->counts != NULL)
		metrics_delivery(job, p->counts, &out);
	if (e != OK || p->counts == NULL)
		report(job, in, &out);
	return (out);
}

static const struct {
	int		 status;
	const char	*reason;
} REASONS[] = {
	{ 200, "OK" }, { 303, "See Other" },
	{ 400, "Bad Request" }, { 401, "Unauthorized" },
	{ 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" },
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
	    "Content-Type: application/json\r\n"
	    "X-Content-Type-Options: nosniff\r\nRetry-After: 5\r\n\r\n"
	    "{\"error\":\"busy\"}\n";
	struct buf b;
	size_t i;

	buf_init(&b, job->arena, REPLY_MAX);
	buf_printf(&b, "Status: %d %s\r\n", out->status,
	    reason_of(out->status));
	buf_printf(&b, "Content-Type: %s\r\n", out->type);
	buf_printf(&b, "Content-Length: %zu\r\n", strlen(out->body));
	buf_str(&b, "Cache-Control: no-store\r\n"
	    "X-Content-Type-Options: nosniff\r\n");
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
