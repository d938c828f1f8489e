"""Prices: what a checkout is decided on. Key: SKU. What a product is, the catalogue says."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec.structs import replace

from schemas.record import AnswerTo, Millis, Pence, Record, Sku, VatBasisPoints, doc
from schemas.room import Room, members

Categories = Annotated[
    tuple[str, ...], doc("Categories that the SKU is in, as its product says: promotions may be for them.")
]


Channel = Annotated[str, doc("Sales channel that it is for, e.g. `web`; empty: all that have no price of their own.")]


class PriceRefusal(StrEnum):
    """Why a price was refused, by descending precedence."""

    UNKNOWN = "unknown"
    PRICE_OUT_OF_RANGE = "price_out_of_range"
    VAT_OUT_OF_RANGE = "vat_out_of_range"
    COMPONENT_QUANTITY_OUT_OF_RANGE = "component_quantity_out_of_range"
    TOO_MANY_COMPONENTS = "too_many_components"
    COMPONENTS_NOT_DISTINCT = "components_not_distinct"  # one is named twice, or is the bundle itself
    PRICE_UNKNOWN = "price_unknown"  # what has no price of its own has none for a while either
    TOO_MANY_SCHEDULED = "too_many_scheduled"
    WINDOW_EMPTY = "window_empty"  # it would end before it begins


class Component(Record, kw_only=True):
    """One part of a bundle."""

    sku: Sku
    quantity: Annotated[int, doc("Units of this SKU in one bundle.")]


class ScheduledPrice(Record, kw_only=True):
    """What one SKU costs for a while, in place of its regular price: a line of a price list."""

    channel: Channel = ""
    unit_price_minor: Pence
    starts_at: Millis
    ends_at: Annotated[int | None, doc("UTC milliseconds, the first moment without it; null: it stays.")] = None


class ChannelPrice(Record, kw_only=True):
    """What one SKU costs at present, in place of its regular price."""

    channel: Channel = ""
    unit_price_minor: Pence
    ends_at: Annotated[int | None, doc("UTC milliseconds, the first moment without it; null: it stays.")] = None


Current = Annotated[tuple[ChannelPrice, ...], doc("What is in force in place of the regular price, by channel.")]


class Price(Record, kw_only=True):
    """What one SKU costs."""

    title: Annotated[str, doc("Name shown to the shopper.")]
    unit_price_minor: Pence
    vat_basis_points: VatBasisPoints
    components: Annotated[tuple[Component, ...], doc("Parts of a bundle; empty when the SKU is itself stocked.")] = ()
    categories: Categories = ()


class SetPrice(Record, kw_only=True):
    """Say what one SKU costs from now on. A bundle names the SKUs whose stock it uses."""

    sku: Sku
    title: Annotated[str, doc("Name shown to the shopper.")]
    unit_price_minor: Pence
    vat_basis_points: VatBasisPoints
    components: Annotated[tuple[Component, ...], doc("Parts of a bundle; empty when the SKU is itself stocked.")] = ()
    withdrawn: Annotated[bool, doc("True takes the SKU off sale.")] = False


class SchedulePrices(Record, kw_only=True):
    """Say all that the SKU is to cost for a while, by channel; what was scheduled before and is not named is gone."""

    sku: Sku
    prices: Annotated[
        tuple[ScheduledPrice, ...], doc("Where several apply to a channel at once, the one that began last does.")
    ]


class TurnPrices(Record, kw_only=True):
    """Sent by the engine's clock: a scheduled price begins or ends."""

    sku: Sku
    due_at: Millis


class FileSku(Record, kw_only=True):
    """Sent by the catalogue: the SKU is in these categories. A SKU that has no price yet stays off sale."""

    sku: Sku
    categories: Categories


class QuotePrice(Record, kw_only=True):
    """What does one SKU cost now? Answered by PriceQuoted."""

    sku: Sku
    answer_to: AnswerTo
    channel: Annotated[str, doc("Sales channel of whoever asks, e.g. `web`.")] = ""


class PriceQuoted(Record, kw_only=True):
    """Answer to QuotePrice. No event: a quote is no fact of the price."""

    sku: Sku
    price: Annotated[Price | None, doc("The price; null: not for sale.")]
    answer_to: AnswerTo


class PriceSet(Record, kw_only=True):
    """A SKU has this price from now on."""

    sku: Sku
    title: Annotated[str, doc("Name shown to the shopper.")]
    unit_price_minor: Pence
    vat_basis_points: VatBasisPoints
    components: Annotated[tuple[Component, ...], doc("Parts of a bundle; empty when the SKU is itself stocked.")] = ()
    withdrawn: Annotated[bool, doc("True: the SKU is off sale.")] = False
    previous_price_minor: Annotated[int | None, doc("Price before this one in pence; null for a new SKU.")] = None


class PricesScheduled(Record, kw_only=True):
    """A SKU has these prices for a while; some may be in force at once."""

    sku: Sku
    prices: Annotated[
        tuple[ScheduledPrice, ...], doc("Where several apply to a channel at once, the one that began last does.")
    ]
    at: Annotated[Millis, doc("When it was decided.")]
    current: Current


class PricesTurned(Record, kw_only=True):
    """A scheduled price has begun or ended."""

    sku: Sku
    at: Annotated[Millis, doc("When it was to.")]
    current: Current


class SkuFiled(Record, kw_only=True):
    """A SKU is in these categories from now on."""

    sku: Sku
    categories: Categories


class PriceRefused(Record, kw_only=True):
    """A price was refused and changed nothing."""

    sku: Sku
    command: Annotated[str, doc("Name of the refused command, e.g. `SetPrice`.")]
    reason: Annotated[PriceRefusal, doc("Why.")]


class SkuPrice(Record, kw_only=True):
    """State: what one SKU costs."""

    sku: Sku = ""
    title: Annotated[str, doc("Name shown to the shopper.")] = ""
    unit_price_minor: Pence = 0
    vat_basis_points: VatBasisPoints = 0
    components: Annotated[tuple[Component, ...], doc("Parts of a bundle; empty when the SKU is itself stocked.")] = ()
    withdrawn: Annotated[bool, doc("True: the SKU is off sale.")] = True
    categories: Categories = ()
    scheduled: Annotated[tuple[ScheduledPrice, ...], doc("What it costs, cost or will cost for a while.")] = ()
    current: Current = ()
    turned_at: Annotated[Millis, doc("Up to when `current` follows `scheduled`.")] = 0

    @property
    def is_priced(self) -> bool:
        """Whether it ever had a price: its categories may be known before."""
        return self.title != ""

    def current_for(self, channel: str) -> ChannelPrice | None:
        """What is in force in place of the regular price; a price of the channel's own comes before one for all."""
        found = {each.channel: each for each in self.current}
        return found.get(channel, found.get(""))

    def for_channel(self, channel: str) -> SkuPrice:
        """The same, at what it costs at present in a channel."""
        current = self.current_for(channel)
        return self if current is None else replace(self, unit_price_minor=current.unit_price_minor)


PriceCommand = SetPrice | SchedulePrices | TurnPrices | FileSku | QuotePrice
PriceEvent = PriceSet | PricesScheduled | PricesTurned | SkuFiled | PriceRefused

ROOM = Room(
    name="prices",
    key="SKU",
    key_fields=("sku",),
    commands=members(PriceCommand),
    events=members(PriceEvent),
    answers=(PriceQuoted,),
    state=SkuPrice,
)
