#include "handler/job.h"
#include "handler/ledgers/sqlite.h"

enum {
	PARTS = 4		/* of a step, at most: strings have a limit */
};

/*
 * The schema.  A version is reached by the step before it, all that lack in
 * one transaction; a step that was released is never changed.  Times are
 * milliseconds since the epoch, 0 where there is none.
 */
static const char *const steps[][PARTS] = { {
	/* 0 to 1 */
	"CREATE TABLE test ("
	"	id INTEGER PRIMARY KEY,"
	"	identity TEXT NOT NULL UNIQUE,"
	"	host TEXT, owner TEXT, repository TEXT,"
	"	file TEXT, suite TEXT, name TEXT, variant TEXT, url TEXT,"
	"	status TEXT NOT NULL DEFAULT 'unknown' CHECK (status IN"
	"	    ('unknown', 'healthy', 'flaky', 'broken')),"
	"	status_time INTEGER NOT NULL DEFAULT 0,"
	"	since INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE TABLE alias ("
	"	scope TEXT NOT NULL CHECK (scope IN"
	"	    ('repository', 'collection')),"
	"	trunk_id TEXT NOT NULL,"
	"	test INTEGER NOT NULL REFERENCES test (id) ON DELETE CASCADE,"
	"	PRIMARY KEY (scope, trunk_id)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX alias_test ON alias (test);"
	"CREATE TABLE ticket ("
	"	id INTEGER PRIMARY KEY,"
	"	key TEXT NOT NULL,"
	"	generation INTEGER NOT NULL CHECK (generation >= 1),"
	"	stage TEXT NOT NULL CHECK (stage IN"
	"	    ('intent', 'sent', 'created')),"
	"	marker TEXT NOT NULL,"
	"	tracker TEXT NOT NULL,"
	"	project TEXT,"
	"	rule TEXT, rule_line INTEGER NOT NULL DEFAULT 0,"
	"	owner TEXT, owner_line INTEGER NOT NULL DEFAULT 0,"
	"	note TEXT,"
	"	remote_id TEXT, remote_key TEXT, url TEXT,"
	"	floor INTEGER NOT NULL DEFAULT 0,"
	"	sent INTEGER NOT NULL DEFAULT 0,"
	"	looked INTEGER NOT NULL DEFAULT 0,"
	"	looks INTEGER NOT NULL DEFAULT 0 CHECK (looks >= 0),"
	"	attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),"
	"	adopted INTEGER NOT NULL DEFAULT 0 CHECK (adopted IN (0, 1)),"
	"	created INTEGER NOT NULL,"
	"	checked INTEGER NOT NULL DEFAULT 0 CHECK (checked IN (0, 1)),"
	/* Its list of tests: what is to be told, and what was. */
	"	changes INTEGER NOT NULL DEFAULT 0,"
	"	written INTEGER NOT NULL DEFAULT 0,"
	"	listed TEXT,"
	"	list_tried INTEGER NOT NULL DEFAULT 0,"
	"	list_gone INTEGER NOT NULL DEFAULT 0"
	"	    CHECK (list_gone IN (0, 1)),"
	"	UNIQUE (key, generation),"
	"	CHECK (stage <> 'created' OR remote_id IS NOT NULL)"
	") STRICT;"
	"CREATE INDEX ticket_sent ON ticket (sent) WHERE stage = 'sent';"
	"CREATE INDEX ticket_unchecked ON ticket (created)"
	"    WHERE stage = 'created' AND adopted = 0 AND checked = 0;"
	"CREATE INDEX ticket_unlisted ON ticket (list_tried)"
	"    WHERE changes > written AND stage = 'created' AND list_gone = 0;"
	"CREATE TABLE link ("
	"	ticket INTEGER NOT NULL REFERENCES ticket (id)"
	"	    ON DELETE CASCADE,"
	"	test INTEGER NOT NULL REFERENCES test (id) ON DELETE CASCADE,"
	"	scope TEXT NOT NULL CHECK (scope IN"
	"	    ('repository', 'collection')),"
	"	stage TEXT NOT NULL CHECK (stage IN"
	"	    ('none', 'done', 'refused', 'skipped')),"
	"	trunk_id TEXT,"
	"	refused INTEGER NOT NULL DEFAULT 0,"
	"	tried INTEGER NOT NULL,"
	"	why TEXT,"
	"	PRIMARY KEY (ticket, test, scope)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX link_test ON link (test);"
	"CREATE INDEX link_open ON link (stage, tried)"
	"    WHERE stage IN ('none', 'refused');"
	/* Whoever changes what a list shows: only a shared ticket has one. */
	"CREATE TRIGGER link_made AFTER INSERT ON link BEGIN"
	"	UPDATE ticket SET changes = changes + 1"
	"	    WHERE id = NEW.ticket AND key NOT LIKE 'test|%';"
	"END;"
	"CREATE TRIGGER test_changed AFTER UPDATE ON test"
	"    WHEN OLD.status <> NEW.status OR OLD.since <> NEW.since OR"
	"    OLD.name IS NOT NEW.name OR OLD.file IS NOT NEW.file OR"
	"    OLD.variant IS NOT NEW.variant OR OLD.url IS NOT NEW.url BEGIN"
	"	UPDATE ticket SET changes = changes + 1"
	"	    WHERE id IN (SELECT ticket FROM link WHERE test = NEW.id)"
	"	    AND key NOT LIKE 'test|%';"
	"END;"
	"CREATE TABLE delivery ("
	"	id TEXT NOT NULL PRIMARY KEY,"
	"	received INTEGER NOT NULL,"
	"	last INTEGER NOT NULL,"
	"	tries INTEGER NOT NULL CHECK (tries >= 0),"
	"	type TEXT,"
	"	event_time INTEGER,"
	"	outcome TEXT NOT NULL,"
	"	status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 599),"
	"	final INTEGER NOT NULL CHECK (final IN (0, 1)),"
	"	answer TEXT, rule TEXT,"
	"	ticket INTEGER REFERENCES ticket (id) ON DELETE SET NULL,"
	"	why TEXT,"
	"	first_refused INTEGER NOT NULL DEFAULT 0,"
	"	due INTEGER NOT NULL CHECK (due IN (0, 1)),"
	"	body BLOB"
	") STRICT;"
	"CREATE INDEX delivery_received ON delivery (received);"
	"CREATE INDEX delivery_due ON delivery (last) WHERE due = 1;"
	"CREATE INDEX delivery_done ON delivery (last) WHERE due = 0;"
	"CREATE INDEX delivery_well ON delivery (last)"
	"    WHERE status = 200 AND outcome <> 'parked';"
	"CREATE INDEX delivery_refused ON delivery (first_refused)"
	"    WHERE first_refused > 0;"
	"CREATE INDEX delivery_ticket ON delivery (ticket)"
	"    WHERE ticket IS NOT NULL;",
	/* What came to pass, for the parts that look back. */
	"CREATE TABLE change ("
	"	id INTEGER PRIMARY KEY,"
	"	delivery TEXT NOT NULL UNIQUE,"
	"	test INTEGER NOT NULL REFERENCES test (id) ON DELETE CASCADE,"
	"	time INTEGER NOT NULL,"
	"	status TEXT NOT NULL CHECK (status IN"
	"	    ('unknown', 'healthy', 'flaky', 'broken')),"
	"	previous TEXT NOT NULL CHECK (previous IN"
	"	    ('unknown', 'healthy', 'flaky', 'broken')),"
	"	type TEXT, monitor TEXT, monitor_type TEXT, reason TEXT,"
	"	quarantined TEXT NOT NULL CHECK (quarantined IN"
	"	    ('unknown', 'no', 'yes'))"
	") STRICT;"
	"CREATE INDEX change_test ON change (test, time);"
	"CREATE TABLE monitor ("
	"	test INTEGER NOT NULL REFERENCES test (id) ON DELETE CASCADE,"
	"	id TEXT NOT NULL,"
	"	type TEXT,"
	"	active INTEGER NOT NULL CHECK (active IN (0, 1)),"
	"	time INTEGER NOT NULL,"
	"	evidence TEXT,"
	"	PRIMARY KEY (test, id)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX monitor_over ON monitor (time) WHERE active = 0;"
	"CREATE TABLE known ("
	"	type TEXT NOT NULL PRIMARY KEY,"
	"	n INTEGER NOT NULL,"
	"	first INTEGER NOT NULL,"
	"	last INTEGER NOT NULL,"
	"	delivery TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX known_last ON known (last);"
	/* What is to be done to a ticket, once. */
	"CREATE TABLE act ("
	"	id INTEGER PRIMARY KEY,"
	"	ticket INTEGER NOT NULL REFERENCES ticket (id)"
	"	    ON DELETE CASCADE,"
	"	key TEXT NOT NULL,"
	"	kind TEXT NOT NULL,"
	"	body TEXT,"
	"	made INTEGER NOT NULL,"
	"	state TEXT NOT NULL CHECK (state IN"
	"	    ('due', 'sent', 'done', 'refused', 'void')),"
	"	tried INTEGER NOT NULL DEFAULT 0,"
	"	tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),"
	"	why TEXT,"
	"	UNIQUE (ticket, key)"
	") STRICT;"
	"CREATE INDEX act_open ON act (ticket, id)"
	"    WHERE state IN ('due', 'sent');"
	"CREATE INDEX act_tried ON act (tried)"
	"    WHERE state IN ('due', 'sent');"
	"CREATE TABLE queue ("
	"	id INTEGER PRIMARY KEY,"
	"	delivery TEXT NOT NULL UNIQUE,"
	"	repository TEXT NOT NULL,"
	"	kind TEXT NOT NULL CHECK (kind IN ('pr', 'batch')),"
	"	number INTEGER NOT NULL DEFAULT 0,"
	"	branch TEXT,"
	"	suffix TEXT NOT NULL,"
	"	reason TEXT, failure TEXT,"
	"	time INTEGER NOT NULL,"
	"	time_is_ours INTEGER NOT NULL CHECK (time_is_ours IN (0, 1)),"
	"	bisection TEXT NOT NULL CHECK (bisection IN"
	"	    ('unknown', 'no', 'yes')),"
	"	received INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX queue_repository ON queue (repository, time, id);"
	"CREATE INDEX queue_received ON queue (received);"
	"CREATE TABLE queue_pr ("
	"	repository TEXT NOT NULL,"
	"	pr INTEGER NOT NULL,"
	"	time INTEGER NOT NULL,"
	"	queue INTEGER NOT NULL REFERENCES queue (id)"
	"	    ON DELETE CASCADE,"
	"	PRIMARY KEY (repository, pr, time, queue)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX queue_pr_queue ON queue_pr (queue);"
	"PRAGMA user_version = 1;"
} };

