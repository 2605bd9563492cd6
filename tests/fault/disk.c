#include "tests/fault/disk.h"

#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FILES_MAX = 4,		/* database, -wal, -journal */
	SECTOR = 512
};

/* A file as it will certainly be found. */
struct image {
	char		*name;		/* NULL: no such file */
	unsigned char	*data;
	size_t		 len;
	bool		 gone;
};

enum kind {
	WRITE,
	TRUNCATE,
	DELETE
};

struct change {
	struct image	*image;
	enum kind	 kind;
	size_t		 at;		/* TRUNCATE: the new length */
	size_t		 len;
	unsigned char	*data;
};

/* What SQLite holds for a file of ours; the real one lies behind it. */
struct handle {
	sqlite3_file	 base;
	struct image	*image;		/* NULL: we only pass it on */
};

static struct {
	const char	*dir;
	void		(*at_sync)(void *);
	void		*arg;
	bool		 deaf;
	sqlite3_vfs	*real;
	struct image	 image[FILES_MAX];
	struct change	*change;
	size_t		 changes;
} disk;

static sqlite3_file *
real(sqlite3_file *f)
{

	return ((sqlite3_file *)((struct handle *)f + 1));
}

static void *
need(void *p)
{

	if (p == NULL)
		abort();
	return (p);
}

static void
set_length(struct image *i, size_t len)
{

	i->data = need(realloc(i->data, len + 1));
	if (len > i->len)
		memset(i->data + i->len, 0, len - i->len);
	i->len = len;
}

static void
apply_write(struct image *i, const struct change *c, bool torn)
{
	size_t n, at;

	if (c->at + c->len > i->len)
		set_length(i, c->at + c->len);
	for (at = 0; at < c->len; at += n) {
		n = SECTOR - (c->at + at) % SECTOR;
		if (n > c->len - at)
			n = c->len - at;
		if (!torn || (c->at + at) / SECTOR % 2 == 0)
			memcpy(i->data + c->at + at, c->data + at, n);
	}
}

static void
apply(struct image *i, const struct change *c, enum disk_fate fate)
{

	if (fate == DISK_LOST)
		return;
	i->gone = c->kind == DELETE;
	if (c->kind == WRITE)
		apply_write(i, c, fate == DISK_TORN);
	else if (c->kind == TRUNCATE)
		set_length(i, c->at);
	else
		set_length(i, 0);
}

static void
note(struct image *image, enum kind kind, size_t at, const void *data,
    size_t len)
{
	struct change *c;

	disk.change = need(realloc(disk.change,
	    (disk.changes + 1) * sizeof(*disk.change)));
	c = &disk.change[disk.changes++];
	*c = (struct change){ image, kind, at, len, need(malloc(len + 1)) };
	if (len > 0)
		memcpy(c->data, data, len);
}

/* What was written to it is durable now. */
static void
settle(struct image *image)
{
	size_t i, kept = 0;

	for (i = 0; i < disk.changes; i++) {
		if (disk.change[i].image != image) {
			disk.change[kept++] = disk.change[i];
			continue;
		}
		apply(image, &disk.change[i], DISK_KEPT);
		free(disk.change[i].data);
	}
	disk.changes = kept;
	image->gone = false;
}

static struct image *
image_of(const char *path)
{
	size_t n = strlen(disk.dir);
	struct image *i, *unused = NULL;

	if (path == NULL || strncmp(path, disk.dir, n) != 0 ||
	    path[n] != '/')
		return (NULL);
	for (i = disk.image; i < disk.image + FILES_MAX; i++) {
		if (i->name == NULL && unused == NULL)
			unused = i;
		if (i->name != NULL && strcmp(i->name, path + n + 1) == 0)
			return (i);
	}
	if (unused == NULL)
		abort();
	*unused = (struct image){ .name = need(strdup(path + n + 1)),
	    .gone = true };
	set_length(unused, 0);
	return (unused);
}

static int
file_close(sqlite3_file *f)
{

	return (real(f)->pMethods->xClose(real(f)));
}

static int
file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{

	return (real(f)->pMethods->xRead(real(f), to, n, at));
}

static int
file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	struct image *i = ((struct handle *)f)->image;

	if (i != NULL)
		note(i, WRITE, (size_t)at, from, (size_t)n);
	return (real(f)->pMethods->xWrite(real(f), from, n, at));
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 len)
{
	struct image *i = ((struct handle *)f)->image;

	if (i != NULL)
		note(i, TRUNCATE, (size_t)len, NULL, 0);
	return (real(f)->pMethods->xTruncate(real(f), len));
}

