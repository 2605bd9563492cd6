#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/secret.h"

/* Must never be seen in a sentence. */
#define HIDDEN	"s3cr3t-Zx9"

/* AddressSanitizer and its like end a process that cannot map memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED	true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED	true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED	false
#endif

static char dir[] = "/tmp/test_secret.XXXXXX";

/* A path in the test's directory; good until the fourth next call. */
static const char *
path_of(const char *name)
{
	static char	path[4][64];
	static size_t	i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return (path[i]);
}

static const char *
write_file(const char *name, const char *data, size_t n, mode_t mode)
{
	const char	*path;
	int		 fd;

	path = path_of(name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, data, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return (path);
}

/* Load "kind:rest"; the sentence must hold no secret. */
static enum err
load(struct secret_vault *vault, const char *kind, const char *rest,
    struct secret *s, struct why *why)
{
	char		value[256];
	enum err	e;

	snprintf(value, sizeof(value), "%s%s", kind, rest);
	memset(why, 0, sizeof(*why));
	e = secret_load(vault, value, s, why);
	assert_int_equal(e == OK, why->text[0] == '\0');
	assert_null(strstr(why->text, HIDDEN));
	return (e);
}

static void
test_keep(void **state)
{
	struct secret_vault	*vault;
	struct secret		 s[300];
	struct why		 why;
	char			 data[300];
	size_t			 i;

	(void)state;
	vault = secret_vault();
	assert_non_null(vault);
	memset(data, 'k', sizeof(data));
	for (i = 0; i < 300; i++) {
		data[0] = (char)i;
		assert_int_equal(secret_keep(vault, data, i, &s[i], &why), OK);
	}
	assert_int_equal(secret_keep(vault, data, SIZE_MAX / 2, &s[0], &why),
	    ERR_NOMEM);
	assert_int_equal(secret_keep(vault, "", 0, &s[0], &why), OK);
	/* More than a page, and all are still what they were. */
	for (i = 0; i < 300; i++) {
		data[0] = (char)i;
		assert_int_equal(s[i].len, i);
		assert_memory_equal(s[i].bytes, data, i);
		assert_int_equal(s[i].bytes[i], '\0');
	}
	secret_free(vault);
	secret_free(NULL);
}

/* The flags that the kernel shows for the mapping at p. */
static void
flags_of(const void *p, char *flags, size_t size)
{
	char		line[512];
	unsigned long	from, to;
	bool		here;
	FILE		*f;

	flags[0] = '\0';
	here = false;
	f = fopen("/proc/self/smaps", "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = (uintptr_t)p >= from && (uintptr_t)p < to;
		if (here && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, size, "%s", line + 8);
	}
	fclose(f);
}

/* May this process lock memory?  Limits and sanitizers forbid it. */
static bool
can_lock(void)
{
	char	flags[512];
	void	*p;

	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	mlock(p, 4096);
	flags_of(p, flags, sizeof(flags));
	munmap(p, 4096);
	return (strstr(flags, " lo") != NULL);
}

static void
test_pages_are_locked_and_not_dumped(void **state)
{
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;
	char			 flags[512];

	(void)state;
	vault = secret_vault();
	assert_int_equal(secret_keep(vault, HIDDEN, 10, &s, &why), OK);
	flags_of(s.bytes, flags, sizeof(flags));
	assert_non_null(strstr(flags, " dd"));
	assert_int_equal(strstr(flags, " lo") != NULL, can_lock());
	flags_of(flags, flags, sizeof(flags));
	assert_null(strstr(flags, " dd"));
	secret_free(vault);
}

static void
test_literal(void **state)
{
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;
	char			*large;

	(void)state;
	vault = secret_vault();
	assert_int_equal(load(vault, "", " \t" HIDDEN " x\r\n", &s, &why), OK);
	assert_string_equal(s.bytes, HIDDEN " x");
	assert_int_equal(s.len, strlen(HIDDEN " x"));
	assert_int_equal(load(vault, "", "", &s, &why), ERR_CONFIG);
	assert_int_equal(load(vault, "", " \t ", &s, &why), ERR_CONFIG);
	large = malloc(SECRET_MAX + 2);
	memset(large, 'x', SECRET_MAX + 1);
	large[SECRET_MAX + 1] = '\0';
	assert_int_equal(secret_load(vault, large, &s, &why), ERR_CONFIG);
	large[SECRET_MAX] = '\0';
	assert_int_equal(secret_load(vault, large, &s, &why), OK);
	assert_int_equal(s.len, SECRET_MAX);
	free(large);
	secret_free(vault);
}

/* Every mode there is: four are right, the others name the chmod. */
static void
test_file_modes(void **state)
{
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;
	const char		*path;
	enum err		 e;
	mode_t			 mode;
	char			 fix[128];

	(void)state;
	vault = secret_vault();
	path = write_file("modes", HIDDEN "\n", strlen(HIDDEN) + 1, 0600);
	snprintf(fix, sizeof(fix), "chmod 0600 %s", path);
	for (mode = 0; mode <= 07777; mode++) {
		if ((mode & 0400) == 0)
			continue;
		assert_int_equal(chmod(path, mode), 0);
		e = load(vault, "file:", path, &s, &why);
		if (mode == 0600 || mode == 0400 || mode == 0640 ||
		    mode == 0440) {
			assert_int_equal(e, OK);
			assert_string_equal(s.bytes, HIDDEN);
		} else {
			assert_int_equal(e, ERR_CONFIG);
			assert_non_null(strstr(why.text, fix));
		}
	}
	secret_free(vault);
}

static void
test_file_content(void **state)
{
	static char		 large[SECRET_MAX + 1];
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;
	const char		*path;

	(void)state;
	vault = secret_vault();
	path = write_file("nul", " a\0b\n", 5, 0400);
	assert_int_equal(load(vault, "file:", path, &s, &why), OK);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.bytes, "a\0b", 4);
	path = write_file("empty", "", 0, 0600);
	assert_int_equal(load(vault, "file:", path, &s, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, path));
	path = write_file("blank", "\r\n \n", 4, 0600);
	assert_int_equal(load(vault, "file:", path, &s, &why), ERR_CONFIG);
	memset(large, 'x', sizeof(large));
	path = write_file("most", large, SECRET_MAX, 0600);
	assert_int_equal(load(vault, "file:", path, &s, &why), OK);
	assert_int_equal(s.len, SECRET_MAX);
	path = write_file("large", large, sizeof(large), 0600);
	assert_int_equal(load(vault, "file:", path, &s, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, path));
	secret_free(vault);
}

