#ifndef FUZZ_HTTP_H_
#define FUZZ_HTTP_H_

#include "common/arena.c"
#include "common/buf.h"
#include "common/clock.h"
#include "common/http.h"
#include "handler/cache.h"
#include "handler/filing.h"
#include "handler/tracker.h"
#include "tests/fuzz/fuzz.h"

/*
 * Upstreams that answer what the input says.  Its first line is a letter,
 * for what is called, flags, and for a read a blank and the key; then come
 * the answers in their order, each a line with the status (0: none, and it is
 * unknown what happened), lines of headers, an empty line and a body, up to a
 * line "%%" or the end.  A clock of its own goes on with each call and each
 * sleep.
 *
 * One input in FUZZ_LEAN is run a second time with less memory than it needed.
 */
enum {
	FUZZ_DEADLINE = 30 * 1000,	/* ms */
	FUZZ_CALLS = 64,		/* of one input, at most */
	FUZZ_LEAN = 4
};

static struct {
	const uint8_t	*data;
	size_t		 n;
	int64_t		 clock;		/* ms */
	int		 calls;
	bool		 rich;		/* in memory */
} answers;

enum err __wrap_http_call(struct http *, struct arena *,
    const struct http_call *, struct http_answer *, struct why *);
int64_t __wrap_clock_mono(void);
void __wrap_clock_sleep(int64_t);

int64_t
__wrap_clock_mono(void)
{

	return (answers.clock);
}

void
__wrap_clock_sleep(int64_t ms)
{

	MUST(ms > 0 && ms <= FUZZ_DEADLINE);
	answers.clock += ms;
}

/* Up to the mark, or to the end; which is passed over. */
static inline const char *
answers_until(struct arena *arena, const char *mark, size_t *len)
{
	const uint8_t *at = memmem(answers.data, answers.n, mark,
	    strlen(mark));
	char *text;

	*len = at == NULL ? answers.n : (size_t)(at - answers.data);
	if ((text = arena_alloc(arena, *len + 1)) == NULL)
		return (NULL);
	memcpy(text, answers.data, *len);
	answers.data += *len;
	answers.n -= *len;
	if (at != NULL) {
		answers.data += strlen(mark);
		answers.n -= strlen(mark);
	}
	return (text);
}

/* What we send is sane, whatever we were told before. */
static inline void
answers_check(const struct http_call *call)
{
	const struct http_header *h;

	MUST(call->method != NULL && strncmp(call->url, "https://", 8) == 0);
	/* What is missing for want of memory. */
	MUST(strstr(call->url, "(null)") == NULL);
	MUST(strpbrk(call->url, " \t\r\n\"<>\\^`{|}") == NULL);
	for (h = call->header; h < call->header + HTTP_HEADERS &&
	    h->name != NULL; h++)
		MUST(strpbrk(h->name, "\r\n:") == NULL &&
		    strpbrk(h->value, "\r\n") == NULL);
	MUST(++answers.calls <= FUZZ_CALLS);
}

enum err
__wrap_http_call(struct http *http, struct arena *arena,
    const struct http_call *call, struct http_answer *answer,
    struct why *why)
{
	const char *status;
	size_t len;

	(void)http;
	answers_check(call);
	answers.clock++;
	memset(answer, 0, sizeof(*answer));
	answer->host = "upstream.example.net:443";
	answer->fate = HTTP_UNKNOWN;
	if (answers.clock >= call->deadline)
		return (err_set(why, ERR_DEADLINE, "out of time"));
	status = answers_until(arena, "\n", &len);
	answer->status = status == NULL ? 0 : atoi(status);
	if (answer->status < 100 || answer->status > 599)
		return (err_set(why, status == NULL ? ERR_NOMEM :
		    ERR_UNKNOWN, "no answer"));
	answer->fate = HTTP_ANSWERED;
	answer->headers = "";
	if (answers.n > 0 && answers.data[0] != '\n')
		answer->headers = answers_until(arena, "\n\n", &len);
	else
		(void)answers_until(arena, "\n", &len);
	answer->body = answers_until(arena, "\n%%\n", &answer->len);
	if (answer->headers != NULL && answer->body != NULL)
		return (OK);
	answer->fate = HTTP_UNKNOWN;
	return (err_set(why, ERR_NOMEM, "no memory for an answer"));
}

static void answers_one(struct job *, const uint8_t *, size_t);

/* All of it, and then some share of the memory, which the input says. */
static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	uint64_t sum = fuzz_hash(data, n);
	size_t used;

	answers.rich = true;
	answers_one(job, data, n);
	if (sum % FUZZ_LEAN != 0)
		return;
	used = arena_used(job->arena) + 1;
	job = fuzz_job();
	job->arena->cap = n + 64 + sum / FUZZ_LEAN % used;
	answers.rich = false;
	answers_one(job, data, n);
	job->arena->cap = FUZZ_ARENA;
}

/* An error has its sentence; without memory it is anything but OK or so. */
static inline void
answers_end(const struct job *job, enum err e)
{

	if (answers.rich && e == ERR_NOMEM)
		(void)fprintf(stderr, "%s\n", job->why.text);
	MUST(e == OK || e == ERR_ABSENT || !answers.rich ||
	    job->why.text[0] != '\0');
	MUST(e != ERR_CONFIG && e != ERR_LEDGER && e != ERR_MALFORMED);
	MUST(e != ERR_NOMEM || !answers.rich);
}

