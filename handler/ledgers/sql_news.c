/*
 * What trackers told of tickets.  A ticket keeps the newest of it; what tells
 * nothing new leaves no row.  `seen` says whether the ticket's life was planned
 * again since: 0 not yet, 1 the plan has read it, 2 what it made is on disk.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_news.h"
#include "handler/ledgers/sql_records.h"

/* In the order of enum remote_category and enum news_source. */
static const char *const categories[] = {
	"unknown", "open", "started", "done", "dropped"
};
static const char *const sources[] = { "webhook", "poll" };

enum {
	CATEGORIES = sizeof(categories) / sizeof(categories[0]),
	SOURCES = sizeof(sources) / sizeof(sources[0])
};

static const char *
plain(const char *text)
{

	return (text == NULL ? "" : text);
}

#define FOLLOWED	"SELECT ticket.id, remote_id, ticket.remote_key," \
	    " ticket.url, coalesce(updated, 0), EXISTS (SELECT 1 FROM act" \
	    " WHERE act.ticket = ticket.id AND act.kind = 'move')," \
	    " count(*) OVER () FROM ticket" \
	    " LEFT JOIN followed ON followed.ticket = ticket.id" \
	    " WHERE stage = 'created' AND "

/* The rows of FOLLOWED. */
static enum err
read_followed(struct sql_query *q, const struct followed **tickets,
    size_t *n)
{
	struct followed *one;
	enum err e;

	while ((one = sql_query_each(q, sizeof(*one))) != NULL) {
		one->ticket = sql_query_get_int(q, 0);
		one->remote_id = sql_query_get_text(q, 1);
		one->remote_key = sql_query_get_text(q, 2);
		one->url = sql_query_get_text(q, 3);
		one->updated = sql_query_get_int(q, 4);
		one->moved = sql_query_get_int(q, 5) != 0;
	}
	*tickets = q->list;
	*n = q->n;
	e = sql_query_end(q);
	return (e == OK && *n == 0 ? ERR_ABSENT : e);
}

enum err
sql_news_of(struct job *job, const char *tracker, const char *remote_id,
    const struct followed **tickets, size_t *n)
{
	struct sql_query q;

	sql_read(&q, job, FOLLOWED "remote_id = ? AND tracker = ?"
	    " ORDER BY ticket.id");
	sql_query_text(&q, remote_id);
	sql_query_text(&q, tracker);
	return (read_followed(&q, tickets, n));
}

enum err
sql_news_marked(struct job *job, const char *marker,
    const struct followed **tickets, size_t *n)
{
	struct sql_query q;

	sql_read(&q, job, FOLLOWED "marker = ? ORDER BY ticket.id");
	sql_query_text(&q, marker);
	return (read_followed(&q, tickets, n));
}

enum err
sql_news_heard(struct job *job, const char *delivery)
{
	struct sql_query q;
	bool heard;
	enum err e;

	sql_read(&q, job, "SELECT 1 FROM news WHERE delivery = ?"
	    " LIMIT 1");
	sql_query_text(&q, delivery);
	heard = sql_query_row(&q);
	e = sql_query_end(&q);
	return (e == OK && !heard ? ERR_ABSENT : e);
}

/*
 * Of two that tell the same state since the same time the older version
 * stays, and at equal versions the one that knows who did it.
 */
static enum err
insert(struct job *job, const struct news *n)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO news (ticket, delivery, source,"
	    " time, updated, category, state, resolution, resolution_id,"
	    " gone, actor, us, received)"
	    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13"
	    " WHERE NOT EXISTS (SELECT 1 FROM news"
	    " WHERE delivery = ?2 AND ticket = ?1)"
	    " ON CONFLICT (ticket, time, category, state, resolution, gone)"
	    " DO UPDATE SET delivery = excluded.delivery,"
	    " source = excluded.source, updated = excluded.updated,"
	    " resolution_id = excluded.resolution_id,"
	    " actor = excluded.actor, us = excluded.us, seen = 0"
	    " WHERE excluded.updated < news.updated OR"
	    " (excluded.updated = news.updated"
	    " AND excluded.actor IS NOT NULL AND news.actor IS NULL)");
	sql_query_int(&q, n->ticket);
	sql_query_text(&q, n->delivery);
	sql_query_text(&q, sources[n->source]);
	sql_query_int(&q, n->time);
	sql_query_int(&q, n->updated);
	sql_query_text(&q, categories[n->category]);
	sql_query_text(&q, plain(n->state));
	sql_query_text(&q, plain(n->resolution));
	sql_query_text(&q, n->resolution_id);
	sql_query_int(&q, n->gone);
	sql_query_text(&q, n->actor);
	sql_query_text(&q, sql_history_answers[n->us]);
	sql_query_int(&q, job->now);
	return (sql_query_run(&q));
}

