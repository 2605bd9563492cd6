/*
 * A job and its arena, for the tests of what needs nothing else of it:
 * setup() and teardown() are for cmocka, and each test fills the job.
 */
#ifndef TEST_JOB_SETUP_H_
#define TEST_JOB_SETUP_H_

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before cmocka, which has a macro fail(). */
#include "handler/job.h"

#include <cmocka.h>

#include "common/arena.h"

static struct arena	*arena;
static struct job	 job;

static int
setup(void **state)
{

	(void)state;
	arena = arena_new(32 << 20);
	return (arena == NULL);
}

static int
teardown(void **state)
{

	(void)state;
	arena_free(arena);
	return (0);
}

#endif
