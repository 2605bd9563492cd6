/*
 * The variables are those of CGI, https://www.rfc-editor.org/rfc/rfc3875:
 * a request header comes as HTTP_ and its name in capitals, with '_' for '-'.
 * Only names of one table are looked at.  The body is read to its end even if
 * it is refused, within reason: a web server may fail when nobody reads what
 * it passes on.
 */
#include "handler/request.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/buf.h"
#include "handler/config.h"
#include "handler/job.h"

enum {
	CHUNK = 4096,		/* bytes read at a time */
	LENGTH_DIGITS = 18,
	/* Bytes thrown away, as multiples of max_body, before we give up. */
	PATIENCE = 16
};

enum variable {
	VAR_METHOD, VAR_PATH_INFO, VAR_REQUEST_URI, VAR_SCRIPT_NAME,
	VAR_CONTENT_LENGTH,
	VAR_USER, VAR_AUTHORIZATION, VAR_QUERY, VAR_CONTENT_TYPE,
	VAR_HOST, VAR_HTTPS, VAR_ORIGIN, VAR_SITE,
	VAR_SVIX_ID, VAR_SVIX_TIMESTAMP, VAR_SVIX_SIGNATURE,
	VAR_WEBHOOK_ID, VAR_WEBHOOK_TIMESTAMP, VAR_WEBHOOK_SIGNATURE,
	VAR_JIRA_SIGNATURE, VAR_JIRA_ID,
	VAR_LINEAR_SIGNATURE, VAR_LINEAR_ID,
	VAR_COUNT
};

#define NAMED(s)	s, sizeof(s) - 1

static const struct {
	const char	*name;
	size_t		 len;
	const char	*header;	/* it must not come twice */
} VARIABLES[VAR_COUNT] = {
	[VAR_METHOD]		= { NAMED("REQUEST_METHOD"), NULL },
	[VAR_PATH_INFO]		= { NAMED("PATH_INFO"), NULL },
	[VAR_REQUEST_URI]	= { NAMED("REQUEST_URI"), NULL },
	[VAR_SCRIPT_NAME]	= { NAMED("SCRIPT_NAME"), NULL },
	[VAR_CONTENT_LENGTH]	= { NAMED("CONTENT_LENGTH"), NULL },
	[VAR_USER]		= { NAMED("REMOTE_USER"), NULL },
	[VAR_AUTHORIZATION]	= { NAMED("HTTP_AUTHORIZATION"), NULL },
	[VAR_QUERY]		= { NAMED("QUERY_STRING"), NULL },
	[VAR_CONTENT_TYPE]	= { NAMED("CONTENT_TYPE"), NULL },
	[VAR_HOST]		= { NAMED("HTTP_HOST"), NULL },
	[VAR_HTTPS]		= { NAMED("HTTPS"), NULL },
	[VAR_ORIGIN]		= { NAMED("HTTP_ORIGIN"), NULL },
	[VAR_SITE]		= { NAMED("HTTP_SEC_FETCH_SITE"), NULL },
	[VAR_SVIX_ID]		= { NAMED("HTTP_SVIX_ID"), "svix-id" },
	[VAR_SVIX_TIMESTAMP]	= { NAMED("HTTP_SVIX_TIMESTAMP"),
				    "svix-timestamp" },
	[VAR_SVIX_SIGNATURE]	= { NAMED("HTTP_SVIX_SIGNATURE"),
				    "svix-signature" },
	[VAR_WEBHOOK_ID]	= { NAMED("HTTP_WEBHOOK_ID"), "webhook-id" },
	[VAR_WEBHOOK_TIMESTAMP]	= { NAMED("HTTP_WEBHOOK_TIMESTAMP"),
				    "webhook-timestamp" },
	[VAR_WEBHOOK_SIGNATURE]	= { NAMED("HTTP_WEBHOOK_SIGNATURE"),
				    "webhook-signature" },
	[VAR_JIRA_SIGNATURE]	= { NAMED("HTTP_X_HUB_SIGNATURE"),
				    "x-hub-signature" },
	[VAR_JIRA_ID]		= { NAMED("HTTP_X_ATLASSIAN_WEBHOOK_"
				    "IDENTIFIER"),
				    "x-atlassian-webhook-identifier" },
	[VAR_LINEAR_SIGNATURE]	= { NAMED("HTTP_LINEAR_SIGNATURE"),
				    "linear-signature" },
	[VAR_LINEAR_ID]		= { NAMED("HTTP_LINEAR_DELIVERY"),
				    "linear-delivery" },
};

