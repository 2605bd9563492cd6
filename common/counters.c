/*
 * Counters in memory that all processes of the program share, by the text of
 * their name and labels.  There is no lock: a slot is claimed by one atomic
 * step and counted in by another, so a process that is killed holds up none.
 */
#include "common/counters.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	PROBES = 64,		/* places where a text may stand */
	SPINS = 10000		/* looks at a slot that is being written */
};

/* States of a slot. */
enum {
	SLOT_FREE = 0,
	SLOT_TAKEN,		/* its text is being written */
	SLOT_READY
};

struct slot {
	_Atomic uint32_t state;
	uint32_t	 spare;
	_Atomic uint64_t value;
	char		 text[COUNTERS_TEXT];
};

struct file {
	_Atomic uint64_t magic;
	char		 spare[184];
	struct slot	 slot[COUNTERS_MAX];
};

_Static_assert(sizeof(struct slot) == 192, "the layout of the file");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomics work across processes");

/* "thcount" and the version of the layout. */
static const uint64_t MAGIC = UINT64_C(0x7468636f756e7401);

static struct file *map;

/* All of it on disk, since a full disk would kill who writes to the map. */
static struct file *
map_file(int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) != 0)
		return (NULL);
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return (NULL);
	}
	if (st.st_size < (off_t)sizeof(struct file) &&
	    (errno = posix_fallocate(fd, 0, sizeof(struct file))) != 0)
		return (NULL);
	p = mmap(NULL, sizeof(struct file), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	return (p == MAP_FAILED ? NULL : p);
}

bool
counters_open(const char *path)
{
	uint64_t found = 0;
	struct file *f;
	int fd, error;

	counters_close();
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
	    0600);
	if (fd < 0)
		return (false);
	f = map_file(fd);
	error = errno;
	(void)close(fd);
	if (f == NULL) {
		errno = error;
		return (false);
	}
	if (!atomic_compare_exchange_strong(&f->magic, &found, MAGIC) &&
	    found != MAGIC) {
		(void)munmap(f, sizeof(*f));
		errno = EINVAL;
		return (false);
	}
	map = f;
	return (true);
}

void
counters_close(void)
{

	if (map != NULL)
		(void)munmap(map, sizeof(*map));
	map = NULL;
}

/* FNV-1a. */
static uint32_t
hash(const char *text)
{
	uint32_t h = UINT32_C(2166136261);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT32_C(16777619);
	return (h);
}

static bool
take(struct slot *s, const char *text, size_t len)
{
	uint32_t state = SLOT_FREE;

	if (!atomic_compare_exchange_strong(&s->state, &state, SLOT_TAKEN))
		return (false);
	memcpy(s->text, text, len + 1);
	atomic_store(&s->state, SLOT_READY);
	return (true);
}

/* Who died while writing leaves a slot that is never ready: it is passed. */
static bool
is_ready(struct slot *s)
{
	int i;

	for (i = 0; i < SPINS && atomic_load(&s->state) == SLOT_TAKEN; i++)
		continue;
	return (atomic_load(&s->state) == SLOT_READY);
}

/* The slot of that text, made if asked for; NULL: there is no room. */
static struct slot *
find(const char *text, bool make)
{
	size_t len = strlen(text), i;
	uint32_t at = hash(text);
	struct slot *s;

	if (map == NULL || len >= COUNTERS_TEXT)
		return (NULL);
	for (i = 0; i < PROBES; i++) {
		s = &map->slot[(at + i) % COUNTERS_MAX];
		if (atomic_load(&s->state) == SLOT_FREE) {
			if (!make)
				return (NULL);
			if (take(s, text, len))
				return (s);
		}
		if (is_ready(s) && strcmp(s->text, text) == 0)
			return (s);
	}
	return (NULL);
}

void
counters_add(const char *text, uint64_t n)
{
	struct slot *s = find(text, true);

	if (s == NULL)
		s = find(COUNTERS_LOST, true);
	if (s != NULL)
		atomic_fetch_add(&s->value, n);
}

/*
 * All buckets are made before the first sum, so that none of them appears
 * late; after that one is enough.
 */
void
counters_time(const char *name, const char *labels, const int *bounds,
    size_t n, int64_t ms)
{
	char sum[COUNTERS_TEXT], text[COUNTERS_TEXT];
	size_t i, hit = 0;
	bool made;

	(void)snprintf(sum, sizeof(sum), "%s|%s|sum", name, labels);
	made = find(sum, false) != NULL;
	while (hit < n && ms > bounds[hit])
		hit++;
	for (i = made ? hit : 0; i <= (made ? hit : n); i++) {
		(void)snprintf(text, sizeof(text), "%s|%s|%d", name, labels,
		    i < n ? bounds[i] : 0);
		counters_add(text, i == hit);
	}
	counters_add(sum, ms > 0 ? (uint64_t)ms : 0);
}

void
counters_set(const char *text, uint64_t n)
{
	struct slot *s = find(text, true);

	if (s != NULL)
		atomic_store(&s->value, n);
}

uint64_t
counters_get(const char *text)
{
	struct slot *s = find(text, false);

	return (s == NULL ? 0 : atomic_load(&s->value));
}

void
counters_each(void (*show)(void *, const char *, uint64_t), void *ctx)
{
	char text[COUNTERS_TEXT];
	struct slot *s;
	size_t i;

	for (i = 0; map != NULL && i < COUNTERS_MAX; i++) {
		s = &map->slot[i];
		if (atomic_load(&s->state) != SLOT_READY)
			continue;
		/* A file that somebody wrote into need not end its texts. */
		memcpy(text, s->text, sizeof(text));
		text[sizeof(text) - 1] = '\0';
		show(ctx, text, atomic_load(&s->value));
	}
}
