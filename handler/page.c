/*
 * Pages of the panel, as HTML in one buffer.  Markup is only ever a literal of
 * the program (PAGE takes nothing else); what others told goes through
 * page_text() and its siblings, which escape it, so that no name of a test can
 * write a page.  A page has no script, and its headers allow none.
 */
#include "handler/page.h"

#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/utf8.h"
#include "handler/job.h"
#include "handler/outcome.h"

enum {
	PAGE_MAX = 2 * 1024 * 1024,	/* bytes of a page */
	PAGE_LONG = PAGE_MAX / 2,	/* from here on ... */
	TEXT_SHORT = 160,		/* ... bytes of a text that are shown */
	TEXT_MAX = 64 * 1024,		/* before */
	MINUTE = 60 * 1000,		/* ms */
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR
};

static const struct {
	const char	*path;
	const char	*name;
} PLACES[] = {
	[PAGE_NOWHERE] = { NULL, NULL },
	[PAGE_VERIFICATION] = { "./", "Fix verification" },
	[PAGE_TICKETS] = { "tickets", "Tickets" },
	[PAGE_DELIVERIES] = { "deliveries", "Deliveries" },
	[PAGE_QUEUE] = { "queue", "Merge queue" },
	[PAGE_PARKED] = { "parked", "Parked" },
	[PAGE_UNHANDLED] = { "unhandled", "Not handled" },
};

void
page_literal(struct page *p, const char *literal)
{

	buf_str(&p->buf, literal);
}

static void
put_point(struct buf *b, uint32_t c, const char *text, size_t n)
{

	switch (c) {
	case '&':
		buf_str(b, "&amp;");
		break;
	case '<':
		buf_str(b, "&lt;");
		break;
	case '>':
		buf_str(b, "&gt;");
		break;
	case '"':
		buf_str(b, "&quot;");
		break;
	case '\'':
		buf_str(b, "&#39;");
		break;
	default:
		if (c < 0x20 && c != '\n' && c != '\t')
			buf_printf(b, "&#x%X;", 0x2400 + c);
		else if (c == 0x7f)
			buf_str(b, "&#x2421;");
		else if ((c >= 0x80 && c < 0xa0) || (c == 0xfffd && n == 1))
			buf_str(b, "&#xFFFD;");
		else
			buf_add(b, text, n);
	}
}

static void
put_text(struct page *p, const char *text, size_t left)
{
	uint32_t c;
	size_t n;

	for (; left > 0; text += n, left -= n) {
		c = utf8_next(text, left, &n);
		put_point(&p->buf, c, text, n);
	}
}

/* In an attribute that is sent back or followed: all of it. */
static void
put_value(struct page *p, const char *text)
{

	put_text(p, text, text == NULL ? 0 : strlen(text));
}

void
page_text(struct page *p, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text), shown = len;

	if (len > TEXT_SHORT)
		shown = utf8_cut_bytes(text, len, p->buf.len < PAGE_LONG ?
		    TEXT_MAX : TEXT_SHORT);
	put_text(p, text, shown);
	if (shown < len)
		PAGE(p, "&hellip;");
}

void
page_int(struct page *p, int64_t n)
{

	buf_printf(&p->buf, "%lld", (long long)n);
}

void
page_time(struct page *p, int64_t ms)
{
	char iso[CLOCK_ISO_MAX];

	if (ms <= 0) {
		PAGE(p, "&ndash;");
		return;
	}
	clock_format(ms, iso);
	buf_printf(&p->buf, "<time datetime=\"%s\">%.10s %.5s</time>", iso,
	    iso, strlen(iso) > 16 ? iso + 11 : "");
}

void
page_ago(struct page *p, int64_t ms)
{
	int64_t age = p->job->now - ms;

	if (ms <= 0)
		PAGE(p, "&ndash;");
	else if (age < MINUTE)
		PAGE(p, "just now");
	else if (age < 2 * HOUR)
		buf_printf(&p->buf, "%lld min", (long long)(age / MINUTE));
	else if (age < 2 * DAY)
		buf_printf(&p->buf, "%lld h", (long long)(age / HOUR));
	else
		buf_printf(&p->buf, "%lld days", (long long)(age / DAY));
}

static void
put_escaped(struct buf *b, const char *text)
{

	for (; *text != '\0'; text++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
		    "xyz0123456789-_.~", *text) != NULL)
			buf_char(b, *text);
		else
			buf_printf(b, "%%%02X", (unsigned char)*text);
}

void
page_path(struct page *p, const char *path, const char *key,
    const char *value)
{

	buf_str(&p->buf, p->root);
	buf_str(&p->buf, path);
	if (key != NULL && value != NULL) {
		buf_printf(&p->buf, "?%s=", key);
		put_escaped(&p->buf, value);
	}
}

