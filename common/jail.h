#ifndef JAIL_H_
#define JAIL_H_

#include <stdbool.h>

/*
 * What the program gives up before it reads the first request.  Best
 * effort: what a kernel lacks is not an error.
 *
 *	jail_enter();			first of all
 *	jail_keep("/home/kim/token");	for each file that is read again
 *	jail_port(8443);		for each port that is called
 *	jail_close("/var/lib/tickethook/ledger.db");	before any thread
 */

/* New privileges, core dumps, being traced by its own user. */
void jail_enter(void);

/*
 * A reload reads this file again: its directory stays readable although it
 * is in somebody's home.  No more than 32 are kept.  Not for threads.
 */
void jail_keep(const char *path);

/*
 * TCP connections to this port are made: beside 443, and 53 for answers of
 * name servers that are too long for UDP.
 */
void jail_port(int port);

/* May that port be called?  Yes until the jail is closed.  Not for threads. */
bool jail_reaches(int port);

/*
 * From now on, by Landlock: files are written in the directory of `file`
 * alone (NULL: nowhere) and read anywhere but in homes, no program is
 * started, no TCP port is opened, none but those of jail_port() is called
 * (Linux 6.7), and no process outside is traced or signalled.  What is open
 * stays so.  False: this kernel cannot.
 * https://docs.kernel.org/userspace-api/landlock.html
 */
bool jail_close(const char *file);

#endif