static int
file_sync(sqlite3_file *f, int flags)
{
	struct image *i = ((struct handle *)f)->image;

	if (i != NULL)
		disk.at_sync(disk.arg);
	if (i != NULL && !disk.deaf)
		settle(i);
	return (real(f)->pMethods->xSync(real(f), flags));
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *len)
{

	return (real(f)->pMethods->xFileSize(real(f), len));
}

static int
file_lock(sqlite3_file *f, int level)
{

	return (real(f)->pMethods->xLock(real(f), level));
}

static int
file_unlock(sqlite3_file *f, int level)
{

	return (real(f)->pMethods->xUnlock(real(f), level));
}

static int
file_reserved(sqlite3_file *f, int *out)
{

	return (real(f)->pMethods->xCheckReservedLock(real(f), out));
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{

	return (real(f)->pMethods->xFileControl(real(f), op, arg));
}

static int
file_sector(sqlite3_file *f)
{

	return (real(f)->pMethods->xSectorSize(real(f)));
}

static int
file_traits(sqlite3_file *f)
{

	return (real(f)->pMethods->xDeviceCharacteristics(real(f)));
}

static int
shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{

	return (real(f)->pMethods->xShmMap(real(f), page, size, extend, p));
}

static int
shm_lock(sqlite3_file *f, int at, int n, int flags)
{

	return (real(f)->pMethods->xShmLock(real(f), at, n, flags));
}

static void
shm_barrier(sqlite3_file *f)
{

	real(f)->pMethods->xShmBarrier(real(f));
}

static int
shm_unmap(sqlite3_file *f, int delete)
{

	return (real(f)->pMethods->xShmUnmap(real(f), delete));
}

/* Version 2: no memory mapping of the database, which would pass us by. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
	.xShmMap = shm_map,
	.xShmLock = shm_lock,
	.xShmBarrier = shm_barrier,
	.xShmUnmap = shm_unmap
};

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
    int *out)
{
	struct handle *h = (struct handle *)f;
	int rc;

	(void)vfs;
	h->base.pMethods = NULL;
	rc = disk.real->xOpen(disk.real, name, real(f), flags, out);
	if (real(f)->pMethods == NULL)
		return (rc);
	h->base.pMethods = &methods;
	h->image = image_of(name);
	return (rc);
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	struct image *i = image_of(name);

	(void)vfs;
	if (i != NULL) {
		note(i, DELETE, 0, NULL, 0);
		disk.at_sync(disk.arg);
		settle(i);
		i->gone = true;
	}
	return (disk.real->xDelete(disk.real, name, sync));
}

bool
disk_install(const char *dir, void (*at_sync)(void *), void *arg)
{
	static sqlite3_vfs vfs;

	disk.dir = dir;
	disk.at_sync = at_sync;
	disk.arg = arg;
	if ((disk.real = sqlite3_vfs_find(NULL)) == NULL)
		return (false);
	vfs = *disk.real;
	vfs.zName = "disk";
	vfs.pNext = NULL;
	vfs.szOsFile += (int)sizeof(struct handle);
	vfs.xOpen = vfs_open;
	vfs.xDelete = vfs_delete;
	return (sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

void
disk_deaf(void)
{

	disk.deaf = true;
}

size_t
disk_pending(void)
{

	return (disk.changes);
}

static bool
write_image(const char *to, const struct image *i)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", to, i->name);
	if (i->gone)
		return (unlink(path) == 0 || access(path, F_OK) != 0);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1)
		return (false);
	n = write(fd, i->data, i->len);
	return (close(fd) == 0 && n == (ssize_t)i->len);
}

bool
disk_rebuild(const char *to, const enum disk_fate *fate)
{
	struct image copy;
	size_t i, k;
	bool ok = true;

	for (i = 0; ok && i < FILES_MAX; i++) {
		if (disk.image[i].name == NULL)
			continue;
		copy = disk.image[i];
		copy.data = need(malloc(copy.len + 1));
		memcpy(copy.data, disk.image[i].data, copy.len);
		for (k = 0; k < disk.changes; k++)
			if (disk.change[k].image == &disk.image[i])
				apply(&copy, &disk.change[k], fate[k]);
		ok = write_image(to, &copy);
		free(copy.data);
	}
	return (ok);
}

void
disk_free(void)
{
	size_t i;

	for (i = 0; i < disk.changes; i++)
		free(disk.change[i].data);
	free(disk.change);
	for (i = 0; i < FILES_MAX; i++) {
		free(disk.image[i].name);
		free(disk.image[i].data);
		disk.image[i] = (struct image){ .name = NULL };
	}
	disk.change = NULL;
	disk.changes = 0;
}