enum {
	VERSION = sizeof(steps) / sizeof(steps[0]),
	APPLICATION = 1953001323	/* "thok"; see sqlite_schema_touch() */
};

/* One statement, so that nobody's upgrade comes between. */
static enum err
read_header(struct job *job, int64_t *version, int64_t *application,
    int64_t *tables)
{
	struct sqlite_query q;

	*version = *application = *tables = 0;
	sqlite_query(&q, job, "SELECT user_version, application_id,"
	    " (SELECT count(*) FROM sqlite_schema)"
	    " FROM pragma_user_version, pragma_application_id");
	if (sqlite_query_row(&q)) {
		*version = sqlite_query_get_int(&q, 0);
		*application = sqlite_query_get_int(&q, 1);
		*tables = sqlite_query_get_int(&q, 2);
	}
	return (sqlite_query_end(&q));
}

/* Is it ours or empty, and not from the future? */
static enum err
check(struct job *job, int64_t *version)
{
	const char *path = sqlite_of(job)->path;
	int64_t application, tables;
	enum err e;

	e = read_header(job, version, &application, &tables);
	if (e != OK)
		return (e);
	if (application != APPLICATION &&
	    (application != 0 || *version != 0 || tables != 0))
		return (fail(job, ERR_CONFIG, "ledger %s is the database of "
		    "another program; name another file in [ledger] url",
		    path));
	if (*version > VERSION)
		return (fail(job, ERR_CONFIG, "ledger %s has schema %lld, "
		    "this program knows %d; upgrade tickethook", path,
		    (long long)*version, VERSION));
	return (OK);
}

