/*
 * Budgets and storms.  Each ticket that is filed takes a token of its rule's
 * budget and of the total one; how many there are since that long ago says
 * whether one is left.  Taking and counting is one transaction, so that many
 * processes keep to one budget.
 */
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/tell.h"

enum {
	FOLDED_MAX = 2		/* one too many */
};

/* Has this ticket its token already? */
static enum err
has_token(struct job *job, const char *key, bool *has)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT 1 FROM token WHERE key = ?");
	sql_query_text(&q, key);
	*has = sql_query_row(&q);
	return (sql_query_end(&q));
}

/* Is there one left of a budget?  What a wrong clock says does not count. */
static enum err
is_left(struct job *job, const char *rule, const struct budget *budget,
    bool *left)
{
	struct sql_query q;

	if (budget->n == 0)
		return (OK);
	sql_query(&q, job, rule != NULL ?
	    "SELECT count(*) FROM token WHERE time > ?1 AND time < ?2"
	    " AND rule = ?3" :
	    "SELECT count(*) FROM token WHERE time > ?1 AND time < ?2");
	sql_query_int(&q, job->now - budget->per);
	sql_query_int(&q, job->now + budget->per);
	if (rule != NULL)
		sql_query_text(&q, rule);
	if (sql_query_row(&q))
		*left = *left && sql_query_get_int(&q, 0) < budget->n;
	return (sql_query_end(&q));
}

static enum err
insert(struct job *job, const struct token *t)
{
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO token (key, rule, time)"
	    " VALUES (?, ?, ?)");
	sql_query_text(&q, t->key);
	sql_query_text(&q, t->rule);
	sql_query_int(&q, job->now);
	return (sql_query_run(&q));
}

/*
 * One storm goes on as long as the budget's time does not pass in peace.  A
 * request that began a little earlier does not begin it again; one that
 * began long before does, since then a clock was wrong.
 */
static enum err
note_storm(struct job *job, const struct token *t, struct token_answer *a)
{
	const int64_t per = t->most.n != 0 ? t->most.per : t->total.per;
	struct sql_query q;

	sql_query(&q, job, "INSERT INTO storm (rule, since, until)"
	    " VALUES (?1, ?2, ?3) ON CONFLICT (rule) DO UPDATE SET"
	    " since = " SQL_IF("storm.until <= ?2 OR storm.since > ?3",
	    "?2", "storm.since")
	    ", until = " SQL_IF("storm.since > ?3 OR storm.until < ?3",
	    "?3", "storm.until")
	    " RETURNING since, since = ?2");
	sql_query_text(&q, t->rule);
	sql_query_int(&q, job->now);
	sql_query_int(&q, job->now + per);
	if (sql_query_row(&q)) {
		a->since = sql_query_get_int(&q, 0);
		a->began = sql_query_get_int(&q, 1) != 0;
	}
	return (sql_query_end(&q));
}

static enum err
take(struct job *job, const struct token *t, struct token_answer *a)
{
	bool has = false, left = true;
	enum err e;

	if ((e = has_token(job, t->key, &has)) != OK)
		return (e);
	if (has) {
		a->granted = true;
		return (OK);
	}
	if ((e = is_left(job, t->rule, &t->most, &left)) != OK ||
	    (e = is_left(job, NULL, &t->total, &left)) != OK)
		return (e);
	a->granted = left;
	return (left ? insert(job, t) : note_storm(job, t, a));
}

static enum err
token_take(struct job *job, const struct token *t, struct token_answer *a)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	e = take(job, t, a);
	return (sql_leave(job, e));
}

static enum err
token_give(struct job *job, const char *key)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_LATE)) != OK)
		return (e);
	sql_query(&q, job, "DELETE FROM token WHERE key = ?");
	sql_query_text(&q, key);
	e = sql_query_run(&q);
	return (sql_leave(job, e));
}

static enum err
storm_state(struct job *job, struct storm_state *state)
{
	struct sql_query q;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	sql_query(&q, job, "SELECT since, rule FROM storm WHERE until > ?"
	    " ORDER BY since LIMIT 1");
	sql_query_int(&q, job->now);
	if (sql_query_row(&q)) {
		state->since = sql_query_get_int(&q, 0);
		state->rule = sql_query_get_text(&q, 1);
	}
	if ((e = sql_query_end(&q)) == OK) {
		sql_query(&q, job, "SELECT count(*) FROM delivery"
		    " WHERE due = 1 AND outcome = 'parked'");
		if (sql_query_row(&q))
			state->parked = sql_query_get_int(&q, 0);
		e = sql_query_end(&q);
	}
	return (sql_leave(job, e));
}

static void
read_due(struct sql_query *q, struct due *due)
{

	due->id = sql_query_get_text(q, 0);
	due->body = sql_query_get_blob(q, 1, &due->len);
	due->received = sql_query_get_int(q, 2);
	due->last = sql_query_get_int(q, 3);
}

