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
http_host_may_open(const struct http_host *h)
{

	return (h->speech != HTTP_SPEECH_TWO ||
	    h->sockets < HTTP_HOST_SOCKETS);
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

/*
 * One that found all streams of all connections taken has shown that only as
 * many may begin as end.  Where none is under way, one may always begin.
 */
static bool
may_begin(const struct http_host *h)
{

	if (h->first->plain || h->speech == HTTP_SPEECH_ONE)
		return (true);
	if (h->lines == 0)
		return (h->pioneers == 0);
	return (!h->full || h->freed > 0 || h->running == 0);
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

	if (h->first == NULL)
		h->full = false;
	if (h->first == NULL || !may_begin(h))
		return (NULL);
	if (h->freed > 0)
		h->freed--;
	return (take(h, &h->first));
}

void
http_host_began(struct http_host *h, struct http_transfer *t)
{

	h->running++;
	t->pioneer = h->speech != HTTP_SPEECH_ONE && h->lines == 0 &&
	    !t->plain;
	h->pioneers += t->pioneer;
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
	if (t->crowded)
		h->full = true;
	else if (h->full)
		h->freed++;
	else
		h->freed = 0;
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
