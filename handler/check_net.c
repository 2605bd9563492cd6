/*
 * Calls that may fail in any way, and what each way means to people: a name
 * that does not resolve, a port that is closed, a certificate that is not
 * trusted, a proxy in between.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/http.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/upstream.h"

enum {
	SKEW_SEEN = 30,		/* seconds of a clock that are worth a word */
	SECOND = 1000,
	LOOK = 4096		/* bytes of a page that are looked at */
};

/*
 * Words of libcurl's and OpenSSL's that tell the causes apart; the first
 * that is found counts.  Between the two texts stands the key that names the
 * host, unless there is no second one.
 */
struct cause {
	const char	*word;
	const char	*text[2];
};

static const struct cause of_proxy[] = {
	{ "resolve proxy", { "the name of the proxy is not found; correct "
	    "[handler] proxy" } },
	{ "from proxy", { "the proxy lets nobody through to it; allow this "
	    "host there, or correct [handler] proxy" } },
	{ "CONNECT", { "the proxy lets nobody through to it; allow this host "
	    "there, or correct [handler] proxy" } },
	{ " connect to", { "the proxy does not answer; start it, or correct "
	    "[handler] proxy" } },
	{ "onnection refused", { "the proxy does not answer; start it, or "
	    "correct [handler] proxy" } },
};

static const struct cause of_host[] = {
	{ "resolve host", { "its name is not found; correct ", ", or see to "
	    "the name servers of this machine" } },
	{ "has expired", { "its certificate has expired; have it renewed, or "
	    "set the clock of this machine if that is wrong" } },
	{ "not yet valid", { "its certificate is not valid yet; set the "
	    "clock of this machine" } },
	{ "subject name", { "its certificate is for another name; write that "
	    "name in ", ", or have the certificate replaced" } },
	{ "local issuer", { "its certificate is by an authority that this "
	    "machine does not know; set [handler] ca_file to that "
	    "authority's certificate" } },
	{ "self-signed", { "its certificate is signed by itself; set "
	    "[handler] ca_file to that certificate" } },
	{ "self signed", { "its certificate is signed by itself; set "
	    "[handler] ca_file to that certificate" } },
	{ "protocol version", { "it speaks no TLS 1.2, and nothing older is "
	    "used; have it updated" } },
	{ "unsupported protocol", { "it speaks no TLS 1.2, and nothing older "
	    "is used; have it updated" } },
	{ "wrong version number", { "it does not speak TLS on that port; "
	    "correct the port of ", "" } },
	{ "private = yes", { "its name leads to a private address, which is "
	    "not called; set private = yes beside ", " if it is meant" } },
	{ " connect to", { "nothing answers there; correct host and port of ",
	    ", or start that server" } },
	{ "onnection refused", { "nothing answers there; correct host and "
	    "port of ", ", or start that server" } },
	{ "control character", { "the secret holds a control character; "
	    "write it again, in one line" } },
	{ "imed out", { "it does not answer in time; see what is in the way "
	    "of ", ", such as a firewall" } },
	{ "imeout", { "it does not answer in time; see what is in the way "
	    "of ", ", such as a firewall" } },
	{ "out of time", { "it does not answer in time; see what is in the "
	    "way of ", ", such as a firewall" } },
	{ "answer", { "the connection broke off before the whole answer was "
	    "there; see what is in the way of ", ", and check again" } },
	{ "connection", { "the connection broke off; see what is in the way "
	    "of ", ", and check again" } },
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const struct cause *
cause_of(const struct cause *list, size_t n, const char *said)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strstr(said, list[i].word) != NULL)
			return (&list[i]);
	return (NULL);
}

enum err
check_no_answer(struct check *c, const struct http_answer *answer,
    enum err e, const char *key)
{
	struct job *job = c->job;
	const struct cause *cause = NULL;

	if (e == OK || e == ERR_NOMEM || answer->fate == HTTP_ANSWERED)
		return (e);
	if (job->config->proxy != NULL)
		cause = cause_of(of_proxy, COUNT(of_proxy), job->why.text);
	if (cause == NULL)
		cause = cause_of(of_host, COUNT(of_host), job->why.text);
	if (cause == NULL)
		return (e);
	return (fail(job, e, "%s: %s%s%s", answer->host, cause->text[0],
	    cause->text[1] != NULL ? key : "",
	    cause->text[1] != NULL ? cause->text[1] : ""));
}

