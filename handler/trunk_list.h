#ifndef TRUNK_LIST_H_
#define TRUNK_LIST_H_

#include <stdbool.h>

#include "common/err.h"
#include "handler/types.h"

struct job;
struct json;

/*
 * The tests of one status as Trunk lists them: those of a repository (v1),
 * or all of the organization's test collections (v2).
 *
 *	struct trunk_list list = { .scope = ..., .status = STATUS_FLAKY };
 *
 *	while ((e = trunk_list(job, &list, &tests)) == OK)
 *		... tests is an array, in the job's arena ...
 *
 * ERR_ABSENT after the last page, and where Trunk does not know the
 * repository; else the errors of trunk_link().
 * Source: https://docs.trunk.io/api/v1/list-unhealthy-tests and
 * https://docs.trunk.io/api/tests/list-tests
 */
enum {
	TRUNK_PAGE = 100,	/* tests of a page: as many as Trunk gives */
	TRUNK_TOKEN = 2048	/* bytes of a page's token, NUL included */
};

struct trunk_list {
	enum scope	 scope;
	enum status	 status;	/* flaky or broken */
	struct repository repository;	/* v1 */
	const char	*org;		/* v1: the organization's slug */
	char		 token[TRUNK_TOKEN];	/* of the next page */
	bool		 done;
};

enum err trunk_list(struct job *, struct trunk_list *,
    const struct json **tests);

/*
 * The organization's slug: as configured, else the first segment of the
 * path of a test's page, https://app.trunk.io/SLUG/...; NULL: neither.
 */
const char *trunk_list_org(struct job *, const char *page);

#endif
