/*
 * The bar, on a pseudo-terminal: what a person would see is what can be
 * read from its other end.
 */
#include <sys/ioctl.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/progress.h"
#include "common/table.h"

#define HASHES	"########################################"
#define DOTS	"........................................"

static int master;
static FILE *terminal;
static char said[8192];

/* What came since the last time. */
static const char *
read_said(void)
{
	ssize_t n = read(master, said, sizeof(said) - 1);

	said[n > 0 ? n : 0] = '\0';
	return (said);
}

static void
set_width(unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
}

static void
test_patience(void **state)
{
	struct progress p;

	(void)state;
	set_width(80);
	assert_int_equal(table_width(terminal), 80);
	progress_begin(&p, terminal, "reading", 5000);
	progress_at(&p, 1, 10, 5999);
	assert_string_equal(read_said(), "");
	progress_at(&p, 5, 10, 6000);
	assert_string_equal(read_said(), "\rreading [####################"
	    "....................]  50 %");
	/* At most ten times a second. */
	progress_at(&p, 6, 10, 6099);
	assert_string_equal(read_said(), "");
	progress_at(&p, 10, 10, 6100);
	assert_string_equal(read_said(), "\rreading [" HASHES "] 100 %");
	progress_end(&p);
	/* As many blanks as the line had columns, then the margin again. */
	assert_string_equal(read_said(), "\r"
	    "                                                        \r");
	progress_end(&p);
	progress_at(&p, 10, 10, 9000);
	assert_string_equal(read_said(), "");
}

static void
test_never_drawn(void **state)
{
	struct progress p;

	(void)state;
	progress_begin(&p, terminal, "reading", 0);
	progress_at(&p, 9, 10, 900);
	progress_end(&p);
	assert_string_equal(read_said(), "");
}

static void
test_odd_counts(void **state)
{
	struct progress p;

	(void)state;
	set_width(80);
	progress_begin(&p, terminal, "r", 0);
	progress_at(&p, 5, 0, 2000);
	assert_string_equal(read_said(), "\rr [" DOTS "]   0 %");
	progress_at(&p, -5, 10, 3000);
	assert_string_equal(read_said(), "\rr [" DOTS "]   0 %");
	progress_at(&p, 50, 10, 4000);
	assert_string_equal(read_said(), "\rr [" HASHES "] 100 %");
	progress_at(&p, INT64_MAX, INT64_MAX, 5000);
	assert_string_equal(read_said(), "\rr [" HASHES "] 100 %");
	progress_end(&p);
	(void)read_said();
}

/* The line never wraps, since it could not be wiped then. */
static void
test_narrow(void **state)
{
	struct progress p;
	unsigned short columns;
	const char *text;

	(void)state;
	for (columns = 10; columns < 90; columns++) {
		set_width(columns);
		progress_begin(&p, terminal, "reading", 0);
		progress_at(&p, 5, 10, 2000);
		text = read_said();
		assert_true(strlen(text) <= columns);
		if (columns >= 22)
			assert_non_null(strstr(text, " 50 %"));
		progress_end(&p);
		(void)read_said();
	}
}

static void
test_no_terminal(void **state)
{
	struct progress p;
	char *text = NULL;
	size_t len;
	FILE *f = tmpfile();

	(void)state;
	/* Nowhere is where --json on a terminal has it. */
	progress_begin(&p, NULL, "reading", 5000);
	progress_at(&p, 5, 10, 9000);
	progress_end(&p);
	assert_null(p.out);
	assert_non_null(f);
	progress_begin(&p, f, "reading", 0);
	progress_at(&p, 5, 10, 5000);
	progress_end(&p);
	assert_int_equal(ftell(f), 0);
	(void)fclose(f);
	/* Of no descriptor at all. */
	assert_non_null(f = open_memstream(&text, &len));
	progress_begin(&p, f, "reading", 0);
	progress_at(&p, 5, 10, 5000);
	progress_end(&p);
	assert_int_equal(table_width(f), 0);
	(void)fclose(f);
	assert_int_equal(len, 0);
	free(text);
}

static int
setup(void **state)
{
	int slave;

	(void)state;
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
	    fcntl(master, F_SETFL, O_NONBLOCK) != 0)
		return (-1);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	return (slave < 0 || (terminal = fdopen(slave, "w")) == NULL);
}

static int
teardown(void **state)
{
	(void)state;
	(void)fclose(terminal);
	(void)close(master);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_never_drawn),
		cmocka_unit_test(test_odd_counts),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_no_terminal)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
