/*
 * The setup of a process: a configuration with the ledger, the HTTP client and
 * the cache made for it.  After a reload there are two for a while: requests
 * that have begun keep the old one, which is freed with the last of them.
 */
#include "handler/program.h"

#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http.h"
#include "common/log.h"
#include "handler/cache.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/ledger.h"
#include "handler/ledger_place.h"
#include "handler/metrics.h"
#include "handler/reach.h"

enum {
	ANSWER_MAX = 1024 * 1024,	/* bytes of an upstream's answer */
	MEMORY_BASE = 16 * 1024 * 1024,	/* bytes of a request's memory ... */
	MEMORY_BODIES = 8		/* ... and so many times max_body */
};

/* A configuration and what was made for it; freed with its last user. */
struct setup {
	struct config	*config;
	struct http	*http;
	int		 users;
};

struct program {
	pthread_mutex_t	 mutex;		/* guards setup and its users */
	struct setup	*setup;
	struct ledger	*ledger;
	struct cache	*cache;
	bool		 warm;		/* calls are prepared at once */
};

static void
setup_free(struct setup *s)
{

	if (s == NULL)
		return;
	http_free(s->http);
	config_free(s->config);
	free(s);
}

static enum err
setup_new(const char *path, bool warm, struct setup **out, struct why *why)
{
	struct http_options o = { .cap = ANSWER_MAX, .lazy = !warm,
	    .agent = "tickethook/" TICKETHOOK_VERSION };
	struct setup *s;
	enum err e;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory to start"));
	s->users = 1;
	if ((e = config_load(path, &s->config, why)) == OK) {
		o.ca_file = s->config->ca_file;
		o.proxy = s->config->proxy;
		e = http_new(&o, &s->http, why);
	}
	if (e != OK) {
		setup_free(s);
		return (e);
	}
	log_setup(s->config->log_level, s->config->log_json);
	*out = s;
	return (OK);
}

static void
setup_drop(struct program *p, struct setup *s)
{
	int left;

	pthread_mutex_lock(&p->mutex);
	left = --s->users;
	pthread_mutex_unlock(&p->mutex);
	if (left == 0)
		setup_free(s);
}

enum err
program_become_owner(const char *url, const char *directory,
    struct why *why)
{
	struct stat st;
	struct passwd *pw;
	char path[LEDGER_PATH], dir[LEDGER_PATH];
	char *slash;

	if (geteuid() != 0 || !ledger_beside(url, directory, path))
		return (OK);
	/* What is root's may be a link that the directory's owner made. */
	if (stat(path, &st) != 0 || st.st_uid == 0) {
		memcpy(dir, path, strlen(path) + 1);
		if ((slash = strrchr(dir, '/')) == NULL)
			return (OK);
		*slash = '\0';
		if (stat(dir, &st) != 0)
			return (OK);
	}
	if (st.st_uid == 0)
		return (OK);
	pw = getpwuid(st.st_uid);
	if ((pw != NULL ? initgroups(pw->pw_name, st.st_gid) :
	    setgroups(0, NULL)) != 0 || setgid(st.st_gid) != 0 ||
	    setuid(st.st_uid) != 0)
		return (err_set(why, ERR_LEDGER, "cannot become the owner of "
		    "%s (uid %ld): %s", path, (long)st.st_uid,
		    strerror(errno)));
	return (OK);
}

