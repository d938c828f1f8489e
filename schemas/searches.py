"""What the edge tells the data team of searches."""

from __future__ import annotations

from typing import Annotated

from schemas.record import Millis, Record, doc


class SearchFoundNothing(Record, kw_only=True):
    """A shopper searched, and no product answers that."""

    text: Annotated[str, doc("What was typed. It may say anything, also of the person who typed it.")]
    at: Millis
