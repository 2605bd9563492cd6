#include "common/jail.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Written down here, since the C library's kernel headers may be older than
 * the kernel.
 */
enum {
	LL_EXECUTE = 1 << 0,	/* of the first version ... */
	LL_WRITE_FILE = 1 << 1,
	LL_READ_FILE = 1 << 2,
	LL_READ_DIR = 1 << 3,
	LL_REMOVE_FILE = 1 << 5,
	LL_MAKE_REG = 1 << 8,
	LL_FIRST = (1 << 13) - 1,	/* ... and all that it has */
	LL_REFER = 1 << 13,	/* version 2 */
	LL_TRUNCATE = 1 << 14,	/* version 3 */
	LL_IOCTL_DEV = 1 << 15,	/* version 5 */
	LL_BIND_TCP = 1 << 0,	/* version 4 ... */
	LL_CONNECT_TCP = 1 << 1,	/* ... and all that it has of the net */
	LL_SCOPES = 3,		/* version 6: abstract sockets, signals */
	LL_VERSION = 1,		/* flag: only tell the version */
	LL_BENEATH = 1,		/* kind of a rule: a path and below ... */
	LL_PORT = 2,		/* ... and a port */
	LL_READ = LL_READ_FILE | LL_READ_DIR,
	LL_STATE = LL_READ | LL_WRITE_FILE | LL_REMOVE_FILE | LL_MAKE_REG |
	    LL_TRUNCATE,
	KEPT_MAX = 32,		/* directories in homes */
	PORTS = 65536,
	SET = 64		/* ports of one word of a set */
};

struct ruleset {
	uint64_t	fs;
	uint64_t	net;	/* since version 4 */
	uint64_t	scope;	/* since version 6 */
};

struct beneath {
	uint64_t	access;
	int32_t		fd;
} __attribute__((packed));

struct port {
	uint64_t	access;
	uint64_t	number;
};

static char	kept[KEPT_MAX][PATH_MAX];
static int	nkept;
/* A bit each, since a process that lives for one request reads them all. */
static uint64_t	called[PORTS / SET] = {
	[443 / SET] = UINT64_C(1) << 443 % SET,
	[53 / SET] = UINT64_C(1) << 53 % SET
};
static bool	ports_closed;

void
jail_enter(void)
{
	const struct rlimit	none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
	prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
}

/* The directory of a file, where its links lead; false: it is not there. */
static bool
directory_of(const char *path, char dir[PATH_MAX])
{
	char	*slash;

	if (realpath(path, dir) == NULL || (slash = strrchr(dir, '/')) == dir)
		return (false);
	*slash = '\0';
	return (true);
}

void
jail_keep(const char *path)
{
	int	i;

	if (nkept == KEPT_MAX || !directory_of(path, kept[nkept]))
		return;
	for (i = 0; i < nkept; i++)
		if (strcmp(kept[i], kept[nkept]) == 0)
			return;
	nkept++;
}

void
jail_port(int port)
{

	if (port > 0 && port < PORTS)
		called[port / SET] |= UINT64_C(1) << port % SET;
}

bool
jail_reaches(int port)
{

	return (!ports_closed || (port > 0 && port < PORTS &&
	    (called[port / SET] >> port % SET & 1) != 0));
}

static uint64_t
handled(long version)
{
	uint64_t	fs = LL_FIRST;

	if (version >= 2)
		fs |= LL_REFER;
	if (version >= 3)
		fs |= LL_TRUNCATE;
	if (version >= 5)
		fs |= LL_IOCTL_DEV;
	return (fs);
}

/* What cannot be opened needs no leave. */
static void
allow(int rules, const char *path, uint64_t access)
{
	struct beneath	b = { .access = access };

	if ((b.fd = open(path, O_PATH | O_CLOEXEC)) < 0)
		return;
	(void)syscall(SYS_landlock_add_rule, rules, LL_BENEATH, &b, 0);
	close(b.fd);
}

static bool
is_home(const char *name)
{

	return (strncmp(name, "home", 4) == 0 || strcmp(name, "root") == 0);
}

/* All that is in the root directory, but for the homes. */
static void
allow_reading(int rules)
{
	DIR		*root = opendir("/");
	struct dirent	*entry;
	char		 path[sizeof(entry->d_name) + 1];

	while (root != NULL && (entry = readdir(root)) != NULL) {
		if (entry->d_name[0] == '.' || is_home(entry->d_name) ||
		    entry->d_type == DT_REG)
			continue;
		(void)snprintf(path, sizeof(path), "/%s", entry->d_name);
		allow(rules, path, LL_READ);
	}
	if (root != NULL)
		closedir(root);
	for (int i = 0; i < nkept; i++)
		allow(rules, kept[i], LL_READ);
}

/* Where the file is named, and where it is. */
static void
allow_writing(int rules, const char *file, uint64_t access)
{
	char	dir[PATH_MAX];
	size_t	n = strlen(file);

	if (directory_of(file, dir))
		allow(rules, dir, access);
	while (n > 1 && file[n - 1] != '/')
		n--;
	if (n > 1 && n < sizeof(dir)) {
		memcpy(dir, file, n);
		dir[n] = '\0';
		allow(rules, dir, access);
	}
}

static void
allow_calling(int rules)
{
	struct port	p = { .access = LL_CONNECT_TCP };
	uint64_t	left;
	size_t		i;

	for (i = 0; i < PORTS / SET; i++)
		for (left = called[i]; left != 0; left &= left - 1) {
			p.number = i * SET +
			    (uint64_t)__builtin_ctzll(left);
			(void)syscall(SYS_landlock_add_rule, rules, LL_PORT,
			    &p, 0);
		}
}

bool
jail_close(const char *file)
{
	struct ruleset	set = { .scope = LL_SCOPES,
	    .net = LL_BIND_TCP | LL_CONNECT_TCP };
	size_t		size = sizeof(set);
	long		version;
	int		rules;
	bool		closed;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);
	if (version < 1)
		return (false);
	if (version < 6)
		size = offsetof(struct ruleset, scope);
	if (version < 4)
		size = offsetof(struct ruleset, net);
	set.fs = handled(version);
	rules = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
	if (rules < 0)
		return (false);
	allow_reading(rules);
	if (file != NULL)
		allow_writing(rules, file, LL_STATE & set.fs);
	if (version >= 4)
		allow_calling(rules);
	closed = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	ports_closed = closed && version >= 4;
	close(rules);
	return (closed);
}
