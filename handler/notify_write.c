/*
 * A notice as it is sent: the URL and the body of [notify] with what each name
 * stands for.  What is put in was told by others, so it is percent-encoded in
 * the URL and escaped between the quotes of JSON in the body; a value that
 * would lead to another path, such as "..", stops the notice.
 */
#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "handler/draft_text.h"
#include "handler/job.h"
#include "handler/ledger_notice.h"
#include "handler/notify.h"

enum {
	URL_MAX = 8000,		/* bytes that most servers take */
	BODY_MAX = 1024 * 1024,
	SCHEME = 8		/* "https://" */
};

/* https://www.rfc-editor.org/rfc/rfc3986#section-2.3: the unreserved. */
static void
put_percent(struct buf *b, const char *value)
{

	for (const unsigned char *s = (const unsigned char *)value;
	    *s != '\0'; s++)
		if (*s < 0x80 && (isalnum(*s) || strchr("-._~", *s) != NULL))
			buf_char(b, (char)*s);
		else
			buf_printf(b, "%%%02X", *s);
}

/* What stands between the quotes of a JSON string. */
static void
put_json(struct buf *b, const char *value)
{
	struct json_writer w;
	const char *text;
	struct buf own;

	buf_init(&own, b->arena, b->limit);
	json_open(&w, &own);
	json_put_string(&w, NULL, value);
	if ((text = buf_text(&own)) == NULL)
		b->failed = true;
	else
		buf_add(b, text + 1, own.len - 2);
}

static const char *
fact(const struct json *facts, const char *name, size_t len)
{
	const struct json *n;

	for (n = facts->child; n != NULL; n = n->next)
		if (n->type == JSON_STRING && strlen(n->key) == len &&
		    memcmp(n->key, name, len) == 0)
			return (n->text);
	return ("");
}

static const char *
expand(struct buf *b, const char *template, const struct json *facts,
    void (*put)(struct buf *, const char *))
{
	const char *open, *name, *after;
	size_t len;

	while ((open = draft_next(template, &name, &len, &after)) != NULL &&
	    name != NULL) {
		buf_add(b, template, (size_t)(open - template));
		put(b, fact(facts, name, len));
		template = after;
	}
	buf_str(b, template);
	return (buf_text(b));
}

/*
 * Is a segment of the path "." or ".."?  Whoever reads the URL would take it
 * for a way out of the place that the configuration names.
 */
static bool
leads_out(const char *url)
{
	const char *s = url + SCHEME + strcspn(url + SCHEME, "/?");
	size_t n;

	while (*s == '/') {
		n = strcspn(++s, "/?");
		if ((n == 1 && s[0] == '.') ||
		    (n == 2 && s[0] == '.' && s[1] == '.'))
			return (true);
		s += n;
	}
	return (false);
}

enum err
notify_write(struct job *job, const struct notify *to,
    const struct notice_record *r, const char **url, const char **body)
{
	const struct json *facts;
	struct buf where, what;

	if (r->facts == NULL || json_parse(job->arena, r->facts,
	    strlen(r->facts), &facts, NULL) != OK ||
	    facts->type != JSON_OBJECT)
		return (fail(job, ERR_REFUSED, "the ledger does not say what "
		    "is to be told"));
	buf_init(&where, job->arena, URL_MAX);
	*url = expand(&where, to->url.bytes, facts, put_percent);
	if (*url == NULL)
		return (fail(job, ERR_REFUSED, "the URL would be longer than "
		    "%d bytes", URL_MAX));
	if (leads_out(*url))
		return (fail(job, ERR_REFUSED, "a name in the path of the URL "
		    "stands for \".\" or \"..\", which would lead elsewhere"));
	buf_init(&what, job->arena, BODY_MAX);
	*body = to->body == NULL ? r->facts :
	    expand(&what, to->body, facts, put_json);
	if (*body == NULL)
		return (fail(job, ERR_REFUSED, "the body would be longer than "
		    "%d bytes", BODY_MAX));
	return (OK);
}