void
page_query(struct page *p, const char *key, const char *value)
{

	if (value == NULL || value[0] == '\0')
		return;
	buf_printf(&p->buf, "&amp;%s=", key);
	put_escaped(&p->buf, value);
}

void
page_link(struct page *p, const char *path, const char *key,
    const char *value, const char *text)
{

	PAGE(p, "<a href=\"");
	page_path(p, path, key, value);
	PAGE(p, "\"><bdi>");
	page_text(p, text);
	PAGE(p, "</bdi></a>");
}

void
page_link_out(struct page *p, const char *url, const char *text)
{
	bool safe = url != NULL && strncmp(url, "https://", 8) == 0;

	if (text == NULL)
		text = url;
	if (safe) {
		PAGE(p, "<a rel=\"noreferrer\" href=\"");
		put_value(p, url);
		PAGE(p, "\">");
	}
	PAGE(p, "<bdi>");
	page_text(p, text);
	PAGE(p, "</bdi>");
	if (safe)
		PAGE(p, "</a>");
}

void
page_badge(struct page *p, const char *word)
{
	static const struct {
		const char	*word;
		const char	*class;
	} words[] = {
		{ "good", "good" }, { "done", "good" },
		{ "created", "good" }, { "adopted", "good" },
		{ "verified", "good" }, { "exists", "good" },
		{ "healthy", "good" }, { "matched", "good" },
		{ "merged", "good" }, { "linked", "good" },
		{ "flaky", "warn" }, { "parked", "warn" },
		{ "verifying", "warn" }, { "not proven", "warn" },
		{ "pending", "warn" }, { "due", "warn" },
		{ "sent", "warn" }, { "unknown", "warn" },
		{ "upstream", "warn" }, { "busy", "warn" },
		{ "deadline", "warn" }, { "folded", "warn" },
		{ "flapping", "bad" }, { "blocked", "bad" },
		{ "broken", "bad" }, { "not fixed", "bad" },
		{ "reopened", "bad" }, { "refused", "bad" },
		{ "tracker refused", "bad" }, { "link refused", "bad" },
		{ "malformed", "bad" }, { "failed", "bad" },
		{ "ledger", "bad" }
	};
	const char *class = "";
	size_t i;

	if (word == NULL)
		return;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			class = words[i].class;
	buf_printf(&p->buf, "<span class=\"badge %s\">", class);
	page_text(p, word);
	PAGE(p, "</span>");
}

void
page_table(struct page *p, const char *caption, const char *const *heads,
    size_t n)
{
	size_t i;

	PAGE(p, "<table role=\"table\"><caption>");
	page_text(p, caption);
	PAGE(p, "</caption><thead role=\"rowgroup\"><tr role=\"row\">");
	for (i = 0; i < n; i++) {
		PAGE(p, "<th role=\"columnheader\" scope=\"col\">");
		page_text(p, heads[i]);
		PAGE(p, "</th>");
	}
	PAGE(p, "</tr></thead><tbody role=\"rowgroup\">");
	p->label = NULL;
}

void
page_row(struct page *p)
{

	if (p->label != NULL)
		PAGE(p, "</td></tr>\n");
	PAGE(p, "<tr role=\"row\">");
	p->label = "";
}

void
page_cell(struct page *p, const char *label)
{

	if (p->label != NULL && p->label[0] != '\0')
		PAGE(p, "</td>");
	PAGE(p, "<td role=\"cell\" data-label=\"");
	page_text(p, label);
	PAGE(p, "\">");
	p->label = label;
}

void
page_table_end(struct page *p)
{

	if (p->label != NULL)
		PAGE(p, "</td></tr>");
	PAGE(p, "</tbody></table>\n");
	p->label = NULL;
}

void
page_button(struct page *p, const char *act, const char *key,
    const char *value, const char *text)
{

	PAGE(p, "<form method=\"post\" action=\"");
	buf_str(&p->buf, p->root);
	PAGE(p, "act/");
	put_value(p, act);
	PAGE(p, "\"><input type=\"hidden\" name=\"");
	put_value(p, key);
	PAGE(p, "\" value=\"");
	put_value(p, value);
	PAGE(p, "\"><button>");
	page_text(p, text);
	PAGE(p, "</button></form>");
}

void
page_search(struct page *p, const char *label, const char *value)
{

	PAGE(p, "<form class=\"search\" role=\"search\"><label>");
	page_text(p, label);
	PAGE(p, "<input type=\"search\" name=\"q\" maxlength=\"200\" "
	    "value=\"");
	put_value(p, value);
	PAGE(p, "\"></label><button>Search</button></form>\n");
}

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return (at == NULL ? -1 : (int)((at - digits) % 16));
}

