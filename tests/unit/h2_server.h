#ifndef H2_SERVER_H_
#define H2_SERVER_H_

/*
 * HTTP/2 by hand for tls_server.h: just enough to answer, and to break in
 * every way that a peer may.  What is asked is not looked at; what to do is
 * set in h2.  https://www.rfc-editor.org/rfc/rfc9113
 */
#include "common/clock.h"
#include "tls_server.h"

enum {
	H2_STREAMS = 1024,	/* that wait for an answer at a time */
	H2_LOOK = 5,		/* between two looks whether they are */
	H2_FRAME = 9,		/* bytes of a frame's head */
	H2_PREFACE = 24,
	/* Frames. */
	H2_DATA = 0, H2_HEADERS = 1, H2_RST_STREAM = 3, H2_SETTINGS = 4,
	H2_PING = 6, H2_GOAWAY = 7,
	/* Flags. */
	H2_END = 1, H2_ACK = 1, H2_END_HEADERS = 4
};

/* What becomes of a request. */
enum h2_way {
	H2_ANSWER,		/* 200 "hello" */
	H2_DIE,			/* the connection ends */
	H2_GO,			/* GOAWAY, which says: none was seen */
	H2_REFUSE,		/* RST_STREAM REFUSED_STREAM */
	H2_RESET,		/* RST_STREAM INTERNAL_ERROR */
	H2_CUT,			/* half an answer, then as H2_RESET */
	H2_SILENCE		/* nothing */
};

static struct {
	atomic_int	way;
	atomic_int	times;		/* so often, then H2_ANSWER */
	atomic_int	delay;		/* ms */
	atomic_int	streams;	/* of one connection; 0: any number */
	atomic_int	open;		/* of all connections */
	atomic_int	most;		/* they were at a time */
	atomic_int	gather;		/* none is answered before so many */
	atomic_bool	part;		/* close after an answer */
} h2;

struct h2_talk {
	struct tls_talk	 t;
	unsigned char	 in[1 << 16];
	size_t		 have;
	size_t		 skip;		/* of the preface */
	struct {
		uint32_t	id;
		int64_t		due;
	}		 wait[H2_STREAMS];
	int		 waiting;
};

static void
h2_say(struct h2_talk *t, int type, int flags, uint32_t id, const char *data,
    size_t n)
{
	unsigned char frame[256] = { 0, 0, (unsigned char)n,
	    (unsigned char)type, (unsigned char)flags,
	    (unsigned char)(id >> 24), (unsigned char)(id >> 16),
	    (unsigned char)(id >> 8), (unsigned char)id };

	if (n > 0)
		memcpy(frame + H2_FRAME, data, n);
	if (SSL_write(t->t.ssl, frame, (int)(H2_FRAME + n)) <= 0)
		t->t.over = true;
}

/* The one setting of ours: SETTINGS_MAX_CONCURRENT_STREAMS is 3. */
static void
h2_greet(struct h2_talk *t)
{
	char setting[6] = { 0, 3, 0, 0, 0, (char)h2.streams };

	h2_say(t, H2_SETTINGS, 0, 0, setting, h2.streams > 0 ? 6 : 0);
}

static void
h2_answer(struct h2_talk *t, uint32_t id)
{
	/* Entry 8 of the static table: ":status: 200". */
	h2_say(t, H2_HEADERS, H2_END_HEADERS, id, "\x88", 1);
	h2_say(t, H2_DATA, H2_END, id, "hello", 5);
	h2.open--;
	if (h2.part) {
		h2_say(t, H2_GOAWAY, 0, 0, "\0\0\0\1\0\0\0\0", 8);
		t->t.over = true;
	}
}

