/*
 * Variables as a web server hands them over, one to a line, an empty line and
 * a body, which comes in pieces: what is taken is what was announced.
 */
#include "handler/request.h"
#include "tests/fuzz/fuzz.h"

enum {
	VARIABLES = 256,
	BODY_MAX = 1024
};

struct stream {
	const uint8_t	*data;
	size_t		 n;
	bool		 breaks;	/* instead of ending */
};

static int
read_some(void *ctx, char *to, int want)
{
	struct stream *s = ctx;
	size_t n = s->n;

	MUST(want > 0);
	/* Pieces of odd sizes. */
	if (n > 0 && n > (size_t)s->data[0] + 1)
		n = (size_t)s->data[0] + 1;
	if (n > (size_t)want)
		n = (size_t)want;
	memcpy(to, s->data, n);
	s->data += n;
	s->n -= n;
	return (n == 0 && s->breaks ? -1 : (int)n);
}

static void
check_text(const char *text)
{

	MUST(text == NULL || text[0] != '\0');
}

static void
check_variables(const struct request *in)
{
	enum hook h;

	MUST(in->method != NULL && in->path != NULL && in->declared >= -1);
	check_text(in->svix.id);
	check_text(in->svix.timestamp);
	check_text(in->svix.list);
	check_text(in->webhook.id);
	check_text(in->visitor.user);
	check_text(in->visitor.query);
	for (h = 0; h < HOOKS; h++)
		check_text(in->hook[h].signature);
}

static void
read_body(struct job *job, struct request *in, struct stream *s)
{
	const struct request_source source = { .read = read_some, .ctx = s };
	size_t n = s->n;
	const uint8_t *data = s->data;

	if (request_read_body(job, &source, in) != OK) {
		MUST(job->why.text[0] != '\0');
		return;
	}
	MUST(in->len <= BODY_MAX && in->len <= n);
	MUST(in->declared < 0 || in->len == (size_t)in->declared);
	MUST(in->cgi || (in->len == n && !s->breaks));
	MUST(memcmp(in->body, data, in->len) == 0);
}

static void
fuzz_one(struct job *job, const uint8_t *data, size_t n)
{
	static struct config config = { .max_body = BODY_MAX };
	char *envp[VARIABLES + 1] = { NULL };
	struct request in = { .method = NULL };
	struct stream s;
	size_t i;

	if (n == 0)
		return;
	in.cgi = (data[0] & 1) != 0;
	s.breaks = (data[0] & 2) != 0;
	data++;
	n--;
	job->config = &config;
	for (i = 0; i < VARIABLES; i++) {
		envp[i] = fuzz_line(job, &data, &n);
		if (envp[i][0] == '\0')
			break;
	}
	envp[i] = NULL;
	if (request_read_variables(job->arena, envp, &in, &job->why) != OK)
		return;
	check_variables(&in);
	s.data = data;
	s.n = n;
	read_body(job, &in, &s);
}
