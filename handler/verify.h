#ifndef VERIFY_H_
#define VERIFY_H_

#include "common/err.h"
#include "handler/types.h"

struct job;

/*
 * Who says so?  Turns a request into a delivery if its Svix (Standard
 * Webhooks) signature is right, over the exact bytes and before anything
 * looks into them.
 *
 * The svix-* headers are taken when all three are there, else the
 * webhook-* ones, never a mixture.  The timestamp is a plain decimal of
 * seconds within [svix] tolerance of job->now, inclusive, both ways.  Of the
 * list every entry whose version is exactly "v1" is compared, in constant
 * time, with each configured key.
 *
 * ERR_UNVERIFIED with a sentence for the log that tells the cases apart;
 * the answer tells none of them.
 *
 * Source: https://github.com/standard-webhooks/standard-webhooks (spec) and
 * https://docs.svix.com/receiving/verifying-payloads/how-manual
 */
enum err verify(struct job *, const struct request *, struct delivery *);

/*
 * Sign as Svix does: the value of the signature header ("v1,..."), in the
 * job's arena; NULL without memory.
 */
const char *verify_sign(struct job *, const struct delivery *,
    const char *timestamp);

#endif
