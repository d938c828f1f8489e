"""How many seeds and examples a test of chance is given: a fifth in a usual run, all of them in `make prove`."""

from __future__ import annotations

import os

WHOLE = os.environ.get("BLOOMFIELD_PROVE") == "1"


def some(count: int) -> int:
    """So many of them, and never none."""
    return count if WHOLE else max(count // 5, 1)
