#ifndef SERVER_H_
#define SERVER_H_

#include "common/err.h"

struct program;

/*
 * FastCGI over libfcgi, which nothing else includes.
 *
 * Connections are accepted here and handed to libfcgi, one thread each:
 * so a peer that says nothing costs one thread a bounded time, a listening
 * socket may be shared with a successor, and a stop wakes every thread.
 * [handler] workers deliveries are worked on at once, from the end of the
 * request to the answer; a few threads more take what comes then and answer
 * "busy" at once.  Threads are started when few are left without a
 * connection, and stay; where one cannot be had the others go on, and a line
 * of the log says so.
 *
 * Serves until SIGTERM, SIGINT or SIGUSR1, then lets the deliveries in hand
 * finish.  SIGHUP reloads the configuration.  Call it before any thread is
 * started.  ERR_CONFIG when not even the first threads can be had.
 */
enum err server_run(struct program *, int listener, struct why *);

/* One CGI request from the environment and standard input; exit status. */
int server_cgi(const char *config_file);

#endif
