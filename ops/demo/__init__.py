"""`bloomfield demo`: a shop with stock, journeys of shoppers through it, and the audit of what they did."""

from ops.demo.cli import app

__all__ = ["app"]
