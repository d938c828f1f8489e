"""`bloomfield bench`: what this machine gets out of Bloomfield, and what it does meanwhile."""

from ops.bench.cli import app

__all__ = ["app"]
