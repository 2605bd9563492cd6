/*
 * Who may see pages: nobody, as long as [panel] does not say; then users
 * that the web server let in, or who knows the token.  A page that changes
 * something asks also where its form came from, by Sec-Fetch-Site where a
 * browser sends it, https://www.w3.org/TR/fetch-metadata/, else by Origin.
 */
#include "handler/visitor.h"

#include <string.h>
#include <strings.h>

#include "common/crypt.h"
#include "handler/config.h"
#include "handler/job.h"

static bool
is_user(const struct job *job, const struct request *in)
{
	const struct matcher *users = &job->config->panel_users;
	const char *user = in->visitor.user;
	size_t i;

	for (i = 0; user != NULL && i < users->n; i++)
		if (strcmp(users->pattern[i], "*") == 0 ||
		    strcmp(users->pattern[i], user) == 0)
			return (true);
	return (false);
}

static bool
is_bearer(const struct job *job, const struct request *in)
{
	static const char scheme[] = "Bearer ";
	const struct secret *token = &job->config->panel_token;
	const char *given = in->visitor.authorization;

	if (given == NULL || token->len == 0 ||
	    strncasecmp(given, scheme, sizeof(scheme) - 1) != 0)
		return (false);
	given += sizeof(scheme) - 1;
	given += strspn(given, " ");
	return (strlen(given) == token->len &&
	    crypt_equal(given, token->bytes, token->len));
}

/* Are there pages at all? */
static enum err
look(struct job *job)
{

	if (job->config->panel_users.n > 0 ||
	    job->config->panel_token.len > 0)
		return (OK);
	return (fail(job, ERR_NOT_FOUND, "there is nothing at this path; the "
	    "panel and its metrics need a [panel] section"));
}

static enum err
refuse(struct job *job, const struct request *in)
{

	if (in->visitor.user == NULL)
		return (fail(job, ERR_FORBIDDEN, "the web server named no "
		    "user; it must ask for a password here and pass "
		    "REMOTE_USER on"));
	return (fail(job, ERR_FORBIDDEN, "[panel] users does not name %.80s",
	    in->visitor.user));
}

enum err
visitor_page(struct job *job, const struct request *in)
{
	enum err e;

	if ((e = look(job)) != OK || is_user(job, in))
		return (e);
	return (refuse(job, in));
}

bool
visitor_known(const struct job *job, const struct request *in)
{

	return (is_user(job, in) || is_bearer(job, in));
}

enum err
visitor_metrics(struct job *job, const struct request *in)
{
	enum err e;

	if ((e = look(job)) != OK || visitor_known(job, in))
		return (e);
	if (in->visitor.authorization != NULL)
		return (fail(job, ERR_FORBIDDEN, "that is not the bearer "
		    "token of [panel] token"));
	return (refuse(job, in));
}

/* "https://hooks.example.com" of "hooks.example.com"; http without TLS. */
static bool
is_ours(const struct visitor *v)
{
	const char *at = v->origin == NULL ? NULL : strstr(v->origin, "://");
	size_t n = at == NULL ? 0 : (size_t)(at - v->origin);

	/* Without HTTPS it may be both: TLS may end before the web server. */
	if (v->host == NULL || (n != 5 && (n != 4 || v->https)))
		return (false);
	return (strncasecmp(v->origin, "https", n) == 0 &&
	    strcasecmp(at + 3, v->host) == 0);
}

enum err
visitor_act(struct job *job, const struct request *in)
{
	const struct visitor *v = &in->visitor;
	enum err e;

	if ((e = visitor_page(job, in)) != OK)
		return (e);
	if (v->site != NULL ? strcmp(v->site, "same-origin") == 0 :
	    is_ours(v))
		return (OK);
	return (fail(job, ERR_FORBIDDEN, "the form was not sent by a page of "
	    "ours; open the panel and press the button there"));
}
