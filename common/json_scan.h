#ifndef JSON_SCAN_H_
#define JSON_SCAN_H_

#include <stddef.h>

#include "common/err.h"

struct arena;

/*
 * What must be done to a text before yajl may see it; for json.c only.
 */

/*
 * Refuse what yajl takes although it is not JSON: form feeds and vertical
 * tabs as blanks, and loose UTF-8.  ERR_MALFORMED names the byte.
 */
enum err json_scan_bytes(const char *, size_t len, struct why *);

/*
 * yajl joins the escape of a high surrogate with whatever escape comes
 * next, so write a lone one as the escape of '?', which is as long.  The
 * text itself if there is none, else a copy in the arena; NULL without
 * memory.
 */
const char *json_scan_mend(struct arena *, const char *, size_t len);

/*
 * yajl takes a string that does not end behind the last value.  The offset
 * of its quote, or len.  The text must be what yajl took.
 */
size_t json_scan_open(const char *, size_t len);

#endif
