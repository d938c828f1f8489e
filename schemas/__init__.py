"""The language of Bloomfield: what may be said on its topics. Imports nothing else of ours."""
