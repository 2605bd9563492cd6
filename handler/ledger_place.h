#ifndef LEDGER_PLACE_H_
#define LEDGER_PLACE_H_

#include <stdbool.h>

/*
 * What a ledger's URL says of this host's files, before it is opened.
 */
enum {
	LEDGER_PATH = 4096
};

/* The file of the ledger at url; NULL: it is none of this host's. */
const char *ledger_file(const char *url);

/*
 * The file beside which this host keeps what is its own: that of the ledger,
 * or for one that is elsewhere a name in `directory`.  In out, of LEDGER_PATH
 * bytes; false: there is none that fits.
 */
bool ledger_beside(const char *url, const char *directory, char *out);

/* Tell each file that is read again while the ledger is used. */
void ledger_files(const char *url, void (*keep)(const char *path));

#endif
