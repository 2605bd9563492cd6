/*
 * A file of the configuration in a directory of its own, for the tests of
 * what is taken and refused: load() writes the text to `path` and reads it
 * into `config`; setup() and teardown() are for cmocka.
 */
#ifndef TEST_CONFIG_FILE_H_
#define TEST_CONFIG_FILE_H_

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/crypt.h"
#include "handler/config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEY64	"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"	/* of 24 bytes */

static char dir[] = "/tmp/test_config.XXXXXX";
static char path[64];
static struct config *config;

static void
write_file(const char *text)
{
	FILE *f;

	(void)unlink(path);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static enum err
load(const char *text, struct why *why)
{

	write_file(text);
	config_free(config);
	config = NULL;
	memset(why, 0, sizeof(*why));
	return (config_load(path, &config, why));
}

static int
setup(void **state)
{
	struct why why = { "" };

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(path, sizeof(path), "%s/c.ini", dir);
	return (crypt_init(&why) != OK);
}

static int
teardown(void **state)
{

	(void)state;
	config_free(config);
	(void)unlink(path);
	return (rmdir(dir));
}

#endif
