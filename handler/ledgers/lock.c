/*
 * Locks on bytes of a file, by fcntl(2)'s F_OFD_SETLK.  A ticket key has the
 * byte of its hash; behind all of those are the write lock and its queue.
 * A lock may be on a byte that the file does not have, so it stays empty.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/hash.h"
#include "handler/ledgers/lock.h"

enum {
	PAUSE_MAX = 16,		/* ms between two tries, at most */
	NEXT_MAX = 1,		/* and for the one who is next to write */
	DESCRIPTOR_MIN = 3	/* what a zeroed value cannot mean */
};

static const off_t key_bytes = (off_t)1 << 62;
static const off_t queue_byte = (off_t)1 << 62;
static const off_t write_byte = ((off_t)1 << 62) + 1;
static const off_t presence_byte = ((off_t)1 << 62) + 2;

static int
set_lock(int fd, short type, off_t byte)
{
	struct flock range = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1
	};
	int rc;

	do
		rc = fcntl(fd, F_OFD_SETLK, &range);
	while (rc == -1 && errno == EINTR);
	return (rc);
}

static enum err
wait_lock(int fd, off_t byte, int64_t most, int64_t deadline)
{
	int64_t left, pause;

	for (pause = 1;; pause = pause < most ? 2 * pause : pause) {
		if (set_lock(fd, F_WRLCK, byte) == 0)
			return (OK);
		if (errno != EAGAIN && errno != EACCES)
			return (ERR_LEDGER);
		if ((left = deadline - clock_mono()) <= 0)
			return (ERR_BUSY);
		clock_sleep(pause < left ? pause : left);
	}
}

static off_t
byte_of(const char *key)
{
	uint64_t hash = hash_add(HASH_START, key, strlen(key));

	return ((off_t)(hash % (uint64_t)key_bytes));
}

static int
open_or_make(const char *path)
{
	int fd, tries;

	for (tries = 0; tries < 2; tries++) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd != -1 || errno != ENOENT)
			return (fd);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd != -1) {
			(void)fchmod(fd, 0600);
			return (fd);
		}
		if (errno != EEXIST)
			return (-1);
	}
	return (-1);
}

int
lock_open(const char *path)
{
	int fd, high;

	fd = open_or_make(path);
	if (fd == -1 || fd >= DESCRIPTOR_MIN)
		return (fd);
	high = fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTOR_MIN);
	(void)close(fd);
	return (high);
}

enum err
lock_key(const char *path, const char *key, int64_t deadline, int *fd)
{
	enum err e;
	int saved;

	if ((*fd = lock_open(path)) == -1)
		return (ERR_LEDGER);
	if ((e = wait_lock(*fd, byte_of(key), PAUSE_MAX, deadline)) == OK)
		return (OK);
	saved = errno;
	(void)close(*fd);
	*fd = -1;
	errno = saved;
	return (e);
}

void
lock_key_release(int fd)
{
	struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	if (fd < DESCRIPTOR_MIN)
		return;
	/* A forked child may have the descriptor too: close is not enough. */
	(void)fcntl(fd, F_OFD_SETLK, &all);
	(void)close(fd);
}

/*
 * Who waits for the write lock holds the queue's meanwhile, so that the
 * last writer cannot take it again and again between two tries.
 */
enum err
lock_write(int fd, int64_t deadline)
{
	enum err e;
	int saved;

	if ((e = wait_lock(fd, queue_byte, PAUSE_MAX, deadline)) != OK)
		return (e);
	e = wait_lock(fd, write_byte, NEXT_MAX, deadline);
	saved = errno;
	(void)set_lock(fd, F_UNLCK, queue_byte);
	errno = saved;
	return (e);
}

void
lock_write_release(int fd)
{

	(void)set_lock(fd, F_UNLCK, write_byte);
}

static enum err
at_once(int fd, short type)
{

	if (set_lock(fd, type, presence_byte) == 0)
		return (OK);
	return (errno == EAGAIN || errno == EACCES ? ERR_BUSY : ERR_LEDGER);
}

enum err
lock_present(int fd)
{

	return (at_once(fd, F_RDLCK));
}

enum err
lock_alone(int fd)
{

	return (at_once(fd, F_WRLCK));
}
