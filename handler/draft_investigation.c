/*
 * What Trunk's investigation found, as a section of the text or a comment.
 * Its summary is Markdown by somebody else: it stands as a quotation, cut to
 * a limit, and can neither leave it nor leave anything open behind it.
 */
#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/buf.h"
#include "handler/draft_text.h"

enum {
	SUMMARY_MAX = 8000,	/* code points */
	FACT_MAX = 1500,
	FACTS_MAX = 20
};

bool
draft_found(const struct event *event)
{
	const struct investigation *i = event->investigation;

	return (i != NULL && (draft_told(i->summary) ||
	    draft_told(i->failure) || i->nfacts > 0));
}

/*
 * Markdown of Trunk's as a quotation: whatever it opens ends with it.  A
 * byte that could end a line for one reader alone becomes a blank.
 */
static void
put_quote(struct buf *b, const char *markdown, size_t points)
{
	const char *text = draft_cut(b->arena, markdown, points);
	size_t n;

	if (text == NULL) {
		b->failed = true;
		return;
	}
	while (*text != '\0') {
		n = strcspn(text, "\n");
		buf_str(b, "> ");
		for (; n > 0; n--, text++)
			buf_char(b, iscntrl((unsigned char)*text) &&
			    *text != '\t' ? ' ' : *text);
		buf_char(b, '\n');
		text += *text == '\n';
	}
}

/* "GIT_BLAME" as "Git blame". */
static void
put_type(struct buf *b, const char *type)
{
	char *text = arena_strdup(b->arena, draft_told(type) ? type : "fact");
	size_t i;

	for (i = 0; text != NULL && text[i] != '\0'; i++)
		if (text[i] == '_')
			text[i] = ' ';
		else if (i > 0)
			text[i] = (char)tolower((unsigned char)text[i]);
		else
			text[i] = (char)toupper((unsigned char)text[i]);
	if (text == NULL)
		b->failed = true;
	else
		draft_words(b, text, DRAFT_VALUE);
}

static void
put_percent(struct buf *b, double confidence)
{

	if (confidence >= 0)
		buf_printf(b, " (%d %% sure)", (int)(confidence * 100 + 0.5));
}

static void
put_facts(struct buf *b, const struct investigation *i)
{
	size_t k, shown = 0;

	for (k = 0; k < i->nfacts && shown < FACTS_MAX; k++) {
		if (!draft_told(i->facts[k].content))
			continue;
		buf_str(b, shown++ == 0 ? "\nIt rests on:\n\n**" : "\n**");
		put_type(b, i->facts[k].type);
		buf_str(b, "**");
		put_percent(b, i->facts[k].confidence);
		buf_str(b, "\n\n");
		put_quote(b, i->facts[k].content, FACT_MAX);
	}
	if (k < i->nfacts)
		buf_printf(b, "\nAnd %zu more facts.\n", i->nfacts - k);
}

void
draft_investigation(struct buf *b, const struct event *event)
{
	const struct investigation *i = event->investigation;

	if (!draft_found(event))
		return;
	buf_str(b, "\n### Investigation");
	put_percent(b, event->confidence);
	buf_char(b, '\n');
	if (draft_told(i->summary)) {
		buf_char(b, '\n');
		put_quote(b, i->summary, SUMMARY_MAX);
	}
	if (draft_told(i->failure)) {
		buf_str(b, "\nThe failure:\n\n");
		draft_block(b, i->failure, DRAFT_FAILURE);
	}
	put_facts(b, i);
}
