/*
 * Secrets in memory of their own: pages that are locked, are left out of core
 * dumps and are wiped at their end.  They come from the file of the
 * configuration, from files that it names, or from the environment, which is
 * emptied of everything but what the libraries need.
 */
#include "common/secret.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/account.h"
#include "common/jail.h"

enum {
	MODE_TOO_OPEN = 07137,	/* what 0600, 0400, 0640 and 0440 lack */
	HIDDEN_LEAST = 8	/* bytes that no text has by chance */
};

/* Some locked pages, filled from the start of bytes. */
struct pages {
	struct pages	*next;
	size_t		 size;		/* of bytes */
	size_t		 used;
	char		 bytes[];
};

struct secret_vault {
	struct pages	*first;
};

/* The environment as secret_env() found it: NAME=VALUE each. */
static struct {
	struct secret_vault	*vault;
	struct secret		*entry;
	size_t			 count;
} saved;

extern char	**environ;

static struct pages *
pages_new(size_t n)
{
	struct pages	*p;
	size_t		 page, whole;

	page = (size_t)sysconf(_SC_PAGESIZE);
	if (n > SIZE_MAX / 2)
		return (NULL);
	whole = (sizeof(*p) + n + page - 1) / page * page;
	p = mmap(NULL, whole, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (NULL);
	/* Best effort: limits may forbid the first. */
	mlock(p, whole);
	madvise(p, whole, MADV_DONTDUMP);
	p->next = NULL;
	p->size = whole - sizeof(*p);
	p->used = 0;
	return (p);
}

static void
pages_free(struct pages *p)
{
	size_t	whole;

	if (p == NULL)
		return;
	whole = sizeof(*p) + p->size;
	explicit_bzero(p, whole);
	munmap(p, whole);
}

struct secret_vault *
secret_vault(void)
{
	return (calloc(1, sizeof(struct secret_vault)));
}

void
secret_free(struct secret_vault *vault)
{
	struct pages	*p;

	if (vault == NULL)
		return;
	while ((p = vault->first) != NULL) {
		vault->first = p->next;
		pages_free(p);
	}
	free(vault);
}

enum err
secret_keep(struct secret_vault *vault, const void *data, size_t n,
    struct secret *s, struct why *why)
{
	struct pages	*p;
	char		*at;

	for (p = vault->first; p != NULL; p = p->next) {
		if (n < p->size - p->used)
			break;
	}
	if (p == NULL) {
		if ((p = pages_new(n + 1)) == NULL)
			return (err_set(why, ERR_NOMEM,
			    "no memory for a secret"));
		p->next = vault->first;
		vault->first = p;
	}
	at = p->bytes + p->used;
	if (n > 0)
		memcpy(at, data, n);
	at[n] = '\0';
	p->used += n + 1;
	s->bytes = at;
	s->len = n;
	return (OK);
}

/* How many bytes of text are that secret, as it is or in JSON; 0: none. */
static size_t
length_there(const char *text, const char *secret)
{
	const char	*t = text;

	for (; *secret != '\0'; secret++, t++) {
		if (*t == '\\' && t[1] == *secret)
			t++;
		if (*t != *secret)
			return (0);
	}
	return ((size_t)(t - text));
}

void
secret_hide(const struct secret_vault *vault, char *text)
{
	const struct pages	*p;
	const char		*s;
	char			*t;

	for (p = vault == NULL ? NULL : vault->first; p != NULL; p = p->next)
		for (s = p->bytes; s < p->bytes + p->used; s += strlen(s) + 1)
			for (t = text; strlen(s) >= HIDDEN_LEAST &&
			    *t != '\0'; t++)
				memset(t, '*', length_there(t, s));
}

static bool
is_space(char c)
{
	return (c == ' ' || (c >= '\t' && c <= '\r'));
}

/* Keep what is left of data without the white space around it. */
static enum err
keep_trimmed(struct secret_vault *vault, const char *data, size_t n,
    struct secret *s, struct why *why)
{
	while (n > 0 && is_space(data[n - 1]))
		n--;
	while (n > 0 && is_space(data[0])) {
		data++;
		n--;
	}
	if (n == 0)
		return (ERR_ABSENT);
	if (n > SECRET_MAX)
		return (ERR_TOO_LARGE);
	return (secret_keep(vault, data, n, s, why));
}

/* The sentence for what keep_trimmed() refused; what names the place. */
static enum err
kept(enum err e, const char *what, struct why *why)
{
	if (e == ERR_ABSENT)
		return (err_set(why, ERR_CONFIG,
		    "%s is empty; put the secret there", what));
	if (e == ERR_TOO_LARGE)
		return (err_set(why, ERR_CONFIG,
		    "%s is larger than %d bytes; is it the right one?", what,
		    (int)SECRET_MAX));
	return (e);
}

static enum err
check_file(int fd, const char *path, struct why *why)
{
	struct account	owner, us;
	struct stat	st;

	if (fstat(fd, &st) != 0)
		return (err_set(why, ERR_CONFIG, "%s: %s", path,
		    strerror(errno)));
	if (!S_ISREG(st.st_mode))
		return (err_set(why, ERR_CONFIG,
		    "%s is not a regular file; name the file with the secret",
		    path));
	/* Root may read it for the user whose file it is. */
	if (st.st_uid != geteuid() && st.st_uid != 0 && geteuid() != 0) {
		account_of(st.st_uid, &owner);
		account_of(geteuid(), &us);
		return (err_set(why, ERR_CONFIG,
		    "%s belongs to user %s; run: chown root:%s %s && "
		    "chmod 0640 %s", path, owner.user, us.group, path, path));
	}
	if ((st.st_mode & MODE_TOO_OPEN) != 0)
		return (err_set(why, ERR_CONFIG,
		    "%s has mode %04o, so others could use it; run: "
		    "chmod %s %s", path, (unsigned int)st.st_mode & 07777,
		    st.st_uid == geteuid() ? "0600" : "0640", path));
	return (OK);
}

/* Fill buf; *n gets how much there was, at most size. */
static enum err
slurp(int fd, char *buf, size_t size, size_t *n)
{
	ssize_t	got;

	*n = 0;
	while (*n < size) {
		got = read(fd, buf + *n, size - *n);
		if (got == 0)
			break;
		if (got > 0)
			*n += (size_t)got;
		else if (errno != EINTR)
			return (ERR_CONFIG);
	}
	return (OK);
}

/* The sentence for a file that cannot be opened. */
static enum err
not_opened(const char *path, struct why *why)
{
	struct account	us;
	struct why	barred = { "" };
	int		error = errno;

	if (error == EACCES) {
		account_barred(path, &barred);
		return (err_set(why, ERR_CONFIG, "%s: %s", path,
		    barred.text));
	}
	account_of(geteuid(), &us);
	return (err_set(why, ERR_CONFIG,
	    "%s: %s; put the secret there, readable for user %s", path,
	    strerror(error), us.user));
}

static enum err
load_file(struct secret_vault *vault, const char *path, struct secret *s,
    struct why *why)
{
	struct pages	*scratch;
	struct stat	 st;
	enum err	 e;
	size_t		 n;
	int		 fd;

	if (path[0] != '/')
		return (err_set(why, ERR_CONFIG, "file: takes a whole path; "
		    "write file:/etc/tickethook/... for example"));
	/* O_NONBLOCK: a FIFO must be refused, not waited for. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) ==
	    -1)
		return (not_opened(path, why));
	scratch = NULL;
	jail_keep(path);
	if ((e = check_file(fd, path, why)) != OK)
		goto out;
	if ((scratch = pages_new(SECRET_MAX + 1)) == NULL) {
		e = err_set(why, ERR_NOMEM, "no memory for a secret");
		goto out;
	}
	if ((e = slurp(fd, scratch->bytes, SECRET_MAX + 1, &n)) != OK)
		err_set(why, e, "%s: %s", path, strerror(errno));
	else if (n > SECRET_MAX)
		e = kept(ERR_TOO_LARGE, path, why);
	else
		e = kept(keep_trimmed(vault, scratch->bytes, n, s, why), path,
		    why);
	if (e == OK && fstat(fd, &st) == 0)
		s->since = (int64_t)st.st_mtim.tv_sec * 1000;
out:
	pages_free(scratch);
	close(fd);
	return (e);
}

/*
 * May this be shown as a name?  Somebody may have put the secret itself
 * where its name belongs.
 */
static bool
is_name(const char *s, const char *others)
{
	static const char	letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t			i;

	for (i = 0; s[i] != '\0'; i++) {
		if (strchr(letters, s[i]) == NULL &&
		    (i == 0 || strchr(others, s[i]) == NULL))
			return (false);
	}
	return (i > 0 && i <= NAME_MAX);
}

static enum err
load_credential(struct secret_vault *vault, const char *name,
    struct secret *s, struct why *why)
{
	const char	*dir;
	char		*path;
	enum err	 e;
	size_t		 size;

	if (!is_name(name, ".-"))
		return (err_set(why, ERR_CONFIG, "credential: takes the name "
		    "of a LoadCredential= line of the unit"));
	if ((dir = getenv("CREDENTIALS_DIRECTORY")) == NULL || *dir == '\0')
		return (err_set(why, ERR_CONFIG, "credential:%s works under "
		    "systemd only; add LoadCredential=%s:/path to the unit",
		    name, name));
	size = strlen(dir) + strlen(name) + 2;
	if ((path = malloc(size)) == NULL)
		return (err_set(why, ERR_NOMEM, "no memory for a path"));
	stpcpy(stpcpy(stpcpy(path, dir), "/"), name);
	e = load_file(vault, path, s, why);
	free(path);
	return (e);
}

/* The value of an entry that has this name, or NULL. */
static const char *
value_of(const char *entry, const char *name)
{
	size_t	n;

	n = strlen(name);
	if (strncmp(entry, name, n) != 0 || entry[n] != '=')
		return (NULL);
	return (entry + n + 1);
}

static const char *
find_env(const char *name)
{
	const char	*value;
	size_t		 i;

	if (saved.vault == NULL)
		return (getenv(name));
	for (i = 0; i < saved.count; i++) {
		if ((value = value_of(saved.entry[i].bytes, name)) != NULL)
			return (value);
	}
	return (NULL);
}

static enum err
load_env(struct secret_vault *vault, const char *name, struct secret *s,
    struct why *why)
{
	const char	*value;
	enum err	 e;

	if (!is_name(name, ""))
		return (err_set(why, ERR_CONFIG,
		    "env: takes the name of an environment variable"));
	if ((value = find_env(name)) == NULL)
		return (err_set(why, ERR_CONFIG, "env:%s is not set; set it "
		    "for this process or use file:/path", name));
	e = keep_trimmed(vault, value, strlen(value), s, why);
	if (e == ERR_ABSENT)
		return (err_set(why, ERR_CONFIG, "env:%s is empty; set it "
		    "for this process or use file:/path", name));
	return (kept(e, name, why));
}

enum err
secret_load(struct secret_vault *vault, const char *value, struct secret *s,
    struct why *why)
{
	if (strncmp(value, "file:", 5) == 0)
		return (load_file(vault, value + 5, s, why));
	if (strncmp(value, "env:", 4) == 0)
		return (load_env(vault, value + 4, s, why));
	if (strncmp(value, "credential:", 11) == 0)
		return (load_credential(vault, value + 11, s, why));
	return (kept(keep_trimmed(vault, value, strlen(value), s, why),
	    "this value", why));
}

/*
 * What stays: what the C library, systemd's protocols, libfcgi and a
 * terminal need.
 */
static bool
stays(const char *entry)
{
	static const char *const	names[] = {
		"PATH", "TZ", "LANG", "LANGUAGE", "HOME", "USER", "LOGNAME",
		"TERM", "COLUMNS", "NO_COLOR", "TMPDIR",
		"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET",
		"WATCHDOG_PID", "WATCHDOG_USEC", "CREDENTIALS_DIRECTORY",
		"STATE_DIRECTORY", "RUNTIME_DIRECTORY", "INVOCATION_ID",
		"JOURNAL_STREAM", "FCGI_WEB_SERVER_ADDRS", "TICKETHOOK_CONFIG",
	};
	size_t				i;

	if (strncmp(entry, "LC_", 3) == 0)
		return (true);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (value_of(entry, names[i]) != NULL)
			return (true);
	}
	return (false);
}

/* Overwrite in place, where /proc/PID/environ would show it, and unset. */
static void
wipe_environ(void)
{
	char	**in, **out, *value;

	out = environ;
	for (in = environ; *in != NULL; in++) {
		if (stays(*in)) {
			*out++ = *in;
			continue;
		}
		value = strchr(*in, '=');
		value = value != NULL ? value + 1 : *in;
		explicit_bzero(value, strlen(value));
	}
	*out = NULL;
}

enum err
secret_env(struct why *why)
{
	struct secret_vault	*vault;
	struct secret		*entry;
	size_t			 i, n;

	if (saved.vault != NULL || environ == NULL)
		return (OK);
	for (n = 0; environ[n] != NULL; n++)
		continue;
	vault = secret_vault();
	entry = calloc(n + 1, sizeof(*entry));
	if (vault == NULL || entry == NULL)
		goto fail;
	for (i = 0; i < n; i++) {
		if (secret_keep(vault, environ[i], strlen(environ[i]),
		    &entry[i], NULL) != OK)
			goto fail;
	}
	wipe_environ();
	saved.vault = vault;
	saved.entry = entry;
	saved.count = n;
	return (OK);
fail:
	secret_free(vault);
	free(entry);
	return (err_set(why, ERR_NOMEM, "no memory for the environment"));
}
