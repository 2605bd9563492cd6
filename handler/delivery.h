#ifndef DELIVERY_H_
#define DELIVERY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What comes in (handler/types.h includes this).  A struct request is made
 * by handler/request.h from what the web server hands over: anyone may have
 * sent it, so it may be counted, measured and refused, and nothing else.
 * verify() turns one whose signature is right into a struct delivery, the
 * only thing that is ever read as an event.  The signing headers are those
 * of https://docs.svix.com/receiving/verifying-payloads/how-manual, which
 * come as svix-* or, after https://www.standardwebhooks.com, as webhook-*.
 */

/* The three headers that sign a delivery; NULL where not sent or empty. */
struct signature {
	const char	*id;
	const char	*timestamp;
	const char	*list;
};

/* Who looks at a page, as the web server says; NULL where it does not. */
struct visitor {
	const char	*user;		/* REMOTE_USER: whom it let in */
	const char	*authorization;
	const char	*query;		/* what follows the '?' */
	const char	*type;		/* of the body */
	const char	*host;
	const char	*origin;	/* of the page that sent a form ... */
	const char	*site;		/* ... Sec-Fetch-Site: is it ours? */
	bool		 https;		/* the web server says so */
};

/* The senders of /tracker/NAME, each with headers of its own. */
enum hook {
	HOOK_JIRA = 0,		/* X-Hub-Signature, and Atlassian's id */
	HOOK_LINEAR,		/* Linear-Signature, Linear-Delivery */
	HOOKS			/* how many there are */
};

/* What signs and names a tracker's webhook; NULL where not sent. */
struct hook_headers {
	const char	*signature;
	const char	*id;
};

/* Bytes from the web server; nothing in it may be believed. */
struct request {
	const char	*method;
	const char	*path;		/* below the mount point: "/trunk" */
	const char	*body;
	size_t		 len;
	int64_t		 declared;	/* CONTENT_LENGTH; -1: none */
	struct signature svix;		/* svix-id, ... */
	struct signature webhook;	/* webhook-id, ... */
	struct hook_headers hook[HOOKS];
	const char	*repeated;	/* a security header that came twice */
	struct visitor	 visitor;
	int64_t		 accepted;	/* monotonic: when we got hold of it */
	bool		 cgi;		/* a process of its own */
};

/* A request that proved its sender; made by verify() alone. */
struct delivery {
	const char	*id;		/* of the verified triple */
	int64_t		 signed_at;	/* seconds, as signed */
	const char	*body;
	size_t		 len;
};

#endif
