/*
 * A table of holes, and whether what is loaded has them.  Debian's numbers
 * are those of its changelogs.
 */
#include "handler/hole.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_version.h>

#include "common/curl_lib.h"

#define STATUS	"/var/lib/dpkg/status"

enum {
	SENTENCE_MAX = 512
};

/* Names of a library's packages, one a release. */
static const struct {
	const char	*name;
	const char	*package[3];
} libraries[HOLE_LIBRARIES] = {
	[HOLE_FCGI] = { "libfcgi", { "libfcgi0ldbl", "libfcgi0t64", "" } },
	[HOLE_YAJL] = { "yajl", { "libyajl2", "libyajl2t64", "" } },
	[HOLE_CURL] = { "libcurl", { "libcurl4", "libcurl4t64", "" } },
	[HOLE_SSL] = { "OpenSSL", { "libssl3", "libssl3t64", "" } },
};

/* Of each library the first that fits is told. */
static const struct hole {
	enum hole_library library;
	const char	*since;
	const char	*mended;	/* by its project; NULL: never */
	const char	*debian;	/* by Debian, in an older version */
	const char	*what;
} holes[] = {
	/* https://security-tracker.debian.org/tracker/CVE-2025-23016 */
	{ HOLE_FCGI, "2.0", "2.4.5", "2.4.2-2+deb12u1", "CVE-2025-23016, by "
	    "which whoever connects to the socket writes into its memory" },
	/* https://security-tracker.debian.org/tracker/source-package/yajl */
	{ HOLE_YAJL, "1.0", NULL, "2.1.0-3+deb12u2",
	    "CVE-2017-16516, CVE-2022-24795 and CVE-2023-33460" },
	/* https://curl.se/docs/CVE-2024-2398.html */
	{ HOLE_CURL, "7.44.0", "8.7.0", "7.88.1-10+deb12u6",
	    "CVE-2024-2398, by which a server fills its memory" },
	/* https://curl.se/docs/CVE-2023-38545.html */
	{ HOLE_CURL, "7.69.0", "8.4.0", "7.88.1-10+deb12u4",
	    "CVE-2023-38545, by which a proxy's peer writes into its memory" },
	/* https://openssl-library.org/news/secadv/20230207.txt */
	{ HOLE_SSL, "3.0.0", "3.0.8", "3.0.8-1",
	    "CVE-2023-0286, by which a certificate reads its memory" },
};

static int
rank(char c)
{

	if (c == '~')
		return (-1);
	if (c == '\0' || isdigit((unsigned char)c))
		return (0);
	return (isalpha((unsigned char)c) ? c : c + 256);
}

/* One part of a version, which ends at a byte of its text. */
static int
compare_part(const char *a, const char *a_end, const char *b,
    const char *b_end)
{
	int d;

	while (a < a_end || b < b_end) {
		while ((a < a_end && !isdigit((unsigned char)*a)) ||
		    (b < b_end && !isdigit((unsigned char)*b))) {
			d = rank(a < a_end ? *a : '\0') -
			    rank(b < b_end ? *b : '\0');
			if (d != 0)
				return (d);
			a += a < a_end;
			b += b < b_end;
		}
		while (a < a_end && *a == '0')
			a++;
		while (b < b_end && *b == '0')
			b++;
		for (d = 0; a < a_end && b < b_end &&
		    isdigit((unsigned char)*a) && isdigit((unsigned char)*b);
		    a++, b++)
			d = d != 0 ? d : *a - *b;
		if (a < a_end && isdigit((unsigned char)*a))
			return (1);
		if (b < b_end && isdigit((unsigned char)*b))
			return (-1);
		if (d != 0)
			return (d);
	}
	return (0);
}

/* Behind "1:". */
static const char *
without_epoch(const char *version)
{
	size_t n = strspn(version, "0123456789");

	return (n > 0 && version[n] == ':' ? version + n + 1 : version);
}

/* Where the project's part ends and Debian's revision begins. */
static const char *
end_of_upstream(const char *version)
{
	const char *dash = strrchr(version, '-');

	return (dash != NULL ? dash : version + strlen(version));
}

int
hole_compare(const char *a, const char *b)
{
	const char *a_end, *b_end;
	int d = atoi(without_epoch(a) == a ? "0" : a) -
	    atoi(without_epoch(b) == b ? "0" : b);

	if (d != 0)
		return (d);
	a = without_epoch(a);
	b = without_epoch(b);
	a_end = end_of_upstream(a);
	b_end = end_of_upstream(b);
	if ((d = compare_part(a, a_end, b, b_end)) != 0)
		return (d);
	return (compare_part(a_end, a_end + strlen(a_end), b_end,
	    b_end + strlen(b_end)));
}

