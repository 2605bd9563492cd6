#ifndef BACKEND_H_
#define BACKEND_H_

#include "common/err.h"
#include "handler/ledger.h"
#include "handler/ledger_act.h"
#include "handler/ledger_effect.h"
#include "handler/ledger_history.h"
#include "handler/ledger_list.h"
#include "handler/ledger_news.h"
#include "handler/ledger_queue.h"
#include "handler/ledger_sweep.h"

/*
 * A kind of store: one file in ledgers/ each, and a line in the table of
 * ledger.c.  Each member does what the function of its name in ledger.h
 * promises; ledger.c has cleared what a call fills in before it gets here,
 * and has set filing->key, generation 1 and lock -1 for a claim (lock -1 for
 * a take and a list's claim).
 *
 * A backend's own structure begins with a struct ledger and points it at
 * its table.
 */
struct ledger {
	const struct ledger_backend	*backend;
};

struct life_backend;
struct panel_backend;
struct tell_backend;
struct view_backend;

struct ledger_backend {
	const char	*scheme;	/* of the URL, without its colon */
	const struct view_backend *view;	/* lists: ledgers/view.h */
	const struct life_backend *life; /* of tickets: ledgers/life.h */
	const struct panel_backend *panel;	/* pages: ledgers/panel.h */
	const struct tell_backend *tell;	/* notices: ledgers/tell.h */
	/* rest: what follows the colon.  files may be NULL. */
	void		(*files)(const char *rest,
			    void (*keep)(const char *));
	enum err	(*open)(const char *rest, struct ledger **,
			    struct why *);
	void		(*close)(struct ledger *);
	enum err	(*probe)(struct ledger *, struct why *);
	enum err	(*begin)(struct job *, bool writes);
	enum err	(*end)(struct job *, enum err);
	enum err	(*step)(struct job *,
			    enum err (*part)(struct job *, void *), void *);
	enum err	(*recall)(struct job *, const char *id,
			    struct recall *);
	enum err	(*test)(struct job *, const struct test *,
			    struct test_record *);
	enum err	(*meet)(struct job *, const struct test *,
			    struct test_record *);
	enum err	(*ticketed)(struct job *, int64_t test, bool *);
	enum err	(*claim)(struct job *, const struct test *,
			    struct filing *);
	enum err	(*take)(struct job *, int64_t row, struct filing *);
	enum err	(*intend)(struct job *, const struct delivery *,
			    const struct event *, struct filing *);
	enum err	(*advance)(struct job *, const struct test *,
			    const struct filing *);
	enum err	(*finish)(struct job *, const struct finish *);
	void		(*release)(struct job *, struct filing *);
	enum err	(*due)(struct job *, int64_t before, struct due *);
	enum err	(*unlinked)(struct job *, int64_t before,
			    int64_t refused_before, struct unlinked *);
	enum err	(*unsettled)(struct job *, int64_t before,
			    int64_t *row, struct unlinked *);
	enum err	(*unchecked)(struct job *, int64_t before,
			    struct filing *);
	enum err	(*checked)(struct job *, const struct filing *);
	enum err	(*state)(struct job *, struct ledger_state *);
	enum err	(*prune)(struct job *, int64_t before, int64_t *n);
	enum err	(*past)(struct job *, int64_t since,
			    struct past_mark *, struct past *);
	enum err	(*list_of)(struct job *, const struct test *,
			    int64_t *row);
	enum err	(*list_claim)(struct job *, int64_t row,
			    struct listing *);
	enum err	(*list_note)(struct job *, const struct listing *,
			    enum list_note, const char *hash);
	void		(*list_release)(struct job *, struct listing *);
	enum err	(*unlisted)(struct job *, int64_t before,
			    int64_t *row);
	enum err	(*note_change)(struct job *, int64_t test,
			    const struct change *);
	enum err	(*changes)(struct job *, int64_t test,
			    const struct change **, size_t *n);
	enum err	(*repeated)(struct job *, const struct tried *,
			    size_t n);
	enum err	(*note_known)(struct job *, const char *type,
			    const char *delivery);
	enum err	(*known)(struct job *, const struct known **,
			    size_t *n);
	enum err	(*act_add)(struct job *, const struct filing *,
			    const struct act *, size_t n);
	enum err	(*acts_due)(struct job *, int64_t ticket,
			    struct act **, size_t *n);
	enum err	(*act_mark)(struct job *, const struct act *);
	enum err	(*act_next)(struct job *, int64_t before,
			    int64_t *ticket);
	enum err	(*hear_monitor)(struct job *, const struct test *,
			    const struct monitor_record *, int64_t *row);
	enum err	(*monitor)(struct job *, int64_t test, const char *id,
			    struct monitor_record *);
	enum err	(*watchers)(struct job *, int64_t ticket,
			    const struct watcher **, size_t *n);
	enum err	(*note_resolved)(struct job *, int64_t test,
			    const char *monitor, int64_t time);
	enum err	(*note_shield)(struct job *, int64_t test,
			    const struct shield *, struct shield_news *);
	enum err	(*queue_places)(struct job *,
			    const struct queue_place **, size_t *n);
	enum err	(*note_queue)(struct job *,
			    const struct queue_record *);
	enum err	(*queue_next)(struct job *, const char *repository,
			    int64_t pr, struct queue_cursor *,
			    struct queue_record *);
	enum err	(*news_of)(struct job *, const char *tracker,
			    const char *remote_id, const struct followed **,
			    size_t *n);
	enum err	(*news_marked)(struct job *, const char *marker,
			    const struct followed **, size_t *n);
	enum err	(*news_heard)(struct job *, const char *delivery);
	enum err	(*note_news)(struct job *, const struct news *);
	enum err	(*news)(struct job *, int64_t ticket,
			    const struct news **, size_t *n);
	enum err	(*news_next)(struct job *, int64_t after,
			    int64_t *ticket);
	enum err	(*news_seen)(struct job *, int64_t ticket);
	enum err	(*follow)(struct job *, struct filing *);
	enum err	(*poll_next)(struct job *, int64_t before,
			    const char **tracker, struct followed **,
			    size_t *n);
	enum err	(*note_poll)(struct job *, int64_t ticket);
	enum err	(*searched)(struct job *, const char *tracker,
			    struct searched *);
	enum err	(*note_search)(struct job *, const char *tracker,
			    int64_t reached);
	enum err	(*test_of)(struct job *, const char *trunk_id,
			    struct unlinked *);
};

extern const struct ledger_backend sqlite_backend;
extern const struct ledger_backend postgres_backend;

#endif