static enum variable
which(const char *entry, const char **value)
{
	size_t n = strcspn(entry, "=");
	enum variable v;

	for (v = 0; v < VAR_COUNT; v++)
		if (VARIABLES[v].len == n && entry[n] == '=' &&
		    memcmp(entry, VARIABLES[v].name, n) == 0) {
			*value = entry + n + 1;
			break;
		}
	return (v);
}

/*
 * The path below the mount point: PATH_INFO, or REQUEST_URI without its
 * query and without SCRIPT_NAME.
 */
static const char *
path_of(struct arena *arena, char *const value[VAR_COUNT])
{
	const char *uri = value[VAR_REQUEST_URI];
	const char *script = value[VAR_SCRIPT_NAME];
	size_t n;

	if (value[VAR_PATH_INFO] != NULL)
		return (value[VAR_PATH_INFO]);
	if (uri == NULL)
		return ("");
	if (script != NULL && strncmp(uri, script, strlen(script)) == 0)
		uri += strlen(script);
	n = strcspn(uri, "?#");
	return (arena_strndup(arena, uri, n));
}

/* -1 for anything but a plain number: "", "-1", none. */
static int64_t
length_of(const char *text)
{
	int64_t n = 0;

	if (text == NULL || strspn(text, "0123456789") != strlen(text) ||
	    strlen(text) > LENGTH_DIGITS)
		return (-1);
	while (*text != '\0')
		n = n * 10 + (*text++ - '0');
	return (n);
}

/* "a, b" is how most web servers join a header that came twice. */
static const char *
find_joined(char *const value[VAR_COUNT])
{
	enum variable v;

	for (v = VAR_SVIX_ID; v < VAR_COUNT; v++)
		if (value[v] != NULL && strstr(value[v], ", ") != NULL)
			return (VARIABLES[v].header);
	return (NULL);
}

/*
 * One word that nobody was asked for a password outweighs any name: who adds
 * a web server's stock variables to our fragment has both.
 */
static bool
is_nobody(const char *user, const char *text)
{
	return (*text == '\0' || (user != NULL && strcmp(user, text) != 0));
}

enum err
request_read_variables(struct arena *arena, char *const *envp,
    struct request *in, struct why *why)
{
	char *value[VAR_COUNT] = { NULL };
	const char *text = NULL, *path;
	bool nobody = false;
	enum variable v;

