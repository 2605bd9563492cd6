#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "handler/config_table.h"

enum {
	SVIX_SHORT = 24,	/* bytes of a key that Svix makes */
	MODE_WRONG = 0137	/* what a file with secrets lacks */
};

/* May a secret stand in the file itself? */
static enum err
check_mode(struct config_reader *r)
{
	unsigned mode = (unsigned)r->st.st_mode & 07777;
	const char *file = r->config->file;

	/* Root may read it for the user whose file it is. */
	if (r->st.st_uid != geteuid() && r->st.st_uid != 0 && geteuid() != 0)
		return (config_refuse(r, "a secret stands here in plain and "
		    "user %ld owns the file; run chown %ld %s, or write "
		    "file:/path here", (long)r->st.st_uid, (long)geteuid(),
		    file));
	if ((mode & MODE_WRONG) != 0)
		return (config_refuse(r, "a secret stands here in plain and "
		    "the file's mode is %04o; run chmod %04o %s, or write "
		    "file:/path here", mode, (mode & 0640) | 0400, file));
	return (OK);
}

static bool
is_reference(const char *text)
{
	return (strncmp(text, "file:", 5) == 0 ||
	    strncmp(text, "env:", 4) == 0 ||
	    strncmp(text, "credential:", 11) == 0);
}

static enum err
load_secret(struct config_reader *r, const char *text, struct secret *out)
{
	struct why why = { .text = "" };
	enum err e;

	if (!is_reference(text) && (e = check_mode(r)) != OK)
		return (e);
	if ((e = secret_load(r->config->vault, text, out, &why)) != OK)
		return (config_pass(r, e, &why));
	/* The file's text is no vault: literals go as soon as they are read. */
	if (!is_reference(text))
		explicit_bzero((void *)(uintptr_t)text, strlen(text));
	return (OK);
}

enum err
config_secret_set(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	struct secret *s = slot;
	enum err e;

	if (s->len != 0)
		return (config_refuse(r, "this [%s] has its secret already; "
		    "give one of token and api_key", p->kind));
	if ((e = load_secret(r, text, s)) != OK)
		return (e);
	for (size_t i = 0; i < s->len; i++)
		if ((unsigned char)s->bytes[i] < ' ' || s->bytes[i] == 0x7f)
			return (config_refuse(r, "the secret holds a line "
			    "break or another control byte; keep nothing "
			    "else beside it"));
	return (OK);
}

enum err
config_secret_svix(struct config_reader *r, const struct config_param *p,
    void *slot, const char *text)
{
	struct config *c = r->config;
	struct why why = { .text = "" };
	struct secret s;
	enum err e;

	(void)p;
	(void)slot;
	if (c->nsvix == CONFIG_SECRETS)
		return (config_refuse(r, "more than %d secrets at once; "
		    "take out those that were rotated away", CONFIG_SECRETS));
	if ((e = load_secret(r, text, &s)) != OK)
		return (e);
	e = config_svix_key(c->vault, &s, &c->svix[c->nsvix], &why);
	if (e != OK)
		return (config_pass(r, e, &why));
	if (c->svix[c->nsvix++].len < SVIX_SHORT)
		config_warn(r, "the key has less than %d bytes; make a new "
		    "one unless the sender's portal gave it so", SVIX_SHORT);
	return (OK);
}
