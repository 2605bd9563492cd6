#include <string.h>

#include "common/utf8.h"
#include "handler/route.h"

/*
 * Where the match stands, and the two places it may go back to.
 *
 * Only the newest star is ever gone back to, since an older one could only
 * reach the same place later.  For the same reason, once a '*' has met the
 * end of its segment, no start of the last '**' in the segment it has now
 * can do better, and it moves on to the next one.  So each pair of a
 * position in the glob and one in the text is looked at a bounded number of
 * times.
 */
struct walk {
	const char	*begin;		/* of the glob */
	const char	*glob;
	const char	*text;
	const char	*star;		/* what follows the '*', or NULL */
	const char	*star_text;	/* how far that reaches */
	const char	*deep;		/* the same of the '**' */
	const char	*deep_text;
	bool		 segments;	/* the '**' takes whole segments */
	bool		 nocase;
};

/* Past one character. */
static const char *
step(const char *text)
{
	size_t len;

	(void)utf8_next(text, strnlen(text, 4), &len);
	return (text + len);
}

static char
folded(char c)
{
	return (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

/* Take one character of the glob and of the text, if they go together. */
static bool
take(struct walk *w)
{
	if (*w->glob == '\0' || *w->text == '\0')
		return (false);
	if (*w->glob == '?') {
		if (*w->text == '/')
			return (false);
		w->text = step(w->text);
		w->glob++;
		return (true);
	}
	if (*w->glob != *w->text &&
	    (!w->nocase || folded(*w->glob) != folded(*w->text)))
		return (false);
	w->glob++;
	w->text++;
	return (true);
}

static void
open_star(struct walk *w)
{
	size_t n = strspn(w->glob, "*");
	bool first = w->glob == w->begin || w->glob[-1] == '/';

	w->glob += n;
	if (n == 1) {
		w->star = w->glob;
		w->star_text = w->text;
		return;
	}
	w->segments = first && *w->glob == '/';
	if (w->segments)
		w->glob++;
	w->star = NULL;
	w->deep = w->glob;
	w->deep_text = w->text;
}

/* Let the newest star take more; false if none can. */
static bool
retry(struct walk *w)
{
	bool skip = w->segments || w->star != NULL;

	if (w->star != NULL && *w->star_text != '\0' &&
	    *w->star_text != '/') {
		w->star_text = step(w->star_text);
		w->glob = w->star;
		w->text = w->star_text;
		return (true);
	}
	if (w->deep == NULL)
		return (false);
	if (skip && (w->deep_text = strchr(w->deep_text, '/')) == NULL)
		return (false);
	if (*w->deep_text == '\0')
		return (false);
	w->deep_text = step(w->deep_text);
	w->star = NULL;
	w->glob = w->deep;
	w->text = w->deep_text;
	return (true);
}

bool
route_glob(const char *glob, const char *text, bool nocase)
{
	struct walk w = { .begin = glob, .glob = glob, .text = text,
	    .nocase = nocase };

	for (;;) {
		if (*w.glob == '*')
			open_star(&w);
		else if (*w.glob == '\0' && *w.text == '\0')
			return (true);
		else if (!take(&w) && !retry(&w))
			return (false);
	}
}
