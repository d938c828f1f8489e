"""`bloomfield products`: the whole catalogue from a file, and into one."""

from __future__ import annotations

from ops.products.cli import app

__all__ = ["app"]
