"""The decisions of Bloomfield: commands in, events out."""
