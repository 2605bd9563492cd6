#include "handler/route_index.h"

#include <stdint.h>
#include <string.h>

#include "common/arena.h"
#include "handler/config.h"
#include "handler/route.h"

enum {
	LITERAL_MAX = 127,	/* bytes of a literal part that are hashed */
	OWNERS_MAX = 8,		/* code owners that are; with more, none is */
	SEED = 0x811c9dc5 & 0x7fffffff,
	PRIME = 16777619,
	GRAM = 4,		/* bytes that a text is looked through for */
	GRAM_BITS = 1024	/* of the set of those that it holds */
};

/* Bits of a mask of words: where each clause's begin. */
enum {
	BIT_STATUS = 0,		/* one each of enum status */
	BIT_FROM = 4,		/* the same */
	BIT_QUARANTINED = 8,	/* one each of enum answer */
	BIT_SCOPE = 11,		/* not told, one each of enum scope */
	BIT_FAMILY = 14		/* another family, FAMILY_STATUS */
};

/* The texts whose globs have literal parts. */
static const enum match texts[] = {
	MATCH_EVENT, MATCH_REPOSITORY, MATCH_CODEOWNER, MATCH_FILE_PATH,
	MATCH_CLASSNAME, MATCH_NAME, MATCH_VARIANT, MATCH_MONITOR_TYPE
};
enum {
	TEXTS = sizeof(texts) / sizeof(texts[0])
};

/*
 * The literal beginning and end of a glob, and the first and the last GRAM
 * bytes of the longest literal part in it.
 */
struct literal {
	uint32_t	 head, tail;	/* their hashes */
	uint32_t	 whole;		/* length without wildcards, else 0 */
	uint8_t		 nhead, ntail;	/* their lengths */
	bool		 grams;		/* is any part that long? */
	uint16_t	 gram[2];	/* bits of a lens */
};

/* A clause of a rule: one of n literals must fit. */
struct probe {
	enum match	 which;
	uint32_t	 first, n;
};

struct quick {
	uint32_t	 words;		/* the bits that it allows */
	uint32_t	 first, n;	/* of its probes */
};

struct route_index {
	const struct rule **rule;
	struct quick	*quick;
	size_t		 n;		/* of both */
	struct probe	*probe;
	struct literal	*literal;
	uint32_t	 uses;		/* 1 << clause: it has probes */
};

/*
 * A text of the event: hashes of its beginnings and its ends, and the set
 * of all GRAM bytes in a row.
 */
struct lens {
	size_t		 len;
	uint32_t	 head[LITERAL_MAX + 1];
	uint32_t	 tail[LITERAL_MAX + 1];
	uint64_t	 grams[GRAM_BITS / 64];
};

struct view {
	const struct lens	*one[MATCH_COUNT];	/* NULL: not looked */
	const struct lens	*owner[OWNERS_MAX];	/* through */
};

