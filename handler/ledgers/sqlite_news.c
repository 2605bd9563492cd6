/*
 * What trackers told of tickets.  A ticket keeps the newest of it; what tells
 * nothing new leaves no row.  `seen` says whether the ticket's life was planned
 * again since: 0 not yet, 1 the plan has read it, 2 what it made is on disk.
 */
#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/sqlite_news.h"
#include "handler/ledgers/sqlite_records.h"

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
read_followed(struct sqlite_query *q, const struct followed **tickets,
    size_t *n)
{
	struct followed *one;
	enum err e;

	while ((one = sqlite_query_each(q, sizeof(*one))) != NULL) {
		one->ticket = sqlite_query_get_int(q, 0);
		one->remote_id = sqlite_query_get_text(q, 1);
		one->remote_key = sqlite_query_get_text(q, 2);
		one->url = sqlite_query_get_text(q, 3);
		one->updated = sqlite_query_get_int(q, 4);
		one->moved = sqlite_query_get_int(q, 5) != 0;
	}
	*tickets = q->list;
	*n = q->n;
	e = sqlite_query_end(q);
	return (e == OK && *n == 0 ? ERR_ABSENT : e);
}

enum err
sqlite_news_of(struct job *job, const char *tracker, const char *remote_id,
    const struct followed **tickets, size_t *n)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, FOLLOWED "remote_id = ? AND tracker = ?"
	    " ORDER BY ticket.id");
	sqlite_query_text(&q, remote_id);
	sqlite_query_text(&q, tracker);
	return (sqlite_leave(job, read_followed(&q, tickets, n)));
}

enum err
sqlite_news_marked(struct job *job, const char *marker,
    const struct followed **tickets, size_t *n)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, FOLLOWED "marker = ? ORDER BY ticket.id");
	sqlite_query_text(&q, marker);
	return (sqlite_leave(job, read_followed(&q, tickets, n)));
}

enum err
sqlite_news_heard(struct job *job, const char *delivery)
{
	struct sqlite_query q;
	bool heard;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT 1 FROM news WHERE delivery = ?"
	    " LIMIT 1");
	sqlite_query_text(&q, delivery);
	heard = sqlite_query_row(&q);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && !heard ? ERR_ABSENT : e));
}

/*
 * Of two that tell the same state since the same time the older version
 * stays, and at equal versions the one that knows who did it.
 */
static enum err
insert(struct job *job, const struct news *n)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "INSERT INTO news (ticket, delivery, source,"
	    " time, updated, category, state, resolution, resolution_id,"
	    " gone, actor, us, received)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (delivery, ticket) DO NOTHING"
	    " ON CONFLICT (ticket, time, category, state, resolution, gone)"
	    " DO UPDATE SET delivery = excluded.delivery,"
	    " source = excluded.source, updated = excluded.updated,"
	    " resolution_id = excluded.resolution_id,"
	    " actor = excluded.actor, us = excluded.us, seen = 0"
	    " WHERE excluded.updated < updated OR"
	    " (excluded.updated = updated AND excluded.actor IS NOT NULL"
	    " AND actor IS NULL)");
	sqlite_query_int(&q, n->ticket);
	sqlite_query_text(&q, n->delivery);
	sqlite_query_text(&q, sources[n->source]);
	sqlite_query_int(&q, n->time);
	sqlite_query_int(&q, n->updated);
	sqlite_query_text(&q, categories[n->category]);
	sqlite_query_text(&q, plain(n->state));
	sqlite_query_text(&q, plain(n->resolution));
	sqlite_query_text(&q, n->resolution_id);
	sqlite_query_int(&q, n->gone);
	sqlite_query_text(&q, n->actor);
	sqlite_query_text(&q, sqlite_history_answers[n->us]);
	sqlite_query_int(&q, job->now);
	return (sqlite_query_run(&q));
}

/* The newest NEWS_KEPT stay. */
static enum err
drop(struct job *job, int64_t ticket)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "DELETE FROM news WHERE id IN"
	    " (SELECT id FROM news WHERE ticket = ?"
	    " ORDER BY time DESC, updated DESC, id DESC LIMIT -1 OFFSET ?)");
	sqlite_query_int(&q, ticket);
	sqlite_query_int(&q, NEWS_KEPT);
	return (sqlite_query_run(&q));
}

enum err
sqlite_news_note(struct job *job, const struct news *n)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	if ((e = insert(job, n)) == OK && (e = drop(job, n->ticket)) == OK)
		e = sqlite_follow_update(job, n);
	return (sqlite_leave(job, e));
}

static void
read_news(struct sqlite_query *q, struct news *n)
{

	n->row = sqlite_query_get_int(q, 0);
	n->ticket = sqlite_query_get_int(q, 1);
	n->delivery = sqlite_query_get_text(q, 2);
	n->source = (enum news_source)sqlite_query_get_word(q, 3, sources,
	    SOURCES);
	n->time = sqlite_query_get_int(q, 4);
	n->updated = sqlite_query_get_int(q, 5);
	n->category = (enum remote_category)sqlite_query_get_word(q, 6,
	    categories, CATEGORIES);
	n->state = sqlite_query_get_text(q, 7);
	n->resolution = sqlite_query_get_text(q, 8);
	n->resolution_id = sqlite_query_get_text(q, 9);
	n->gone = sqlite_query_get_int(q, 10) != 0;
	n->actor = sqlite_query_get_text(q, 11);
	n->us = (enum answer)sqlite_query_get_word(q, 12,
	    sqlite_history_answers, SQLITE_ANSWERS);
	n->ours = sqlite_query_get_int(q, 13) != 0;
}

enum err
sqlite_news_list(struct job *job, int64_t ticket, const struct news **news,
    size_t *n)
{
	struct news *one;
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id, ticket, delivery, source, time,"
	    " updated, category, nullif(state, ''), nullif(resolution, ''),"
	    " resolution_id, gone, actor, us,"
	    " us <> 'no' AND gone = 0 AND EXISTS (SELECT 1 FROM act"
	    " WHERE act.ticket = news.ticket AND act.kind = 'move'"
	    " AND act.state IN ('due', 'sent', 'done')"
	    " AND (act.body GLOB 'done*' OR act.body GLOB 'dropped*') ="
	    " (news.category IN ('done', 'dropped'))"
	    " AND news.category <> 'unknown'"
	    " AND news.time BETWEEN act.made - ?2"
	    " AND max(act.made, act.tried) + ?2),"
	    " count(*) OVER () FROM news WHERE ticket = ?1"
	    " ORDER BY time, updated, id");
	sqlite_query_int(&q, ticket);
	sqlite_query_int(&q, NEWS_ECHO);
	while ((one = sqlite_query_each(&q, sizeof(*one))) != NULL)
		read_news(&q, one);
	*news = q.list;
	*n = q.n;
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e));
}

enum err
sqlite_news_next(struct job *job, int64_t after, int64_t *ticket)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT ticket FROM news WHERE seen < 2"
	    " AND ticket > ? ORDER BY ticket LIMIT 1");
	sqlite_query_int(&q, after);
	if (sqlite_query_row(&q))
		*ticket = sqlite_query_get_int(&q, 0);
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && *ticket == 0 ? ERR_ABSENT : e));
}

enum err
sqlite_news_seen(struct job *job, int64_t ticket)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	e = sqlite_query_once(job, "UPDATE news SET seen = 2"
	    " WHERE ticket = ? AND seen = 1", ticket);
	return (sqlite_leave(job, e));
}
