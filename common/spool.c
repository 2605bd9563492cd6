/*
 * Records in memory, until there are too many; then all of them are moved to
 * a file and memory begins anew.  So the file holds the older ones, and what
 * a full disk cut off was not taken out of memory.
 */
#include "common/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PATH_ROOM = 4096,
	ROOM = 4096		/* bytes to begin with */
};

struct room {
	char	*data;
	size_t	 size;
};

struct spool {
	size_t		 keep, most;
	struct room	 kept;		/* records, each after its length */
	size_t		 len;
	int		 fd;		/* the file; -1: none yet */
	uint64_t	 filed;		/* bytes of records in there */
	bool		 alone;		/* no file (any more) */
	struct room	 one;		/* record that was read from it */
	uint64_t	 at;		/* in the file, and then in kept */
	bool		 begun;		/* reading */
	bool		 failed;
};

struct spool *
spool_new(size_t keep, size_t most)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return (NULL);
	s->keep = keep;
	s->most = most;
	s->fd = -1;
	return (s);
}

void
spool_free(struct spool *s)
{

	if (s == NULL)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s->kept.data);
	free(s->one.data);
	free(s);
}

static bool
fits(struct room *r, size_t n)
{
	size_t size = r->size > 0 ? r->size : ROOM;
	char *data;

	if (n <= r->size)
		return (true);
	while (size < n)
		size *= 2;
	if ((data = realloc(r->data, size)) == NULL)
		return (false);
	r->data = data;
	r->size = size;
	return (true);
}

static int
nameless(const char *dir)
{
	char path[PATH_ROOM];
	int fd, n;

	n = snprintf(path, sizeof(path), "%s/tickethook-XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof(path) ||
	    (fd = mkostemp(path, O_CLOEXEC)) < 0)
		return (-1);
	(void)unlink(path);
	return (fd);
}

static int
open_file(void)
{
	const char *dirs[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	int fd = -1;
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && fd < 0; i++)
		if (dirs[i] != NULL && dirs[i][0] == '/')
			fd = nameless(dirs[i]);
	return (fd);
}

static bool
put(const struct spool *s)
{
	size_t done = 0;
	ssize_t n;

	while (done < s->len) {
		n = pwrite(s->fd, s->kept.data + done, s->len - done,
		    (off_t)(s->filed + done));
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return (false);
	}
	return (true);
}

static bool
get(const struct spool *s, void *to, size_t len, uint64_t at)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(s->fd, (char *)to + done, len - done,
		    (off_t)(at + done));
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return (false);
	}
	return (true);
}

/* Out of memory into the file; only what is whole there counts. */
static void
move(struct spool *s)
{

	if (s->fd < 0)
		s->fd = open_file();
	if (s->fd < 0 || !put(s)) {
		s->alone = true;
		return;
	}
	s->filed += s->len;
	s->len = 0;
}

bool
spool_add(struct spool *s, const void *record, size_t n)
{
	size_t need = sizeof(n) + n;

	if (s->failed || s->begun)
		return (false);
	if (s->len > 0 && s->len + need > s->keep && !s->alone)
		move(s);
	if (s->len + need > s->most || !fits(&s->kept, s->len + need)) {
		s->failed = true;
		return (false);
	}
	memcpy(s->kept.data + s->len, &n, sizeof(n));
	memcpy(s->kept.data + s->len + sizeof(n), record, n);
	s->len += need;
	return (true);
}

static const void *
next_filed(struct spool *s, size_t *n)
{

	if (!get(s, n, sizeof(*n), s->at) || !fits(&s->one, *n + 1) ||
	    !get(s, s->one.data, *n, s->at + sizeof(*n))) {
		s->failed = true;
		return (NULL);
	}
	s->at += sizeof(*n) + *n;
	return (s->one.data);
}

static const void *
next_kept(struct spool *s, size_t *n)
{
	size_t at = (size_t)(s->at - s->filed);

	if (at == s->len)
		return (NULL);
	memcpy(n, s->kept.data + at, sizeof(*n));
	s->at += sizeof(*n) + *n;
	return (s->kept.data + at + sizeof(*n));
}

const void *
spool_next(struct spool *s, size_t *n)
{

	s->begun = true;
	return (s->at < s->filed ? next_filed(s, n) : next_kept(s, n));
}

bool
spool_failed(const struct spool *s)
{

	return (s->failed);
}
