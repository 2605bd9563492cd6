/*
 * Keys that hold a secret: the text itself, file:PATH or env:NAME.  It goes
 * into the vault (common/secret.h), and common mistakes are named: a path
 * without "file:", quotes, a header's "Bearer " that was copied with it.
 */
#include <sys/stat.h>

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/account.h"
#include "common/arena.h"
#include "handler/config_read.h"

#define FILE_PREFIX	"file:"
#define WHSEC		"whsec_"

enum {
	SVIX_LEAST = 16,	/* bytes of a key that protects at all */
	SVIX_SHORT = 24,	/* bytes of a key that Svix makes */
	MODE_WRONG = 0137	/* what a file with secrets lacks */
};

/* May a secret stand in the file itself? */
static enum err
check_mode(struct config_reader *r)
{
	unsigned mode = (unsigned)r->st.st_mode & 07777;
	const char *file = r->config->file;
	struct account owner, us;

	/* Root may read it for the user whose file it is. */
	if (r->st.st_uid != geteuid() && r->st.st_uid != 0 &&
	    geteuid() != 0) {
		account_of(r->st.st_uid, &owner);
		account_of(geteuid(), &us);
		return (config_refuse(r, "a secret stands here in plain and "
		    "user %s owns the file; run chown root:%s %s && chmod 0640 "
		    "%s, or write file:/path here", owner.user, us.group,
		    file, file));
	}
	if ((mode & MODE_WRONG) != 0)
		return (config_refuse(r, "a secret stands here in plain and "
		    "the file's mode is %04o; run chmod %04o %s, or write "
		    "file:/path here", mode, (mode & 0640) | 0400, file));
	return (OK);
}

static bool
is_reference(const char *text)
{
	return (strncmp(text, FILE_PREFIX, strlen(FILE_PREFIX)) == 0 ||
	    strncmp(text, "env:", 4) == 0 ||
	    strncmp(text, "credential:", 11) == 0);
}

/*
 * A value that begins with a slash.  base64 may do so too, therefore it is
 * shown only when the directory that it names is there.
 */
static enum err
refuse_path(struct config_reader *r, const char *text)
{
	const char *slash = strrchr(text, '/');
	const char *dir = arena_strndup(r->config->arena, text,
	    (size_t)(slash - text));
	struct stat st;

	if (dir == NULL)
		return (config_nomem(r));
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return (config_refuse(r, "a value that begins with a slash is "
		    "a path; write file: before it, or put the secret into a "
		    "file of its own"));
	return (config_refuse(r, "%s is a path; write file:%s",
	    config_show(r, text), text));
}

/* Words of a header that were copied with the secret. */
static enum err
check_words(struct config_reader *r, const char *text, const struct secret *s)
{
	static const char *const words[] = { "Bearer ", "Basic " };
	const char *where = "here";
	size_t file = strlen(FILE_PREFIX);

	if (is_reference(text))
		where = arena_printf(r->config->arena, "in %s", text +
		    (strncmp(text, FILE_PREFIX, file) == 0 ? file : 0));
	if (where == NULL)
		return (config_nomem(r));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncasecmp(s->bytes, words[i], strlen(words[i])) == 0)
			return (config_refuse(r, "the secret begins with "
			    "\"%s\"; leave that word out %s", words[i],
			    where));
	return (OK);
}

static enum err
load_secret(struct config_reader *r, const char *text, struct secret *out)
{
	bool literal = !is_reference(text);
	struct why why = { .text = "" };
	enum err e;

	if (literal && text[0] == '/')
		return (refuse_path(r, text));
	if (literal && (e = check_mode(r)) != OK)
		return (e);
	if ((e = secret_load(r->config->vault, text, out, &why)) != OK)
		return (config_pass(r, e, &why));
	e = check_words(r, text, out);
	/* The file's text is no vault: literals go as soon as they are read. */
	if (literal)
		explicit_bzero((void *)(uintptr_t)text, strlen(text));
	return (e);
}

enum err
config_secret_open(struct config_reader *r, const char *text,
    struct secret *out)
{
	struct why why = { .text = "" };
	enum err e;

	if (is_reference(text))
		return (load_secret(r, text, out));
	e = secret_keep(r->config->vault, text, strlen(text), out, &why);
	return (e == OK ? OK : config_pass(r, e, &why));
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
	if (strncmp(s->bytes, WHSEC, strlen(WHSEC)) == 0)
		return (config_refuse(r, "this is the webhook's signing "
		    "secret (whsec_), which belongs to [svix] secret; give "
		    "the %s here", p->key));
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
	if (c->svix[c->nsvix].len < SVIX_LEAST)
		return (config_refuse(r, "the key has less than %d bytes; "
		    "copy the whole signing secret, whsec_ and what follows",
		    SVIX_LEAST));
	if (c->svix[c->nsvix++].len < SVIX_SHORT)
		config_warn(r, "the key has less than %d bytes; make a new "
		    "one unless the sender's portal gave it so", SVIX_SHORT);
	return (OK);
}
