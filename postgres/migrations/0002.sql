-- Publish in your own transaction: what an application's transaction leaves here
-- is published once it is committed, and never if it is rolled back.
CREATE TABLE outbox (
	seq     bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id      uuid    NOT NULL, -- of the notification
	draft   jsonb   NOT NULL,
	at      bigint  NOT NULL,
	refused text              -- why it cannot be published; it stays for somebody to look
);

CREATE INDEX outbox_waiting ON outbox (seq) WHERE refused IS NULL;

-- publish takes what POST /v1/notifications takes and returns the notification's
-- id, a UUIDv7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random bits.
CREATE FUNCTION publish(draft jsonb) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = belfry, pg_temp AS $$
DECLARE
	ms bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
	id uuid := encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING substring(int8send(ms) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;
BEGIN
	IF jsonb_typeof(draft) IS DISTINCT FROM 'object' OR jsonb_typeof(draft->'to') IS DISTINCT FROM 'object'
		OR jsonb_typeof(draft->'title') IS DISTINCT FROM 'string' THEN
		RAISE EXCEPTION 'belfry.publish takes a JSON object with "to" and "title", such as {"to":{"user":"ann"},"title":"Hello"}'
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	INSERT INTO outbox (id, draft, at) VALUES (id, draft, ms);
	RETURN id;
END $$;

REVOKE EXECUTE ON FUNCTION publish(jsonb) FROM PUBLIC;
