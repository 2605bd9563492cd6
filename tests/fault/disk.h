#ifndef DISK_H_
#define DISK_H_

#include <stdbool.h>
#include <stddef.h>

/*
 * A disk that may lose its power.
 *
 * A layer between SQLite and the files of one directory
 * (https://www.sqlite.org/vfs.html).  What is written goes to the files, and
 * apart from that into a list until the file is synced: only what was synced
 * is sure to be found after a power failure, of the rest any part.
 *
 *	disk_install(dir, at_sync, arg);	before SQLite opens a file
 *	...
 *	n = disk_pending();			writes that are not synced
 *	disk_rebuild(to, fate);			what may be found, in `to`
 *
 * at_sync is called before each sync takes effect, and before a file is
 * removed; it may use SQLite in other directories.
 *
 * A write never touches bytes outside its range (SQLite calls that "powersafe
 * overwrite" and relies on it); within it any sector may be old.  A file's
 * name is as durable as what is synced in it.
 */

enum disk_fate {
	DISK_LOST = 0,		/* as if it had not been written */
	DISK_KEPT,
	DISK_TORN		/* of its sectors every other one is old */
};

/* dir is without a slash at its end and must live on. */
bool disk_install(const char *dir, void (*at_sync)(void *), void *arg);

/* A disk that says it has synced, and has not: to test the tests. */
void disk_deaf(void);

size_t disk_pending(void);

/* One fate for each pending write, in their order. False: errno. */
bool disk_rebuild(const char *to, const enum disk_fate *fate);

/* Forget all: the files as they are now are what is durable. */
void disk_free(void);

#endif
