"""How the key of a stock row is written."""

from __future__ import annotations


def stock_key(sku: str, location: str) -> str:
    """The key of one SKU's stock at one location, on every inventory topic."""
    return f"{sku}@{location}"
