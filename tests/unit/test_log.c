#include <sys/stat.h>

#include <fcntl.h>
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
#include <yajl/yajl_tree.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/utf8.h"

static char	written[16 * LOG_MAX];	/* what went to standard error */
static size_t	length;

/* Run something with standard error in a pipe. */
static void
capture(void (*run)(const void *), const void *arg)
{
	int	fds[2], saved;
	ssize_t	n;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	saved = dup(STDERR_FILENO);
	assert_int_not_equal(saved, -1);
	assert_int_not_equal(dup2(fds[1], STDERR_FILENO), -1);
	run(arg);
	assert_int_not_equal(dup2(saved, STDERR_FILENO), -1);
	close(saved);
	close(fds[1]);
	length = 0;
	while ((n = read(fds[0], written + length,
	    sizeof(written) - 1 - length)) > 0)
		length += (size_t)n;
	close(fds[0]);
	written[length] = '\0';
}

/* One line, whole, of text that a terminal shows as it is. */
static void
assert_one_line(void)
{
	size_t	i;

	assert_true(length > 0 && length <= LOG_MAX);
	assert_int_equal(written[length - 1], '\n');
	assert_true(utf8_valid(written, length));
	for (i = 0; i < length - 1; i++)
		assert_true((unsigned char)written[i] >= 0x20 &&
		    written[i] != 0x7f);
}

static void
one_value(const void *value)
{
	struct log_line	l;

	log_begin(&l, LOG_LEVEL_INFO, "delivery");
	log_text(&l, "name", value);
	log_int(&l, "ms", 12);
	log_end(&l);
}

/* Where the value of a key starts in a line of text. */
static const char *
value_at(const char *key)
{
	char		 start[64];
	const char	*at;

	snprintf(start, sizeof(start), " %s=", key);
	at = strstr(written, start);
	assert_non_null(at);
	return (at + strlen(start));
}

/* Undo the escapes of a text value; returns what follows it. */
static const char *
unescape(const char *p, char *out, size_t *len)
{
	unsigned int	code;
	bool		quoted;

	quoted = *p == '"';
	p += quoted;
	for (*len = 0; quoted ? *p != '"' : *p > ' '; p++) {
		if (*p != '\\') {
			out[(*len)++] = *p;
			continue;
		}
		p++;
		if (*p == 'x') {
			assert_int_equal(sscanf(p + 1, "%2x", &code), 1);
			out[(*len)++] = (char)code;
			p += 2;
		} else if (*p == 'u') {
			assert_int_equal(sscanf(p + 1, "%4x", &code), 1);
			if (code >= 0x800)
				out[(*len)++] = (char)(0xe0 | code >> 12);
			else
				out[(*len)++] = (char)(0xc0 | code >> 6);
			if (code >= 0x800)
				out[(*len)++] = (char)(0x80 |
				    (code >> 6 & 63));
			out[(*len)++] = (char)(0x80 | (code & 63));
			p += 4;
		} else {
			assert_non_null(strchr("\"\\n", *p));
			out[(*len)++] = *p == 'n' ? '\n' : *p;
		}
	}
	return (p + quoted);
}

/* The JSON line, read by another parser; the caller frees it. */
static yajl_val
read_json(void)
{
	char		error[256];
	yajl_val	tree;

	tree = yajl_tree_parse(written, error, sizeof(error));
	if (tree == NULL)
		fail_msg("%s: %s", written, error);
	assert_true(YAJL_IS_OBJECT(tree));
	return (tree);
}

static const char *
json_member(yajl_val tree, const char *key)
{
	const char	*path[] = { key, NULL };

	return (YAJL_GET_STRING(yajl_tree_get(tree, path, yajl_t_string)));
}

/* In text: one line, and the value can be had back byte by byte. */
static void
check_text(const char *value)
{
	char		back[LOG_MAX];
	const char	*rest;
	size_t		len;

	log_setup(LOG_LEVEL_INFO, false);
	capture(one_value, value);
	assert_one_line();
	rest = unescape(value_at("name"), back, &len);
	assert_int_equal(len, strlen(value));
	assert_memory_equal(back, value, len);
	assert_string_equal(rest, " ms=12\n");
}

/* In JSON: one line, one object, and text that is UTF-8 comes back. */
static void
check_json(const char *value)
{
	const char	*path[] = { "ms", NULL };
	yajl_val	 tree;

	log_setup(LOG_LEVEL_INFO, true);
	capture(one_value, value);
	assert_one_line();
	tree = read_json();
	assert_string_equal(json_member(tree, "event"), "delivery");
	assert_string_equal(json_member(tree, "level"), "info");
	if (utf8_valid(value, strlen(value)))
		assert_string_equal(json_member(tree, "name"), value);
	else
		assert_non_null(strstr(json_member(tree, "name"),
		    "\xef\xbf\xbd"));
	assert_true(YAJL_GET_INTEGER(yajl_tree_get(tree, path,
	    yajl_t_number)) == 12);
	yajl_tree_free(tree);
}