/* What is no file, and a link to one, as Kubernetes mounts secrets. */
static void
test_file_kinds(void **state)
{
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;
	const char		*link, *path;

	(void)state;
	vault = secret_vault();
	path = write_file("real", HIDDEN, strlen(HIDDEN), 0600);
	link = path_of("link");
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(load(vault, "file:", link, &s, &why), OK);
	assert_string_equal(s.bytes, HIDDEN);
	assert_int_equal(load(vault, "file:", dir, &s, &why), ERR_CONFIG);
	path = path_of("absent");
	assert_int_equal(load(vault, "file:", path, &s, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, path));
	path = path_of("fifo");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(load(vault, "file:", path, &s, &why), ERR_CONFIG);
	assert_int_equal(load(vault, "file:", "/dev/zero", &s, &why),
	    ERR_CONFIG);
	assert_int_equal(load(vault, "file:", "", &s, &why), ERR_CONFIG);
	assert_int_equal(load(vault, "file:", HIDDEN, &s, &why), ERR_CONFIG);
	secret_free(vault);
}

/* As another user: root's files and one's own are fine, others are not. */
static int
look_as_nobody(void)
{
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;
	char			 nobody[64];

	if (getgrgid(65534) == NULL)
		return (7);
	snprintf(nobody, sizeof(nobody), "chown root:%s ",
	    getgrgid(65534)->gr_name);
	vault = secret_vault();
	if (setgroups(0, NULL) != 0 || setegid(65534) != 0 ||
	    seteuid(65534) != 0)
		return (1);
	if (load(vault, "file:", path_of("roots"), &s, &why) != OK)
		return (2);
	if (load(vault, "file:", path_of("own"), &s, &why) != OK)
		return (3);
	if (load(vault, "file:", path_of("others"), &s, &why) != ERR_CONFIG ||
	    strstr(why.text, "belongs to user 12345; run: chown root:") ==
	    NULL || strstr(why.text, nobody) == NULL)
		return (4);
	if (load(vault, "file:", path_of("closed"), &s, &why) != ERR_CONFIG ||
	    strstr(why.text, path_of("closed")) == NULL ||
	    strstr(why.text, "may not read it; run: chown root:") == NULL ||
	    strstr(why.text, nobody) == NULL)
		return (5);
	if (load(vault, "file:", path_of("absent"), &s, &why) != ERR_CONFIG ||
	    strstr(why.text, "readable for user nobody") == NULL)
		return (6);
	secret_free(vault);
	return (0);
}

