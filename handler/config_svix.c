#include <string.h>

#include "common/crypt.h"
#include "handler/config_read.h"

/*
 * A Svix secret is "whsec_" and base64 of the key (RFC 4648 section 4):
 * https://github.com/standard-webhooks/standard-webhooks, "Signature
 * scheme".  A lenient decoder would drop what it does not know and sign
 * with another key, so whatever is not strictly that is refused by name.
 */
#define PREFIX	"whsec_"

/* What people paste instead. */
static const struct {
	const char	*begin;
	const char	*sentence;
} mistakes[] = {
	{ "v1,", "it begins with \"v1,\", which belongs to signatures; "
	    "leave it out" },
	{ "whsk_", "it is a private key (whsk_), which only a sender has; "
	    "take the signing secret that begins with whsec_" },
	{ "whpk_", "it is a public key (whpk_), with which anyone could "
	    "sign; take the signing secret that begins with whsec_" },
	{ "v1a,", "it begins with \"v1a,\", which belongs to signatures; "
	    "take the signing secret that begins with whsec_" },
	{ "\"", "it stands in quotes; leave them out" },
	{ "'", "it stands in quotes; leave them out" }
};

static bool
is_space(char c)
{
	return (c == ' ' || (c >= '\t' && c <= '\r'));
}

static bool
begins(const char *s, size_t n, const char *with)
{
	size_t len = strlen(with);

	return (n >= len && memcmp(s, with, len) == 0);
}

/* Why n bytes are no base64. */
static const char *
not_base64(const char *s, size_t n)
{
	if (begins(s, n, PREFIX))
		return ("it has whsec_ twice; leave one out");
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\'')
			return ("it holds quotes; leave them out");
		if (is_space(s[i]))
			return ("it is broken by white space; write it in "
			    "one piece");
		if (s[i] == '-' || s[i] == '_')
			return ("it holds '-' or '_' and so is base64url or "
			    "something else; copy the signing secret again");
	}
	return ("what follows whsec_ is not base64; copy the signing secret "
	    "again");
}

enum err
config_svix_key(struct secret_vault *vault, const struct secret *text,
    struct secret *key, struct why *why)
{
	unsigned char raw[SECRET_MAX];
	const char *s = text->bytes;
	size_t n = text->len, len = 0;
	bool prefixed;
	enum err e;

	for (; n > 0 && is_space(s[0]); n--)
		s++;
	while (n > 0 && is_space(s[n - 1]))
		n--;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		if (begins(s, n, mistakes[i].begin))
			return (err_set(why, ERR_CONFIG, "%s",
			    mistakes[i].sentence));
	if ((prefixed = begins(s, n, PREFIX))) {
		s += strlen(PREFIX);
		n -= strlen(PREFIX);
	}
	if (n == 0)
		return (err_set(why, ERR_CONFIG, "the secret is empty; copy "
		    "the endpoint's signing secret here"));
	if (n > SECRET_MAX)
		return (err_set(why, ERR_CONFIG, "the secret is longer than "
		    "%d bytes; copy the signing secret again", SECRET_MAX));
	if (!crypt_unbase64(s, n, raw, &len) || len == 0)
		return (err_set(why, ERR_CONFIG, "%s", prefixed ?
		    not_base64(s, n) : "it does not begin with whsec_; copy "
		    "the endpoint's signing secret again"));
	e = secret_keep(vault, raw, len, key, why);
	explicit_bzero(raw, sizeof(raw));
	return (e);
}