static void
test_every_byte(void **state)
{
	char	value[16];
	int	c;

	(void)state;
	for (c = 1; c < 256; c++) {
		snprintf(value, sizeof(value), "%c", c);
		check_text(value);
		check_json(value);
		snprintf(value, sizeof(value), "a%cb c%c", c, c);
		check_text(value);
		check_json(value);
	}
}

static const char *const nasty[] = {
	"", " ", "plain", "pkg/file_test.go:12", "two words", "=", "a=b",
	"\"", "\\", "\\\"", "\\n", "\\x41", "\n", "\r\n", "\t", "\x1b[2J",
	"x\n2026-01-01T00:00:00.000Z error forged id=1", "\" ms=99 x=\"",
	"\",\"ms\":99,\"x\":\"", "\xc2\x9b" "31m", "\xe2\x80\xa8",
	"\xe2\x80\xae" "gpj.exe", "\xe2\x81\xa6", "\xef\xbb\xbf", "\xc3\xbc",
	"\xf0\x9f\x90\x9b", "\xed\xa0\x80", "\xff\xfe", "%s%n", "'; --", "\x7f",
};

static void
test_nasty(void **state)
{
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(nasty) / sizeof(nasty[0]); i++) {
		check_text(nasty[i]);
		check_json(nasty[i]);
	}
}

/* What a terminal would act upon is never written as it is. */
static void
test_no_unseen(void **state)
{
	static const char *const	unseen[] = { "\xc2\x80", "\xc2\x9b",
	    "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xae", "\xe2\x81\xa6" };
	size_t				i;
	int				json;

	(void)state;
	for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
		for (json = 0; json < 2; json++) {
			log_setup(LOG_LEVEL_INFO, json);
			capture(one_value, unseen[i]);
			assert_one_line();
			assert_null(strstr(written, unseen[i]));
		}
	}
}

static void
test_form(void **state)
{
	int64_t	before, ms;
	char	when[CLOCK_ISO_MAX];

	(void)state;
	log_setup(LOG_LEVEL_INFO, false);
	before = clock_wall();
	capture(one_value, "two words");
	snprintf(when, sizeof(when), "%.24s", written);
	assert_true(clock_parse(when, &ms));
	assert_true(ms >= before && ms <= clock_wall());
	assert_string_equal(written + 24,
	    " info delivery name=\"two words\" ms=12\n");
	capture(one_value, "a/b_c.go:12@v1+2,-");
	assert_string_equal(written + 24,
	    " info delivery name=a/b_c.go:12@v1+2,- ms=12\n");
	capture(one_value, NULL);
	assert_string_equal(written + 24, " info delivery ms=12\n");
	log_setup(LOG_LEVEL_INFO, true);
	capture(one_value, "x");
	assert_memory_equal(written, "{\"time\":\"", 9);
	assert_string_equal(written + 9 + 24, "\",\"level\":\"info\","
	    "\"event\":\"delivery\",\"name\":\"x\",\"ms\":12}\n");
}

/* Lengths around the limit, a character of each width across it. */
static void
test_long_values(void **state)
{
	static const char *const	wide[] = { "z", "\xc3\xbc",
	    "\xe2\x82\xac", "\xf0\x9f\x90\x9b" };
	char				back[LOG_MAX], value[1100];
	size_t				i, keep, len, n;

	(void)state;
	log_setup(LOG_LEVEL_INFO, false);
	for (i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		for (n = 1016; n < 1032; n++) {
			memset(value, 'a', n);
			strcpy(value + n, wide[i]);
			capture(one_value, value);
			assert_one_line();
			unescape(value_at("name"), back, &len);
			if (n + strlen(wide[i]) <= 1024) {
				assert_int_equal(len, strlen(value));
				assert_memory_equal(back, value, len);
				continue;
			}
			keep = n < 1024 ? n : 1024;
			assert_int_equal(len, keep + 3);
			assert_memory_equal(back, value, keep);
			assert_memory_equal(back + keep, "...", 3);
		}
	}
}

/* Lines that would be too long: of n values of m bytes that swell. */
struct swelling {
	const char	*piece;
	size_t		 times;		/* in a value */
	size_t		 values;
};

static void
swell(const void *arg)
{
	const struct swelling	*w = arg;
	char			 key[16], value[5000];
	struct log_line		 l;
	size_t			 i, n;

	n = strlen(w->piece);
	for (i = 0; i < w->times; i++)
		memcpy(value + i * n, w->piece, n);
	value[w->times * n] = '\0';
	log_begin(&l, LOG_LEVEL_ERROR, "swelling");
	for (i = 0; i < w->values; i++) {
		snprintf(key, sizeof(key), "key%d", (int)i);
		log_text(&l, key, value);
		log_int(&l, key, INT64_MIN);
	}
	log_end(&l);
}

