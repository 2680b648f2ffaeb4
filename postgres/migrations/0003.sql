-- Who is online at which node, where the nodes have no Redis to ask each other.
-- Nothing of it is worth keeping: after a crash nobody is online.
CREATE UNLOGGED TABLE presence (
	node     text        PRIMARY KEY,
	seen     timestamptz NOT NULL, -- when the node last wrote
	sessions jsonb       NOT NULL  -- by user
);
