-- While `next_offset` is below it the views are being rebuilt: what is not in them may be on the log all the same.
ALTER TABLE sink_positions ADD COLUMN rebuilding_until bigint;