static void
test_file_owner(void **state)
{
	int	status;
	pid_t	pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(dir, 0711), 0);
	assert_int_equal(chown(write_file("roots", "x", 1, 0640), 0, 65534),
	    0);
	assert_int_equal(chown(write_file("own", "x", 1, 0600), 65534, 0), 0);
	assert_int_equal(chown(write_file("others", "x", 1, 0640), 12345,
	    65534), 0);
	write_file("closed", "x", 1, 0600);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit(look_as_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_credential(void **state)
{
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;

	(void)state;
	vault = secret_vault();
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(load(vault, "credential:", "svix.key-1", &s, &why),
	    ERR_CONFIG);
	assert_non_null(strstr(why.text, "LoadCredential=svix.key-1"));
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	write_file("svix.key-1", HIDDEN "\n", strlen(HIDDEN) + 1, 0400);
	assert_int_equal(load(vault, "credential:", "svix.key-1", &s, &why),
	    OK);
	assert_string_equal(s.bytes, HIDDEN);
	assert_int_equal(load(vault, "credential:", "absent", &s, &why),
	    ERR_CONFIG);
	assert_int_equal(load(vault, "credential:", "", &s, &why),
	    ERR_CONFIG);
	assert_int_equal(load(vault, "credential:", "../" HIDDEN, &s, &why),
	    ERR_CONFIG);
	assert_int_equal(load(vault, "credential:", "..", &s, &why),
	    ERR_CONFIG);
	unsetenv("CREDENTIALS_DIRECTORY");
	secret_free(vault);
}

static void
test_env(void **state)
{
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;

	(void)state;
	vault = secret_vault();
	setenv("TEST_KEY", " " HIDDEN " ", 1);
	setenv("TEST_KEY_EMPTY", "", 1);
	assert_int_equal(load(vault, "env:", "TEST_KEY", &s, &why), OK);
	assert_string_equal(s.bytes, HIDDEN);
	assert_int_equal(load(vault, "env:", "TEST_KEY_EMPTY", &s, &why),
	    ERR_CONFIG);
	assert_int_equal(load(vault, "env:", "TEST_KE", &s, &why), ERR_CONFIG);
	assert_non_null(strstr(why.text, "TEST_KE"));
	assert_int_equal(load(vault, "env:", "", &s, &why), ERR_CONFIG);
	/* Who writes the secret where its name belongs is not told it. */
	assert_int_equal(load(vault, "env:", HIDDEN, &s, &why), ERR_CONFIG);
	unsetenv("TEST_KEY");
	unsetenv("TEST_KEY_EMPTY");
	secret_free(vault);
}

/* Does the block that other programs see still hold this text? */
static bool
block_holds(const char *text)
{
	static char	block[65536];
	size_t		i, n;
	FILE		*f;

	if ((f = fopen("/proc/self/environ", "r")) == NULL)
		return (true);
	n = fread(block, 1, sizeof(block), f);
	fclose(f);
	for (i = 0; i + strlen(text) <= n; i++) {
		if (memcmp(block + i, text, strlen(text)) == 0)
			return (true);
	}
	return (false);
}

static char *const child_env[] = {
	(char[]){ "PATH=/bin:/kept" }, (char[]){ "LINEAR_KEY=" HIDDEN },
	(char[]){ "HTTPS_PROXY=http://evil.example:1" },
	(char[]){ "SSLKEYLOGFILE=/tmp/evil.keys" },
	(char[]){ "SSL_CERT_FILE=/tmp/evil.pem" },
	(char[]){ "OPENSSL_CONF=/tmp/evil.cnf" },
	(char[]){ "CURL_CA_BUNDLE=/tmp/evil.pem" },
	(char[]){ "LISTEN_FDS=1" }, (char[]){ "LC_ALL=C" },
	(char[]){ "TICKETHOOK_CONFIG=/etc/kept.ini" },
	(char[]){ "TICKETHOOK_CONFIG_KEY=" HIDDEN },
	(char[]){ "CREDENTIALS_DIRECTORY=/run/kept" },
	(char[]){ "NOTIFY_SOCKET=/run/kept.sock" }, (char[]){ "junk" }, NULL
};

static const char *const gone[] = {
	"LINEAR_KEY", "HTTPS_PROXY", "SSLKEYLOGFILE", "SSL_CERT_FILE",
	"OPENSSL_CONF", "CURL_CA_BUNDLE", "TICKETHOOK_CONFIG_KEY",
};

static const struct {
	const char	*name;
	const char	*value;
} there[] = {
	{ "PATH", "/bin:/kept" }, { "LISTEN_FDS", "1" }, { "LC_ALL", "C" },
	{ "TICKETHOOK_CONFIG", "/etc/kept.ini" },
	{ "CREDENTIALS_DIRECTORY", "/run/kept" },
	{ "NOTIFY_SOCKET", "/run/kept.sock" },
};

/* Without memory nothing is wiped: it would be lost. */
static bool
survives_no_memory(void)
{
	struct rlimit	 few, many;
	struct why	 why;
	const char	*value;
	enum err	 e;

	if (getrlimit(RLIMIT_AS, &many) != 0)
		return (false);
	few = many;
	few.rlim_cur = 0;
	if (setrlimit(RLIMIT_AS, &few) != 0)
		return (false);
	e = secret_env(&why);
	value = getenv("LINEAR_KEY");
	if (setrlimit(RLIMIT_AS, &many) != 0)
		return (false);
	return (e == ERR_NOMEM && value != NULL && strcmp(value, HIDDEN) == 0);
}

/* What a fresh process with child_env finds; the number of the fault. */
static int
child(void)
{
	struct secret_vault	*vault;
	struct secret		 s;
	struct why		 why;
	const char		*value;
	size_t			 i;
	int			 round;

	if (!block_holds(HIDDEN) || !block_holds("evil"))
		return (1);
	if (!SANITIZED && !survives_no_memory())
		return (7);
	for (round = 0; round < 2; round++) {
		if (secret_env(&why) != OK)
			return (2);
		if (block_holds(HIDDEN) || block_holds("evil"))
			return (3);
		for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
			if (getenv(gone[i]) != NULL)
				return (10 + (int)i);
		}
		for (i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
			value = getenv(there[i].name);
			if (value == NULL || strcmp(value, there[i].value) != 0)
				return (20 + (int)i);
		}
		vault = secret_vault();
		if (load(vault, "env:", "LINEAR_KEY", &s, &why) != OK ||
		    strcmp(s.bytes, HIDDEN) != 0)
			return (4);
		if (load(vault, "env:", "PATH", &s, &why) != OK)
			return (5);
		if (load(vault, "env:", "LINEAR_KE", &s, &why) != ERR_CONFIG)
			return (6);
		secret_free(vault);
	}
	return (0);
}