static void
h2_fail(struct h2_talk *t, int way, uint32_t id)
{

	switch (way) {
	case H2_GO:
		h2_say(t, H2_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
		break;
	case H2_REFUSE:
		h2_say(t, H2_RST_STREAM, 0, id, "\0\0\0\7", 4);
		break;
	case H2_RESET:
		h2_say(t, H2_RST_STREAM, 0, id, "\0\0\0\2", 4);
		break;
	case H2_CUT:
		h2_say(t, H2_HEADERS, H2_END_HEADERS, id, "\x88", 1);
		h2_say(t, H2_DATA, 0, id, "hel", 3);
		h2_say(t, H2_RST_STREAM, 0, id, "\0\0\0\2", 4);
		break;
	default:
		break;
	}
	if (way == H2_DIE || way == H2_GO)
		t->t.over = t->t.rude = true;
}

/* A whole request has come in. */
static void
h2_request(struct h2_talk *t, uint32_t id)
{
	int way = h2.times > 0 ? h2.way : H2_ANSWER, open;

	t->t.server->requests++;
	if (way != H2_ANSWER) {
		h2.times--;
		h2_fail(t, way, id);
		return;
	}
	open = ++h2.open;
	if (open > h2.most)
		h2.most = open;
	if (t->waiting == H2_STREAMS)
		abort();
	t->wait[t->waiting].id = id;
	t->wait[t->waiting++].due = clock_mono() + h2.delay;
}

/* A whole frame. */
static void
h2_hear(struct h2_talk *t, const unsigned char *f, size_t n)
{
	uint32_t id = (uint32_t)f[5] << 24 | (uint32_t)f[6] << 16 |
	    (uint32_t)f[7] << 8 | f[8];
	bool end = (f[4] & H2_END) != 0;

	if ((f[3] == H2_HEADERS || f[3] == H2_DATA) && end)
		h2_request(t, id);
	else if (f[3] == H2_SETTINGS && !end)
		h2_say(t, H2_SETTINGS, H2_ACK, 0, NULL, 0);
	else if (f[3] == H2_PING && !end)
		h2_say(t, H2_PING, H2_ACK, 0, (const char *)f + H2_FRAME,
		    n - H2_FRAME);
}

/* What can be read now; false at the end. */
static bool
h2_read(struct h2_talk *t)
{
	size_t at = 0, n;
	int got;

	got = SSL_read(t->t.ssl, t->in + t->have,
	    (int)(sizeof(t->in) - t->have));
	if (got <= 0)
		return (false);
	t->have += (size_t)got;
	if (t->skip > 0 && t->have >= t->skip) {
		at = t->skip;
		t->skip = 0;
	}
	while (t->skip == 0 && t->have - at >= H2_FRAME && !t->t.over) {
		n = H2_FRAME + ((size_t)t->in[at] << 16 |
		    (size_t)t->in[at + 1] << 8 | t->in[at + 2]);
		if (t->have - at < n)
			break;
		h2_hear(t, t->in + at, n);
		at += n;
	}
	t->have -= at;
	memmove(t->in, t->in + at, t->have);
	return (true);
}

/* Answer what is due, in its order; how long until the next one? */
static int
h2_pay(struct h2_talk *t)
{
	int64_t now = clock_mono();
	int i;

	if (h2.most < h2.gather)
		return (H2_LOOK);
	for (i = 0; i < t->waiting && t->wait[i].due <= now; i++)
		if (!t->t.over)
			h2_answer(t, t->wait[i].id);
	t->waiting -= i;
	memmove(t->wait, t->wait + i,
	    (size_t)t->waiting * sizeof(t->wait[0]));
	return (t->waiting > 0 ? (int)(t->wait[0].due - now) : 100);
}

/* To be used as the serve of tls_start(). */
static void
h2_serve(struct tls_server *s, int fd)
{
	struct h2_talk *t = calloc(1, sizeof(*t));
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (t == NULL)
		abort();
	t->skip = H2_PREFACE;
	t->t.ssl = SSL_new(s->ctx);
	t->t.server = s;
	SSL_set_fd(t->t.ssl, fd);
	if (SSL_accept(t->t.ssl) == 1) {
		s->handshakes++;
		h2_greet(t);
		while (!t->t.over && !s->stop) {
			(void)poll(&p, 1, SSL_pending(t->t.ssl) > 0 ? 0 :
			    h2_pay(t));
			if ((p.revents != 0 || SSL_pending(t->t.ssl) > 0) &&
			    !h2_read(t))
				break;
		}
		if (!t->t.rude)
			SSL_shutdown(t->t.ssl);
	}
	SSL_free(t->t.ssl);
	free(t);
}

/* To be set with SSL_CTX_set_alpn_select_cb(). */
static int
h2_select(SSL *ssl, const unsigned char **out, unsigned char *len,
    const unsigned char *in, unsigned int n, void *arg)
{
	static const unsigned char ours[] = "\2h2";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, len, ours, 3, in, n) !=
	    OPENSSL_NPN_NEGOTIATED)
		return (SSL_TLSEXT_ERR_NOACK);
	*out = chosen;
	return (SSL_TLSEXT_ERR_OK);
}

#endif
