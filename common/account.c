/*
 * Why a file may not be read, for people who run the program as one user and
 * wrote the file as another: which directory on the way is closed, to which
 * group it would have to be opened, and the command for it.
 */
#include "common/account.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	ENTRY_MAX = 16 * 1024	/* bytes of an entry of the databases */
};

static void
group_name(gid_t gid, char name[ACCOUNT_MAX])
{
	char room[ENTRY_MAX];
	struct group entry, *found = NULL;

	if (getgrgid_r(gid, &entry, room, sizeof(room), &found) == 0 &&
	    found != NULL)
		(void)snprintf(name, ACCOUNT_MAX, "%s", entry.gr_name);
	else
		(void)snprintf(name, ACCOUNT_MAX, "%lu", (unsigned long)gid);
}

void
account_of(uid_t uid, struct account *a)
{
	char room[ENTRY_MAX];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(uid, &entry, room, sizeof(room), &found) == 0 &&
	    found != NULL) {
		(void)snprintf(a->user, ACCOUNT_MAX, "%s", entry.pw_name);
		group_name(entry.pw_gid, a->group);
		return;
	}
	(void)snprintf(a->user, ACCOUNT_MAX, "%lu", (unsigned long)uid);
	memcpy(a->group, a->user, ACCOUNT_MAX);
}

/* The first directory on the way that we may not enter; false: none. */
static bool
closed_directory(const char *path, char dir[PATH_MAX])
{
	const char *slash = path;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		if (slash - path >= PATH_MAX)
			return (false);
		(void)snprintf(dir, PATH_MAX, "%.*s", (int)(slash - path),
		    path);
		if (faccessat(AT_FDCWD, dir, X_OK, AT_EACCESS) != 0 &&
		    errno == EACCES)
			return (true);
	}
	return (false);
}

/* May a directory be given to our group?  Not one that others live in. */
static bool
is_ours_to_open(const char *path, const char *dir, const struct stat *st)
{
	return (st->st_uid == 0 && strcmp(dir, "/root") != 0 &&
	    strchr(path + strlen(dir) + 1, '/') == NULL);
}

enum err
account_barred(const char *path, struct why *why)
{
	char dir[PATH_MAX], group[ACCOUNT_MAX];
	bool closed = closed_directory(path, dir);
	const char *what = closed ? dir : path;
	struct account us;
	struct stat st;

	account_of(geteuid(), &us);
	/* The modes allow it, so it is ourselves who do not. */
	if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0)
		return (err_set(why, ERR_CONFIG, "a running program reads "
		    "nothing new in homes; restart it, or put the file into "
		    "/etc/tickethook"));
	if (stat(what, &st) != 0)
		return (err_set(why, ERR_CONFIG, "user %s may not read it",
		    us.user));
	group_name(st.st_gid, group);
	if (st.st_gid != 0 && strcmp(group, us.group) != 0 &&
	    (st.st_mode & (closed ? S_IXGRP : S_IRGRP)) != 0)
		return (err_set(why, ERR_CONFIG, "user %s may not %s%s, group "
		    "%s may; run this as the user that serves, or run: "
		    "usermod -a -G %s %s", us.user, closed ?
		    "enter the directory " : "read it", closed ? dir : "",
		    group, group, us.user));
	if (!closed)
		return (err_set(why, ERR_CONFIG, "user %s may not read it; "
		    "run: chown root:%s %s && chmod 0640 %s", us.user,
		    us.group, path, path));
	if (!is_ours_to_open(path, dir, &st))
		return (err_set(why, ERR_CONFIG, "user %s may not enter the "
		    "directory %s; put the file where it may, such as "
		    "/etc/tickethook", us.user, dir));
	return (err_set(why, ERR_CONFIG, "user %s may not enter the directory "
	    "%s; run: chown root:%s %s && chmod 0750 %s", us.user, dir,
	    us.group, dir, dir));
}
