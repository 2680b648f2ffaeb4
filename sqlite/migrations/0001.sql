-- The logs of every user and the shared one. Times are milliseconds since the
-- Unix epoch, 0 is "not". IDs are the 16 bytes of a UUID. A log's revisions are
-- 1 to head; born is where a row entered, rev where its content last changed.

-- One row: names and head of the shared log, and how far retention has come.
CREATE TABLE shared_log (
	one         INTEGER PRIMARY KEY CHECK (one = 1),
	nonce       INTEGER NOT NULL,
	old         BLOB    NOT NULL, -- former nonces, see encodeAncestors
	incarnation INTEGER NOT NULL, -- the process under which the nonce was drawn; 0: not yet
	head        INTEGER NOT NULL,
	at          INTEGER NOT NULL, -- deliveredAt of the last item
	last_all    INTEGER NOT NULL, -- born of the last broadcast
	trim        INTEGER NOT NULL, -- items born up to here are no more
	trim_rev    INTEGER NOT NULL,
	trimmed_at  INTEGER NOT NULL, -- when retention last ran
	clean_uid   INTEGER NOT NULL  -- receipts of trimmed items are removed up to this user; -1: all are
) STRICT;

INSERT INTO shared_log VALUES (1, 0, x'', 0, 0, 0, 0, 0, 0, 0, -1);

-- A user's log row: what a publish or a connect needs, in one place.
CREATE TABLE users (
	uid         INTEGER PRIMARY KEY,
	name        TEXT    NOT NULL UNIQUE,
	nonce       INTEGER NOT NULL,
	old         BLOB    NOT NULL,
	incarnation INTEGER NOT NULL,
	head        INTEGER NOT NULL DEFAULT 0,
	unread      INTEGER NOT NULL DEFAULT 0, -- of the private items
	unseen      INTEGER NOT NULL DEFAULT 0,
	items       INTEGER NOT NULL DEFAULT 0, -- rows in items
	at          INTEGER NOT NULL DEFAULT 0, -- place in the inbox of the newest private item
	from_rev    INTEGER NOT NULL,           -- broadcasts born above it are in the inbox
	since       INTEGER NOT NULL,
	last_seen   INTEGER NOT NULL DEFAULT 0,
	tokens_from INTEGER NOT NULL DEFAULT 0,
	trim        INTEGER NOT NULL DEFAULT 0,
	trim_rev    INTEGER NOT NULL DEFAULT 0,
	watermarks  BLOB    NOT NULL DEFAULT x'', -- see encodeWatermarks
	follows     INTEGER NOT NULL DEFAULT 0,   -- topics followed now
	-- The last revision that was of this kind; 0: none ever was, so that a
	-- reader need not look.
	follow_rev  INTEGER NOT NULL DEFAULT 0,
	receipt_rev INTEGER NOT NULL DEFAULT 0,   -- a receipt of a shared item
	edit_rev    INTEGER NOT NULL DEFAULT 0,   -- a change of a private item after its birth
	return_rev  INTEGER NOT NULL DEFAULT 0    -- an item came back from a snooze
) STRICT;

