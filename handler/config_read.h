#ifndef CONFIG_READ_H_
#define CONFIG_READ_H_

#include "handler/config_report.h"
#include "handler/config_table.h"

/*
 * The parts of config_load(), in the order in which they run; private to
 * config.c and its siblings.
 */

/* The defaults of the sections without a name into the reader's config. */
enum err config_sections_defaults(struct config_reader *);

/* All sections and keys, those of sections with a name on their defaults. */
enum err config_sections_read(struct config_reader *);

/* Turn the text into the member that a row names, base being its struct. */
enum err config_value_set(struct config_reader *, const struct config_param *,
    void *base, const char *text);

/* The checks of numbers, sizes and durations, and of words. */
enum err config_value_measure(struct config_reader *,
    const struct config_param *, const char *text, int64_t *n);
enum err config_value_word(struct config_reader *,
    const struct config_param *, const char *text, int *which);

/* The readers of struct setting and struct matcher, by their types. */
enum err config_setting_set(struct config_reader *,
    const struct config_param *, void *slot, const char *text);
enum err config_setting_match(struct config_reader *,
    const struct config_param *, void *slot, const char *text);
enum err config_setting_least(struct config_reader *,
    const struct config_param *, void *slot, const char *text);
enum err config_setting_field(struct config_reader *,
    const struct config_param *, void *slot, const char *text);

/* "a, b" to its items, at least one; none of them may be empty. */
enum err config_setting_split(struct config_reader *, const char *text,
    const char ***items, size_t *n);

/* "30/h" to struct budget. */
enum err config_setting_budget(struct config_reader *,
    const struct config_param *, void *slot, const char *text);

/* Is that "host" or "host:port", n bytes long? */
bool config_value_host(const char *, size_t n);

/* The readers of [notify], and what no single line of it shows. */
enum err config_notify_on(struct config_reader *, const struct config_param *,
    void *slot, const char *text);
enum err config_notify_url(struct config_reader *,
    const struct config_param *, void *slot, const char *text);
enum err config_notify_body(struct config_reader *,
    const struct config_param *, void *slot, const char *text);
enum err config_notify_header(struct config_reader *,
    const struct config_param *, void *slot, const char *text);
void config_notify_check(struct config_reader *);

/* A value that may be kept elsewhere, but need not be a secret. */
enum err config_secret_open(struct config_reader *, const char *text,
    struct secret *);

/* The readers of PARAM_SECRET and PARAM_SVIX. */
enum err config_secret_set(struct config_reader *, const struct config_param *,
    void *slot, const char *text);
enum err config_secret_svix(struct config_reader *,
    const struct config_param *, void *slot, const char *text);

/*
 * What no single line shows: config_check.c, then config_place.c for where
 * rules lead, and config_cover.c for what they take.
 */
enum err config_check(struct config_reader *);
enum err config_places(struct config_reader *);
void config_cover(struct config_reader *);

/*
 * Warnings about what is seldom meant, see config_doubt.c: of [trunk], and
 * of the key of a place, which is a team's or a project's.  A kind of tracker
 * has its own, see handler/tracker_check.h.
 */
void config_doubt_trunk(struct config_reader *);
void config_doubt_key(struct config_reader *, const struct setting *,
    enum dest);

/* Look at a key of the file; at the section where it does not stand. */
void config_doubt_at(struct config_reader *, int line, const char *kind,
    const char *name, const char *key);

/* What follows the host of an https URL: "" or "/path". */
const char *config_doubt_path(const char *url);

/* A hash of text, begun with 0 or with the hash of what stands before it. */
uint32_t config_hash(uint32_t, const char *, bool nocase);

/* Make config_owner() quick.  ERR_NOMEM. */
enum err config_owners_index(struct config *);

/* "svix secret" text to its key: strict, see config_svix.c. */
enum err config_svix_key(struct secret_vault *, const struct secret *text,
    struct secret *key, struct why *);

#endif
