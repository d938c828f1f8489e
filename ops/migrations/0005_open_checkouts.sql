-- Few checkouts are open, and operations want to know of those whose time is up.
CREATE INDEX checkouts_open ON checkouts (expires_at) WHERE step NOT IN ('completed', 'failed');
