-- A refund made in Stripe's dashboard names its intent only.
CREATE INDEX payments_by_intent ON payments (intent_id);