static uint32_t
hash_step(uint32_t hash, char c, bool nocase)
{
	if (nocase && c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	return ((hash ^ (unsigned char)c) * (uint32_t)PRIME);
}

static const char *
bare(enum match which, const char *text)
{
	return (text + (which == MATCH_CODEOWNER && text[0] == '@'));
}

static size_t
least_of(size_t a, size_t b)
{
	return (a < b ? a : b);
}

static uint16_t
gram(const char *text, bool nocase)
{
	uint32_t hash = SEED;

	for (size_t i = 0; i < GRAM; i++)
		hash = hash_step(hash, text[i], nocase);
	return ((uint16_t)((hash ^ hash >> 16) % GRAM_BITS));
}

/* What the arena gives is zero; NULL without memory. */
static const struct lens *
focus(struct arena *arena, enum match which, const char *text)
{
	struct lens *l = arena_alloc(arena, sizeof(*l));
	bool nocase = route_clauses[which].nocase;
	size_t n;
	uint16_t bit;

	if (l == NULL)
		return (NULL);
	text = bare(which, text);
	l->len = strlen(text);
	for (n = GRAM; n <= l->len; n++) {
		bit = gram(text + n - GRAM, nocase);
		l->grams[bit / 64] |= UINT64_C(1) << bit % 64;
	}
	n = least_of(l->len, LITERAL_MAX);
	l->head[0] = l->tail[0] = SEED;
	for (size_t i = 0; i < n; i++) {
		l->head[i + 1] = hash_step(l->head[i], text[i], nocase);
		l->tail[i + 1] = hash_step(l->tail[i], text[l->len - 1 - i],
		    nocase);
	}
	return (l);
}

/* The grams of the longest literal part of a glob. */
static void
literal_grams(struct literal *l, const char *glob, bool nocase)
{
	const char *part = glob, *best = glob;
	size_t n, longest = 0;

	for (; *part != '\0'; part += n + strspn(part + n, "*?")) {
		/* The slash of a "**" + "/" may stand for nothing. */
		if (part - glob >= 2 && *part == '/' &&
		    strncmp(part - 2, "**", 2) == 0)
			part++;
		if ((n = strcspn(part, "*?")) > longest) {
			longest = n;
			best = part;
		}
	}
	if ((l->grams = longest >= GRAM)) {
		l->gram[0] = gram(best, nocase);
		l->gram[1] = gram(best + longest - GRAM, nocase);
	}
}

/* The literal parts of a glob; false if it has none. */
static bool
literal_set(struct literal *l, enum match which, const char *glob)
{
	size_t len, head, tail = 0;
	bool nocase = route_clauses[which].nocase;

	glob = bare(which, glob);
	len = strlen(glob);
	head = strcspn(glob, "*?");
	while (head < len && glob[len - 1 - tail] != '*' &&
	    glob[len - 1 - tail] != '?')
		tail++;
	/* The slash of a "**" + "/" may stand for nothing. */
	if (tail > 0 && glob[len - tail] == '/' && len - tail >= 2 &&
	    strncmp(glob + len - tail - 2, "**", 2) == 0)
		tail--;
	memset(l, 0, sizeof(*l));
	l->whole = head == len ? (uint32_t)len : 0;
	l->nhead = (uint8_t)least_of(head, LITERAL_MAX);
	l->ntail = (uint8_t)least_of(tail, LITERAL_MAX);
	l->head = l->tail = SEED;
	for (size_t i = 0; i < l->nhead; i++)
		l->head = hash_step(l->head, glob[i], nocase);
	for (size_t i = 0; i < l->ntail; i++)
		l->tail = hash_step(l->tail, glob[len - 1 - i], nocase);
	literal_grams(l, glob, nocase);
	return (l->nhead + l->ntail > 0 || l->grams);
}

static bool
holds_gram(const struct lens *lens, uint16_t bit)
{
	return ((lens->grams[bit / 64] >> bit % 64 & 1) != 0);
}

static bool
fits(const struct literal *l, const struct lens *lens)
{
	return (l->nhead <= lens->len && lens->head[l->nhead] == l->head &&
	    l->ntail <= lens->len && lens->tail[l->ntail] == l->tail &&
	    (l->whole == 0 || l->whole == lens->len) &&
	    (!l->grams || (holds_gram(lens, l->gram[0]) &&
	    holds_gram(lens, l->gram[1]))));
}

static bool
any_fits(const struct literal *l, size_t n, const struct lens *lens)
{
	for (; n > 0; n--, l++)
		if (fits(l, lens))
			return (true);
	return (false);
}

/* Of n bits from `first` on, those that the clause of the rule allows. */
static uint32_t
allowed(const struct rule *rule, enum match which, unsigned first, unsigned n)
{
	struct event event = { .family = FAMILY_STATUS };
	struct facts f;
	uint32_t bits = 0;

	for (unsigned i = 0; i < n; i++) {
		event.status = (enum status)i;
		event.previous = (enum status)i;
		event.test.quarantined = (enum answer)i;
		event.test.id = i > 0 ? "known" : NULL;
		event.test.scope = i > 1 ? SCOPE_COLLECTION :
		    SCOPE_REPOSITORY;
		if (which == MATCH_EVENT)
			event.family = i > 0 ? FAMILY_STATUS : FAMILY_KNOWN;
		route_facts_few(&event, &f);
		if (route_holds(rule, which, &f))
			bits |= UINT32_C(1) << (first + i);
	}
	return (bits);
}

static uint32_t
words_of_rule(const struct rule *rule)
{
	struct rule any = *rule;
	uint32_t others = 0;

	/* Of `event` it is the family alone that has a bit. */
	any.match[MATCH_EVENT].n = 0;
	if (route_files_others(rule))
		others = UINT32_C(1) << BIT_FAMILY |
		    UINT32_C(1) << (BIT_STATUS + STATUS_UNKNOWN);
	return (others | allowed(rule, MATCH_STATUS, BIT_STATUS, 4) |
	    allowed(rule, MATCH_FROM, BIT_FROM, 4) |
	    allowed(rule, MATCH_QUARANTINED, BIT_QUARANTINED, 3) |
	    allowed(rule, MATCH_SCOPE, BIT_SCOPE, 3) |
	    allowed(&any, MATCH_EVENT, BIT_FAMILY, 2));
}

static uint32_t
words_of_event(const struct event *e)
{
	unsigned scope = e->test.id == NULL ? 0 :
	    e->test.scope == SCOPE_COLLECTION ? 2 : 1;

	return (UINT32_C(1) << (BIT_STATUS + (unsigned)e->status) |
	    UINT32_C(1) << (BIT_FROM + (unsigned)e->previous) |
	    UINT32_C(1) << (BIT_QUARANTINED +
	    (unsigned)e->test.quarantined) |
	    UINT32_C(1) << (BIT_SCOPE + scope) |
	    UINT32_C(1) << (BIT_FAMILY + (e->family == FAMILY_STATUS)));
}

/* Add the probe of a clause, if it has one. */
static void
add_probe(struct route_index *x, struct quick *q, const struct rule *rule,
    enum match which)
{
	const struct matcher *m = &rule->match[which];
	struct probe *last = &x->probe[q->first + q->n];
	const struct probe *before = last > x->probe ? last - 1 : NULL;

	if (m->n == 0 || m->none)
		return;
	last->which = which;
	last->first = before != NULL ? before->first + before->n : 0;
	last->n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (!literal_set(&x->literal[last->first + last->n++], which,
		    m->pattern[i]))
			return;
	x->uses |= UINT32_C(1) << which;
	q->n++;
}

static enum err
make(struct arena *arena, const struct config *c, struct route_index *x)
{
	const struct rule *rule;
	struct quick *q;
	size_t literals = 1, i, next = 0;

	for (rule = c->rules; rule != NULL; rule = rule->next, x->n++)
		for (i = 0; i < TEXTS; i++)
			literals += rule->match[texts[i]].n;
	x->rule = arena_alloc(arena, x->n * sizeof(void *));
	x->quick = arena_alloc(arena, x->n * sizeof(*x->quick));
	x->probe = arena_alloc(arena, (x->n * TEXTS + 1) *
	    sizeof(*x->probe));
	x->literal = arena_alloc(arena, literals * sizeof(*x->literal));
	if (x->rule == NULL || x->quick == NULL || x->probe == NULL ||
	    x->literal == NULL)
		return (ERR_NOMEM);
	for (rule = c->rules, q = x->quick; rule != NULL;
	    rule = rule->next, q++) {
		x->rule[q - x->quick] = rule;
		q->words = words_of_rule(rule);
		q->first = (uint32_t)next;
		for (i = 0; i < TEXTS; i++)
			add_probe(x, q, rule, texts[i]);
		next += q->n;
	}
	return (OK);
}

enum err
route_prepare(struct config *c)
{
	struct route_index *x = arena_alloc(c->arena, sizeof(*x));
	const struct rule *rule;

	if (x == NULL || make(c->arena, c, x) != OK)
		return (ERR_NOMEM);
	for (rule = c->rules; rule != NULL; rule = rule->next)
		c->asks_metrics |= rule->least[LEAST_PRS].value > 0 ||
		    rule->least[LEAST_FAILURE_RATE].value > 0;
	c->index = x;
	return (OK);
}

static void
look(struct arena *arena, struct view *v, const struct route_index *x,
    const struct facts *f)
{
	const struct told *owners = &f->told[MATCH_CODEOWNER];

	for (size_t i = 0; i < TEXTS; i++)
		if ((x->uses & UINT32_C(1) << texts[i]) != 0 &&
		    f->one[texts[i]] != NULL)
			v->one[texts[i]] = focus(arena, texts[i],
			    f->one[texts[i]]);
	if ((x->uses & UINT32_C(1) << MATCH_CODEOWNER) == 0)
		return;
	for (size_t i = 0; i < owners->n && i < OWNERS_MAX; i++)
		v->owner[i] = focus(arena, MATCH_CODEOWNER, owners->value[i]);
}

/* What was not looked through may fit. */
static bool
passes(const struct route_index *x, const struct probe *p,
    const struct view *v, const struct facts *f)
{
	const struct literal *l = x->literal + p->first;
	const struct lens *one = v->one[p->which];
	size_t n = f->told[p->which].n;

	if (p->which != MATCH_CODEOWNER)
		return (n > 0 && (one == NULL || any_fits(l, p->n, one)));
	for (size_t i = 0; i < n && n <= OWNERS_MAX; i++)
		if (v->owner[i] == NULL || any_fits(l, p->n, v->owner[i]))
			return (true);
	return (n > OWNERS_MAX);
}

/* May the rule match? */
static bool
may(const struct route_index *x, const struct quick *q,
    const struct view *v, const struct facts *f)
{
	const struct probe *p = x->probe + q->first;

	for (uint32_t i = 0; i < q->n; i++)
		if (!passes(x, &p[i], v, f))
			return (false);
	return (true);
}

const struct rule *
route_first(struct arena *arena, const struct config *c,
    const struct facts *f)
{
	const struct route_index *x = c->index;
	struct view v = { .one = { NULL } };
	const struct rule *rule;
	uint32_t words;

	if (x == NULL) {
		for (rule = c->rules; rule != NULL; rule = rule->next)
			if (route_matches(rule, f))
				break;
		return (rule);
	}
	words = words_of_event(f->event);
	look(arena, &v, x, f);
	for (size_t i = 0; i < x->n; i++)
		if ((words & ~x->quick[i].words) == 0 &&
		    may(x, &x->quick[i], &v, f) &&
		    route_matches(x->rule[i], f))
			return (x->rule[i]);
	return (NULL);
}
