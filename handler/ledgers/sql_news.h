#ifndef SQL_NEWS_H_
#define SQL_NEWS_H_

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_news.h"

struct job;

/* The functions of the backend, see handler/ledger_news.h. */
enum err sql_news_of(struct job *, const char *, const char *,
    const struct followed **, size_t *);
enum err sql_news_marked(struct job *, const char *,
    const struct followed **, size_t *);
enum err sql_news_heard(struct job *, const char *);
enum err sql_news_note(struct job *, const struct news *);
enum err sql_news_list(struct job *, int64_t, const struct news **,
    size_t *);
enum err sql_news_next(struct job *, int64_t, int64_t *);
enum err sql_news_seen(struct job *, int64_t);

enum err sql_follow_take(struct job *, struct filing *);
enum err sql_follow_next(struct job *, int64_t, const char **,
    struct followed **, size_t *);
enum err sql_follow_searched(struct job *, const char *,
    struct searched *);
enum err sql_follow_search(struct job *, const char *, int64_t);
enum err sql_follow_note(struct job *, int64_t);
enum err sql_follow_test(struct job *, const char *, struct unlinked *);

/* Within a transaction: the newest version is how the ticket is. */
enum err sql_follow_update(struct job *, const struct news *);

#endif
