/*
 * Counters that processes share, and the text that is made of them.
 */
#include "tests/unit/ledger_setup.h"

#include <sys/wait.h>

#include <fcntl.h>

#include "common/counters.h"
#include "common/http.h"
#include "common/http_count.h"
#include "handler/config.h"
#include "handler/metrics.h"
#include "handler/metrics_write.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	PROCESSES = 4,
	TIMES = 20000
};

static char file[512];

static int
setup(void **state)
{
	struct world *w;

	if (world_setup_open(state) != 0)
		return (-1);
	w = *state;
	(void)snprintf(file, sizeof(file), "%s.counters", w->path);
	metrics_open(w->path);
	return (0);
}

static int
teardown(void **state)
{

	metrics_close();
	return (world_teardown(state));
}

/* Each counts what all count, and something of its own. */
static void
count_in_process(int i)
{
	char text[COUNTERS_TEXT];
	int n;

	if (!counters_open(file))
		_exit(1);
	(void)snprintf(text, sizeof(text), "own_total|n=\"%d\"|", i);
	for (n = 0; n < TIMES; n++) {
		counters_add("all_total||", 1);
		counters_add(text, 2);
	}
	counters_close();
	_exit(0);
}

static void
add_up(void *ctx, const char *text, uint64_t n)
{
	uint64_t *sum = ctx;

	if (strcmp(text, "all_total||") == 0)
		sum[0] += n;
	if (strncmp(text, "own_total|", 10) == 0)
		sum[1] += n;
}

