"""What can be asked of prices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.http.fields import Channel, Id, Line, Money, StrictModel
from api.http.london import Begins, Ends
from schemas.prices.messages import ScheduledPrice
from schemas.prices.rules import COMPONENTS_MAX, SCHEDULED_MAX, VAT_MAX_BASIS_POINTS

PAGE_MAX = 100


class Part(StrictModel):
    """One part of a bundle."""

    sku: Id
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000, examples=[2])]


class NewPrice(StrictModel):
    """What a SKU costs from now on."""

    title: Annotated[Line, Field(description="Name shown to the shopper.", examples=["Blue vase"])]
    unit_price: Annotated[Money, Field(description="VAT included.")]
    vat_basis_points: Annotated[
        int,
        Field(strict=True, ge=0, le=VAT_MAX_BASIS_POINTS, examples=[2000]),
        Field(description="VAT rate in hundredths of a per cent: 2000 is 20 %."),
    ]
    components: Annotated[tuple[Part, ...], Field(max_length=COMPONENTS_MAX, description="Parts of a bundle.")] = ()
    withdrawn: Annotated[bool, Field(strict=True, description="True takes the SKU off sale.")] = False


class NewScheduledPrice(StrictModel):
    """What a SKU costs for a while."""

    unit_price: Annotated[Money, Field(description="VAT included.")]
    channel: Annotated[Channel | None, Field(description="Null: everywhere where no other is said.")] = None
    valid_from: Begins = None
    valid_until: Ends = None

    def made(self) -> ScheduledPrice:
        """As it is decided on. One without a beginning began before all others."""
        return ScheduledPrice(
            channel=self.channel or "", unit_price_minor=self.unit_price.amount_minor,
            starts_at=self.valid_from or 0, ends_at=self.valid_until,
        )  # fmt: skip


class Schedule(StrictModel):
    """All that a SKU is to cost for a while."""

    prices: Annotated[
        tuple[NewScheduledPrice, ...],
        Field(max_length=SCHEDULED_MAX, description="Of several at once the one that began last applies."),
    ]


class PriceHistoryQuery(StrictModel):
    """Which part of the history, from the newest to the oldest."""

    after: Annotated[str | None, Field(max_length=200, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Facts on a page.")] = 100
