"""PostgreSQL: the views that the sink writes and the edge reads, and the keys of contact details."""