static void
test_full_lines(void **state)
{
	static const char *const	pieces[] = { "a", "\n", "\"", "\xff",
	    "\x01", "\xe2\x82\xac", "\xf0\x9f\x90\x9b", "\xe2\x80\xae" };
	struct swelling			w;
	size_t				i;
	int				json;

	(void)state;
	for (json = 0; json < 2; json++) {
		log_setup(LOG_LEVEL_INFO, json);
		for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			w.piece = pieces[i];
			w.values = 40;
			for (w.times = 0; w.times < 1250; w.times +=
			    w.times < 120 ? 1 : 113) {
				capture(swell, &w);
				assert_one_line();
				if (json)
					yajl_tree_free(read_json());
			}
			assert_true(length > LOG_MAX - 64);
		}
	}
}

static void
at_every_level(const void *arg)
{
	(void)arg;
	log_say(LOG_LEVEL_ERROR, "e", "%s", "1");
	log_say(LOG_LEVEL_WARNING, "w", "%s", "2");
	log_say(LOG_LEVEL_INFO, "i", "%s", "3");
	log_say(LOG_LEVEL_DEBUG, "d", "%s", "4");
}

static void
test_levels(void **state)
{
	static const char *const	names[] = { " error e msg=1\n",
	    " warning w msg=2\n", " info i msg=3\n", " debug d msg=4\n" };
	int				i, level;

	(void)state;
	for (level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		log_setup((enum log_level)level, false);
		capture(at_every_level, NULL);
		for (i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++)
			assert_int_equal(strstr(written, names[i]) != NULL,
			    i <= level);
	}
}

static void
say_long(const void *arg)
{
	log_say(LOG_LEVEL_ERROR, "long", "%s and %s", (const char *)arg,
	    (const char *)arg);
}

static void
test_say_long(void **state)
{
	char	value[3000];
	size_t	lead;

	(void)state;
	log_setup(LOG_LEVEL_INFO, false);
	for (lead = 0; lead < 4; lead++) {
		memset(value, 'a', lead);
		memset(value + lead, 0, sizeof(value) - lead);
		while (strlen(value) < sizeof(value) - 8)
			strcat(value, "\xf0\x9f\x90\x9b");
		capture(say_long, value);
		assert_one_line();
		assert_null(strstr(written, "\\x"));
		assert_non_null(strstr(written, "...\"\n"));
	}
}

/* A value that would break out stays one, in both forms, until it is over. */
static void
test_about(void **state)
{
	(void)state;
	log_about("msg_1 \n\"x");
	log_setup(LOG_LEVEL_INFO, false);
	capture(one_value, "plum");
	assert_one_line();
	assert_non_null(strstr(written,
	    " info delivery id=\"msg_1 \\n\\\"x\" name=plum ms=12\n"));
	log_setup(LOG_LEVEL_INFO, true);
	capture(one_value, "plum");
	assert_non_null(strstr(written, "\"event\":\"delivery\","
	    "\"id\":\"msg_1 \\n\\\"x\",\"name\":\"plum\""));
	log_about(NULL);
	log_setup(LOG_LEVEL_INFO, false);
	capture(one_value, "plum");
	assert_non_null(strstr(written, " info delivery name=plum ms=12\n"));
}

/* A line to a journal that is standard error, or to another place. */
static void
to_journal(const void *ours)
{
	struct stat	st;
	char		stream[64];

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino +
	    (ours == NULL));
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_setup(LOG_LEVEL_DEBUG, false);
	log_say(LOG_LEVEL_ERROR, "a", "x");
	log_say(LOG_LEVEL_WARNING, "b", "x");
	log_say(LOG_LEVEL_INFO, "c", "x");
	log_setup(LOG_LEVEL_DEBUG, true);
	log_say(LOG_LEVEL_DEBUG, "d", "x");
}

static void
test_journal(void **state)
{
	(void)state;
	capture(to_journal, "ours");
	assert_int_equal(strncmp(written, "<3>2", 4), 0);
	assert_non_null(strstr(written, "\n<4>2"));
	assert_non_null(strstr(written, "\n<6>2"));
	assert_non_null(strstr(written, "\n<7>{\"time\""));
	capture(to_journal, NULL);
	assert_null(strchr(written, '<'));
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	log_setup(LOG_LEVEL_INFO, false);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_nasty),
		cmocka_unit_test(test_no_unseen),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_full_lines),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_say_long),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_journal),
	};

	return (cmocka_run_group_tests_name("log", tests, NULL, NULL));
}