static enum err
upgrade(struct job *job)
{
	struct sqlite *l = sqlite_of(job);
	int64_t version = 0;
	enum err e;
	int i, rc;

	/* Another process may have been faster. */
	if ((e = check(job, &version)) != OK)
		return (e);
	for (; version < VERSION; version++)
		for (i = 0; i < PARTS && steps[version][i] != NULL; i++) {
			rc = sqlite3_exec(l->db, steps[version][i], NULL, NULL,
			    NULL);
			if (rc != SQLITE_OK)
				return (sqlite_fail(job, rc));
		}
	return (sqlite_schema_touch(job));
}

enum err
sqlite_schema(struct job *job)
{
	int64_t version = 0;
	enum err e;

	if ((e = sqlite_enter(job, SQLITE_USE_READ)) != OK)
		return (e);
	e = check(job, &version);
	if ((e = sqlite_leave(job, e)) != OK || version == VERSION)
		return (e);
	if ((e = sqlite_enter(job, SQLITE_USE_WRITE)) != OK)
		return (e);
	e = upgrade(job);
	return (sqlite_leave(job, e));
}

enum err
sqlite_schema_touch(struct job *job)
{
	struct sqlite_query q;

	/* APPLICATION, since no parameter can stand here. */
	sqlite_query(&q, job, "PRAGMA application_id = 1953001323");
	return (sqlite_query_run(&q));
}
