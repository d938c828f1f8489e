"""Fields that several messages of inventory have."""

from __future__ import annotations

from typing import Annotated

from schemas.record import doc

Units = Annotated[int, doc("Number of units, above zero.")]
OnHand = Annotated[int, doc("Units physically here after this event.")]
Held = Annotated[int, doc("Units of those that are held after this event; available is on hand less held.")]
