-- Truths: what only PostgreSQL holds. Never dropped by a rebuild.
-- Every webhook as it came, before anything is believed about it.
CREATE TABLE stripe_inbox (
    stripe_event_id text PRIMARY KEY, type text NOT NULL, body bytea NOT NULL, signature text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL DEFAULT 'received', -- received -> published | kept (a type or a payment that we do not know)
    published_at timestamptz
);
CREATE INDEX stripe_inbox_unpublished ON stripe_inbox (received_at) WHERE status = 'received';
-- The key that opens one checkout's contact details; deleting it erases them everywhere, the log included.
CREATE TABLE contact_keys (
    checkout_id text PRIMARY KEY, key bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
);