-- Private items in append order, so that a publish writes at the right edge.
CREATE TABLE items (
	seq          INTEGER PRIMARY KEY,
	uid          INTEGER NOT NULL,
	born         INTEGER NOT NULL,
	rev          INTEGER NOT NULL,
	id           BLOB    NOT NULL,
	notification BLOB,             -- the notification's ID where a collapse gave the item another content
	at           INTEGER NOT NULL, -- deliveredAt
	created      INTEGER NOT NULL,
	dead         INTEGER NOT NULL DEFAULT 0,
	type         TEXT    NOT NULL,
	grp          TEXT,
	entity       BLOB,             -- type, 0x00, id
	collapse     TEXT,
	receipt_rev  INTEGER NOT NULL DEFAULT 0,
	seen         INTEGER NOT NULL DEFAULT 0,
	read         INTEGER NOT NULL DEFAULT 0,
	archived     INTEGER NOT NULL DEFAULT 0,
	snoozed      INTEGER NOT NULL DEFAULT 0,
	deleted      INTEGER NOT NULL DEFAULT 0,
	returned     INTEGER NOT NULL DEFAULT 0,
	content      BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX items_born ON items (uid, born);
CREATE UNIQUE INDEX items_id ON items (id, uid);
CREATE INDEX items_notification ON items (notification) WHERE notification IS NOT NULL;
CREATE INDEX items_changed ON items (uid, max(rev, receipt_rev)) WHERE max(rev, receipt_rev) <> born;
CREATE INDEX items_returned ON items (uid, returned) WHERE returned <> 0;
CREATE INDEX items_collapse ON items (uid, collapse, born) WHERE collapse IS NOT NULL;
CREATE INDEX items_group ON items (uid, grp, born) WHERE grp IS NOT NULL;
CREATE INDEX items_entity ON items (uid, entity, born) WHERE entity IS NOT NULL;

-- The shared log: one row an item, whatever the audience.
CREATE TABLE shared (
	born     INTEGER PRIMARY KEY,
	rev      INTEGER NOT NULL,
	topic    TEXT    NOT NULL, -- '' is everyone
	nth      INTEGER NOT NULL, -- ordinal among the topic's items
	id       BLOB    NOT NULL UNIQUE,
	at       INTEGER NOT NULL,
	created  INTEGER NOT NULL,
	dead     INTEGER NOT NULL DEFAULT 0,
	except_users TEXT,         -- JSON array of names
	type     TEXT    NOT NULL,
	grp      TEXT,
	entity   BLOB,
	collapse TEXT,
	content  BLOB    NOT NULL
) STRICT;

CREATE INDEX shared_topic ON shared (topic, born, rev, nth, dead, type);
CREATE INDEX shared_dead ON shared (topic, born) WHERE dead <> 0;
CREATE INDEX shared_changed ON shared (rev, topic, born) WHERE rev <> born;
CREATE INDEX shared_at ON shared (at);
CREATE INDEX shared_collapse ON shared (topic, collapse) WHERE collapse IS NOT NULL;
CREATE INDEX shared_group ON shared (topic, grp, born) WHERE grp IS NOT NULL;
CREATE INDEX shared_entity ON shared (topic, entity, born) WHERE entity IS NOT NULL;

-- What a user did with a shared item.
CREATE TABLE receipts (
	uid      INTEGER NOT NULL,
	born     INTEGER NOT NULL, -- of the shared item
	rev      INTEGER NOT NULL, -- private
	seen     INTEGER NOT NULL,
	read     INTEGER NOT NULL,
	archived INTEGER NOT NULL,
	snoozed  INTEGER NOT NULL,
	deleted  INTEGER NOT NULL,
	returned INTEGER NOT NULL,
	hidden   INTEGER NOT NULL,
	PRIMARY KEY (uid, born)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX receipts_rev ON receipts (uid, rev);
CREATE INDEX receipts_returned ON receipts (uid, returned) WHERE returned <> 0;

CREATE TABLE follows (
	uid      INTEGER NOT NULL,
	topic    TEXT    NOT NULL,
	name     TEXT    NOT NULL, -- the user's, so that followers are listed from the index
	followed INTEGER NOT NULL, -- 0: no longer
	from_rev INTEGER NOT NULL, -- shared
	rev      INTEGER NOT NULL, -- private
	at       INTEGER NOT NULL,
	PRIMARY KEY (uid, topic)
) STRICT, WITHOUT ROWID;

CREATE INDEX followers ON follows (topic, name) WHERE followed <> 0;

-- Notifications that wait for their deliverAt, and what became of those that
-- never entered a log.
CREATE TABLE scheduled (
	id         BLOB    PRIMARY KEY,
	deliver_at INTEGER NOT NULL,
	created    INTEGER NOT NULL,
	status     TEXT    NOT NULL,
	draft      BLOB    NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

CREATE INDEX scheduled_over ON scheduled (deliver_at) WHERE status <> 'scheduled';

-- What the sweeper has to do when. A row that no longer fits what it names is
-- dropped when it comes up.
CREATE TABLE due (
	at   INTEGER NOT NULL,
	kind INTEGER NOT NULL, -- see dueKind
	id   BLOB    NOT NULL,
	uid  INTEGER NOT NULL, -- 0 where the kind is not of one user
	PRIMARY KEY (at, kind, id, uid)
) STRICT, WITHOUT ROWID;

-- The last notifications that left no row behind, replaced or trimmed away, so
-- that whoever asks is told gone and not never seen.
CREATE TABLE ended (
	seq INTEGER PRIMARY KEY,
	id  BLOB    NOT NULL UNIQUE
) STRICT;

CREATE TABLE idempotency (
	key    TEXT    PRIMARY KEY,
	hash   BLOB    NOT NULL,
	id     BLOB    NOT NULL,
	status TEXT    NOT NULL,
	at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE keys (
	id         TEXT    PRIMARY KEY,
	hash       BLOB    NOT NULL,
	name       TEXT    NOT NULL,
	scopes     TEXT    NOT NULL, -- joined by spaces
	created_at INTEGER NOT NULL,
	revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
