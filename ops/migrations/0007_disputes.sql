-- What Stripe tells of disputed charges, and how the money of an order stands, whoever moved it.
CREATE TABLE disputes (
    payment_id text NOT NULL, dispute_id text NOT NULL, status text NOT NULL, amount_minor bigint NOT NULL,
    withdrawn_minor bigint NOT NULL, fee_minor bigint NOT NULL, reason text NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (payment_id, dispute_id)
);
ALTER TABLE orders
    ADD COLUMN refund_pending_minor bigint NOT NULL DEFAULT 0, ADD COLUMN owed_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN dispute_status text, ADD COLUMN disputed_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN lost_minor bigint NOT NULL DEFAULT 0;
