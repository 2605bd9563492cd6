/*
 * Sign a payload as Svix does and post it: to see on a new machine that
 * everything between the web server and the ticket works.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/crypt.h"
#include "common/http.h"
#include "handler/config.h"
#include "handler/job.h"
#include "handler/verb.h"
#include "handler/verify.h"

extern const struct verb verb_send;

enum {
	SVIX_PATIENCE = 15000,	/* ms Svix waits for an answer */
	ANSWER_MAX = 1024 * 1024,
	ID_BYTES = 12
};

struct letter {
	const char	*file;
	const char	*url;
	const char	*id;
};

static bool
take_options(struct verb_args *args, struct letter *l)
{
	int i;

	for (i = 1; i < args->argc; i++) {
		const char *a = args->argv[i];
		bool more = i + 1 < args->argc;

		if (strcmp(a, "--url") == 0 && more)
			l->url = args->argv[++i];
		else if (strcmp(a, "--id") == 0 && more)
			l->id = args->argv[++i];
		else if (l->file == NULL && (a[0] != '-' || a[1] == '\0'))
			l->file = a;
		else
			return (false);
	}
	return (l->file != NULL && l->url != NULL);
}

/* A new message id, as unlike any of Svix's as may be. */
static const char *
new_id(struct arena *arena)
{
	unsigned char random[ID_BYTES];
	char hex[2 * ID_BYTES + 1];

	if (crypt_random(random, sizeof(random)) != OK)
		return (NULL);
	crypt_hex(random, sizeof(random), hex);
	return (arena_printf(arena, "msg_send_%s", hex));
}

static enum err
post(struct job *job, const struct letter *l, const char *body, size_t len,
    struct http_answer *answer)
{
	struct delivery mail = { .id = l->id, .body = body, .len = len };
	struct http_call call = { .method = "POST", .url = l->url,
	    .body = body, .len = len, .deadline = job->deadline,
	    .once = true, .private_ok = true, .plain_ok = true };
	const char *stamp = arena_printf(job->arena, "%" PRId64,
	    job->now / 1000);

	if (mail.id == NULL || stamp == NULL)
		return (fail(job, ERR_NOMEM, "no memory"));
	call.header[0] = (struct http_header){ "svix-id", mail.id };
	call.header[1] = (struct http_header){ "svix-timestamp", stamp };
	call.header[2] = (struct http_header){ "svix-signature",
	    verify_sign(job, &mail, stamp) };
	call.header[3] = (struct http_header){ "Content-Type",
	    "application/json" };
	if (call.header[2].value == NULL)
		return (fail(job, ERR_NOMEM, "no memory"));
	return (http_call(job->http, job->arena, &call, answer, &job->why));
}

static int
deliver_letter(struct verb_args *args, const struct config *config,
    const struct letter *l)
{
	struct job job = { .arena = args->arena, .config = config,
	    .started = clock_mono(), .now = clock_wall() };
	const struct http_options o = { .ca_file = config->ca_file,
	    .proxy = config->proxy, .cap = ANSWER_MAX,
	    .agent = "tickethook/" TICKETHOOK_VERSION " send" };
	struct http_answer answer;
	const char *body;
	size_t len;
	enum err e;

	job.deadline = job.started + SVIX_PATIENCE;
	if ((body = verb_read_file(args->arena, l->file, &len)) == NULL)
		return (EXIT_NO);
	if (http_new(&o, &job.http, &job.why) != OK)
		return (verb_fail(EXIT_NO, "%s", job.why.text));
	e = post(&job, l, body, len, &answer);
	http_free(job.http);
	if (e != OK)
		return (verb_fail(EXIT_NO, "%s", job.why.text));
	if (!args->json)
		printf("%d ", answer.status);
	fputs(answer.body, stdout);
	if (answer.len == 0 || answer.body[answer.len - 1] != '\n')
		putchar('\n');
	return (answer.status >= 200 && answer.status < 300 ? EXIT_DONE :
	    EXIT_NO);
}

static bool
is_url(const char *url)
{
	return (strncmp(url, "http://", 7) == 0 ||
	    strncmp(url, "https://", 8) == 0);
}

static int
send_payload(struct verb_args *args)
{
	struct letter l = { .file = NULL };
	struct config *config;
	struct why why = { "" };
	int status;

	if (!take_options(args, &l))
		return (verb_usage("send needs a file and --url"));
	if (!is_url(l.url))
		return (verb_fail(EXIT_USAGE, "--url: \"%s\" does not begin "
		    "with http:// or https://", l.url));
	if (l.id == NULL)
		l.id = new_id(args->arena);
	if (config_load(args->config, &config, &why) != OK)
		return (verb_fail(EXIT_USAGE, "%s", why.text));
	status = deliver_letter(args, config, &l);
	config_free(config);
	return (status);
}

const struct verb verb_send = {
	"send", "FILE|- --url URL [--id ID]",
	"signs a payload as Svix does and posts it", send_payload
};