/* A job that may call upstreams; the first line of the input. */
static inline const char *
answers_begin(struct job *job, const uint8_t *data, size_t n)
{
	static struct cache *cache;
	const char *line = fuzz_line(job, &data, &n);

	if (cache == NULL)
		MUST((cache = cache_new()) != NULL);
	cache_drop(cache, "");
	answers.data = data;
	answers.n = n;
	answers.clock = 1000;
	answers.calls = 0;
	job->cache = cache;
	job->started = answers.clock;
	job->deadline = answers.clock + FUZZ_DEADLINE;
	log_setup(LOG_LEVEL_ERROR, false);
	return (line);
}

/* ---- a tracker and what is asked of it, the same for each kind ---- */

struct asked {
	struct tracker	 tracker;
	struct rule	 rule;
	struct route	 route;
	struct target	 target;
	struct filing	 f;
	struct event	 event;
};

static const struct draft answers_draft = { "A crane that swings", "It "
    "swings.\n\n```\nat crane.c:12\n```\n\n---\n\nwhy it is **here**" };

static inline void
answers_sane(struct asked *a)
{

	MUST(a->f.remote_id != NULL && tracker_sane(a->f.remote_id));
	MUST(a->f.remote_key != NULL && tracker_key_sane(a->f.remote_key));
	MUST(a->f.url != NULL && tracker_sane(a->f.url));
}

static inline enum err
answers_file(struct job *job, struct asked *a, bool look)
{
	const struct tracker_kind *k = a->tracker.kind;
	enum err e;

	if ((e = k->marker(job, &a->f)) != OK)
		return (e);
	if (look)
		e = k->find(job, &a->target, &a->f);
	else if ((e = k->resolve(job, &a->target, &a->f)) == OK)
		e = k->create(job, &a->target, &a->event, &answers_draft,
		    &a->f);
	if (e == OK)
		answers_sane(a);
	return (e);
}

static inline enum err
answers_poll(struct job *job, struct asked *a)
{
	struct polled p[2] = { { .remote_id = a->f.remote_id },
	    { .remote_id = "10002" } };
	enum err e = a->tracker.kind->news.poll(job, &a->tracker, p, 2);
	size_t i;

	for (i = 0; i < 2; i++)
		if (e == OK && p[i].found && p[i].is.remote_key != NULL)
			MUST(tracker_key_sane(p[i].is.remote_key));
	return (e);
}

static inline enum err
answers_mentions(struct job *job, struct asked *a)
{
	struct mentions *m = arena_alloc(job->arena, sizeof(*m));
	enum err e;
	size_t i;

	if (m == NULL)
		return (ERR_NOMEM);
	e = a->tracker.kind->news.mentions(job, &a->tracker,
	    "crane", job->now - 1000, m);
	if (e == OK)
		MUST(m->n <= MENTIONS);
	for (i = 0; e == OK && i < m->n; i++)
		MUST(m->one[i].ticket != NULL);
	return (e);
}

static inline enum err
answers_state(struct job *job, struct asked *a)
{
	struct remote_state s;
	enum err e = a->tracker.kind->state(job, &a->tracker, &a->f, &s);

	if (e == OK && !s.gone)
		MUST(s.category <= REMOTE_DROPPED);
	return (e);
}

/* The call of that letter; a key behind it is the one to be read. */
static inline enum err
answers_ask(struct job *job, struct asked *a, const char *line)
{
	static const struct section section = { "Harbour", "It **rains**.\n" };
	const struct tracker_kind *k = a->tracker.kind;
	const char *said;

	switch (line[0]) {
	case 'f':
		return (answers_file(job, a, true));
	case 'r':
		said = strchr(line, ' ');
		return (k->read(job, &a->tracker, said == NULL ?
		    a->f.remote_key : said + 1, &a->f));
	case 's':
		return (answers_state(job, a));
	case 'c':
		return (k->comment(job, &a->tracker, &a->f, "key-1",
		    "It *rains* again."));
	case 't':
		return (k->section(job, &a->tracker, &a->f, &section));
	case 'u':
		return (k->raise(job, &a->target, &a->f));
	case 'd':
	case 'o':
	case 'w':
		return (k->move(job, &a->target, &a->f, line[0] == 'd' ?
		    REMOTE_DONE : line[0] == 'o' ? REMOTE_OPEN :
		    REMOTE_DROPPED, &said));
	case 'p':
		return (answers_poll(job, a));
	case 'i':
		return (k->news.me(job, &a->tracker, &said));
	case 'm':
		return (answers_mentions(job, a));
	case '2':
		return (k->news.twin == NULL ? OK : k->news.twin(job,
		    &a->target, &a->f, &said));
	default:
		return (answers_file(job, a, false));
	}
}

/* Fill in what is common and ask. */
static inline void
answers_run(struct job *job, struct asked *a, const char *line)
{

	a->tracker.name = "harbour";
	a->tracker.token = (struct secret){ "a-token", 7, 0 };
	a->tracker.settle = 1000;
	a->rule.name = "cranes";
	a->route.rule = &a->rule;
	a->route.tracker = &a->tracker;
	a->target.tracker = &a->tracker;
	a->target.route = &a->route;
	a->target.due = job->now + 86400000;
	a->event.test.name = "swings";
	a->f.key = "test|swings";
	a->f.generation = 1;
	answers_end(job, answers_ask(job, a, line));
}

#endif