static enum err
parked(struct job *job, const char *rule, struct past_mark *mark,
    struct due *due)
{
	struct sql_query q;
	enum err e;

	sql_read(&q, job, "SELECT id, body, received, last, rowid"
	    " FROM delivery WHERE due = 1 AND outcome = 'parked' AND rule = ?"
	    " AND (received, rowid) > (?, ?)"
	    " ORDER BY received, rowid LIMIT 1");
	sql_query_text(&q, rule);
	sql_query_int(&q, mark->received);
	sql_query_int(&q, mark->row);
	if (sql_query_row(&q)) {
		read_due(&q, due);
		mark->received = due->received;
		mark->row = sql_query_get_int(&q, 4);
	}
	e = sql_query_end(&q);
	return (e == OK && due->id == NULL ? ERR_ABSENT : e);
}

static enum err
find_folded(struct job *job, const char *test, struct folded *f, int *n)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT DISTINCT test.id, ticket.id, name,"
	    " remote_key FROM test JOIN link ON link.test = test.id"
	    " JOIN ticket ON ticket.id = link.ticket"
	    " WHERE ticket.key LIKE 'storm|%' AND (test.name = ?1 OR test.id"
	    " IN (SELECT test FROM alias WHERE alias.trunk_id = ?1)) LIMIT 2");
	sql_query_text(&q, test);
	for (*n = 0; sql_query_row(&q); (*n)++) {
		f->test = sql_query_get_int(&q, 0);
		f->ticket = sql_query_get_int(&q, 1);
		f->name = sql_query_get_text(&q, 2);
		f->remote_key = sql_query_get_text(&q, 3);
	}
	return (sql_query_end(&q));
}

static enum err
find_mail(struct job *job, struct folded *f)
{
	struct sql_query q;

	sql_query(&q, job, "SELECT delivery.id, body, received, last"
	    " FROM delivery JOIN change ON change.delivery = delivery.id"
	    " WHERE change.test = ? AND delivery.ticket = ?"
	    " AND change.status IN ('flaky', 'broken')"
	    " ORDER BY received DESC LIMIT 1");
	sql_query_int(&q, f->test);
	sql_query_int(&q, f->ticket);
	if (sql_query_row(&q))
		read_due(&q, &f->mail);
	return (sql_query_end(&q));
}

static enum err
folded(struct job *job, const char *test, struct folded *f)
{
	int n = 0;
	enum err e;

	if ((e = sql_enter(job, SQL_USE_READ)) != OK)
		return (e);
	if ((e = find_folded(job, test, f, &n)) == OK && n == 1)
		e = find_mail(job, f);
	if ((e = sql_leave(job, e)) != OK)
		return (e);
	if (n == 0)
		return (fail(job, ERR_ABSENT, "no folded test has the id or "
		    "name \"%s\"", test));
	if (n == FOLDED_MAX)
		return (fail(job, ERR_REFUSED, "several folded tests have the "
		    "name \"%s\"; give Trunk's id of the one you mean",
		    test));
	if (f->mail.body == NULL)
		return (fail(job, ERR_REFUSED, "the delivery that told of "
		    "\"%s\" is no longer kept; file its ticket by hand",
		    test));
	return (OK);
}

static enum err
unlink_test(struct job *job, const struct folded *f)
{
	struct sql_query q;
	enum err e;

	sql_query(&q, job, "DELETE FROM link WHERE ticket = ?"
	    " AND test = ?");
	sql_query_int(&q, f->ticket);
	sql_query_int(&q, f->test);
	if ((e = sql_query_run(&q)) != OK)
		return (e);
	return (sql_query_once(job, "UPDATE ticket SET"
	    " changes = changes + 1 WHERE id = ?", f->ticket));
}

static enum err
unfold(struct job *job, const struct folded *f)
{
	enum err e;

	if ((e = sql_enter(job, SQL_USE_WRITE)) != OK)
		return (e);
	e = unlink_test(job, f);
	return (sql_leave(job, e));
}

enum err
sql_storm_prune(struct job *job, int64_t before)
{

	return (sql_query_once(job, "DELETE FROM token WHERE key IN"
	    " (SELECT key FROM token WHERE time < ? LIMIT 1000)", before));
}

const struct tell_backend sql_tell = {
	.notice_add = sql_notice_add,
	.notice_next = sql_notice_next,
	.notice_mark = sql_notice_mark,
	.notice_wait = sql_notice_wait,
	.notice_left = sql_notice_left,
	.notice_fresh = sql_notice_fresh,
	.token_take = token_take,
	.token_give = token_give,
	.storm_state = storm_state,
	.parked = parked,
	.folded = folded,
	.unfold = unfold
};
