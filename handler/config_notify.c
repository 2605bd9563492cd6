/*
 * The keys of [notify], which say what is told to whom.  They are checked hard
 * when the file is read, since nobody is there when a notice is sent: is the
 * body JSON once its names stand for something, is the host without a name?
 */
#include <string.h>
#include <strings.h>

#include "common/arena.h"
#include "common/http_policy.h"
#include "common/json.h"
#include "handler/config_read.h"
#include "handler/draft.h"
#include "handler/notify.h"

#define HTTPS	"https://"

enum {
	BODY_MAX = 64 * 1024	/* bytes of a template's try */
};

/* "created, storm" to bits. */
enum err
config_notify_on(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	unsigned *on = slot;
	const char **word;
	size_t n;
	int which;
	enum err e;

	if ((e = config_setting_split(r, text, &word, &n)) != OK)
		return (e);
	for (size_t i = 0; i < n; i++) {
		if ((e = config_value_word(r, p, word[i], &which)) != OK)
			return (e);
		*on |= 1U << which;
	}
	return (OK);
}

/* Where the host and port of a URL end, and what it may hold begins. */
static const char *
path_of(const char *url)
{
	const char *host = url + strlen(HTTPS);

	return (host + strcspn(host, "/?#"));
}

/*
 * The URL may be a secret, so no sentence shows it.  Whatever a template
 * stands for is put in behind the host and port.
 */
static enum err
check_url(struct config_reader *r, const struct secret *url)
{
	struct why why = { "" };
	const char *path;
	enum err e;

	if (strlen(url->bytes) != url->len ||
	    strncmp(url->bytes, HTTPS, strlen(HTTPS)) != 0)
		return (config_refuse(r, "it does not begin with https://; "
		    "nothing else is called"));
	path = path_of(url->bytes);
	if (memchr(url->bytes, '{', (size_t)(path - url->bytes)) != NULL)
		return (config_refuse(r, "a {{name}} stands in its host or "
		    "port, which would let a test choose whom we call; put it "
		    "behind the first slash"));
	if (!config_value_host(url->bytes + strlen(HTTPS),
	    (size_t)(path - url->bytes) - strlen(HTTPS)))
		return (config_refuse(r, "it names no host and port; write it "
		    "like https://hooks.example.com/path"));
	if (strpbrk(path, "# \t\r\n\"<>\\^`|") != NULL)
		return (config_refuse(r, "a blank, a line break, a fragment "
		    "or a sign that no URL has is in it; percent-encode it"));
	if ((e = draft_notice_check(path, &why)) != OK)
		return (config_pass(r, e, &why));
	return (OK);
}

enum err
config_notify_url(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	struct secret *url = slot;
	enum err e;

	(void)p;
	if ((e = config_secret_open(r, text, url)) != OK)
		return (e);
	return (check_url(r, url));
}

/* The template with an x for each name: is that JSON? */
static enum err
try_body(struct config_reader *r, const char *text)
{
	struct arena *arena = r->config->arena;
	const char *open, *close;
	const struct json *tree;
	struct why why = { "" };
	struct buf b;
	enum err e;

	buf_init(&b, arena, BODY_MAX);
	while ((open = strstr(text, "{{")) != NULL &&
	    (close = strstr(open, "}}")) != NULL) {
		buf_add(&b, text, (size_t)(open - text));
		buf_char(&b, 'x');
		text = close + 2;
	}
	buf_str(&b, text);
	if (buf_text(&b) == NULL)
		return (config_refuse(r, "it is longer than %d bytes; "
		    "shorten it", BODY_MAX));
	if ((e = json_parse(arena, b.data, b.len, &tree, &why)) == ERR_NOMEM)
		return (config_nomem(r));
	if (e != OK)
		return (config_refuse(r, "it is no JSON once its names stand "
		    "for something (%s); put each {{name}} into double "
		    "quotes", why.text));
	return (OK);
}

enum err
config_notify_body(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	struct why why = { "" };
	enum err e;

	(void)p;
	if ((e = draft_notice_check(text, &why)) != OK)
		return (config_pass(r, e, &why));
	if ((e = try_body(r, text)) != OK)
		return (e);
	*(const char **)slot = text;
	return (OK);
}

/* What the call itself says. */
static bool
is_ours(const char *name)
{
	static const char *const ours[] = { "Host", "Content-Length",
	    "Content-Type", "Transfer-Encoding", "Connection", "Expect",
	    "Idempotency-Key", "User-Agent" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcasecmp(ours[i], name) == 0)
			return (true);
	return (false);
}

enum err
config_notify_header(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	const char *name = r->key + strlen(CONFIG_HEADER);
	struct notify_header **at = slot, *h;
	int n = 0;

	if (!http_policy_header(name, ""))
		return (config_refuse(r, "%s is no name of a header; write "
		    "header.NAME = value", config_show(r, name)));
	if (is_ours(name))
		return (config_refuse(r, "the header %s is tickethook's own; "
		    "take the line out", name));
	for (; *at != NULL; at = &(*at)->next)
		n++;
	if (n == NOTIFY_HEADERS)
		return (config_refuse(r, "more than %d headers; take some "
		    "out", NOTIFY_HEADERS));
	if ((h = arena_alloc(r->config->arena, sizeof(*h))) == NULL)
		return (config_nomem(r));
	h->name = name;
	*at = h;
	return (config_secret_set(r, p, &h->value, text));
}

/* What no single line shows. */
void
config_notify_check(struct config_reader *r)
{
	const struct notify *n;

	for (n = r->config->notifies; n != NULL; n = n->next) {
		config_at(r, n->line, "notify", n->name, NULL);
		if (n->on == 0)
			(void)config_refuse(r, "no on; set it to what is told, "
			    "e.g. on = created, storm");
		if (n->url.len == 0)
			(void)config_refuse(r, "no url; set it to where the "
			    "notice is posted");
		for (const struct notify_header *h = n->headers; h != NULL;
		    h = h->next)
			if (n->bearer.len > 0 &&
			    strcasecmp(h->name, "Authorization") == 0)
				(void)config_refuse(r, "bearer and "
				    "header.Authorization are the same header; "
				    "keep one of them");
	}
}