/* The newest NEWS_KEPT stay. */
static enum err
drop(struct job *job, int64_t ticket)
{
	struct sql_query q;

	sql_query(&q, job, "DELETE FROM news WHERE id IN"
	    " (SELECT id FROM news WHERE ticket = ?"
	    " ORDER BY time DESC, updated DESC, id DESC " SQL_BEYOND ")");
	sql_query_int(&q, ticket);
	sql_query_int(&q, NEWS_KEPT);
	return (sql_query_run(&q));
}

enum err
sql_news_note(struct job *job, const struct news *n)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	if ((e = insert(job, n)) == OK && (e = drop(job, n->ticket)) == OK)
		e = sql_follow_update(job, n);
	return (sql_leave(job, e));
}

static void
read_news(struct sql_query *q, struct news *n)
{

	n->row = sql_query_get_int(q, 0);
	n->ticket = sql_query_get_int(q, 1);
	n->delivery = sql_query_get_text(q, 2);
	n->source = (enum news_source)sql_query_get_word(q, 3, sources,
	    SOURCES);
	n->time = sql_query_get_int(q, 4);
	n->updated = sql_query_get_int(q, 5);
	n->category = (enum remote_category)sql_query_get_word(q, 6,
	    categories, CATEGORIES);
	n->state = sql_query_get_text(q, 7);
	n->resolution = sql_query_get_text(q, 8);
	n->resolution_id = sql_query_get_text(q, 9);
	n->gone = sql_query_get_int(q, 10) != 0;
	n->actor = sql_query_get_text(q, 11);
	n->us = (enum answer)sql_query_get_word(q, 12,
	    sql_history_answers, SQL_ANSWERS);
	n->ours = sql_query_get_int(q, 13) != 0;
}

enum err
sql_news_list(struct job *job, int64_t ticket, const struct news **news,
    size_t *n)
{
	struct news *one;
	struct sql_query q;

	sql_read(&q, job, "SELECT id, ticket, delivery, source, time,"
	    " updated, category, nullif(state, ''), nullif(resolution, ''),"
	    " resolution_id, gone, actor, us,"
	    " us <> 'no' AND gone = 0 AND EXISTS (SELECT 1 FROM act"
	    " WHERE act.ticket = news.ticket AND act.kind = 'move'"
	    " AND act.state IN ('due', 'sent', 'done')"
	    " AND (substr(act.body, 1, 4) = 'done'"
	    " OR substr(act.body, 1, 7) = 'dropped') ="
	    " (news.category IN ('done', 'dropped'))"
	    " AND news.category <> 'unknown'"
	    " AND news.time BETWEEN act.made - ?2"
	    " AND " SQL_IF("act.made > act.tried", "act.made", "act.tried")
	    " + ?2),"
	    " count(*) OVER () FROM news WHERE ticket = ?1"
	    " ORDER BY time, updated, id");
	sql_query_int(&q, ticket);
	sql_query_int(&q, NEWS_ECHO);
	while ((one = sql_query_each(&q, sizeof(*one))) != NULL)
		read_news(&q, one);
	*news = q.list;
	*n = q.n;
	return (sql_query_end(&q));
}

enum err
sql_news_next(struct job *job, int64_t after, int64_t *ticket)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT ticket FROM news WHERE seen < 2"
	    " AND ticket > ? ORDER BY ticket LIMIT 1");
	sql_query_int(&q, after);
	if (sql_query_row(&q))
		*ticket = sql_query_get_int(&q, 0);
	e = sql_query_end(&q);
	return (e == OK && *ticket == 0 ? ERR_ABSENT : e);
}

enum err
sql_news_seen(struct job *job, int64_t ticket)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	e = sql_query_once(job, "UPDATE news SET seen = 2"
	    " WHERE ticket = ? AND seen = 1", ticket);
	return (sql_leave(job, e));
}
