#include "common/progress.h"

#include <string.h>
#include <unistd.h>

#include "common/table.h"

enum {
	PATIENCE = 1000,	/* ms before it is worth a bar */
	EVERY = 100,		/* ms between two drawings */
	BAR_MAX = 40,		/* columns of the bar itself */
	BAR_MIN = 5,
	FRAME = 10		/* columns of blank, brackets, "100 %" */
};

void
progress_begin(struct progress *p, FILE *out, const char *what, int64_t now)
{

	memset(p, 0, sizeof(*p));
	p->out = out != NULL && isatty(fileno(out)) ? out : NULL;
	p->what = what;
	p->since = now;
}

/* What fits into one line; less than BAR_MIN is no bar. */
static int
bar_width(const struct progress *p)
{
	size_t have = table_width(p->out);
	size_t taken = strlen(p->what) + FRAME;

	if (have == 0)
		have = 80;
	if (have < taken + BAR_MIN)
		return (0);
	return (have - taken > BAR_MAX ? BAR_MAX : (int)(have - taken));
}

void
progress_at(struct progress *p, int64_t done, int64_t total, int64_t now)
{
	static const char full[] = "########################################";
	static const char left[] = "........................................";
	int width, n, percent;

	if (p->out == NULL || now - p->since < PATIENCE ||
	    (p->drawn != 0 && now - p->drawn < EVERY))
		return;
	if (done < 0 || total <= 0)
		done = 0;
	if (total > 0 && done > total)
		done = total;
	percent = total > 0 ? (int)((double)done / (double)total * 100) : 0;
	if ((width = bar_width(p)) == 0)
		return;
	n = width * percent / 100;
	p->width = fprintf(p->out, "\r%s [%.*s%.*s] %3d %%", p->what, n, full,
	    width - n, left, percent) - 1;
	(void)fflush(p->out);
	p->drawn = now;
}

void
progress_end(struct progress *p)
{

	if (p->out != NULL && p->width > 0) {
		(void)fprintf(p->out, "\r%*s\r", p->width, "");
		(void)fflush(p->out);
	}
	p->width = 0;
	p->out = NULL;
}
