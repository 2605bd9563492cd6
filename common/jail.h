#ifndef JAIL_H_
#define JAIL_H_

/*
 * What the program gives up before it reads the first request: new
 * privileges, core dumps, being traced by its own user.  Best effort: what
 * a kernel lacks is not an error.
 */
void jail_enter(void);

#endif
