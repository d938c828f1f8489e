"""The outside of Bloomfield: one file per foreign system, each the only user of its client library."""
