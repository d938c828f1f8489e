"""What can be asked about delivery."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import BeforeValidator, Field

from api.http.fields import Channel, ChannelQuery, Postcode, StrictModel
from schemas.ids import ID_PATTERN

LINES_MAX = 100
WANTED = rf"{ID_PATTERN.rstrip('$')}(\*[1-9][0-9]{{0,4}})?$"


class DeliveryQuery(StrictModel):
    """Where what is to go."""

    postcode: Postcode
    skus: Annotated[
        tuple[Annotated[str, Field(pattern=WANTED)], ...],
        BeforeValidator(lambda given: ",".join(given).split(",")),
        Field(
            min_length=1, max_length=LINES_MAX, description="With commas between; `*3` after a SKU: three of it.",
            examples=[["VASE-01,ROSE-12*3"]],
        ),
    ]  # fmt: skip
    channel: ChannelQuery = Channel.WEB

    @property
    def units(self) -> dict[str, int]:
        """Units by SKU."""
        counted: Counter[str] = Counter()
        for each in self.skus:
            sku, _, quantity = each.partition("*")
            counted[sku] += int(quantity or 1)
        return counted
