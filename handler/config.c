/*
 * The configuration file: found, read, parsed (common/ini.h), filled in
 * (config_sections.c) and checked (config_check.c).  A file with secrets in it
 * must be nobody else's to read, and any file nobody else's to write: what
 * stands in it decides where tickets go and where our tokens are sent.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account.h"
#include "common/arena.h"
#include "common/clock.h"
#include "common/ini.h"
#include "handler/config_read.h"
#include "handler/route.h"

#define SYSTEM_FILE	"/etc/tickethook/tickethook.ini"
#define HOME_FILE	".config/tickethook/tickethook.ini"

enum {
	FILE_MAX = 1 << 20,	/* bytes of the file */
	ARENA_MAX = 64 << 20,	/* what is made of it */
	PASSWD_MAX = 16 * 1024,	/* an entry of the password database */
	MODE_FOREIGN = 0022	/* others would say where tickets go */
};

/* The account's own file, if it is there. */
static const char *
home_file(struct arena *arena)
{
	struct passwd entry, *found = NULL;
	char *room, *path = NULL;

	if (geteuid() == 0 || (room = arena_alloc(arena, PASSWD_MAX)) == NULL)
		return (NULL);
	if (getpwuid_r(geteuid(), &entry, room, PASSWD_MAX, &found) != 0 ||
	    found == NULL || found->pw_dir == NULL || found->pw_dir[0] != '/')
		return (NULL);
	path = arena_printf(arena, "%s/%s", found->pw_dir, HOME_FILE);
	if (path == NULL || access(path, F_OK) != 0)
		return (NULL);
	return (path);
}

const char *
config_path(struct arena *arena, const char *given)
{
	const char *path = given;

	if (path == NULL)
		path = getenv("TICKETHOOK_CONFIG");
	if (path == NULL || path[0] == '\0')
		path = home_file(arena);
	return (arena_strdup(arena, path != NULL ? path : SYSTEM_FILE));
}

static enum err
read_all(struct config_reader *r, int fd, char *text, size_t *len)
{
	ssize_t n;

	for (*len = 0; *len < FILE_MAX; *len += (size_t)n) {
		do {
			n = read(fd, text + *len, FILE_MAX - *len);
		} while (n < 0 && errno == EINTR);
		if (n < 0)
			return (config_refuse(r, "%s", strerror(errno)));
		if (n == 0)
			return (OK);
	}
	return (config_refuse(r, "the file is larger than %d bytes; is it "
	    "the configuration?", FILE_MAX - 1));
}

static enum err
cannot_open(struct config_reader *r)
{
	struct why why = { "" };

	if (errno == EACCES)
		return (config_pass(r, account_barred(r->config->file, &why),
		    &why));
	return (config_refuse(r, "%s; write the configuration there or name "
	    "it with -c", strerror(errno)));
}

static enum err
check_mode(struct config_reader *r)
{
	if (!S_ISREG(r->st.st_mode))
		return (config_refuse(r, "this is no regular file; name the "
		    "configuration itself"));
	if ((r->st.st_mode & MODE_FOREIGN) != 0)
		return (config_refuse(r, "others than its owner may write it "
		    "(mode %04o); run: chmod go-w %s",
		    (unsigned)r->st.st_mode & 07777, r->config->file));
	return (OK);
}

/* The text of the file; the arena has it. */
static enum err
read_file(struct config_reader *r, char **text, size_t *len)
{
	const char *path = r->config->file;
	enum err e;
	int fd;

	/* O_NONBLOCK: a FIFO is refused and not waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		return (cannot_open(r));
	if (fstat(fd, &r->st) != 0)
		e = config_refuse(r, "%s", strerror(errno));
	else if ((e = check_mode(r)) == OK && (*text =
	    arena_alloc(r->config->arena, FILE_MAX)) == NULL)
		e = config_nomem(r);
	else if (e == OK)
		e = read_all(r, fd, *text, len);
	(void)close(fd);
	return (e);
}

static enum err
read_text(struct config_reader *r, const char *text, size_t len)
{
	struct config *c = r->config;
	struct ini_entry *list = NULL;
	struct why why = { "" };
	enum err e;

	if ((e = ini_read(c->arena, &(struct ini_source){ c->file, text,
	    len }, &list, &why)) != OK)
		e = e == ERR_CONFIG ? config_mistake(r, &why) :
		    err_set(r->why, e, "%s", why.text);
	if (e != OK)
		return (e);
	r->list = list;
	if ((e = config_sections_read(r)) != OK)
		return (e);
	if (config_owners_index(c) != OK || route_prepare(c) != OK)
		return (config_nomem(r));
	if ((e = config_check(r)) != OK)
		return (e);
	if (r->warnings.failed)
		return (config_nomem(r));
	c->warnings = r->warnings.len > 0 ? buf_text(&r->warnings) : NULL;
	return (OK);
}

static enum err
read_config(struct config_reader *r)
{
	char *text = NULL;
	size_t len = 0;
	enum err e;

	if ((e = read_file(r, &text, &len)) == OK &&
	    (e = config_sections_defaults(r)) == OK)
		e = read_text(r, text, len);
	if (text != NULL)
		explicit_bzero(text, len);
	return (e);
}

static struct config *
new_config(const char *path)
{
	struct config *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return (NULL);
	c->arena = arena_new(ARENA_MAX);
	c->vault = secret_vault();
	if (c->arena != NULL && c->vault != NULL &&
	    (c->file = arena_strdup(c->arena, path)) != NULL)
		return (c);
	config_free(c);
	return (NULL);
}

static void
begin(struct config_reader *r, struct config *c)
{
	r->config = c;
	r->trackers = &c->trackers;
	r->owners = &c->owners;
	r->rules = &c->rules;
	r->notifies = &c->notifies;
	buf_init(&r->mistakes, c->arena, ARENA_MAX);
	buf_init(&r->warnings, c->arena, ARENA_MAX);
}

/* The first mistake, and how many there are. */
static enum err
tell(const struct config_reader *r, enum err e, struct why *why)
{
	if (e == ERR_CONFIG && r->nmistakes > 1)
		return (err_set(why, e, "%s (and %zu more)", r->why->text,
		    r->nmistakes - 1));
	return (err_set(why, e, "%s", r->why->text));
}

enum err
config_load_all(const char *path, struct arena *arena, struct config **out,
    const char **mistakes, struct why *why)
{
	struct config *c = new_config(path);
	struct why first = { "" };
	struct config_reader r = { .why = &first };
	enum err e;

	*out = NULL;
	if (c == NULL)	/* for itself, or for its name */
		return (err_set(why, ERR_NOMEM, "%s: not enough memory to "
		    "read it", path == NULL ? "the configuration" : path));
	begin(&r, c);
	c->loaded = clock_wall();
	if ((e = read_config(&r)) == OK) {
		*out = c;
		return (OK);
	}
	if (arena != NULL)
		*mistakes = arena_strdup(arena, buf_text(&r.mistakes));
	config_free(c);
	return (tell(&r, e, why));
}

enum err
config_load(const char *path, struct config **out, struct why *why)
{
	return (config_load_all(path, NULL, out, NULL, why));
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	secret_free(c->vault);
	arena_free(c->arena);
	free(c);
}