/* n bytes of a query; a NUL would end the text before its time. */
static enum err
decode(struct job *job, const char *text, size_t n, const char **value)
{
	char *out = arena_strndup(job->arena, text, n), *at = out;
	size_t i;

	if (out == NULL)
		return (fail(job, ERR_NOMEM, "no memory for a value of the "
		    "query or the form"));
	for (i = 0; i < n; i++, at++) {
		*at = text[i] == '+' ? ' ' : text[i];
		if (text[i] != '%' || i + 2 >= n || digit(text[i + 1]) < 0 ||
		    digit(text[i + 2]) < 0)
			continue;
		*at = (char)(digit(text[i + 1]) * 16 + digit(text[i + 2]));
		i += 2;
		if (*at == '\0')
			return (OK);
	}
	*at = '\0';
	if (out[0] != '\0')
		*value = out;
	return (OK);
}

enum err
page_value(struct job *job, const char *query, const char *key,
    const char **value)
{
	size_t len = strlen(key), n;

	*value = NULL;
	for (; query != NULL && *query != '\0'; query += n) {
		n = strcspn(query, "&");
		if (n > len && strncmp(query, key, len) == 0 &&
		    query[len] == '=')
			return (decode(job, query + len + 1, n - len - 1,
			    value));
		n += query[n] == '&';
	}
	return (OK);
}

/* A policy for content, and no copies. */
static void
headers(struct job *job, struct outcome *out)
{
	struct crypt_part part[PAGE_STYLES];
	unsigned char sum[CRYPT_SHA256];
	char b64[CRYPT_SHA256_B64 + 1] = "";
	size_t i;

	for (i = 0; i < PAGE_STYLES; i++)
		part[i] = (struct crypt_part){ page_style[i],
		    strlen(page_style[i]) };
	if (crypt_sha256(part, PAGE_STYLES, sum) == OK)
		crypt_base64(sum, sizeof(sum), b64);
	outcome_header(out, arena_printf(job->arena, "Content-Security-Policy"
	    ": default-src 'none'; style-src 'sha256-%s'; form-action 'self'; "
	    "frame-ancestors 'none'; base-uri 'none'", b64));
	outcome_header(out, "Referrer-Policy: no-referrer");
	outcome_header(out, "Cross-Origin-Opener-Policy: same-origin");
}

static void
put_navigation(struct page *p, enum page_place here)
{
	enum page_place i;

	PAGE(p, "<nav aria-label=\"Pages\"><ul>");
	for (i = PAGE_VERIFICATION; i <= PAGE_UNHANDLED; i++) {
		PAGE(p, "<li><a href=\"");
		page_path(p, PLACES[i].path, NULL, NULL);
		buf_str(&p->buf, i == here ? "\" aria-current=\"page\">" :
		    "\">");
		buf_str(&p->buf, PLACES[i].name);
		PAGE(p, "</a></li>");
	}
	PAGE(p, "</ul></nav>");
}

void
page_begin(struct page *p, struct job *job, const struct request *in,
    enum page_place here, const char *title)
{
	size_t i;

	memset(p, 0, sizeof(*p));
	p->job = job;
	p->in = in;
	p->root = strchr(in->path + 1, '/') == NULL ? "" : "../";
	buf_init(&p->buf, job->arena, PAGE_MAX);
	/* Under no-referrer a form of ours would have the Origin null. */
	PAGE(p, "<!doctype html>\n<html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\"><meta name=\"referrer\" "
	    "content=\"same-origin\"><meta name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\"><title>");
	page_text(p, title);
	PAGE(p, " &middot; tickethook</title><style>");
	for (i = 0; i < PAGE_STYLES; i++)
		buf_str(&p->buf, page_style[i]);
	PAGE(p, "</style></head><body><a class=\"skip\" href=\"#content\">"
	    "Skip to the content</a><div class=\"top\"><header>"
	    "<span class=\"name\">tickethook</span><span class=\"who\">");
	page_text(p, in->visitor.user);
	PAGE(p, "</span>");
	put_navigation(p, here);
	PAGE(p, "</header></div>\n<main id=\"content\" tabindex=\"-1\"><h1>");
	page_text(p, title);
	PAGE(p, "</h1>\n");
}

struct outcome
page_end(struct page *p)
{
	struct outcome out = { .status = 200, .name = "page",
	    .type = "text/html; charset=utf-8" };

	PAGE(p, "</main>\n<footer>tickethook " TICKETHOOK_VERSION
	    " &middot; times are UTC &middot; ");
	page_time(p, p->job->now);
	PAGE(p, "</footer></body></html>\n");
	if ((out.body = buf_text(&p->buf)) == NULL) {
		(void)fail(p->job, ERR_NOMEM, "no memory for the page");
		return (outcome_error(p->job, ERR_NOMEM));
	}
	headers(p->job, &out);
	return (out);
}
