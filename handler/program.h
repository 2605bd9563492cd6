#ifndef PROGRAM_H_
#define PROGRAM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct config;
struct http;
struct job;
struct ledger;

/*
 * What the process has once and all its threads share: the configuration
 * with the HTTP engine that it asks for (replaced together on a reload),
 * the ledger, the cache of names.
 *
 *	program_open(&p, path, why);
 *	in each thread, for each request:
 *		program_begin(p, &job, clock_mono());
 *		... job ...
 *		program_end(p, &job);
 *	program_close(p);
 */
struct program;

/*
 * Load the configuration at path and open all it names.  With become_owner
 * set, root becomes the owner of the ledger first.  ERR_CONFIG and
 * ERR_LEDGER with their sentences.
 */
enum err program_open(struct program **, const char *path,
    bool become_owner, struct why *);
/* The same without the ledger, which job_open() opens when it is needed. */
enum err program_open_late(struct program **, const char *path,
    struct why *);
enum err program_ready(struct program *, struct job *);
bool program_is_ready(const struct program *);
void program_close(struct program *);

/*
 * Prepare calls to other servers now, and after each reload, instead of
 * before the first call: what is wrong with ca_file is told at once, and no
 * request waits for certificates to be read.  Call it before there are
 * threads.  ERR_CONFIG.
 */
enum err program_warm(struct program *, struct why *);

/*
 * As root, become the owner of the ledger at that URL, or of its directory
 * where there is none or root's, or of `directory` for one elsewhere: files
 * that root makes there the service could not open, and links that it makes
 * there root must not follow.  Else OK.
 */
enum err program_become_owner(const char *ledger_url, const char *directory,
    struct why *);

/*
 * Load the configuration again: all of it is used from the next job on, or,
 * on a failure, all of the old one is kept.  A changed [ledger] url needs a
 * restart, as do workers, max_body and a port that the jail keeps closed,
 * see handler/reach.h, and is refused.
 */
enum err program_reload(struct program *, struct why *);

/*
 * Fill in a job whose deadline counts from that monotonic millisecond; its
 * configuration stays alive until program_end().
 */
void program_begin(struct program *, struct job *, int64_t since);
void program_end(struct program *, struct job *);

/* Bytes of memory that one request may need. */
size_t program_memory(const struct config *);

/* The configuration of now, for what outlives no reload: sizes at start. */
const struct config *program_config(struct program *);

#endif
