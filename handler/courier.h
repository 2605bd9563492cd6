#ifndef COURIER_H_
#define COURIER_H_

#include <stdint.h>

struct program;

/*
 * A thread that sends notices (handler/notify.h) once the answers that they
 * are about were sent, so that no worker and no sender waits for whoever is
 * told.  It also looks once a minute for those that are to be sent again.
 *
 *	courier = courier_new(program);
 *	after each answer:
 *		courier_wake(courier);
 *	courier_free(courier);
 */
struct courier;

/* NULL without memory or threads: then notices are left to `sync`. */
struct courier *courier_new(struct program *);

/* Something may be due.  NULL is accepted. */
void courier_wake(struct courier *);

/* End the thread after the notice that it is sending.  NULL is accepted. */
void courier_free(struct courier *);

/*
 * The same in a process that ends after one answer: send what is due in what
 * is left of the deadline that counts from `since`, at most a few.  If there
 * is anything to send, standard input, output and error end first, since the
 * web server may wait for each of them.
 */
void courier_alone(struct program *, int64_t since);

#endif
