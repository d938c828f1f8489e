-- The log that `next_offset` is of: on another log it counts as none (ops/decisions/0012).
ALTER TABLE sink_positions ADD COLUMN log_id text NOT NULL DEFAULT '';
-- The event that a row is of: whatever is read again, rows only move forward. A line that was taken out stays, with 0.
ALTER TABLE cart_lines ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN version bigint NOT NULL DEFAULT 0;
