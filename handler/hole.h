#ifndef HOLE_H_
#define HOLE_H_

/*
 * Holes of the libraries that strangers' bytes come to, as far as they were
 * known when this version was made.  A distribution mends a hole without a
 * new version number, so where dpkg tells the package's own version that
 * decides, and silence is for what cannot be known.
 *
 *	hole_all(say, ctx);
 */
enum hole_library {
	HOLE_FCGI = 0,		/* libfcgi; tells no version by itself */
	HOLE_YAJL,
	HOLE_CURL,
	HOLE_SSL,
	HOLE_LIBRARIES
};

enum {
	HOLE_VERSION = 64	/* bytes of a version with its NUL */
};

/* Versions as they tell themselves, "7.88.1"; "" where they do not. */
struct hole_running {
	char	version[HOLE_LIBRARIES][HOLE_VERSION];
};

void hole_running(struct hole_running *);

/*
 * One sentence for each library with a hole.  status is dpkg's file of
 * what is installed; it need not be there.
 */
void hole_look(const struct hole_running *, const char *status,
    void (*say)(void *ctx, const char *sentence), void *ctx);

/* The same of this process on this machine. */
void hole_all(void (*say)(void *ctx, const char *sentence), void *ctx);

/*
 * Debian's order of versions: below 0, 0, above 0.
 * https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
 */
int hole_compare(const char *, const char *);

#endif