	in->method = in->path = "";	/* also after a failure */
	for (; *envp != NULL; envp++) {
		v = which(*envp, &text);
		if (v == VAR_USER)
			nobody = nobody || is_nobody(value[v], text);
		if (v == VAR_COUNT || *text == '\0')
			continue;
		if (value[v] != NULL && strcmp(value[v], text) != 0 &&
		    v == VAR_CONTENT_LENGTH)
			return (err_set(why, ERR_MALFORMED, "two different "
			    "content lengths: %.20s and %.20s", value[v],
			    text));
		if (value[v] != NULL && VARIABLES[v].header != NULL)
			in->repeated = VARIABLES[v].header;
		if (value[v] == NULL &&
		    (value[v] = arena_strdup(arena, text)) == NULL)
			return (err_set(why, ERR_NOMEM, "no memory for the "
			    "request's headers"));
	}
	if (in->repeated == NULL)
		in->repeated = find_joined(value);
	if (value[VAR_METHOD] != NULL)
		in->method = value[VAR_METHOD];
	if ((path = path_of(arena, value)) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory for the path"));
	in->path = path;
	in->declared = length_of(value[VAR_CONTENT_LENGTH]);
	in->svix = (struct signature){ value[VAR_SVIX_ID],
	    value[VAR_SVIX_TIMESTAMP], value[VAR_SVIX_SIGNATURE] };
	in->visitor = (struct visitor){
	    .user = nobody ? NULL : value[VAR_USER],
	    .authorization = value[VAR_AUTHORIZATION],
	    .query = value[VAR_QUERY], .type = value[VAR_CONTENT_TYPE],
	    .host = value[VAR_HOST], .origin = value[VAR_ORIGIN],
	    .site = value[VAR_SITE], .https = value[VAR_HTTPS] != NULL &&
	    strcasecmp(value[VAR_HTTPS], "on") == 0 };
	in->webhook = (struct signature){ value[VAR_WEBHOOK_ID],
	    value[VAR_WEBHOOK_TIMESTAMP], value[VAR_WEBHOOK_SIGNATURE] };
	in->hook[HOOK_JIRA] = (struct hook_headers){
	    value[VAR_JIRA_SIGNATURE], value[VAR_JIRA_ID] };
	in->hook[HOOK_LINEAR] = (struct hook_headers){
	    value[VAR_LINEAR_SIGNATURE], value[VAR_LINEAR_ID] };
	return (OK);
}

/* Throw away what is left of the body, within reason. */
static void
drain(const struct request_source *s, char junk[CHUNK], size_t max)
{
	size_t left = max * PATIENCE;
	int n;

	while (left > 0 && (n = s->read(s->ctx, junk, CHUNK)) > 0)
		left -= (size_t)n < left ? (size_t)n : left;
}

static enum err
read_all(struct job *job, const struct request_source *s,
    struct request *in, struct buf *body, char chunk[CHUNK])
{
	int want, n;

	for (;;) {
		want = CHUNK;
		/* In CGI the input may stay open behind the body. */
		if (in->cgi && in->declared - (int64_t)body->len < want)
			want = (int)(in->declared - (int64_t)body->len);
		if (want == 0 || (n = s->read(s->ctx, chunk, want)) == 0)
			return (OK);
		if (n < 0)
			return (fail(job, ERR_MALFORMED, "the body broke off "
			    "after %zu bytes; the web server gave no more",
			    body->len));
		if (body->len + (size_t)n > job->config->max_body) {
			drain(s, chunk, job->config->max_body);
			return (fail(job, ERR_TOO_LARGE, "the body is larger "
			    "than [handler] max_body, %zu bytes",
			    job->config->max_body));
		}
		buf_add(body, chunk, (size_t)n);
	}
}

enum err
request_read_body(struct job *job, const struct request_source *s,
    struct request *in)
{
	size_t max = job->config->max_body;
	struct buf body;
	char chunk[CHUNK];
	enum err e;

	if (in->cgi && in->declared < 0)
		return (fail(job, ERR_LENGTH, "a request needs a "
		    "Content-Length under CGI"));
	if (in->declared > (int64_t)max) {
		if (!in->cgi)
			drain(s, chunk, max);
		return (fail(job, ERR_TOO_LARGE, "the body of %" PRId64
		    " bytes is larger than [handler] max_body, %zu bytes",
		    in->declared, max));
	}
	buf_init(&body, job->arena, max);
	if ((e = read_all(job, s, in, &body, chunk)) != OK)
		return (e);
	if ((in->body = buf_text(&body)) == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the body"));
	in->len = body.len;
	if (in->declared >= 0 && (int64_t)in->len != in->declared)
		return (fail(job, ERR_MALFORMED, "the body has %zu bytes, but "
		    "%" PRId64 " were announced", in->len, in->declared));
	return (OK);
}
