#include <string.h>

#include "common/arena.h"
#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_news.h"
#include "handler/ledgers/sql_records.h"

/*
 * Which tickets are looked after, and how they are in their newest version.
 * The row of a ticket is made with it, by a trigger.
 */

/* When it was closed; 0: it is open. */
static int64_t
closed(const struct news *n)
{
	bool is_closed = n->gone || n->category == REMOTE_DONE ||
	    n->category == REMOTE_DROPPED;

	return (is_closed ? n->time : 0);
}

enum err
sql_follow_update(struct job *job, const struct news *n)
{
	struct sql_query q;

	sql_query(&q, job, "UPDATE followed SET updated = ?1,"
	    " remote_key = coalesce(?2, remote_key), url = coalesce(?3, url),"
	    " closed = ?4, watched = ?6 WHERE ticket = ?5 AND updated <= ?1");
	sql_query_int(&q, n->updated);
	sql_query_text(&q, n->remote_key);
	sql_query_text(&q, n->url);
	sql_query_int(&q, closed(n));
	sql_query_int(&q, n->ticket);
	sql_query_int(&q, !n->gone || n->source == NEWS_POLL);
	return (sql_query_run(&q));
}

static enum err
read_place(struct job *job, const struct filing *f, const char **key,
    const char **url)
{
	struct sql_query q;

	*key = *url = NULL;
	sql_query(&q, job, "SELECT remote_key, url FROM followed"
	    " WHERE ticket = ?");
	sql_query_int(&q, f->row);
	if (sql_query_row(&q)) {
		*key = sql_query_get_text(&q, 0);
		*url = sql_query_get_text(&q, 1);
	}
	return (sql_query_end(&q));
}

static enum err
write_place(struct job *job, const struct filing *f, const char *key,
    const char *url)
{
	struct sql_query q;

	sql_query(&q, job, "UPDATE ticket SET remote_key = ?, url = ?"
	    " WHERE id = ?");
	sql_query_text(&q, key);
	sql_query_text(&q, url);
	sql_query_int(&q, f->row);
	return (sql_query_run(&q));
}

static enum err
take_news(struct job *job, int64_t ticket)
{

	return (sql_query_once(job, "UPDATE news SET seen = 1"
	    " WHERE ticket = ? AND seen = 0", ticket));
}

static bool
differs(const char *a, const char *b)
{

	return (a == NULL || b == NULL ? a != b : strcmp(a, b) != 0);
}

enum err
sql_follow_take(struct job *job, struct filing *f)
{
	const char *key, *url;
	bool moved = false;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	if ((e = read_place(job, f, &key, &url)) == OK) {
		key = key != NULL ? key : f->remote_key;
		url = url != NULL ? url : f->url;
		moved = differs(key, f->remote_key) || differs(url, f->url);
	}
	if (e == OK && moved)
		e = write_place(job, f, key, url);
	if (e == OK)
		e = take_news(job, f->row);
	if ((e = sql_leave(job, e)) == OK && moved) {
		f->remote_key = key;
		f->url = url;
	}
	return (e);
}

/* Whose turn is it?  The tracker of the ticket that waits longest. */
static enum err
next_tracker(struct job *job, int64_t before, const char **tracker)
{
	struct sql_query q;
	enum err e;

	sql_query(&q, job, "SELECT tracker FROM followed JOIN ticket"
	    " ON id = followed.ticket WHERE watched = 1"
	    " AND (polled < ? OR polled > ?) AND stage = 'created'"
	    " ORDER BY polled LIMIT 1");
	sql_query_int(&q, before);
	sql_query_int(&q, job->now);
	if (sql_query_row(&q))
		*tracker = sql_query_get_text(&q, 0);
	e = sql_query_end(&q);
	return (e == OK && *tracker == NULL ? ERR_ABSENT : e);
}

