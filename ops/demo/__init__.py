"""The demonstration."""

from ops.demo.cli import app

__all__ = ["app"]
