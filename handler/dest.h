#ifndef DEST_H_
#define DEST_H_

#include <stddef.h>

/*
 * Where a ticket goes (handler/types.h includes this).  [defaults], a
 * [tracker], an [owner] and a [rule] may each say a part of it: every one
 * holds an array of settings by enum dest, and a list of fields.  route_find()
 * lays them over one another, the nearest on top, into one struct route.
 * A setting keeps the place where it was written, so that a message about
 * it, days later, names the section and the line to change.
 */
struct owner;
struct rule;
struct tracker;

/* A value of the configuration and where it stands. */
struct setting {
	const char	*value;		/* NULL: not set */
	const char	*kind;		/* of the section: "owner" */
	const char	*name;		/* of the section: "@acme/web" */
	int		 line;
};

/* What a rule, an owner, a tracker or the defaults may say of a ticket. */
enum dest {
	DEST_TRACKER = 0,	/* name of a [tracker] section */
	DEST_TEAM,		/* Linear: key of the team */
	DEST_PROJECT,		/* Jira: key; Linear: name of a project */
	DEST_ISSUE_TYPE,	/* Jira */
	DEST_LABELS,		/* list */
	DEST_ASSIGNEE,		/* e-mail, or an id of the tracker's */
	DEST_COMPONENT,		/* Jira: list of names */
	DEST_PRIORITY,		/* urgent high medium low none, or Jira's */
	DEST_DUE,		/* duration from the event */
	DEST_DUE_CALENDAR,	/* days business */
	DEST_ESTIMATE,		/* Linear: number */
	DEST_STATE,		/* Linear: name of a state */
	DEST_TEMPLATE,		/* Linear: name of a template */
	DEST_TITLE,		/* template */
	DEST_DESCRIPTION,	/* template, Markdown; instead of ours */
	DEST_PER,		/* one_ticket_per */
	DEST_COUNT
};

/* A field.NAME of a destination; the kind of tracker knows its type. */
struct field {
	const char	*name;		/* an id, or as people see it */
	struct setting	 setting;
	struct field	*next;
};

enum action {
	ACTION_TICKET = 0,	/* file one */
	ACTION_RECORD,		/* keep it, answer 200 recorded */
	ACTION_IGNORE		/* answer 200 ignored */
};

/* Where it goes and who said so. */
struct route {
	enum action	 action;
	const struct rule *rule;	/* NULL: none matched */
	const struct tracker *tracker;	/* of ACTION_TICKET */
	const char	*owner;		/* the code owner it went to, or NULL */
	const struct owner *owner_section;	/* that said so, or NULL */
	struct setting	 dest[DEST_COUNT];
	const struct field *fields;	/* a name once, the nearest's value */
	const char	*key;		/* the ticket key, see route_key() */
};

#endif
