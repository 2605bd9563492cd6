/*
 * Budgets and storms.  Each ticket that is filed takes a token of its rule's
 * budget and of the total one; how many there are since that long ago says
 * whether one is left.  Taking and counting is one transaction, so that many
 * processes keep to one budget.
 */
#include <string.h>

#include "handler/job.h"
#include "handler/ledgers/sqlite.h"
#include "handler/ledgers/tell.h"

enum {
	FOLDED_MAX = 2		/* one too many */
};

/* Has this ticket its token already? */
static enum err
has_token(struct job *job, const char *key, bool *has)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "SELECT 1 FROM token WHERE key = ?");
	sqlite_query_text(&q, key);
	*has = sqlite_query_row(&q);
	return (sqlite_query_end(&q));
}

/* Is there one left of a budget?  What a wrong clock says does not count. */
static enum err
is_left(struct job *job, const char *rule, const struct budget *budget,
    bool *left)
{
	struct sqlite_query q;

	if (budget->n == 0)
		return (OK);
	sqlite_query(&q, job, rule != NULL ?
	    "SELECT count(*) FROM token WHERE time > ?1 AND time < ?2"
	    " AND rule = ?3" :
	    "SELECT count(*) FROM token WHERE time > ?1 AND time < ?2");
	sqlite_query_int(&q, job->now - budget->per);
	sqlite_query_int(&q, job->now + budget->per);
	if (rule != NULL)
		sqlite_query_text(&q, rule);
	if (sqlite_query_row(&q))
		*left = *left && sqlite_query_get_int(&q, 0) < budget->n;
	return (sqlite_query_end(&q));
}

static enum err
insert(struct job *job, const struct token *t)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "INSERT INTO token (key, rule, time)"
	    " VALUES (?, ?, ?)");
	sqlite_query_text(&q, t->key);
	sqlite_query_text(&q, t->rule);
	sqlite_query_int(&q, job->now);
	return (sqlite_query_run(&q));
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
	struct sqlite_query q;

	sqlite_query(&q, job, "INSERT INTO storm (rule, since, until)"
	    " VALUES (?1, ?2, ?3) ON CONFLICT (rule) DO UPDATE SET"
	    " since = iif(until <= ?2 OR since > ?3, ?2, since),"
	    " until = max(?3, iif(since > ?3, 0, until))"
	    " RETURNING since, since = ?2");
	sqlite_query_text(&q, t->rule);
	sqlite_query_int(&q, job->now);
	sqlite_query_int(&q, job->now + per);
	if (sqlite_query_row(&q)) {
		a->since = sqlite_query_get_int(&q, 0);
		a->began = sqlite_query_get_int(&q, 1) != 0;
	}
	return (sqlite_query_end(&q));
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

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	e = take(job, t, a);
	return (sqlite_leave(job, e));
}

static enum err
token_give(struct job *job, const char *key)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_LATE)) != OK)
		return (e);
	sqlite_query(&q, job, "DELETE FROM token WHERE key = ?");
	sqlite_query_text(&q, key);
	e = sqlite_query_run(&q);
	return (sqlite_leave(job, e));
}

static enum err
storm_state(struct job *job, struct storm_state *state)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT since, rule FROM storm WHERE until > ?"
	    " ORDER BY since LIMIT 1");
	sqlite_query_int(&q, job->now);
	if (sqlite_query_row(&q)) {
		state->since = sqlite_query_get_int(&q, 0);
		state->rule = sqlite_query_get_text(&q, 1);
	}
	if ((e = sqlite_query_end(&q)) == OK) {
		sqlite_query(&q, job, "SELECT count(*) FROM delivery"
		    " WHERE due = 1 AND outcome = 'parked'");
		if (sqlite_query_row(&q))
			state->parked = sqlite_query_get_int(&q, 0);
		e = sqlite_query_end(&q);
	}
	return (sqlite_leave(job, e));
}

static void
read_due(struct sqlite_query *q, struct due *due)
{

	due->id = sqlite_query_get_text(q, 0);
	due->body = sqlite_query_get_blob(q, 1, &due->len);
	due->received = sqlite_query_get_int(q, 2);
	due->last = sqlite_query_get_int(q, 3);
}

