#ifndef FAKE_TRACKER_H_
#define FAKE_TRACKER_H_

#include "tests/unit/ledger_sqlite.h"

#include "handler/config.h"
#include "handler/ticket.h"
#include "handler/tracker.h"

/*
 * A kind of tracker that answers what a test tells it and counts what it is
 * asked; a configuration with one tracker of it, whose `link` is none so
 * that Trunk is left out of it.  Include it once in a program.
 */
enum {
	FAKE_SETTLE = 900 * 1000,	/* ms */
	FAKE_SPACING = 60 * 1000	/* ms between two looks: see ticket.h */
};

static struct fake {
	/* what it answers */
	enum err	 marker, resolve, create, find, read;
	enum err	 section, comment, raise;
	bool		 slow_resolve;	/* the deadline passes meanwhile */
	bool		 slow_create;
	const char	*path;		/* of the ledger, to look into */
	/* what it was asked */
	int		 resolves, creates, finds, reads;
	const char	*tracker;	/* of the last create */
	char		 project[16];	/* of the last create */
	char		 made[64];	/* marker of the last create */
	int64_t		 noted;		/* rows in the stage it must be in */
	int		 sections, comments, raises;
	char		 title[64];	/* of the last section ... */
	char		 text[70000];	/* ... and its body */
	char		 said[256];	/* keys and texts of all comments */
	int64_t		 due;		/* of the last raise ... */
	char		 priority[32];	/* ... and what it is raised to */
	void		(*meanwhile)(void);	/* called by a section */
} fake;

static struct tracker_kind fake_kind;
static struct tracker fake_tracker;
static struct config fake_config;
static struct rule fake_rule = { .name = "cranes", .line = 7 };

static inline enum err
fake_marker(struct job *job, struct filing *f)
{

	f->marker = arena_printf(job->arena, "dock-%s-%d", f->key,
	    f->generation);
	return (fake.marker);
}

static inline enum err
fake_resolve(struct job *job, struct target *t, struct filing *f)
{

	(void)f;
	fake.resolves++;
	t->id = "resolved";
	if (fake.slow_resolve)
		job->deadline = job->started;
	return (fake.resolve);
}

static inline void
fake_ticket(struct job *job, struct filing *f, int number)
{

	f->remote_id = arena_printf(job->arena, "id-%d", number);
	f->remote_key = arena_printf(job->arena, "HAR-%d", number);
	f->url = arena_printf(job->arena, "https://dock.example.net/HAR-%d",
	    number);
}

static inline enum err
fake_create(struct job *job, const struct target *t,
    const struct event *event, const struct draft *draft, struct filing *f)
{

	assert_non_null(event);
	assert_true(draft->title[0] != '\0' && draft->body[0] != '\0');
	assert_string_equal(t->id, "resolved");
	fake.creates++;
	fake.tracker = t->tracker->name;
	(void)snprintf(fake.project, sizeof(fake.project), "%s", t->project);
	(void)snprintf(fake.made, sizeof(fake.made), "%s", f->marker);
	if (fake.path != NULL)
		fake.noted = ask(fake.path, fake_kind.careful ?
		    "SELECT count(*) FROM ticket WHERE stage = 'sent'" :
		    "SELECT count(*) FROM ticket WHERE stage = 'intent'");
	if (fake.slow_create)
		job->deadline = job->started;
	if (fake.create == OK)
		fake_ticket(job, f, fake.creates);
	return (fake.create);
}

static inline enum err
fake_find(struct job *job, const struct target *t, struct filing *f)
{

	assert_non_null(t->tracker);
	assert_non_null(f->marker);
	fake.finds++;
	if (fake.find == OK)
		fake_ticket(job, f, 77);
	return (fake.find);
}

static inline enum err
fake_key_of(struct job *job, const struct tracker *t, const char *url,
    const char **key)
{
	size_t n = strlen(t->url);

	(void)job;
	*key = url + n;
	return (strncmp(url, t->url, n) == 0 ? OK : ERR_ABSENT);
}

static inline enum err
fake_read(struct job *job, const struct tracker *t, const char *key,
    struct filing *f)
{

	fake.reads++;
	if (fake.read == OK) {
		f->remote_id = arena_printf(job->arena, "read-%s", key);
		f->remote_key = key;
		f->url = arena_printf(job->arena, "%s%s", t->url, key);
	}
	return (fake.read);
}

