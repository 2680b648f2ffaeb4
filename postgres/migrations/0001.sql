-- The logs of every user and the shared one. Times are milliseconds since the
-- Unix epoch, 0 is "not". A log's revisions are 1 to head; born is where a row
-- entered, rev where its content last changed. Names sort by their bytes, so
-- that Go and every server order them, and their locks, alike.

-- One row: names of the shared log, and how far retention has come. Its head is
-- the highest revision in shared or trim_rev: a counter here would be one row
-- that every publish of every node rewrites.
CREATE TABLE shared_log (
	one         boolean PRIMARY KEY CHECK (one),
	nonce       bigint  NOT NULL,
	old         bytea   NOT NULL, -- former nonces, see encodeAncestors
	incarnation bigint  NOT NULL, -- the database's when the nonce was drawn; 0: not yet
	trim        bigint  NOT NULL, -- items born up to here are no more
	trim_rev    bigint  NOT NULL,
	trimmed_at  bigint  NOT NULL, -- when retention last ran
	clean_uid   bigint  NOT NULL  -- receipts of trimmed items are removed up to this user; -1: all are
);

INSERT INTO shared_log VALUES (true, 0, '', 0, 0, 0, 0, -1);

-- A user's log row: what a publish or a connect needs, in one place. It is the
-- lock of all that is the user's. Half of a page is left empty, so that a new
-- version of the row finds room beside the old one and no index is touched.
CREATE TABLE users (
	uid         bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name        text    COLLATE "C" NOT NULL UNIQUE,
	nonce       bigint  NOT NULL,
	old         bytea   NOT NULL DEFAULT '',
	incarnation bigint  NOT NULL,
	head        bigint  NOT NULL DEFAULT 0,
	unread      bigint  NOT NULL DEFAULT 0, -- of the private items
	unseen      bigint  NOT NULL DEFAULT 0,
	items       bigint  NOT NULL DEFAULT 0, -- rows in items
	at          bigint  NOT NULL DEFAULT 0, -- place in the inbox of the newest private item
	from_rev    bigint  NOT NULL,           -- broadcasts born above it are in the inbox
	since       bigint  NOT NULL,
	last_seen   bigint  NOT NULL DEFAULT 0,
	tokens_from bigint  NOT NULL DEFAULT 0,
	trim        bigint  NOT NULL DEFAULT 0,
	trim_rev    bigint  NOT NULL DEFAULT 0,
	watermarks  bytea   NOT NULL DEFAULT '', -- see encodeWatermarks
	follows     bigint  NOT NULL DEFAULT 0,  -- topics followed now
	-- The last revision that was of this kind; 0: none ever was, so that a
	-- reader need not look.
	follow_rev  bigint  NOT NULL DEFAULT 0,
	receipt_rev bigint  NOT NULL DEFAULT 0,  -- a receipt of a shared item
	edit_rev    bigint  NOT NULL DEFAULT 0,  -- a change of a private item after its birth
	return_rev  bigint  NOT NULL DEFAULT 0   -- an item came back from a snooze
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE items (
	uid          bigint  NOT NULL,
	born         bigint  NOT NULL,
	rev          bigint  NOT NULL,
	id           uuid    NOT NULL,
	notification uuid,             -- the notification's ID where a collapse gave the item another content
	at           bigint  NOT NULL, -- deliveredAt
	created      bigint  NOT NULL,
	dead         boolean NOT NULL DEFAULT false,
	type         text    COLLATE "C" NOT NULL,
	grp          text    COLLATE "C",
	entity       bytea,            -- type, 0x00, id
	collapse     text    COLLATE "C",
	receipt_rev  bigint  NOT NULL DEFAULT 0,
	seen         bigint  NOT NULL DEFAULT 0,
	read         bigint  NOT NULL DEFAULT 0,
	archived     bigint  NOT NULL DEFAULT 0,
	snoozed      bigint  NOT NULL DEFAULT 0,
	deleted      bigint  NOT NULL DEFAULT 0,
	returned     bigint  NOT NULL DEFAULT 0,
	content      bytea   NOT NULL,
	PRIMARY KEY (uid, born)
);

CREATE UNIQUE INDEX items_id ON items (id, uid);
CREATE INDEX items_at ON items (at);
CREATE INDEX items_notification ON items (notification) WHERE notification IS NOT NULL;
CREATE UNIQUE INDEX items_changed ON items (uid, greatest(rev, receipt_rev)) WHERE greatest(rev, receipt_rev) <> born;
CREATE INDEX items_returned ON items (uid, returned) WHERE returned <> 0;
CREATE INDEX items_collapse ON items (uid, collapse, born) WHERE collapse IS NOT NULL;
CREATE INDEX items_group ON items (uid, grp, born) WHERE grp IS NOT NULL;
CREATE INDEX items_entity ON items (uid, entity, born) WHERE entity IS NOT NULL;

-- The shared log: one row an item, whatever the audience.
CREATE TABLE shared (
	born     bigint  PRIMARY KEY,
	rev      bigint  NOT NULL,
	topic    text    COLLATE "C" NOT NULL, -- '' is everyone
	nth      bigint  NOT NULL, -- ordinal among the topic's items
	id       uuid    NOT NULL UNIQUE,
	at       bigint  NOT NULL,
	created  bigint  NOT NULL,
	dead     boolean NOT NULL DEFAULT false,
	except_users text,         -- JSON array of names
	type     text    COLLATE "C" NOT NULL,
	grp      text    COLLATE "C",
	entity   bytea,
	collapse text    COLLATE "C",
	content  bytea   NOT NULL
);

CREATE INDEX shared_topic ON shared (topic, born) INCLUDE (nth);
CREATE INDEX shared_dead ON shared (topic, born) INCLUDE (rev) WHERE dead;
CREATE UNIQUE INDEX shared_changed ON shared (rev) INCLUDE (topic, born) WHERE rev <> born;
CREATE INDEX shared_at ON shared (at);
CREATE INDEX shared_collapse ON shared (topic, collapse) WHERE collapse IS NOT NULL;
CREATE INDEX shared_group ON shared (topic, grp, born) WHERE grp IS NOT NULL;
CREATE INDEX shared_entity ON shared (topic, entity, born) WHERE entity IS NOT NULL;

-- What a user did with a shared item.
CREATE TABLE receipts (
	uid      bigint  NOT NULL,
	born     bigint  NOT NULL, -- of the shared item
	rev      bigint  NOT NULL, -- private
	seen     bigint  NOT NULL,
	read     bigint  NOT NULL,
	archived bigint  NOT NULL,
	snoozed  bigint  NOT NULL,
	deleted  bigint  NOT NULL,
	returned bigint  NOT NULL,
	hidden   boolean NOT NULL,
	PRIMARY KEY (uid, born)
);

CREATE UNIQUE INDEX receipts_rev ON receipts (uid, rev);
CREATE INDEX receipts_returned ON receipts (uid, returned) WHERE returned <> 0;

CREATE TABLE follows (
	uid      bigint  NOT NULL,
	topic    text    COLLATE "C" NOT NULL,
	name     text    COLLATE "C" NOT NULL, -- the user's, so that followers are listed from the index
	followed boolean NOT NULL,
	from_rev bigint  NOT NULL, -- shared
	rev      bigint  NOT NULL, -- private
	at       bigint  NOT NULL,
	PRIMARY KEY (uid, topic)
);

CREATE INDEX followers ON follows (topic, name) WHERE followed;

-- Notifications that wait for their deliverAt, and what became of those that
-- never entered a log.
CREATE TABLE scheduled (
	id         uuid   PRIMARY KEY,
	deliver_at bigint NOT NULL,
	created    bigint NOT NULL,
	status     text   NOT NULL,
	draft      bytea  NOT NULL -- JSON
);

CREATE INDEX scheduled_over ON scheduled (deliver_at) WHERE status <> 'scheduled';

-- What the sweeper has to do when. A row that no longer fits what it names is
-- dropped when it comes up.
CREATE TABLE due (
	at   bigint   NOT NULL,
	kind smallint NOT NULL, -- see dueKind
	id   uuid     NOT NULL,
	uid  bigint   NOT NULL, -- 0 where the kind is not of one user
	PRIMARY KEY (at, kind, id, uid)
);

-- The last notifications that left no row behind, replaced or trimmed away, so
-- that whoever asks is told gone and not never seen.
CREATE TABLE ended (
	seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id  uuid   NOT NULL UNIQUE
);

CREATE TABLE idempotency (
	key    text   COLLATE "C" PRIMARY KEY,
	hash   bytea  NOT NULL,
	id     uuid   NOT NULL,
	status text   NOT NULL,
	at     bigint NOT NULL
);

CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE keys (
	id         text   COLLATE "C" PRIMARY KEY,
	hash       bytea  NOT NULL,
	name       text   NOT NULL,
	scopes     text[] NOT NULL,
	created_at bigint NOT NULL,
	revoked_at bigint NOT NULL
);
