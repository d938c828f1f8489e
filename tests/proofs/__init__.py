"""Proofs that take long and are run by hand: each has a target of the Makefile."""