static inline enum err
fake_section(struct job *job, const struct tracker *t,
    const struct filing *f, const struct section *section)
{

	(void)job;
	assert_ptr_equal(t, &fake_tracker);
	assert_non_null(f->remote_id);
	fake.sections++;
	(void)snprintf(fake.title, sizeof(fake.title), "%s", section->title);
	(void)snprintf(fake.text, sizeof(fake.text), "%s", section->body);
	if (fake.meanwhile != NULL)
		fake.meanwhile();
	return (fake.section == OK ? OK : fail(job, fake.section,
	    "the dock says no"));
}

static inline enum err
fake_comment(struct job *job, const struct tracker *t,
    const struct filing *f, const char *key, const char *markdown)
{
	size_t n = strlen(fake.said);

	assert_ptr_equal(t, &fake_tracker);
	assert_non_null(f->remote_id);
	fake.comments++;
	(void)snprintf(fake.said + n, sizeof(fake.said) - n, "%s=%s;", key,
	    markdown);
	return (fake.comment == OK ? OK : fail(job, fake.comment,
	    "the dock says no"));
}

static inline enum err
fake_raise(struct job *job, struct target *t, const struct filing *f)
{
	const char *priority = t->route->dest[DEST_PRIORITY].value;

	assert_string_equal(t->project, "HAR");
	assert_non_null(f->remote_id);
	fake.raises++;
	fake.due = t->due;
	(void)snprintf(fake.priority, sizeof(fake.priority), "%s",
	    priority != NULL ? priority : "(stays)");
	return (fake.raise == OK ? OK : fail(job, fake.raise,
	    "the dock says no"));
}

static inline void
fake_setup(bool careful)
{

	memset(&fake, 0, sizeof(fake));
	fake.find = fake.read = ERR_ABSENT;
	fake_kind = (struct tracker_kind){ .type = "dock",
	    .project = DEST_TEAM, .careful = careful, .marker = fake_marker,
	    .resolve = fake_resolve, .create = fake_create,
	    .find = fake_find, .key_of = fake_key_of, .read = fake_read,
	    .section = fake_section, .comment = fake_comment,
	    .raise = fake_raise };
	fake_tracker = (struct tracker){ .name = "harbour",
	    .kind = &fake_kind, .url = "https://dock.example.net/",
	    .settle = FAKE_SETTLE, .link = LINK_NEVER };
	fake_config = (struct config){ .trackers = &fake_tracker,
	    .rules = &fake_rule, .adopt = true, .workers = 3,
	    .deadline = 10000, .max_body = 4096, .tolerance = 300 };
}

static inline struct route
fake_route(void)
{

	return ((struct route){ .action = ACTION_TICKET, .rule = &fake_rule,
	    .tracker = &fake_tracker,
	    .dest[DEST_TEAM] = { .value = "HAR" } });
}

/*
 * A try of its own: nothing of it is remembered but what is on disk.  Each
 * key is that of a test of its own.
 */
struct attempt {
	struct job	 job;
	struct event	 event;
	struct delivery	 mail;
	struct route	 route;
	struct filing	 f;
};

static inline void
attempt_begin(struct world *w, struct attempt *a, const char *key,
    int64_t now)
{

	world_job(w, &a->job);
	a->job.config = &fake_config;
	a->job.now = now;
	key = arena_strdup(a->job.arena, key);
	a->event = world_event(key, arena_printf(a->job.arena, "%s\n", key),
	    STATUS_FLAKY, 5);
	a->mail = world_mail("msg_1");
	a->route = fake_route();
	expect(&a->job, ledger_claim(&a->job, key, &a->event.test, &a->f),
	    OK);
}

static inline void
attempt_end(struct attempt *a)
{

	ledger_release(&a->job, &a->f);
	arena_free(a->job.arena);
}

/* What is on disk of the key. */
static inline struct filing
on_disk(struct world *w, const char *key)
{
	struct attempt a;
	struct filing f;

	attempt_begin(w, &a, key, 0);
	f = a.f;
	attempt_end(&a);
	/* Its strings have died. */
	f.key = f.marker = f.tracker = f.project = f.rule = NULL;
	f.remote_id = f.remote_key = f.url = f.owner = f.note = NULL;
	return (f);
}

#endif
