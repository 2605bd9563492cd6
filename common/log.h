#ifndef LOG_H_
#define LOG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One line for each request, and one for each thing the operator must know,
 * on standard error: key=value text or JSON.  A line is one write(2), so
 * threads and processes do not mix; every control byte and every byte that
 * is not UTF-8 is escaped, so a line cannot be forged.
 *
 *	struct log_line l;
 *
 *	log_begin(&l, LOG_LEVEL_INFO, "delivery");
 *	log_text(&l, "id", id);
 *	log_int(&l, "ms", took);
 *	log_end(&l);
 */
enum log_level {
	LOG_LEVEL_ERROR,		/* an operator must act */
	LOG_LEVEL_WARNING,		/* an operator should know */
	LOG_LEVEL_INFO,		/* one line per request */
	LOG_LEVEL_DEBUG		/* each upstream call */
};

enum {
	LOG_MAX = 4096		/* bytes of a line; longer values are cut */
};

struct log_line {
	bool	 off;			/* below the level: does nothing */
	bool	 full;			/* no room: adds nothing more */
	bool	 json;			/* as it was begun */
	size_t	 len;
	char	 text[LOG_MAX];
};

/*
 * Set once at start, and again on a reload.  Where standard error is the
 * journal's ($JOURNAL_STREAM names it) a line begins with its priority, as in
 * "<4>", so that `journalctl -p warning` finds it; nobody else sees that.
 * https://www.freedesktop.org/software/systemd/man/252/sd-daemon.html
 */
void log_setup(enum log_level, bool json);

/*
 * All lines of this thread are about the delivery of that id, and say so,
 * until NULL ends it; the text is borrowed until then.
 */
void log_about(const char *id);

void log_begin(struct log_line *, enum log_level, const char *event);
/* A NULL text adds nothing; a very long one is cut with "...". */
void log_text(struct log_line *, const char *key, const char *);
void log_int(struct log_line *, const char *key, int64_t);
void log_end(struct log_line *);

/* A line of one event and one sentence. */
void log_say(enum log_level, const char *event, const char *, ...)
    __attribute__((format(printf, 3, 4)));

#endif