/* Everything but the ledger. */
static enum err
open_most(struct program **out, const char *path, struct why *why)
{
	struct program *p;
	enum err e;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory to start"));
	pthread_mutex_init(&p->mutex, NULL);
	*out = p;
	if ((e = setup_new(path, false, &p->setup, why)) != OK)
		return (e);
	if ((p->cache = cache_new()) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory to start"));
	return (OK);
}

/* They are counted in a file beside the ledger. */
static void
open_metrics(const struct config *c)
{
	char beside[LEDGER_PATH];

	if (ledger_beside(c->ledger_url, c->ledger_dir, beside))
		metrics_open(beside);
}

enum err
program_open(struct program **out, const char *path, bool become_owner,
    struct why *why)
{
	struct program *p = NULL;
	const struct config *c;
	enum err e;

	if ((e = open_most(&p, path, why)) != OK)
		goto out;
	c = p->setup->config;
	if (become_owner && (e = program_become_owner(c->ledger_url,
	    c->ledger_dir, why)) != OK)
		goto out;
	if ((e = ledger_open(c->ledger_url, &p->ledger, why)) == OK)
		open_metrics(c);
out:
	if (e != OK) {
		program_close(p);
		return (e);
	}
	*out = p;
	return (OK);
}

enum err
program_warm(struct program *p, struct why *why)
{

	p->warm = true;
	return (http_warm(p->setup->http, why));
}

enum err
program_open_late(struct program **out, const char *path, struct why *why)
{
	struct program *p = NULL;
	enum err e;

	if ((e = open_most(&p, path, why)) != OK) {
		program_close(p);
		return (e);
	}
	open_metrics(p->setup->config);
	*out = p;
	return (OK);
}

enum err
program_ready(struct program *p, struct job *job)
{
	struct why why;

	if (p->ledger == NULL && ledger_open(job->config->ledger_url,
	    &p->ledger, &why) != OK) {
		log_say(LOG_LEVEL_ERROR, "start", "%s", why.text);
		return (fail(job, ERR_LEDGER, "the ledger cannot be opened; "
		    "the reason is in the web server's error log"));
	}
	job->ledger = p->ledger;
	job->late = NULL;
	return (OK);
}

bool
program_is_ready(const struct program *p)
{

	return (p->ledger != NULL);
}

void
program_close(struct program *p)
{

	if (p == NULL)
		return;
	cache_free(p->cache);
	metrics_close();
	ledger_close(p->ledger);
	setup_free(p->setup);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

/* What was made for one value at start and stays as it is. */
static const char *
needs_restart(const struct config *old, const struct config *fresh)
{

	if (strcmp(fresh->ledger_url, old->ledger_url) != 0)
		return ("[ledger] url");
	if (strcmp(fresh->ledger_dir, old->ledger_dir) != 0)
		return ("[ledger] directory");
	if (fresh->workers != old->workers)
		return ("[handler] workers");
	if (fresh->max_body != old->max_body)
		return ("[handler] max_body");
	return (NULL);
}

enum err
program_reload(struct program *p, struct why *why)
{
	const char *what, *port = NULL;
	struct setup *fresh, *old;
	enum err e;

	e = setup_new(p->setup->config->file, p->warm, &fresh, why);
	if (e != OK)
		return (e);
	old = p->setup;
	if ((what = needs_restart(old->config, fresh->config)) != NULL ||
	    (port = reach_beyond(fresh->config)) != NULL) {
		setup_free(fresh);
		log_setup(old->config->log_level, old->config->log_json);
		return (what != NULL ? err_set(why, ERR_CONFIG, "%s changed, "
		    "which needs a restart", what) : err_set(why, ERR_CONFIG,
		    "%s leads to a port that was not called before, which "
		    "needs a restart", port));
	}
	pthread_mutex_lock(&p->mutex);
	p->setup = fresh;
	pthread_mutex_unlock(&p->mutex);
	cache_drop(p->cache, "");
	setup_drop(p, old);
	return (OK);
}

void
program_begin(struct program *p, struct job *job, int64_t since)
{

	pthread_mutex_lock(&p->mutex);
	job->setup = p->setup;
	job->setup->users++;
	pthread_mutex_unlock(&p->mutex);
	job->config = job->setup->config;
	job->http = job->setup->http;
	job->ledger = p->ledger;
	job->late = p->ledger == NULL ? p : NULL;
	job->cache = p->cache;
	job->started = since;
	job->now = clock_wall();
	job->deadline = job->started + job->config->deadline;
	job->retry_after = 0;
	job->kind = NULL;
	job->why.text[0] = '\0';
}

void
program_end(struct program *p, struct job *job)
{

	setup_drop(p, job->setup);
	job->setup = NULL;
	job->config = NULL;
	job->http = NULL;
}

size_t
program_memory(const struct config *c)
{

	return (MEMORY_BASE + MEMORY_BODIES * c->max_body);
}

const struct config *
program_config(struct program *p)
{

	return (p->setup->config);
}