static void
processes_count_together(void **state)
{
	uint64_t sum[2] = { 0, 0 };
	pid_t pid[PROCESSES];
	int i, status;

	(void)state;
	for (i = 0; i < PROCESSES; i++)
		if ((pid[i] = fork()) == 0)
			count_in_process(i);
	for (i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	counters_each(add_up, sum);
	assert_int_equal(sum[0], PROCESSES * TIMES);
	assert_int_equal(sum[1], 2 * PROCESSES * TIMES);
}

static void
they_outlive_the_process(void **state)
{
	struct stat st;

	(void)state;
	counters_add("kept_total||", 7);
	counters_set("stamp||", 5);
	counters_close();
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(counters_get("kept_total||"), 0);
	counters_add("kept_total||", 1);	/* nothing, without a file */
	assert_true(counters_open(file));
	assert_int_equal(counters_get("kept_total||"), 7);
	assert_int_equal(counters_get("stamp||"), 5);
}

/* What there is no room for is told, and nothing else is touched. */
static void
full(void **state)
{
	char text[COUNTERS_TEXT * 2];
	uint64_t kept = 0;
	struct stat before, after;
	int i;

	(void)state;
	assert_int_equal(stat(file, &before), 0);
	for (i = 0; i < 3 * COUNTERS_MAX; i++) {
		(void)snprintf(text, sizeof(text), "many_%d||", i);
		counters_add(text, 1);
		kept += counters_get(text);
	}
	assert_in_range(kept, COUNTERS_MAX / 2, COUNTERS_MAX);
	assert_int_equal(counters_get(COUNTERS_LOST) + kept,
	    3 * COUNTERS_MAX);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	counters_add(text, 1);
	assert_int_equal(counters_get(COUNTERS_LOST) + kept,
	    3 * COUNTERS_MAX + 1);
	assert_int_equal(stat(file, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
}

static void
another_file_is_left_alone(void **state)
{
	static const char words[] = "this is somebody's diary\n";
	char got[sizeof(words)] = "";
	char path[600];
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s.diary", file);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(write(fd, words, sizeof(words) - 1),
	    sizeof(words) - 1);
	assert_false(counters_open(path));
	assert_int_equal(pread(fd, got, sizeof(words) - 1, 0),
	    sizeof(words) - 1);
	assert_string_equal(got, words);
	(void)close(fd);
	(void)unlink(path);
	assert_int_equal(symlink(file, path), 0);
	assert_false(counters_open(path));
	(void)unlink(path);
	assert_false(counters_open("/nowhere/at/all"));
}

static const char *
written(struct world *w)
{
	struct buf b;

	buf_init(&b, w->job.arena, 1 << 20);
	assert_int_equal(metrics_write_counters(w->job.arena, &b), OK);
	return (buf_text(&b));
}

/* Buckets hold all that is faster, as the format wants it. */
static void
buckets_are_cumulative(void **state)
{
	static const int bounds[] = { 10, 100, 1000 };
	static const int64_t took[] = { 0, 10, 11, 100, 999, 1000, 1001,
	    86400000 };
	const char *text;
	size_t i;

	for (i = 0; i < COUNT(took); i++)
		counters_time("delivery_duration_seconds", "", bounds,
		    COUNT(bounds), took[i]);
	text = written(*state);
	assert_non_null(strstr(text, "# TYPE tickethook_delivery_duration_"
	    "seconds histogram\n"
	    "tickethook_delivery_duration_seconds_bucket{le=\"0.01\"} 2\n"
	    "tickethook_delivery_duration_seconds_bucket{le=\"0.1\"} 4\n"
	    "tickethook_delivery_duration_seconds_bucket{le=\"1\"} 6\n"
	    "tickethook_delivery_duration_seconds_bucket{le=\"+Inf\"} 8\n"
	    "tickethook_delivery_duration_seconds_sum 86403.121\n"
	    "tickethook_delivery_duration_seconds_count 8\n"));
}

static void
labels_are_escaped(void **state)
{
	struct world *w = *state;
	struct buf b;

	buf_init(&b, w->job.arena, 1000);
	metrics_write_label(&b, "rule", "a\"b\\c\nd");
	metrics_write_label(&b, "state", NULL);
	assert_string_equal(buf_text(&b),
	    "rule=\"a\\\"b\\\\c\\nd\",state=\"\"");
}

/* An id in a path is no name: there would be as many as there are tests. */
static void
calls_are_few(void **state)
{
	static const struct http_answer good = { .host = "api.example.net:1",
	    .fate = HTTP_ANSWERED, .status = 200 };
	static const char *const urls[] = {
		"https://api.example.net:1/v2/tests/"
		    "5b1f7c02-6a3e-5d49-8b10-f2c4d6e8a013/ticket?x=1",
		"https://api.example.net:1/v2/tests/PAY-12/ticket",
	};
	struct http_call call = { .method = "GET" };
	const char *text;
	size_t i;

	for (i = 0; i < COUNT(urls); i++) {
		call.url = urls[i];
		http_count(&call, &good, 30);
	}
	call.what = "a \"name\"";
	http_count(&call, &(struct http_answer){ .host = "h",
	    .fate = HTTP_NOT_SENT }, 5);
	text = written(*state);
	assert_non_null(strstr(text, "calls_total{host=\"api.example.net\","
	    "operation=\"GET /v2/tests/:id/ticket\",status=\"200\"} 2\n"));
	assert_non_null(strstr(text, "{host=\"h\",operation=\"a _name_\","
	    "status=\"none\"} 1\n"));
	assert_in_range(metrics_success("https://api.example.net:1/x"),
	    clock_wall() - 10000, clock_wall());
	assert_int_equal(metrics_success("https://h/"), 0);
}

static void
skew_is_that_of_the_last(void **state)
{
	struct world *w = *state;
	int64_t skew = 0;

	assert_false(metrics_skew(&skew));
	metrics_signed(&w->job, &(struct delivery){
	    .signed_at = WORLD_NOW + 42 });
	assert_true(metrics_skew(&skew));
	assert_int_equal(skew, -42);
	assert_non_null(strstr(written(w),
	    "tickethook_clock_skew_seconds -42\n"));
}

static void
page(void **state)
{
	static const struct config config = { .loaded = 5000 };
	const struct request in = { .path = "/metrics" };
	struct world *w = *state;
	struct outcome out;

	w->job.config = &config;
	metrics_commit(true);
	metrics_commit(false);
	metrics_reload(false);
	w->job.kind = "status";
	metrics_delivery(&w->job, "none", &(struct outcome){
	    .name = "created" });
	out = metrics(&w->job, &in);
	assert_int_equal(out.status, 200);
	assert_string_equal(out.type,
	    "text/plain; version=0.0.4; charset=utf-8");
	assert_non_null(strstr(out.body, "\ntickethook_ledger_up 1\n"));
	assert_non_null(strstr(out.body,
	    "\ntickethook_backlog_deliveries 0\n"));
	assert_non_null(strstr(out.body, "\ntickethook_deliveries_total{"
	    "event=\"status\",outcome=\"created\"} 1\n"));
	assert_non_null(strstr(out.body,
	    "\ntickethook_reloads_total{result=\"refused\"} 1\n"));
	assert_non_null(strstr(out.body,
	    "\ntickethook_config_loaded_timestamp_seconds 5\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(processes_count_together,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(they_outlive_the_process,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(full, setup, teardown),
		cmocka_unit_test_setup_teardown(another_file_is_left_alone,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(buckets_are_cumulative,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(labels_are_escaped, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(calls_are_few, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(skew_is_that_of_the_last,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(page, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