enum err
check_call(struct check *c, struct http_call *call,
    struct http_answer *answer, const char *key)
{
	struct job *job = c->job;
	enum err e;

	call->deadline = job->deadline;
	job->why.text[0] = '\0';
	e = http_call(job->http, job->arena, call, answer, &job->why);
	if (e != OK)
		return (check_no_answer(c, answer, e, key));
	check_clock(c, answer);
	return (OK);
}

void
check_clock(struct check *c, const struct http_answer *answer)
{
	int64_t theirs, ahead;
	enum check_word word = CHECK_WARNING;

	if (c->clock || answer->fate != HTTP_ANSWERED ||
	    !http_date_of(answer, c->job->arena, &theirs))
		return;
	ahead = (clock_wall() - theirs) / SECOND;
	if (llabs(ahead) < SKEW_SEEN)
		return;
	if (llabs(ahead) > c->job->config->tolerance)
		word = CHECK_FAILED;
	c->clock = true;
	check_say(c, word, "clock", "this machine's clock is %" PRId64 " s %s "
	    "that of %s%s; set it, and keep it by NTP", (int64_t)llabs(ahead),
	    ahead > 0 ? "ahead of" : "behind", answer->host,
	    word == CHECK_FAILED ? ", so that no delivery would pass for a "
	    "new one" : "");
}

bool
check_is_page(const struct http_answer *answer)
{
	size_t i;

	for (i = 0; i < answer->len; i++)
		if (!isspace((unsigned char)answer->body[i]))
			return (answer->body[i] == '<');
	return (false);
}

/* Does the text speak of logging in? */
static bool
is_login(const char *text)
{
	static const char *const words[] = { "log in", "login", "log-in",
	    "sign in", "signin", "sign-in", "sso", "saml" };
	size_t i, at;

	for (at = 0; at < LOOK && text[at] != '\0'; at++)
		for (i = 0; i < COUNT(words); i++)
			if (strncasecmp(text + at, words[i],
			    strlen(words[i])) == 0)
				return (true);
	return (false);
}

static enum err
stray_redirect(struct check *c, const struct http_answer *a,
    const char *key)
{
	struct job *job = c->job;
	const char *to = http_header_of(a, job->arena, "Location");

	if (to != NULL && is_login(to))
		return (fail(job, ERR_REFUSED, "%s redirects to a log-in "
		    "page; let this machine past the single sign-on that "
		    "stands before it, or name the address behind it in %s",
		    a->host, key));
	return (fail(job, ERR_REFUSED, "%s redirects to %s, which is not "
	    "followed; write the address that it leads to in %s", a->host,
	    to != NULL ? upstream_quote(job, to) : "nowhere", key));
}

enum err
check_stray(struct check *c, const struct http_answer *a, const char *who,
    const char *key)
{
	struct job *job = c->job;
	int wait = http_retry_after(a, job->arena, job->now, 3600);

	if (a->status >= 300 && a->status < 400)
		return (stray_redirect(c, a, key));
	if (a->status == 407)
		return (fail(job, ERR_REFUSED, "%s: the proxy asks for a "
		    "password, which is not supported; name another one in "
		    "[handler] proxy", a->host));
	if (a->status == 429)
		return (fail(job, ERR_UPSTREAM, "%s limits how much is asked "
		    "of it, and the limit is reached; check again in %d s, "
		    "and see what else uses it up", a->host,
		    wait > 0 ? wait : 60));
	if (a->status >= 500)
		return (fail(job, ERR_UPSTREAM, "%s is out of order (%d); "
		    "look at the status page of %s, and check again later",
		    a->host, a->status, who));
	if (!check_is_page(a))
		return (ERR_ABSENT);
	if (a->status < 300 && is_login(a->body))
		return (fail(job, ERR_REFUSED, "%s answers with a log-in page "
		    "instead of the API; correct %s, or let this machine past "
		    "the single sign-on that stands before it", a->host,
		    key));
	if (a->status < 300)
		return (fail(job, ERR_REFUSED, "%s answers with a web page "
		    "instead of the API; correct %s", a->host, key));
	return (ERR_ABSENT);
}
