#include "common/http_host.h"

#include <stdlib.h>
#include <string.h>

#include "common/http_transfer.h"

struct http_host *
http_host_find(struct http_host **list, const char *name, bool private_ok)
{
	struct http_host *h;

	for (h = *list; h != NULL; h = h->next)
		if (h->private_ok == private_ok && strcmp(h->name, name) == 0)
			return (h);
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return (NULL);
	if ((h->name = strdup(name)) == NULL) {
		free(h);
		return (NULL);
	}
	h->private_ok = private_ok;
	h->streams = HTTP_HOST_STREAMS;
	h->last = &h->first;
	h->next = *list;
	*list = h;
	return (h);
}

void
http_host_free(struct http_host *list)
{
	struct http_host *h;

	while ((h = list) != NULL) {
		list = h->next;
		free(h->name);
		free(h);
	}
}

bool
http_host_may_open(struct http_host *h, const struct http_transfer *t)
{

	if (h->speech != HTTP_SPEECH_TWO)
		return (true);
	if (!t->pioneer && h->lines > 0) {
		h->streams = h->placed / h->lines;
		if (h->streams == 0)
			h->streams = 1;
	}
	return (h->sockets < HTTP_HOST_SOCKETS);
}

void
http_host_wait(struct http_host *h, struct http_transfer *t, bool before)
{

	if (before) {
		t->next = h->first;
		h->first = t;
		if (t->next == NULL)
			h->last = &t->next;
		return;
	}
	t->next = NULL;
	*h->last = t;
	h->last = &t->next;
}

/* Is there a stream for one more on the connections that are up? */
static bool
has_stream(const struct http_host *h)
{

	return (h->running - h->pioneers < h->lines * h->streams);
}

static bool
may_begin(const struct http_host *h)
{

	if (h->first->plain || h->speech == HTTP_SPEECH_ONE || has_stream(h))
		return (true);
	return (h->pioneers == 0 &&
	    (h->lines == 0 || h->sockets < HTTP_HOST_SOCKETS));
}

static struct http_transfer *
take(struct http_host *h, struct http_transfer **at)
{
	struct http_transfer *t = *at;

	*at = t->next;
	if (t->next == NULL)
		h->last = at;
	t->next = NULL;
	return (t);
}

struct http_transfer *
http_host_next(struct http_host *h)
{

	if (h->first == NULL || !may_begin(h))
		return (NULL);
	return (take(h, &h->first));
}

void
http_host_began(struct http_host *h, struct http_transfer *t)
{

	t->pioneer = h->speech != HTTP_SPEECH_ONE && !t->plain &&
	    !has_stream(h);
	h->pioneers += t->pioneer;
	h->running++;
}

void
http_host_reached(struct http_host *h, struct http_transfer *t)
{

	h->pioneers -= t->pioneer;
	t->pioneer = false;
}

void
http_host_ended(struct http_host *h, struct http_transfer *t)
{

	http_host_reached(h, t);
	h->running--;
	/* It may take more than was thought, if it once seemed not to. */
	if (h->streams < HTTP_HOST_STREAMS && !t->crowded)
		h->streams++;
}

struct http_transfer *
http_host_late(struct http_host *h, int64_t now)
{
	struct http_transfer **p;

	for (p = &h->first; *p != NULL; p = &(*p)->next)
		if ((*p)->call->deadline <= now)
			return (take(h, p));
	return (NULL);
}
