#ifndef LOCK_H_
#define LOCK_H_

#include <stdint.h>

#include "common/err.h"

/*
 * Locks on single bytes of a file that holds nothing, kept by the kernel:
 * open file description locks, see fcntl(2).  They exclude threads as well
 * as processes, as long as each holder opened the file itself, and a
 * killed process has none any more.
 *
 *	the lock of a key	one byte per key, each on a descriptor of
 *				its own, held over calls to other servers
 *	the write lock		one byte, held for one transaction
 *	presence		one byte, shared, while the ledger is open
 *
 * Deadlines are monotonic milliseconds; one that has passed still tries
 * once.  Results are OK, ERR_BUSY when the deadline came first, ERR_LEDGER
 * with errno set when the system refused.  The sentence is the caller's.
 *
 * Nobody may delete the file while a program uses it: locks on it would no
 * longer exclude those on the next file of that name.
 */

/*
 * Open the file, made with mode 0600 whatever the umask.  The descriptor
 * is closed on exec and never 0, 1 or 2.  -1 with errno.
 */
int lock_open(const char *path);

/*
 * Lock a key; *fd is the descriptor that holds it, -1 unless OK.  Two keys
 * share a lock with a probability of 2^-62, and then only wait.
 */
enum err lock_key(const char *path, const char *key, int64_t deadline,
    int *fd);

/* Give the key back and close it.  Anything below 3 is accepted. */
void lock_key_release(int fd);

/*
 * Lock for writing, on a descriptor of lock_open() that one thread at a
 * time uses.  Who waits is served before those who had it and come again.
 */
enum err lock_write(int fd, int64_t deadline);
void lock_write_release(int fd);

/*
 * Be one of those who use the ledger, on a descriptor of lock_open() and until
 * it is closed; and be the only one from now on.  Neither waits: ERR_BUSY when
 * one of them is alone, or when there are others.
 */
enum err lock_present(int fd);
enum err lock_alone(int fd);

#endif
