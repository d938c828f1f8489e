-- Views of the log. Every table of this file can be dropped and rebuilt from offset 0 (`bloomfield rebuild`).
-- `version` is the aggregate's event sequence: a row only moves forward.
CREATE TABLE sink_positions (
    topic text NOT NULL, partition int NOT NULL, next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
CREATE TABLE prices (
    sku text PRIMARY KEY, title text NOT NULL, unit_price_minor bigint NOT NULL, vat_basis_points int NOT NULL,
    components jsonb NOT NULL, withdrawn boolean NOT NULL, version bigint NOT NULL
);
CREATE TABLE stock (
    sku text NOT NULL, location text NOT NULL, on_hand bigint NOT NULL, held bigint NOT NULL,
    threshold bigint NOT NULL DEFAULT 0, low boolean NOT NULL DEFAULT false,
    version bigint NOT NULL, updated_at timestamptz NOT NULL,
    PRIMARY KEY (sku, location)
);
-- "Why is this 47?": every fact about a SKU at a location, in order.
CREATE TABLE stock_movements (
    sku text NOT NULL, location text NOT NULL, version bigint NOT NULL,
    event_id uuid NOT NULL, type text NOT NULL, change bigint NOT NULL, on_hand bigint NOT NULL, held bigint NOT NULL,
    cause jsonb NOT NULL, actor text NOT NULL, command_id uuid NOT NULL, correlation_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (sku, location, version)
);
CREATE TABLE carts (
    cart_id text PRIMARY KEY, status text NOT NULL, channel text NOT NULL, checkout_id text, order_id text,
    cart_version bigint NOT NULL, touched_at timestamptz NOT NULL, version bigint NOT NULL
);
CREATE TABLE cart_lines (
    cart_id text NOT NULL, sku text NOT NULL, quantity int NOT NULL, PRIMARY KEY (cart_id, sku)
);
CREATE TABLE checkouts (
    checkout_id text PRIMARY KEY, cart_id text NOT NULL, order_id text NOT NULL, payment_id text NOT NULL,
    step text NOT NULL, failure text, missing jsonb NOT NULL DEFAULT '[]', channel text NOT NULL,
    delivery_method text NOT NULL, expected_total_minor bigint NOT NULL, total_minor bigint, current_total_minor bigint,
    client_secret text NOT NULL DEFAULT '', contact bytea NOT NULL, started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL, version bigint NOT NULL
);
CREATE TABLE payments (
    payment_id text PRIMARY KEY, checkout_id text NOT NULL, order_id text NOT NULL, status text NOT NULL,
    amount_minor bigint NOT NULL, captured_minor bigint NOT NULL DEFAULT 0, refunded_minor bigint NOT NULL DEFAULT 0,
    intent_id text NOT NULL DEFAULT '', version bigint NOT NULL
);
CREATE TABLE refunds (
    payment_id text NOT NULL, refund_id text NOT NULL, amount_minor bigint NOT NULL, status text NOT NULL,
    stripe_refund_id text NOT NULL DEFAULT '', PRIMARY KEY (payment_id, refund_id)
);
CREATE TABLE ledger_entries (
    event_id uuid NOT NULL, line int NOT NULL, payment_id text NOT NULL, account text NOT NULL,
    amount_minor bigint NOT NULL, vat_basis_points int, booked_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, line)
);
CREATE TABLE orders (
    order_id text PRIMARY KEY, status text NOT NULL, checkout_id text NOT NULL, cart_id text NOT NULL,
    payment_id text NOT NULL, channel text NOT NULL, delivery_method text NOT NULL, delivery_gross_minor bigint NOT NULL,
    delivery_vat_minor bigint NOT NULL, total_minor bigint NOT NULL, captured_minor bigint NOT NULL DEFAULT 0,
    refunded_minor bigint NOT NULL DEFAULT 0, contact bytea NOT NULL, placed_at timestamptz NOT NULL,
    version bigint NOT NULL
);
CREATE INDEX orders_by_time ON orders (placed_at, order_id);
CREATE TABLE order_lines (
    order_id text NOT NULL, line int NOT NULL, sku text NOT NULL, title text NOT NULL, quantity int NOT NULL,
    unit_price_minor bigint NOT NULL, gross_minor bigint NOT NULL, discount_minor bigint NOT NULL,
    vat_basis_points int NOT NULL, vat_minor bigint NOT NULL, PRIMARY KEY (order_id, line)
);
CREATE TABLE order_allocations (
    order_id text NOT NULL, sku text NOT NULL, location text NOT NULL, quantity int NOT NULL,
    PRIMARY KEY (order_id, sku, location)
);