void
hole_running(struct hole_running *r)
{
	int yajl = yajl_version();

	memset(r, 0, sizeof(*r));
	(void)snprintf(r->version[HOLE_YAJL], HOLE_VERSION, "%d.%d.%d",
	    yajl / 10000, yajl / 100 % 100, yajl % 100);
	if (curl_lib_load(NULL) == OK)
		(void)snprintf(r->version[HOLE_CURL], HOLE_VERSION, "%s",
		    curl.version_info(CURLVERSION_NOW)->version);
	(void)snprintf(r->version[HOLE_SSL], HOLE_VERSION, "%s",
	    OpenSSL_version(OPENSSL_VERSION_STRING));
}

static int
library_of(const char *package)
{
	size_t i, k;

	for (i = 0; i < HOLE_LIBRARIES; i++)
		for (k = 0; k < 3; k++)
			if (strcmp(libraries[i].package[k], package) == 0)
				return ((int)i);
	return (-1);
}

/* The value of a line of that field, without its end; or NULL. */
static const char *
field(char *line, const char *name)
{
	size_t n = strlen(name);

	line[strcspn(line, "\n")] = '\0';
	return (strncmp(line, name, n) == 0 && line[n] == ':' &&
	    line[n + 1] == ' ' ? line + n + 2 : NULL);
}

/* What dpkg has installed; "" of what it has not. */
static void
read_status(const char *path, struct hole_running *packages)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	const char *text;
	size_t size = 0;
	int library = -1;

	memset(packages, 0, sizeof(*packages));
	while (f != NULL && getline(&line, &size, f) > 0) {
		if ((text = field(line, "Package")) != NULL)
			library = *text == '\0' ? -1 : library_of(text);
		else if (library < 0)
			continue;
		else if ((text = field(line, "Status")) != NULL &&
		    strstr(text, " installed") == NULL)
			library = -1;
		else if ((text = field(line, "Version")) != NULL &&
		    strlen(text) < HOLE_VERSION)
			memcpy(packages->version[library], text,
			    strlen(text) + 1);
	}
	free(line);
	if (f != NULL)
		fclose(f);
}

/* The release of Debian that an update was made for; 0: none. */
static int
release_of(const char *version)
{
	const char *deb = strstr(version, "deb");

	return (deb == NULL ? 0 : atoi(deb + 3));
}

/* May that package have been mended, as far as its number tells? */
static bool
is_mended(const char *package, const char *debian)
{

	if (strstr(package, "ubuntu") != NULL ||
	    (release_of(package) != 0 &&
	    release_of(package) != release_of(debian)))
		return (true);
	return (compare_part(without_epoch(package), end_of_upstream(package),
	    debian, end_of_upstream(debian)) == 0 &&
	    hole_compare(package, debian) >= 0);
}

/* Is the package what was loaded, and no library beside it? */
static bool
is_loaded(const char *package, const char *running)
{
	const char *upstream = without_epoch(package);

	return (running[0] == '\0' || compare_part(upstream, upstream +
	    strcspn(upstream, "-+~"), running, running +
	    strlen(running)) == 0);
}

static bool
has_hole(const struct hole *h, const char *running, const char *package)
{
	char version[HOLE_VERSION];

	if (!is_loaded(package, running))
		package = "";
	(void)snprintf(version, sizeof(version), "%s", running[0] != '\0' ?
	    running : without_epoch(package));
	version[strcspn(version, "-+~")] = '\0';
	if (version[0] == '\0' || hole_compare(version, h->since) < 0 ||
	    (h->mended != NULL && hole_compare(version, h->mended) >= 0))
		return (false);
	return (package[0] == '\0' || !is_mended(package, h->debian));
}

void
hole_look(const struct hole_running *running, const char *status,
    void (*say)(void *ctx, const char *sentence), void *ctx)
{
	bool told[HOLE_LIBRARIES] = { false };
	struct hole_running packages;
	char text[SENTENCE_MAX];
	const struct hole *h;
	const char *version, *package;

	read_status(status, &packages);
	for (h = holes; h < holes + sizeof(holes) / sizeof(holes[0]); h++) {
		version = running->version[h->library];
		package = packages.version[h->library];
		if (told[h->library] || !has_hole(h, version, package))
			continue;
		told[h->library] = true;
		(void)snprintf(text, sizeof(text), "%s %s has %s; %s%s if "
		    "your distribution has not mended it",
		    libraries[h->library].name, is_loaded(package, version) &&
		    package[0] != '\0' ? package : version, h->what,
		    h->mended != NULL ? "upgrade it to " :
		    "put a mended one in its place",
		    h->mended != NULL ? h->mended : "");
		say(ctx, text);
	}
}

void
hole_all(void (*say)(void *ctx, const char *sentence), void *ctx)
{
	struct hole_running running;

	hole_running(&running);
	hole_look(&running, STATUS, say, ctx);
}
