#ifndef SQL_BACKEND_H_
#define SQL_BACKEND_H_

#include "handler/ledgers/life.h"
#include "handler/ledgers/panel.h"
#include "handler/ledgers/sql.h"
#include "handler/ledgers/sql_news.h"
#include "handler/ledgers/sql_records.h"
#include "handler/ledgers/tell.h"
#include "handler/ledgers/view.h"

/* What a backend over struct sql has beside its name, open and close. */
#define SQL_BACKEND_REST						\
	.view = &sql_view,						\
	.life = &sql_life,						\
	.panel = &sql_panel,						\
	.tell = &sql_tell,						\
	.probe = sql_probe,						\
	.begin = sql_begin,						\
	.end = sql_end,							\
	.step = sql_step,						\
	.recall = sql_delivery_recall,					\
	.test = sql_test_find,						\
	.meet = sql_test_meet,						\
	.ticketed = sql_ticket_of,					\
	.claim = sql_ticket_claim,					\
	.take = sql_ticket_take,					\
	.intend = sql_ticket_intend,					\
	.advance = sql_ticket_advance,					\
	.finish = sql_delivery_finish,					\
	.release = sql_ticket_release,					\
	.due = sql_sweep_due,						\
	.unlinked = sql_sweep_unlinked,					\
	.unsettled = sql_sweep_unsettled,				\
	.unchecked = sql_sweep_unchecked,				\
	.checked = sql_sweep_checked,					\
	.state = sql_sweep_state,					\
	.prune = sql_sweep_prune,					\
	.past = sql_sweep_past,						\
	.list_of = sql_list_of,						\
	.list_claim = sql_list_claim,					\
	.list_note = sql_list_note,					\
	.list_release = sql_list_release,				\
	.unlisted = sql_list_next,					\
	.note_change = sql_history_note_change,				\
	.changes = sql_history_changes,					\
	.repeated = sql_delivery_repeated,				\
	.note_known = sql_history_note_known,				\
	.known = sql_history_known,					\
	.act_add = sql_act_add,						\
	.acts_due = sql_act_list,					\
	.act_mark = sql_act_mark,					\
	.act_next = sql_act_next,					\
	.hear_monitor = sql_effect_hear,				\
	.monitor = sql_effect_monitor,					\
	.watchers = sql_effect_watchers,				\
	.note_resolved = sql_effect_resolved,				\
	.note_shield = sql_effect_shield,				\
	.queue_places = sql_effect_places,				\
	.note_queue = sql_queue_note,					\
	.news_of = sql_news_of,						\
	.news_marked = sql_news_marked,					\
	.news_heard = sql_news_heard,					\
	.note_news = sql_news_note,					\
	.news = sql_news_list,						\
	.news_next = sql_news_next,					\
	.news_seen = sql_news_seen,					\
	.follow = sql_follow_take,					\
	.poll_next = sql_follow_next,					\
	.note_poll = sql_follow_note,					\
	.searched = sql_follow_searched,				\
	.note_search = sql_follow_search,				\
	.test_of = sql_follow_test,					\
	.queue_next = sql_queue_next

#endif