static enum err
parked(struct job *job, const char *rule, struct past_mark *mark,
    struct due *due)
{
	struct sqlite_query q;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	sqlite_query(&q, job, "SELECT id, body, received, last, rowid"
	    " FROM delivery WHERE due = 1 AND outcome = 'parked' AND rule = ?"
	    " AND (received, rowid) > (?, ?)"
	    " ORDER BY received, rowid LIMIT 1");
	sqlite_query_text(&q, rule);
	sqlite_query_int(&q, mark->received);
	sqlite_query_int(&q, mark->row);
	if (sqlite_query_row(&q)) {
		read_due(&q, due);
		mark->received = due->received;
		mark->row = sqlite_query_get_int(&q, 4);
	}
	e = sqlite_query_end(&q);
	return (sqlite_leave(job, e == OK && due->id == NULL ? ERR_ABSENT :
	    e));
}

static enum err
find_folded(struct job *job, const char *test, struct folded *f, int *n)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "SELECT DISTINCT test.id, ticket.id, name,"
	    " remote_key FROM test JOIN link ON link.test = test.id"
	    " JOIN ticket ON ticket.id = link.ticket"
	    " WHERE ticket.key LIKE 'storm|%' AND (test.name = ?1 OR test.id"
	    " IN (SELECT test FROM alias WHERE alias.trunk_id = ?1)) LIMIT 2");
	sqlite_query_text(&q, test);
	for (*n = 0; sqlite_query_row(&q); (*n)++) {
		f->test = sqlite_query_get_int(&q, 0);
		f->ticket = sqlite_query_get_int(&q, 1);
		f->name = sqlite_query_get_text(&q, 2);
		f->remote_key = sqlite_query_get_text(&q, 3);
	}
	return (sqlite_query_end(&q));
}

static enum err
find_mail(struct job *job, struct folded *f)
{
	struct sqlite_query q;

	sqlite_query(&q, job, "SELECT delivery.id, body, received, last"
	    " FROM delivery JOIN change ON change.delivery = delivery.id"
	    " WHERE change.test = ? AND delivery.ticket = ?"
	    " AND change.status IN ('flaky', 'broken')"
	    " ORDER BY received DESC LIMIT 1");
	sqlite_query_int(&q, f->test);
	sqlite_query_int(&q, f->ticket);
	if (sqlite_query_row(&q))
		read_due(&q, &f->mail);
	return (sqlite_query_end(&q));
}

static enum err
folded(struct job *job, const char *test, struct folded *f)
{
	int n = 0;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	if ((e = find_folded(job, test, f, &n)) == OK && n == 1)
		e = find_mail(job, f);
	if ((e = sqlite_leave(job, e)) != OK)
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
	struct sqlite_query q;
	enum err e;

	sqlite_query(&q, job, "DELETE FROM link WHERE ticket = ?"
	    " AND test = ?");
	sqlite_query_int(&q, f->ticket);
	sqlite_query_int(&q, f->test);
	if ((e = sqlite_query_run(&q)) != OK)
		return (e);
	return (sqlite_query_once(job, "UPDATE ticket SET"
	    " changes = changes + 1 WHERE id = ?", f->ticket));
}

static enum err
unfold(struct job *job, const struct folded *f)
{
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	e = unlink_test(job, f);
	return (sqlite_leave(job, e));
}

enum err
sqlite_storm_prune(struct job *job, int64_t before)
{

	return (sqlite_query_once(job, "DELETE FROM token WHERE key IN"
	    " (SELECT key FROM token WHERE time < ? LIMIT 1000)", before));
}

const struct tell_backend sqlite_tell = {
	.notice_add = sqlite_notice_add,
	.notice_next = sqlite_notice_next,
	.notice_mark = sqlite_notice_mark,
	.notice_wait = sqlite_notice_wait,
	.notice_left = sqlite_notice_left,
	.notice_fresh = sqlite_notice_fresh,
	.token_take = token_take,
	.token_give = token_give,
	.storm_state = storm_state,
	.parked = parked,
	.folded = folded,
	.unfold = unfold
};
