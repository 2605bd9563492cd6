#include "handler/upstream.h"

#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/http.h"
#include "common/utf8.h"
#include "handler/job.h"

enum {
	QUOTE_MAX = 400,	/* bytes quoted of an answer */
	RETRY_MAX = 3600,	/* seconds believed of a Retry-After */
	WAITS_MAX = 2,		/* for one call */
	RESERVE = 2000		/* ms left for what comes after a wait */
};

const char *
upstream_quote(struct job *job, const char *text)
{

	if (text == NULL || *text == '\0')
		return ("no text");
	text = arena_strndup(job->arena, text, utf8_cut_bytes(text,
	    strlen(text), QUOTE_MAX));
	return (text == NULL ? "no text" : text);
}

int
upstream_retry(struct job *job, const struct http_answer *answer)
{

	job->retry_after = http_retry_after(answer, job->arena, job->now,
	    RETRY_MAX);
	return (job->retry_after);
}

bool
upstream_wait(struct job *job, int *tries)
{
	int64_t until = clock_mono() + (int64_t)job->retry_after * 1000;
	int64_t left;

	if (job->retry_after <= 0 || *tries >= WAITS_MAX ||
	    until + RESERVE > job->deadline)
		return (false);
	while ((left = until - clock_mono()) > 0)
		clock_sleep(left);
	(*tries)++;
	job->retry_after = 0;
	job->why.text[0] = '\0';
	return (true);
}

const char *
upstream_redirect(struct job *job, const struct http_answer *answer)
{
	const char *to, *host;

	if (answer->status < 300 || answer->status > 399)
		return ("");
	if ((to = http_header_of(answer, job->arena, "Location")) == NULL)
		return (", a redirect without a place");
	if ((host = strstr(to, "://")) == NULL)
		return (", a redirect to another path that is not followed");
	host += 3;
	host = arena_strndup(job->arena, host, strcspn(host, "/?#@"));
	to = arena_printf(job->arena, ", a redirect to %s that is not "
	    "followed; check the configured URL", upstream_quote(job, host));
	return (to == NULL ? "" : to);
}