static enum err
read_batch(struct job *job, int64_t before, const char *tracker,
    struct followed *all, size_t *n)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT id, remote_id, ticket.remote_key,"
	    " ticket.url, updated, (SELECT gone FROM news"
	    " WHERE news.ticket = ticket.id ORDER BY time DESC, updated DESC,"
	    " news.id DESC LIMIT 1) FROM followed"
	    " JOIN ticket ON id = followed.ticket"
	    " WHERE watched = 1 AND (polled < ? OR polled > ?)"
	    " AND stage = 'created' AND tracker = ? ORDER BY polled LIMIT ?");
	sql_query_int(&q, before);
	sql_query_int(&q, job->now);
	sql_query_text(&q, tracker);
	sql_query_int(&q, NEWS_BATCH);
	while (*n < NEWS_BATCH && sql_query_row(&q)) {
		all[*n].ticket = sql_query_get_int(&q, 0);
		all[*n].remote_id = sql_query_get_text(&q, 1);
		all[*n].remote_key = sql_query_get_text(&q, 2);
		all[*n].url = sql_query_get_text(&q, 3);
		all[*n].updated = sql_query_get_int(&q, 4);
		all[(*n)++].gone = sql_query_get_int(&q, 5) != 0;
	}
	return (sql_query_end(&q));
}

enum err
sql_follow_next(struct job *job, int64_t before, const char **tracker,
    struct followed **tickets, size_t *n)
{
	struct followed *all;
	enum err e;

	all = arena_alloc(job->arena, NEWS_BATCH * sizeof(*all));
	if (all == NULL)
		return (fail(job, ERR_NOMEM, "no memory for the tickets"));
	*tickets = all;
	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	if ((e = next_tracker(job, before, tracker)) == OK)
		e = read_batch(job, before, *tracker, all, n);
	return (sql_leave(job, e));
}

enum err
sql_follow_note(struct job *job, int64_t ticket)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "UPDATE followed SET polled = ?1,"
	    " watched = " SQL_IF("watched = 1 AND (closed = 0"
	    " OR closed > ?2)", "1", "0")
	    " WHERE ticket = ?3");
	sql_query_int(&q, job->now);
	sql_query_int(&q, job->now - NEWS_AFTER);
	sql_query_int(&q, ticket);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

enum err
sql_follow_searched(struct job *job, const char *tracker,
    struct searched *s)
{
	struct sql_query q;

	sql_read(&q, job, "SELECT tried, reached FROM searched"
	    " WHERE tracker = ?");
	sql_query_text(&q, tracker);
	if (sql_query_row(&q)) {
		s->tried = sql_query_get_int(&q, 0);
		s->reached = sql_query_get_int(&q, 1);
	}
	return (sql_query_end(&q));
}

enum err
sql_follow_search(struct job *job, const char *tracker, int64_t reached)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "INSERT INTO searched (tracker, tried, reached)"
	    " VALUES (?1, ?2, ?3) ON CONFLICT (tracker) DO UPDATE"
	    " SET tried = ?2, reached = "
	    SQL_IF("?3 = 0", "searched.reached", "?3"));
	sql_query_text(&q, tracker);
	sql_query_int(&q, job->now);
	sql_query_int(&q, reached);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

enum err
sql_follow_test(struct job *job, const char *trunk_id,
    struct unlinked *u)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT scope, trunk_id, identity, host, owner,"
	    " repository, file, suite, name, variant, url, (SELECT key"
	    " FROM link JOIN ticket ON ticket.id = link.ticket"
	    " WHERE link.test = test.id ORDER BY ticket.id DESC LIMIT 1)"
	    " FROM alias JOIN test ON test.id = alias.test"
	    " WHERE scope IN ('repository', 'collection') AND trunk_id = ?"
	    " ORDER BY scope DESC LIMIT 1");
	sql_query_text(&q, trunk_id);
	if (sql_query_row(&q)) {
		sql_test_read(&q, 0, &u->test);
		u->key = sql_query_get_text(&q, 11);
	}
	e = sql_query_end(&q);
	return (e == OK && u->test.identity == NULL ? ERR_ABSENT : e);
}
