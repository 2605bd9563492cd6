#ifndef SQL_RECORDS_H_
#define SQL_RECORDS_H_

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "handler/ledger_act.h"
#include "handler/ledger_effect.h"
#include "handler/ledger_history.h"
#include "handler/ledger_list.h"
#include "handler/ledger_queue.h"
#include "handler/ledger_sweep.h"
#include "handler/types.h"

struct job;
struct sql_query;
struct view_delivery;

/*
 * An SQL ledger inside, second half (the first is sql.h): the records
 * beside deliveries, tests and tickets.  The functions are those of the
 * backend, see the header that each file is named after.
 */

/* In the order of enum scope, enum status, enum answer and enum healthy. */
enum {
	SQL_SCOPES = 2,
	SQL_STATUSES = 4,
	SQL_ANSWERS = 3,
	SQL_HEALTHY = 5
};
extern const char *const sql_test_scopes[SQL_SCOPES];
extern const char *const sql_test_statuses[SQL_STATUSES];
extern const char *const sql_history_answers[SQL_ANSWERS];
extern const char *const sql_history_healthy[SQL_HEALTHY];

/*
 * The columns from the first of them: scope, trunk_id, identity, host, owner,
 * repository, file, suite, name, variant, url.
 */
void sql_test_read(struct sql_query *, int first, struct test *);

/* Once entered: the ticket of a row; ERR_ABSENT if there is none. */
enum err sql_ticket_read(struct job *, int64_t row, struct filing *);
enum err sql_ticket_take(struct job *, int64_t row, struct filing *);

enum err sql_list_of(struct job *, const struct test *, int64_t *);
enum err sql_list_claim(struct job *, int64_t, struct listing *);
enum err sql_list_note(struct job *, const struct listing *,
    enum list_note, const char *);
void sql_list_release(struct job *, struct listing *);
enum err sql_list_next(struct job *, int64_t, int64_t *);

enum err sql_history_note_change(struct job *, int64_t,
    const struct change *);
enum err sql_history_changes(struct job *, int64_t,
    const struct change **, size_t *);
/* What a monitor said last wins, and at one time that it is active. */
#define SQL_MONITOR_NEWER(key, table)					\
	" ON CONFLICT (" key ") DO UPDATE SET"				\
	" type = coalesce(excluded.type, " table ".type),"		\
	" active = excluded.active, time = excluded.time,"		\
	" said = excluded.said, evidence = excluded.evidence"		\
	" WHERE excluded.time > " table ".time"				\
	" OR (excluded.time = " table ".time"				\
	" AND excluded.active > " table ".active)"
/* Bind id, type, active, time, said and evidence, and run it. */
enum err sql_history_run_monitor(struct sql_query *,
    const struct monitor_record *);
/* Within a transaction. */
enum err sql_history_put_monitor(struct job *, int64_t,
    const struct monitor_record *);
enum err sql_history_note_known(struct job *, const char *, const char *);
enum err sql_history_known(struct job *, const struct known **, size_t *);

enum err sql_act_add(struct job *, const struct filing *,
    const struct act *, size_t);
enum err sql_act_list(struct job *, int64_t, struct act **, size_t *);
enum err sql_act_mark(struct job *, const struct act *);
enum err sql_act_next(struct job *, int64_t, int64_t *);

enum err sql_act_prune(struct job *, int64_t before);
enum err sql_life_acts(struct job *, int64_t, const struct act **,
    size_t *);

enum err sql_queue_note(struct job *, const struct queue_record *);
enum err sql_queue_next(struct job *, const char *, int64_t,
    struct queue_cursor *, struct queue_record *);

enum err sql_effect_hear(struct job *, const struct test *,
    const struct monitor_record *, int64_t *);
enum err sql_effect_monitor(struct job *, int64_t, const char *,
    struct monitor_record *);
enum err sql_effect_watchers(struct job *, int64_t,
    const struct watcher **, size_t *);
enum err sql_effect_resolved(struct job *, int64_t, const char *,
    int64_t);
enum err sql_effect_shield(struct job *, int64_t, const struct shield *,
    struct shield_news *);
enum err sql_effect_places(struct job *, const struct queue_place **,
    size_t *);

/*
 * A delivery as people see it: a statement up to its WHERE, with the body
 * or NULL in its place, and the reader of its columns.  The first column,
 * rowid, is what it returns; the order is that in which they came.
 */
#define SQL_DELIVERY(body)						\
	"SELECT d.rowid, d.id, received, last, tries, type, event_time," \
	" outcome, status, final, due, answer, d.rule, why, " body ","	\
	" t.id, t.remote_key, t.url, t.owner, calls FROM delivery AS d" \
	" LEFT JOIN ticket AS t ON t.id = d.ticket"

int64_t sql_view_delivery(struct sql_query *, struct view_delivery *);

/* Within a transaction: forget what is older, at most a thousand of each. */
enum err sql_history_prune(struct job *, int64_t before);
enum err sql_queue_prune(struct job *, int64_t before);
enum err sql_effect_prune(struct job *, int64_t before);

enum err sql_sweep_due(struct job *, int64_t, struct due *);
enum err sql_sweep_unlinked(struct job *, int64_t, int64_t,
    struct unlinked *);
enum err sql_sweep_unsettled(struct job *, int64_t, int64_t *,
    struct unlinked *);
enum err sql_sweep_unchecked(struct job *, int64_t, struct filing *);
enum err sql_sweep_checked(struct job *, const struct filing *);
enum err sql_sweep_state(struct job *, struct ledger_state *);
enum err sql_sweep_prune(struct job *, int64_t, int64_t *);
enum err sql_sweep_past(struct job *, int64_t, struct past_mark *,
    struct past *);

#endif