static void
test_environment(void **state)
{
	char	*argv[] = { (char[]){ "test_secret" }, (char[]){ "child" },
	    NULL };
	char	 self[4096];
	ssize_t	 n;
	int	 status;
	pid_t	 pid;

	(void)state;
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(n > 0);
	self[n] = '\0';
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		execve(self, argv, child_env);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int
make_dir(void **state)
{
	(void)state;
	return (mkdtemp(dir) == NULL ? -1 : 0);
}

static int
remove_dir(void **state)
{
	static const char *const	names[] = { "modes", "nul", "empty",
	    "blank", "most", "large", "real", "link", "fifo", "roots", "own",
	    "others", "closed", "svix.key-1" };
	size_t				i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return (rmdir(dir));
}

static void
test_hide(void **state)
{
	static const struct {
		const char	*text;
		const char	*hidden;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "a/b+c\"d=\\", "*********" },
		{ "key: a/b+c\"d=\\!", "key: *********!" },
		{ "a\\/b+c\\\"d=\\\\", "************" },
		{ "a/b+c\"d=", "a/b+c\"d=" },
		{ "a/b+ca/b+c\"d=\\", "a/b+c*********" },
		{ "12345678 and 12345678", "******** and ********" },
		{ "short", "short" },
		{ "behind the NUL", "**************" },
		{ "\\", "\\" },
	};
	static const struct {
		const char	*bytes;
		size_t		 n;
	} secrets[] = {
		{ "a/b+c\"d=\\", 9 }, { "short", 5 }, { "", 0 },
		{ "12345678", 8 }, { "ab\0behind the NUL", 17 },
	};
	struct secret_vault *vault = secret_vault();
	struct secret s;
	char text[64];
	size_t i;

	(void)state;
	assert_non_null(vault);
	for (i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		assert_int_equal(secret_keep(vault, secrets[i].bytes,
		    secrets[i].n, &s, NULL), OK);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(text, rows[i].text);
		secret_hide(vault, text);
		assert_string_equal(text, rows[i].hidden);
		strcpy(text, rows[i].text);
		secret_hide(NULL, text);
		assert_string_equal(text, rows[i].text);
	}
	secret_free(vault);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_pages_are_locked_and_not_dumped),
		cmocka_unit_test(test_hide),
		cmocka_unit_test(test_literal),
		cmocka_unit_test(test_file_modes),
		cmocka_unit_test(test_file_content),
		cmocka_unit_test(test_file_kinds),
		cmocka_unit_test(test_file_owner),
		cmocka_unit_test(test_credential),
		cmocka_unit_test(test_env),
		cmocka_unit_test(test_environment),
	};

	if (argc == 2 && strcmp(argv[1], "child") == 0)
		return (child());
	return (cmocka_run_group_tests_name("secret", tests, make_dir,
	    remove_dir));
}
