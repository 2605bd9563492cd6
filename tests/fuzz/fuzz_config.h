#ifndef FUZZ_CONFIG_H_
#define FUZZ_CONFIG_H_

#include "common/arena.c"
#include "common/secret.c"
#include "handler/config.c"
#include "tests/fuzz/fuzz.h"

/*
 * A configuration from a text, always in the same memory and with the defaults
 * in it already: what takes the time of fuzz_config() is the file, the
 * mappings of an arena and a vault, and the defaults.
 */

/*
 * As memcpy(), of bytes that may be hidden: a list that goes on after the head
 * is written to where it ended.
 */
__attribute__((no_sanitize("address"))) static inline void
fuzz_copy(void *to, const void *from, size_t n)
{
	volatile uint64_t *word = to;
	const uint64_t *is = from;

	for (n /= sizeof(*is); n > 0; n--)
		*word++ = *is++;
}

/* Zero, hide and forget what was handed out since; what was before is kept. */
static inline void
fuzz_back(struct arena *a, const void *kept, size_t used)
{
	size_t n = a->used - used;

	fuzz_copy(a->base, kept, used);
	show(a->base + used, n);
	memset(a->base + used, 0, n);
	hide(a->base + used, n);
	a->used = used;
}

/* Forget all secrets but the first bytes, and keep pages for the next ones. */
static inline void
fuzz_forget(struct secret_vault *vault, size_t kept)
{
	struct pages *p;

	while ((p = vault->first) != NULL && p->next != NULL) {
		vault->first = p->next;
		pages_free(p);
	}
	if (p == NULL)
		return;
	explicit_bzero(p->bytes + kept, p->used - kept);
	p->used = kept;
}

/* Read what stands before each text that is to be read. */
static inline void
fuzz_begin(struct config_reader *r, const char *head)
{
	struct ini_source source = { fuzz_file(), head, strlen(head) };
	struct config *c = new_config(source.file);
	struct ini_entry *list;

	MUST(c != NULL);
	begin(r, c);
	r->st.st_mode = S_IFREG | 0600;
	r->st.st_uid = geteuid();
	MUST(config_sections_defaults(r) == OK);
	MUST(ini_read(c->arena, &source, &list, r->why) == OK);
	r->list = list;
	MUST(config_sections_read(r) == OK);
}

/*
 * As fuzz_config(), of a text behind the head, which is the same each time; it
 * lives until the next one is asked for.
 */
static inline enum err
fuzz_quick(const char *head, const void *data, size_t n,
    struct config **config, struct why *why)
{
	static struct config_reader after;	/* the head */
	static struct config blank;
	static size_t used, secrets;
	static void *kept;
	struct config_reader r;
	struct why first;
	struct config *c;
	char *text;
	enum err e;

	if (after.config == NULL) {
		after.why = why;
		fuzz_begin(&after, head);
		blank = *after.config;
		used = blank.arena->used;
		MUST((kept = malloc(used)) != NULL);
		fuzz_copy(kept, blank.arena->base, used);
		secrets = blank.vault->first == NULL ? 0 :
		    blank.vault->first->used;
	}
	r = after;
	r.why = &first;
	first.text[0] = '\0';
	c = r.config;
	fuzz_back(c->arena, kept, used);
	fuzz_forget(c->vault, secrets);
	*c = blank;
	MUST((text = arena_alloc(c->arena, n + 1)) != NULL);
	memcpy(text, data, n);
	e = read_text(&r, text, n);
	*config = e == OK ? c : NULL;
	return (e == OK ? OK : tell(&r, e, why));
}

#endif
