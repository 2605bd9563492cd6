#include "handler/job.h"
#include "handler/ledgers/sqlite.h"

enum {
	PARTS = 12		/* of a step, at most: strings have a limit */
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
	/* How far it is in its life. */
	"	life TEXT NOT NULL DEFAULT 'open' CHECK (life IN ('open',"
	"	    'in_progress', 'verifying', 'verified', 'not_fixed',"
	"	    'not_proven', 'blocked', 'closed', 'flapping')),"
	"	life_since INTEGER NOT NULL DEFAULT 0,"
	"	flaps INTEGER NOT NULL DEFAULT 0 CHECK (flaps >= 0),"
	"	life_next INTEGER NOT NULL DEFAULT 0,"
	"	wanted INTEGER NOT NULL DEFAULT 0,"
	"	UNIQUE (key, generation),"
	"	CHECK (stage <> 'created' OR remote_id IS NOT NULL)"
	") STRICT;"
	"CREATE INDEX ticket_life ON ticket (life, life_since);"
	"CREATE INDEX ticket_verdict ON ticket (life_next)"
	"    WHERE life_next > 0;"
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
	"END;",
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
	"	why TEXT, calls TEXT,"
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
	/* What the trackers tell, and which tickets are looked after. */
	"CREATE TABLE news ("
	"	id INTEGER PRIMARY KEY,"
	"	ticket INTEGER NOT NULL REFERENCES ticket (id)"
	"	    ON DELETE CASCADE,"
	"	delivery TEXT NOT NULL,"
	"	source TEXT NOT NULL CHECK (source IN ('webhook', 'poll')),"
	"	time INTEGER NOT NULL,"
	"	updated INTEGER NOT NULL,"
	"	category TEXT NOT NULL CHECK (category IN"
	"	    ('unknown', 'open', 'started', 'done', 'dropped')),"
	"	state TEXT NOT NULL,"
	"	resolution TEXT NOT NULL,"
	"	resolution_id TEXT,"
	"	gone INTEGER NOT NULL CHECK (gone IN (0, 1)),"
	"	actor TEXT,"
	"	us TEXT NOT NULL CHECK (us IN ('unknown', 'no', 'yes')),"
	"	received INTEGER NOT NULL,"
	/* 0: new; 1: in hand; 2: it had its effect */
	"	seen INTEGER NOT NULL DEFAULT 0 CHECK (seen IN (0, 1, 2)),"
	"	UNIQUE (delivery, ticket),"
	"	UNIQUE (ticket, time, category, state, resolution, gone)"
	") STRICT;"
	"CREATE INDEX news_unseen ON news (ticket) WHERE seen < 2;"
	"CREATE TABLE followed ("
	"	ticket INTEGER PRIMARY KEY REFERENCES ticket (id)"
	"	    ON DELETE CASCADE,"
	"	updated INTEGER NOT NULL DEFAULT 0,"
	"	remote_key TEXT, url TEXT,"
	"	closed INTEGER NOT NULL DEFAULT 0,"
	"	polled INTEGER NOT NULL DEFAULT 0,"
	"	watched INTEGER NOT NULL DEFAULT 1 CHECK (watched IN (0, 1))"
	") STRICT;"
	"CREATE INDEX followed_polled ON followed (polled)"
	"    WHERE watched = 1;"
	"CREATE TRIGGER ticket_followed AFTER INSERT ON ticket BEGIN"
	"	INSERT INTO followed (ticket) VALUES (NEW.id);"
	"END;"
	"CREATE TABLE searched ("
	"	tracker TEXT NOT NULL PRIMARY KEY,"
	"	tried INTEGER NOT NULL,"
	"	reached INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX ticket_remote ON ticket (remote_id)"
	"    WHERE remote_id IS NOT NULL;"
	"CREATE INDEX ticket_marker ON ticket (marker);",
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
	"	    ('unknown', 'no', 'yes')),"
	"	why_healthy TEXT NOT NULL DEFAULT 'unknown'"
	"	    CHECK (why_healthy IN"
	"	    ('unknown', 'resolved', 'muted', 'gone', 'manual'))"
	") STRICT;"
	"CREATE INDEX change_test ON change (test, time);"
	"CREATE TABLE monitor ("
	"	test INTEGER NOT NULL REFERENCES test (id) ON DELETE CASCADE,"
	"	id TEXT NOT NULL,"
	"	type TEXT,"
	"	active INTEGER NOT NULL CHECK (active IN (0, 1)),"
	"	time INTEGER NOT NULL,"
	"	said TEXT,"
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
	"CREATE INDEX act_text ON act (made)"
	"    WHERE body IS NOT NULL AND kind <> 'move';"
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
	/* A monitor's word on a test that waits until the test is met. */
	"CREATE TABLE early_monitor ("
	"	scope TEXT NOT NULL CHECK (scope IN"
	"	    ('repository', 'collection')),"
	"	trunk_id TEXT NOT NULL,"
	"	id TEXT NOT NULL,"
	"	type TEXT,"
	"	active INTEGER NOT NULL CHECK (active IN (0, 1)),"
	"	time INTEGER NOT NULL,"
	"	said TEXT,"
	"	evidence TEXT,"
	"	UNIQUE (scope, trunk_id, id)"
	") STRICT;"
	"CREATE INDEX early_monitor_time ON early_monitor (time);"
	"CREATE TRIGGER alias_made AFTER INSERT ON alias BEGIN"
	"	INSERT INTO monitor (test, id, type, active, time, said,"
	"	    evidence) SELECT NEW.test, id, type, active, time, said,"
	"	    evidence FROM early_monitor WHERE scope = NEW.scope"
	"	    AND trunk_id = NEW.trunk_id"
	"	    ON CONFLICT DO UPDATE SET active = excluded.active,"
	"	    time = excluded.time, said = excluded.said,"
	"	    evidence = excluded.evidence WHERE excluded.time > time;"
	"	DELETE FROM early_monitor WHERE scope = NEW.scope"
	"	    AND trunk_id = NEW.trunk_id;"
	"END;"
	/* Was a test quarantined? */
	"CREATE TABLE shield ("
	"	id INTEGER PRIMARY KEY,"
	"	delivery TEXT NOT NULL UNIQUE,"
	"	test INTEGER NOT NULL REFERENCES test (id) ON DELETE CASCADE,"
	"	time INTEGER NOT NULL,"
	"	quarantined TEXT NOT NULL CHECK (quarantined IN"
	"	    ('unknown', 'no', 'yes'))"
	") STRICT;"
	"CREATE INDEX shield_test ON shield (test, time, id);"
	"CREATE INDEX shield_time ON shield (time);"
	/* What the rule that a change matched says of a ticket. */
	"CREATE TABLE worse ("
	"	delivery TEXT NOT NULL PRIMARY KEY"
	"	    REFERENCES change (delivery) ON DELETE CASCADE,"
	"	rule TEXT NOT NULL,"
	"	priority TEXT,"
	"	due INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;",
	/* Notices to other systems, and tickets whose making is not told. */
	"CREATE TABLE notice ("
	"	id INTEGER PRIMARY KEY,"
	"	section TEXT NOT NULL,"
	"	key TEXT NOT NULL,"
	"	word TEXT NOT NULL,"
	"	facts TEXT,"
	"	made INTEGER NOT NULL,"
	"	next INTEGER NOT NULL,"
	"	tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),"
	"	state TEXT NOT NULL CHECK (state IN ('due', 'sent', 'lost')),"
	"	UNIQUE (section, key)"
	") STRICT;"
	"CREATE INDEX notice_due ON notice (next) WHERE state = 'due';"
	"CREATE INDEX notice_over ON notice (made) WHERE state <> 'due';"
	"CREATE TABLE fresh ("
	"	ticket INTEGER PRIMARY KEY REFERENCES ticket (id)"
	"	    ON DELETE CASCADE"
	") STRICT;"
	"CREATE TRIGGER ticket_found AFTER INSERT ON ticket"
	"    WHEN NEW.stage = 'created' BEGIN"
	"	INSERT INTO fresh (ticket) VALUES (NEW.id);"
	"END;"
	"CREATE TRIGGER ticket_made AFTER UPDATE OF stage ON ticket"
	"    WHEN NEW.stage = 'created' AND OLD.stage <> 'created' BEGIN"
	"	INSERT INTO fresh (ticket) VALUES (NEW.id)"
	"	    ON CONFLICT DO NOTHING;"
	"END;"
	/* What rules with a budget have filed, and which are over it. */
	"CREATE TABLE token ("
	"	key TEXT NOT NULL PRIMARY KEY,"
	"	rule TEXT NOT NULL,"
	"	time INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX token_rule ON token (rule, time);"
	"CREATE INDEX token_time ON token (time);"
	"CREATE TABLE storm ("
	"	rule TEXT NOT NULL PRIMARY KEY,"
	"	since INTEGER NOT NULL,"
	"	until INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX delivery_parked ON delivery (rule, received)"
	"    WHERE due = 1 AND outcome = 'parked';",
	/*
	 * Counted for the panel, since a count walks over all that it counts:
	 * tickets by rule and state; what came to pass, by week, of which 0
	 * is the one that began on 1969-12-29.
	 */
	"CREATE TABLE census ("
	"	rule TEXT NOT NULL,"
	"	state TEXT NOT NULL,"
	"	n INTEGER NOT NULL,"
	"	PRIMARY KEY (rule, state)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER census_in AFTER INSERT ON ticket BEGIN"
	"	INSERT INTO census VALUES (coalesce(NEW.rule, ''),"
	"	    iif(NEW.stage = 'created', NEW.life, 'pending'), 1)"
	"	    ON CONFLICT DO UPDATE SET n = n + 1;"
	"END;"
	"CREATE TRIGGER census_moved AFTER UPDATE OF stage, life, rule"
	"    ON ticket WHEN OLD.stage <> NEW.stage OR OLD.life <> NEW.life"
	"    OR OLD.rule IS NOT NEW.rule BEGIN"
	"	UPDATE census SET n = n - 1 WHERE rule = coalesce(OLD.rule, '')"
	"	    AND state = iif(OLD.stage = 'created', OLD.life,"
	"	    'pending');"
	"	INSERT INTO census VALUES (coalesce(NEW.rule, ''),"
	"	    iif(NEW.stage = 'created', NEW.life, 'pending'), 1)"
	"	    ON CONFLICT DO UPDATE SET n = n + 1;"
	"END;"
	"CREATE TRIGGER census_out AFTER DELETE ON ticket BEGIN"
	"	UPDATE census SET n = n - 1 WHERE rule = coalesce(OLD.rule, '')"
	"	    AND state = iif(OLD.stage = 'created', OLD.life,"
	"	    'pending');"
	"END;"
	"CREATE TABLE tally ("
	"	week INTEGER NOT NULL,"
	"	what TEXT NOT NULL CHECK (what IN"
	"	    ('opened', 'verified', 'not_fixed', 'not_proven',"
	"	    'reopened', 'flaky')),"
	"	n INTEGER NOT NULL,"
	"	PRIMARY KEY (week, what)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER tally_found AFTER INSERT ON ticket"
	"    WHEN NEW.stage = 'created' BEGIN"
	"	INSERT INTO tally VALUES ((NEW.created + 259200000)"
	"	    / 604800000, 'opened', 1)"
	"	    ON CONFLICT DO UPDATE SET n = n + 1;"
	"END;"
	"CREATE TRIGGER tally_made AFTER UPDATE OF stage ON ticket"
	"    WHEN NEW.stage = 'created' AND OLD.stage <> 'created' BEGIN"
	"	INSERT INTO tally VALUES ((NEW.created + 259200000)"
	"	    / 604800000, 'opened', 1)"
	"	    ON CONFLICT DO UPDATE SET n = n + 1;"
	"END;"
	"CREATE TRIGGER tally_verified AFTER UPDATE OF life ON ticket"
	"    WHEN NEW.life IN ('verified', 'not_fixed', 'not_proven')"
	"    AND OLD.life <> NEW.life BEGIN"
	"	INSERT INTO tally VALUES ((NEW.life_since + 259200000)"
	"	    / 604800000, NEW.life, 1)"
	"	    ON CONFLICT DO UPDATE SET n = n + 1;"
	"END;"
	"CREATE TRIGGER tally_reopened AFTER UPDATE OF flaps ON ticket"
	"    WHEN NEW.flaps > OLD.flaps BEGIN"
	"	INSERT INTO tally VALUES ((NEW.life_since + 259200000)"
	"	    / 604800000, 'reopened', NEW.flaps - OLD.flaps)"
	"	    ON CONFLICT DO UPDATE SET n = n + excluded.n;"
	"END;"
	"CREATE TRIGGER tally_flaky AFTER INSERT ON change"
	"    WHEN NEW.status IN ('flaky', 'broken') BEGIN"
	"	INSERT INTO tally VALUES ((NEW.time + 259200000) / 604800000,"
	"	    'flaky', 1) ON CONFLICT DO UPDATE SET n = n + 1;"
	"END;",
	/* What people look for, and in which order they see it. */
	"CREATE INDEX test_name ON test (name);"
	"CREATE INDEX delivery_waits ON delivery (received) WHERE due = 1;"
	"CREATE INDEX ticket_key ON ticket (remote_key)"
	"    WHERE remote_key IS NOT NULL;"
	"CREATE INDEX ticket_flagged ON ticket (life_since, id)"
	"    WHERE life IN ('verifying', 'not_proven', 'not_fixed',"
	"    'flapping');",
	/* Re-runs that people asked for, until somebody has looked. */
	"CREATE TABLE rerun ("
	"	ticket INTEGER PRIMARY KEY REFERENCES ticket (id)"
	"	    ON DELETE CASCADE,"
	"	asked INTEGER NOT NULL,"
	"	due INTEGER NOT NULL,"
	"	begun INTEGER NOT NULL DEFAULT 0,"
	"	by TEXT"
	") STRICT;"
	"CREATE TRIGGER rerun_over AFTER UPDATE OF life_next ON ticket"
	"    WHEN OLD.life_next <> NEW.life_next BEGIN"
	"	DELETE FROM rerun WHERE ticket = NEW.id"
	"	    AND due = OLD.life_next;"
	"END;"
	"CREATE TABLE trial ("
	"	tracker TEXT NOT NULL PRIMARY KEY,"
	"	time INTEGER NOT NULL,"
	"	good INTEGER NOT NULL CHECK (good IN (0, 1)),"
	"	text TEXT"
	") STRICT, WITHOUT ROWID;"
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
