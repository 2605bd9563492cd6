#ifndef HTTP_ENGINE_H_
#define HTTP_ENGINE_H_

#include <curl/curl.h>
#include <stdbool.h>

struct http_transfer;

/*
 * Private to http*.c: the one thread that talks to all hosts for all others,
 * so that they share connections, TLS sessions and looked-up names.
 *
 *	engine = http_engine_new();
 *	... in any thread, often at the same time:
 *	http_engine_run(engine, &transfer);
 *	...
 *	http_engine_free(engine);
 *
 * Calls with leave to call private addresses and calls without share
 * nothing: so one without never finds the connection of one that had it.
 * After a minute without a call all connections are closed.
 *
 * The thread takes no signal.  Names are looked up in threads of libcurl's.
 * A process that forks has no engine in its child.
 */
struct http_engine;

/* Start it; NULL without memory, threads or descriptors. */
struct http_engine *http_engine_new(void);

/* End it; no call may be under way.  NULL is accepted. */
void http_engine_free(struct http_engine *);

/*
 * Carry out a transfer and wait for its end, which comes at its deadline at
 * the latest.  It was opened before; its rc tells what became of it.
 */
void http_engine_run(struct http_engine *, struct http_transfer *);

#endif
