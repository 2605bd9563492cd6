#ifndef READY_H_
#define READY_H_

#include <stdint.h>

/*
 * What systemd wants to hear from a service with Type=notify, without
 * libsystemd: datagrams of NAME=VALUE lines to the socket that
 * $NOTIFY_SOCKET names (a path, or "@name" for an abstract one).
 * https://www.freedesktop.org/software/systemd/man/252/sd_notify.html
 *
 *	ready_open();			before any thread and the jail
 *	ready_up("64 workers");		once requests are taken
 *	ready_alive();			each ready_period() ms at the latest
 *	ready_reloading(); ... ready_up("...");
 *	ready_stopping();
 *
 * Without $NOTIFY_SOCKET, or when nobody reads it, all of them do nothing.
 */

void ready_open(void);

/* Requests are taken; the text is shown by systemctl status. */
void ready_up(const char *status);

/* A new configuration is being read; ready_up() ends it. */
void ready_reloading(void);

/* No new request is taken any more. */
void ready_stopping(void);

/*
 * Milliseconds after which ready_alive() is due again: half of what
 * WATCHDOG_USEC gives to this process (WATCHDOG_PID).  0: nobody asks.
 */
int64_t ready_period(void);

/* A sign of life. */
void ready_alive(void);

#endif
