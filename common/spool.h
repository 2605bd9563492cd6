#ifndef SPOOL_H_
#define SPOOL_H_

#include <stdbool.h>
#include <stddef.h>

/*
 * Records that are read in the order in which they were added, all of them
 * after the last one was added.
 *
 *	if ((s = spool_new(64 << 10, 256 << 20)) == NULL)
 *		...
 *	while (...)
 *		if (!spool_add(s, record, n))
 *			... it is not in, and no other will be ...
 *	while ((record = spool_next(s, &n)) != NULL)
 *		...
 *	if (spool_failed(s))
 *		... that were not all ...
 *	spool_free(s);
 *
 * What is more than `keep` bytes goes into a file without a name, in
 * $TMPDIR, /var/tmp or /tmp, which is gone with the process however that
 * ends.  Where no such file can be made, or its disk is full, the rest stays
 * in memory, up to `most` bytes.  For one thread.
 */
struct spool;

/* NULL without memory. */
struct spool *spool_new(size_t keep, size_t most);
void spool_free(struct spool *);

/* Copied.  false: no memory for it, now or before. */
bool spool_add(struct spool *, const void *, size_t n);

/*
 * The next one, which lives until the next call; NULL after the last.  Once
 * it was called nothing can be added.
 */
const void *spool_next(struct spool *, size_t *n);

/* Could a record not be added, or not be read back? */
bool spool_failed(const struct spool *);

#endif
