#ifndef LIMITS_H_
#define LIMITS_H_

/*
 * Times that more than one part of the program keeps to, in milliseconds.
 */
enum {
	/* Svix hangs up at 15 s after it signed. */
	LIMIT_SENDER = 13 * 1000,
	/*
	 * A delivery that seems to have waited for longer gets so much time
	 * all the same: the estimate may be wrong, and what is done is kept.
	 */
	LIMIT_LEAST = 4 * 1000,
	/* So long a refused link is an error; then it is a "linked":false. */
	LIMIT_LINK = 24 * 60 * 60 * 1000,
	/*
	 * So long without any success, and what is refused is parked: Svix
	 * disables an endpoint after 120 h of failures alone.
	 */
	LIMIT_DROUGHT = 72 * 60 * 60 * 1000,
	/* Between two calls with credentials that a tracker refuses. */
	LIMIT_PROBE = 30 * 1000
};

#endif
