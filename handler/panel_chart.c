/*
 * Bars by week, as SVG that needs no script; a table below says the same for
 * whom a drawing says nothing.
 */
#include "common/clock.h"
#include "handler/job.h"
#include "handler/ledger_count.h"
#include "handler/panel_parts.h"

enum {
	WIDTH = 460,		/* of a drawing */
	HEIGHT = 120,
	FLOOR = 102,		/* y of the axis */
	ROOF = 12,		/* y of the largest value */
	SERIES = 3		/* in one chart, at most */
};

struct series {
	const char	*name;
	int64_t		 (*value)(const struct panel_week *);
};

struct chart {
	const char	*title;
	struct series	 series[SERIES];
	size_t		 n;
};

static int64_t
opened(const struct panel_week *w)
{

	return (w->opened);
}

static int64_t
verified(const struct panel_week *w)
{

	return (w->verified);
}

static int64_t
reopened(const struct panel_week *w)
{

	return (w->reopened);
}

static int64_t
flaky(const struct panel_week *w)
{

	return (w->flaky);
}

static const struct chart CHARTS[] = {
	{ "Tickets per week", { { "opened", opened },
	    { "verified", verified }, { "reopened", reopened } }, 3 },
	{ "Tests that turned flaky or broken, per week",
	    { { "flapped", flaky } }, 1 },
};

static int64_t
most(const struct chart *c, const struct panel_week *w, size_t n)
{
	int64_t max = 1, v;
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < c->n; j++)
			if ((v = c->series[j].value(&w[i])) > max)
				max = v;
	return (max);
}

static void
put_day(struct page *p, int64_t ms)
{
	char iso[CLOCK_ISO_MAX];

	clock_format(ms, iso);
	buf_printf(&p->buf, "%.10s", iso);
}

static void
put_bars(struct page *p, const struct chart *c, const struct panel_week *w,
    size_t n)
{
	double step = (double)WIDTH / (double)n, wide = step * 0.76 /
	    (double)c->n, height;
	int64_t max = most(c, w, n), v;
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < c->n; j++) {
			if ((v = c->series[j].value(&w[i])) == 0)
				continue;
			height = (double)(FLOOR - ROOF) * (double)v /
			    (double)max;
			buf_printf(&p->buf, "<rect class=\"b%zu\" x=\"%.1f\" "
			    "y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
			    "rx=\"1\"/>", j + 1, (double)i * step +
			    step * 0.12 + (double)j * wide, FLOOR - height,
			    wide - 0.6, height);
		}
	buf_printf(&p->buf, "<text x=\"0\" y=\"9\">%lld</text>",
	    (long long)max);
}

static void
put_drawing(struct page *p, const struct chart *c,
    const struct panel_week *w, size_t n)
{

	buf_printf(&p->buf, "<svg viewBox=\"0 0 %d %d\" aria-hidden=\"true\" "
	    "focusable=\"false\"><line class=\"axis\" x1=\"0\" x2=\"%d\" "
	    "y1=\"%d\" y2=\"%d\"/>", WIDTH, HEIGHT, WIDTH, FLOOR, FLOOR);
	put_bars(p, c, w, n);
	buf_printf(&p->buf, "<text x=\"0\" y=\"%d\">", HEIGHT - 3);
	put_day(p, w[0].begin);
	buf_printf(&p->buf, "</text><text x=\"%d\" y=\"%d\" "
	    "text-anchor=\"end\">", WIDTH, HEIGHT - 3);
	put_day(p, w[n - 1].begin);
	PAGE(p, "</text></svg>");
}

/* The same for whom a drawing says nothing. */
static void
put_numbers(struct page *p, const struct chart *c,
    const struct panel_week *w, size_t n)
{
	const char *heads[SERIES + 1] = { "Week of" };
	size_t i, j;

	PAGE(p, "<details><summary>Numbers</summary>");
	for (j = 0; j < c->n; j++)
		heads[j + 1] = c->series[j].name;
	page_table(p, c->title, heads, c->n + 1);
	for (i = 0; i < n; i++) {
		page_row(p);
		page_cell(p, "Week of");
		put_day(p, w[i].begin);
		for (j = 0; j < c->n; j++) {
			page_cell(p, c->series[j].name);
			page_int(p, c->series[j].value(&w[i]));
		}
	}
	page_table_end(p);
	PAGE(p, "</details>");
}

static void
put_chart(struct page *p, const struct chart *c, const struct panel_week *w,
    size_t n)
{
	size_t j;

	PAGE(p, "<figure class=\"card\"><figcaption>");
	page_text(p, c->title);
	PAGE(p, "<span class=\"keys\">");
	for (j = 0; c->n > 1 && j < c->n; j++) {
		buf_printf(&p->buf, "<span class=\"key k%zu\"></span>",
		    j + 1);
		page_text(p, c->series[j].name);
	}
	PAGE(p, "</span></figcaption>");
	put_drawing(p, c, w, n);
	put_numbers(p, c, w, n);
	PAGE(p, "</figure>\n");
}

void
panel_charts(struct page *p, const struct panel_week *weeks, size_t n)
{
	size_t i;

	PAGE(p, "<h2>Week by week</h2><div class=\"charts\">\n");
	for (i = 0; i < sizeof(CHARTS) / sizeof(CHARTS[0]); i++)
		put_chart(p, &CHARTS[i], weeks, n);
	PAGE(p, "</div>\n");
}
