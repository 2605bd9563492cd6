/*
 * What the buttons do: a delivery is tried again, what was parked is filed, a
 * fix is looked at, a tracker is tried out.  Each answer is a redirect to a
 * page that says what came of it, so that reloading it does nothing again.
 */
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/log.h"
#include "handler/check.h"
#include "handler/config.h"
#include "handler/deliver.h"
#include "handler/job.h"
#include "handler/ledger_panel.h"
#include "handler/ledger_rerun.h"
#include "handler/ledger_storm.h"
#include "handler/outcome.h"
#include "handler/panel.h"
#include "handler/panel_parts.h"

enum {
	FORM_MAX = 4096,	/* bytes of a form */
	RELEASE_MAX = 10	/* deliveries at a time */
};

static const char FORM[] = "application/x-www-form-urlencoded";

/* One more try of a delivery that was verified once. */
static struct outcome
run(struct job *job, const struct view_delivery *d)
{
	const struct delivery mail = { .id = d->id,
	    .signed_at = d->received / 1000,
	    .body = d->body == NULL ? "" : d->body, .len = d->len };

	return (deliver_again(job, &mail));
}

static enum err
replay(struct job *job, const struct request *in, const char *value,
    struct panel_back *back)
{
	struct view_delivery d;
	enum err e;

	(void)in;
	*back = (struct panel_back){ "delivery", "id", value, "replay" };
	if ((e = ledger_panel_delivery(job, value, &d)) == ERR_ABSENT)
		return (OK);
	if (e == OK && run(job, &d).status != 200)
		back->said = "replay-failed";
	return (e);
}

static enum err
release(struct job *job, const struct request *in, const char *value,
    struct panel_back *back)
{
	struct past_mark mark = { 0, 0 };
	int i, done = 0;
	struct due due;
	struct view_delivery d = { .id = NULL };
	enum err e = OK;

	(void)in;
	*back = (struct panel_back){ "parked", NULL, NULL, "released" };
	job->released = true;
	for (i = 0; i < RELEASE_MAX && clock_mono() < job->deadline -
	    job->config->deadline / 2; i++) {
		if ((e = ledger_parked(job, value, &mark, &due)) != OK)
			break;
		d = (struct view_delivery){ .id = due.id, .body = due.body,
		    .len = due.len, .received = due.received };
		done += run(job, &d).status == 200;
		job->why.text[0] = '\0';
	}
	if (e == OK)
		back->said = done > 0 ? "released-part" : "released-none";
	else if (e == ERR_ABSENT && i > 0 && done == 0)
		back->said = "released-none";
	return (e == ERR_ABSENT ? OK : e);
}

/* The first thing that is not as it should be, else all is. */
static const char *
complaint(struct job *job, const struct check *c)
{
	const struct finding *f;

	for (f = c->findings; f != NULL; f = f->next)
		if (f->word == CHECK_FAILED || f->word == CHECK_WARNING)
			return (arena_printf(job->arena, "%s: %s",
			    check_name(f->word), f->text));
	return (NULL);
}

/* That tracker's part of `check`: a configuration that has no other. */
static enum err
test(struct job *job, const struct request *in, const char *value,
    struct panel_back *back)
{
	const struct tracker *named = config_tracker(job->config, value);
	struct panel_trial trial = { .tracker = value, .time = job->now };
	struct config config = *job->config;
	struct tracker one;
	struct job alone = *job;
	struct check c;

	(void)in;
	*back = (struct panel_back){ "./", NULL, NULL, "test-good" };
	if (named == NULL)
		return (fail(job, ERR_MALFORMED, "there is no [tracker "
		    "%.60s]", value));
	one = *named;
	one.next = NULL;
	config.trackers = &one;
	alone.config = &config;
	check_init(&c, &alone);
	check_trackers(&c);
	trial.good = !c.failed && !c.full;
	trial.text = complaint(job, &c);
	if (!trial.good) {
		back->said = "test-bad";
		(void)fail(job, ERR_REFUSED, "%s", trial.text == NULL ?
		    "no memory" : trial.text);
	}
	return (ledger_panel_note_trial(job, &trial));
}

static const struct {
	const char	*name;
	const char	*key;		/* of the form's one field */
	enum err	(*run)(struct job *, const struct request *,
			    const char *value, struct panel_back *);
} ACTS[] = {
	{ "rerun", "row", panel_rerun },
	{ "replay", "id", replay },
	{ "release", "rule", release },
	{ "test", "tracker", test },
};

/* Relative to /act/NAME, since we do not know where we are mounted. */
static struct outcome
go_back(struct job *job, const struct panel_back *back)
{
	struct outcome out = { .status = 303, .name = "done",
	    .type = "text/plain; charset=utf-8",
	    .body = "See the page that this leads to.\n" };
	const char *line;
	struct page p = { .job = job, .root = "../" };

	buf_init(&p.buf, job->arena, FORM_MAX * 4);
	PAGE(&p, "Location: ");
	page_path(&p, back->path, back->key, back->value);
	buf_str(&p.buf, back->key != NULL ? "&said=" : "?said=");
	buf_str(&p.buf, back->said);
	if ((line = buf_text(&p.buf)) == NULL) {
		(void)fail(job, ERR_NOMEM, "no memory for the answer");
		return (outcome_error(job, ERR_NOMEM));
	}
	outcome_header(&out, line);
	return (out);
}

static void
note(const struct job *job, const struct request *in, const char *value,
    const struct panel_back *back)
{
	struct log_line l;

	log_begin(&l, LOG_LEVEL_INFO, "act");
	log_text(&l, "act", in->path + sizeof("/act/") - 1);
	log_text(&l, "user", in->visitor.user);
	log_text(&l, "of", value);
	log_text(&l, "said", back->said);
	if (job->why.text[0] != '\0')
		log_text(&l, "why", job->why.text);
	log_end(&l);
}

struct outcome
panel_act(struct job *job, const struct request *in)
{
	const char *name = in->path + sizeof("/act/") - 1, *value = NULL;
	const char *type = in->visitor.type;
	struct panel_back back = { "./", NULL, NULL, "" };
	enum err e = ERR_NOT_FOUND;
	size_t i;

	if (type == NULL || strncmp(type, FORM, sizeof(FORM) - 1) != 0 ||
	    in->len > FORM_MAX)
		return (outcome_error(job, fail(job, ERR_MALFORMED, "that is "
		    "not the form of a page of ours")));
	for (i = 0; i < sizeof(ACTS) / sizeof(ACTS[0]); i++) {
		if (strcmp(ACTS[i].name, name) != 0)
			continue;
		if ((e = page_value(job, in->body, ACTS[i].key,
		    &value)) == OK)
			e = value == NULL ? fail(job, ERR_MALFORMED, "the "
			    "form lacks its field %s", ACTS[i].key) :
			    ACTS[i].run(job, in, value, &back);
	}
	if (e == ERR_NOT_FOUND)
		(void)fail(job, e, "there is no such act");
	if (e != OK)
		return (outcome_error(job, e));
	note(job, in, value, &back);
	return (go_back(job, &back));
}
