"""The outside of Bloomfield: one folder per foreign system, each the only user of its client library."""
