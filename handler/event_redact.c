#include "handler/event.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/buf.h"
#include "common/json.h"
#include "handler/events/events.h"
#include "handler/job.h"

/* "actor", "actor_email", "actorEmail"; not "actors" or "factor". */
static bool
is_actor(const char *key)
{

	return (key != NULL && strncasecmp(key, "actor", 5) == 0 &&
	    (key[5] == '\0' || key[5] == '_' || key[5] == '-' ||
	    isupper((unsigned char)key[5])));
}

/* As deep as JSON_DEPTH at most; were there any? */
static bool
cut_actors(struct json *j)
{
	struct json **at = &j->child;
	bool any = false;

	while (*at != NULL) {
		if (is_actor((*at)->key)) {
			*at = (*at)->next;
			any = true;
			continue;
		}
		any = cut_actors(*at) || any;
		at = &(*at)->next;
	}
	return (any);
}

enum err
event_redact(struct job *job, const struct event *event,
    struct delivery *mail)
{
	const struct json *tree;
	struct json_writer w;
	struct json root;
	struct buf b;
	enum err e;

	if (event->name == NULL || strstr(event->name, "quarantin") == NULL)
		return (OK);
	e = json_parse(job->arena, mail->body, mail->len, &tree, &job->why);
	if (e != OK)
		return (e);
	root = *tree;
	if (!cut_actors(&root))
		return (OK);
	buf_init(&b, job->arena, (size_t)-1);
	json_open(&w, &b);
	json_put_tree(&w, NULL, &root);
	if (buf_text(&b) == NULL)
		return (event_nomem(job));
	mail->body = buf_text(&b);
	mail->len = b.len;
	return (OK);
}
