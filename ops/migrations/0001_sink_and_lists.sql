-- Views of the log: all of this, and each room's table `state.<room>` (ops/view_tables.py), can be emptied and rebuilt from
-- offset 0 (`bloomfield rebuild`).
CREATE TABLE sink_positions (
    topic text NOT NULL, partition int NOT NULL, next_offset bigint NOT NULL,
    log_id text NOT NULL, -- the log that `next_offset` is of: on another log it counts as none (ops/decisions/0012)
    rebuilding_until bigint, -- while `next_offset` is below it, what is not in the views may be on the log all the same
    PRIMARY KEY (topic, partition)
);
-- The events of rooms that keep them, one by one.
CREATE TABLE history (
    room text NOT NULL, key text NOT NULL, version bigint NOT NULL, event_id uuid NOT NULL, type text NOT NULL,
    event jsonb NOT NULL, actor text NOT NULL, command_id uuid NOT NULL, correlation_id uuid NOT NULL,
    occurred_at bigint NOT NULL, -- UTC milliseconds
    PRIMARY KEY (room, key, version)
);
-- The lists that the edge reads. A stored column changes less often than the state it is of, and so does its index.
ALTER TABLE state.inventory
    ADD COLUMN sku text GENERATED ALWAYS AS (regexp_replace(key, '@[^@]*$', '')) STORED;
CREATE INDEX stock_by_sku ON state.inventory (sku);
ALTER TABLE state.orders ADD COLUMN placed_at bigint GENERATED ALWAYS AS ((state ->> 'placed_at')::bigint) STORED;
CREATE INDEX orders_by_time ON state.orders (placed_at, key);
-- Few orders have money that a person must send back.
ALTER TABLE state.orders
    ADD COLUMN refund_owed bigint GENERATED ALWAYS AS ((state #>> '{money,owed_minor}')::bigint) STORED;
CREATE INDEX orders_owed ON state.orders (refund_owed) WHERE refund_owed > 0;
-- Products of a status or a category, by id; and of which product a SKU is a variant.
CREATE INDEX products_by_status ON state.catalogue ((state ->> 'status'), key);
CREATE INDEX products_by_category ON state.catalogue USING gin ((state #> '{facts,categories}') jsonb_path_ops);
CREATE INDEX products_by_sku ON state.catalogue USING gin ((state #> '{facts,variants}') jsonb_path_ops);
-- A refund made in Stripe's dashboard names its intent only.
ALTER TABLE state.payments ADD COLUMN intent_id text GENERATED ALWAYS AS (state ->> 'intent_id') STORED;
CREATE INDEX payments_by_intent ON state.payments (intent_id);
-- Few checkouts are open, and operations want to know of those whose time is up.
ALTER TABLE state.checkout ADD COLUMN open_until bigint GENERATED ALWAYS AS (
    CASE WHEN state ->> 'step' NOT IN ('completed', 'failed') THEN (state ->> 'expires_at')::bigint END
) STORED;
CREATE INDEX checkouts_open ON state.checkout (open_until) WHERE open_until IS NOT NULL;
-- For people, beside the views that ops/view_tables.py makes of every state. "Why is this 47?":
CREATE VIEW stock_movements AS
    SELECT regexp_replace(key, '@[^@]*$', '') AS sku, substring(key FROM '[^@]*$') AS location, version,
           to_timestamp(occurred_at / 1000.0) AS occurred_at, type,
           on_hand - lag(on_hand, 1, 0::bigint) OVER (PARTITION BY key ORDER BY version) AS change, on_hand,
           (event ->> 'held_after')::bigint AS held, event, actor, command_id, correlation_id, event_id
    FROM (SELECT *, (event ->> 'on_hand_after')::bigint AS on_hand FROM history WHERE room = 'inventory') h;
CREATE VIEW ledger_entries AS
    SELECT h.key AS payment_id, h.version, e.line, e.entry ->> 'account' AS account,
           (e.entry ->> 'amount_minor')::bigint AS amount_minor,
           (e.entry ->> 'vat_basis_points')::bigint AS vat_basis_points,
           to_timestamp(h.occurred_at / 1000.0) AS booked_at, h.type, h.event_id
    FROM history h, jsonb_array_elements(h.event -> 'entries') WITH ORDINALITY AS e(entry, line)
    WHERE h.room = 'payments';
