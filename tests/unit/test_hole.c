/*
 * Which versions have holes: Debian's own and others, mended and not, and
 * that this machine's do not alarm anybody.  The order of versions is asked
 * of dpkg, too.
 */
#include "handler/hole.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char said[2048];
static int nsaid;

static void
say(void *ctx, const char *sentence)
{

	assert_ptr_equal(ctx, &nsaid);
	nsaid++;
	(void)snprintf(said + strlen(said), sizeof(said) - strlen(said),
	    "%s\n", sentence);
}

static const char *const sorted[] = {
	"0.9", "1.0~rc1-1", "1.0-1~deb12u1", "1.0-1", "1.0-1+b1",
	"1.0-1+deb12u1", "1.0-1+deb12u2", "1.0-1+deb12u10", "1.0-2",
	"1.0a-1", "1.0+dfsg-1", "1.0.1-1", "1.1", "1.01.2", "1.10", "1:0.1",
	"2:0.1-1"
};

static void
test_order(void **state)
{
	char command[128];
	size_t i, k;
	int d;

	(void)state;
	for (i = 0; i < COUNT(sorted); i++)
		for (k = 0; k < COUNT(sorted); k++) {
			d = hole_compare(sorted[i], sorted[k]);
			if ((d < 0) != (i < k) || (d > 0) != (i > k))
				fail_msg("%s and %s: %d", sorted[i],
				    sorted[k], d);
			if (k != i + 1 || access("/usr/bin/dpkg", X_OK) != 0)
				continue;
			(void)snprintf(command, sizeof(command), "dpkg "
			    "--compare-versions %s lt %s", sorted[i],
			    sorted[k]);
			if (system(command) != 0)
				fail_msg("dpkg: %s", command);
		}
	assert_int_equal(hole_compare("1.00-1", "1.0-01"), 0);
}

static const struct {
	enum hole_library library;
	const char	*running;
	const char	*package;	/* "": dpkg has none */
	const char	*says;		/* NULL: nothing */
} rows[] = {
	{ HOLE_FCGI, "", "", NULL },
	{ HOLE_FCGI, "", "libfcgi0ldbl 2.4.2-2", "libfcgi 2.4.2-2 has "
	    "CVE-2025-23016" },
	{ HOLE_FCGI, "", "libfcgi0ldbl 2.4.2-2+deb12u1", NULL },
	{ HOLE_FCGI, "", "libfcgi0ldbl 2.4.2-2+deb11u1", NULL },
	{ HOLE_FCGI, "", "libfcgi0ldbl 2.4.2-2ubuntu0.1", NULL },
	{ HOLE_FCGI, "", "libfcgi0t64 2.4.4-1", "upgrade it to 2.4.5 if" },
	{ HOLE_FCGI, "", "libfcgi0t64 2.4.5-0.1", NULL },
	{ HOLE_YAJL, "2.1.0", "", "CVE-2023-33460; put a mended one" },
	{ HOLE_YAJL, "2.1.0", "libyajl2 2.1.0-3+b2", "yajl 2.1.0-3+b2" },
	{ HOLE_YAJL, "2.1.0", "libyajl2 2.1.0-3+deb12u1", "yajl 2.1.0-3" },
	{ HOLE_YAJL, "2.1.0", "libyajl2 2.1.0-3+deb12u2", NULL },
	{ HOLE_YAJL, "2.1.0", "libyajl2 2.1.0-5+b2", NULL },
	{ HOLE_CURL, "7.88.1", "", "libcurl 7.88.1 has CVE-2024-2398" },
	{ HOLE_CURL, "7.88.1", "libcurl4 7.88.1-10+deb12u5",
	    "libcurl 7.88.1-10+deb12u5 has CVE-2024-2398" },
	{ HOLE_CURL, "7.88.1", "libcurl4 7.88.1-10+deb12u15", NULL },
	/* another libcurl than the package's */
	{ HOLE_CURL, "8.3.0", "libcurl4 7.88.1-10+deb12u15",
	    "libcurl 8.3.0 has" },
	{ HOLE_CURL, "8.14.1", "libcurl4t64 8.14.1-2", NULL },
	{ HOLE_CURL, "7.43.0", "", NULL },
	{ HOLE_SSL, "3.0.7", "", "upgrade it to 3.0.8" },
	{ HOLE_SSL, "3.0.22", "libssl3 3.0.22-1~deb12u2", NULL },
	{ HOLE_SSL, "3.5.1", "libssl3t64 3.5.1-1", NULL },
	{ HOLE_SSL, "1.1.1w", "", NULL },
};

/* A file of dpkg's with that package among others. */
static void
write_status(const char *path, const char *package)
{
	FILE *f = fopen(path, "w");
	const char *blank = strchr(package, ' ');

	assert_non_null(f);
	fprintf(f, "Package: other\nStatus: install ok installed\n"
	    "Version: 1.0\n\nPackage: libyajl2\nStatus: deinstall ok "
	    "config-files\nVersion: 2.0.0-1\n\n");
	if (blank != NULL)
		fprintf(f, "Package: %.*s\nStatus: install ok installed\n"
		    "Description: a\n Version: 9\nVersion: %s\n\n",
		    (int)(blank - package), package, blank + 1);
	/* What is no field, or nobody's version. */
	fprintf(f, "Package: \nStatus: install ok installed\n"
	    "Version: 8\n\nPackage: libyajl2\nStatus: install ok "
	    "installed\nVersion:9\nVersions: 9\nVersion: %0300d\n\n", 9);
	if (blank == NULL || strncmp(package, "libyajl2", 8) != 0)
		fprintf(f, "Package: libyajl2\nStatus: deinstall ok "
		    "config-files\n\n");
	fprintf(f, "Package: last\nStatus: install ok installed\n"
	    "Version: 0.1\n");
	assert_int_equal(fclose(f), 0);
}

static void
test_rows(void **state)
{
	char path[] = "/tmp/test_hole.XXXXXX";
	struct hole_running r;
	size_t i;

	(void)state;
	assert_true(close(mkstemp(path)) == 0);
	for (i = 0; i < COUNT(rows); i++) {
		memset(&r, 0, sizeof(r));
		strcpy(r.version[rows[i].library], rows[i].running);
		write_status(path, rows[i].package);
		said[0] = '\0';
		nsaid = 0;
		hole_look(&r, path, say, &nsaid);
		if (nsaid != (rows[i].says != NULL) || (nsaid == 1 &&
		    strstr(said, rows[i].says) == NULL))
			fail_msg("row %zu, %s: %s", i, rows[i].package, said);
	}
	unlink(path);
	said[0] = '\0';
	nsaid = 0;
	memset(&r, 0, sizeof(r));
	strcpy(r.version[HOLE_YAJL], "2.1.0");
	hole_look(&r, path, say, &nsaid);
	assert_int_equal(nsaid, 1);
}

/* Debian keeps its packages mended. */
static void
test_here(void **state)
{
	struct hole_running r;

	(void)state;
	hole_running(&r);
	assert_string_equal(r.version[HOLE_FCGI], "");
	assert_string_not_equal(r.version[HOLE_YAJL], "");
	assert_string_not_equal(r.version[HOLE_CURL], "");
	assert_string_not_equal(r.version[HOLE_SSL], "");
	if (access("/var/lib/dpkg/status", R_OK) != 0)
		skip();
	said[0] = '\0';
	nsaid = 0;
	hole_all(say, &nsaid);
	assert_string_equal(said, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_here),
	};

	return (cmocka_run_group_tests_name("hole", tests, NULL, NULL));
}
