"""The edge: requests become commands on the log, and views of the log become responses."""
