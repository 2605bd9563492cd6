#include "handler/skew.h"

#include <pthread.h>
#include <stdlib.h>

enum {
	WINDOW = 60 * 1000,	/* ms a least age is gathered */
	STEP = 1000,		/* ms our clock may drift from the other */
	SECOND = 1000
};

/* The least age of this window and of the one before it. */
static struct {
	pthread_mutex_t	 mutex;
	int64_t		 began;		/* mono */
	int64_t		 offset;	/* wall - mono when last seen */
	int64_t		 least;
	int64_t		 before;
} seen = { PTHREAD_MUTEX_INITIALIZER, 0, 0, INT64_MAX, INT64_MAX };

static int64_t
smaller(int64_t a, int64_t b)
{

	return (a < b ? a : b);
}

int64_t
skew_waited(int64_t signed_at, int64_t wall, int64_t mono)
{
	int64_t age = wall - signed_at * SECOND, known;

	pthread_mutex_lock(&seen.mutex);
	if (llabs(wall - mono - seen.offset) > STEP) {
		seen.least = seen.before = INT64_MAX;
		seen.began = mono;
	} else if (mono - seen.began > WINDOW) {
		seen.before = mono - seen.began > 2 * WINDOW ? INT64_MAX :
		    seen.least;
		seen.least = INT64_MAX;
		seen.began = mono;
	}
	seen.offset = wall - mono;
	seen.least = smaller(seen.least, age);
	known = smaller(seen.least, seen.before);
	pthread_mutex_unlock(&seen.mutex);
	/* The timestamp was cut to whole seconds. */
	return (age - known > SECOND ? age - known - SECOND : 0);
}
