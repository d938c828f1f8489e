"""Prices: what a checkout is decided on. Key: SKU. What a product is, the catalogue says."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.record import AnswerTo, Pence, Record, Sku, VatBasisPoints, doc
from schemas.room import Room, members

Categories = Annotated[
    tuple[str, ...], doc("Categories that the SKU is in, as its product says: promotions may be for them.")
]


class PriceRefusal(StrEnum):
    """Why a price was refused, by descending precedence."""

    UNKNOWN = "unknown"
    PRICE_OUT_OF_RANGE = "price_out_of_range"
    VAT_OUT_OF_RANGE = "vat_out_of_range"
    COMPONENT_QUANTITY_OUT_OF_RANGE = "component_quantity_out_of_range"
    TOO_MANY_COMPONENTS = "too_many_components"
    COMPONENTS_NOT_DISTINCT = "components_not_distinct"  # one is named twice, or is the bundle itself


class Component(Record, kw_only=True):
    """One part of a bundle."""

    sku: Sku
    quantity: Annotated[int, doc("Units of this SKU in one bundle.")]


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


class FileSku(Record, kw_only=True):
    """Sent by the catalogue: the SKU is in these categories. A SKU that has no price yet stays off sale."""

    sku: Sku
    categories: Categories


class QuotePrice(Record, kw_only=True):
    """What does one SKU cost now? Answered by PriceQuoted."""

    sku: Sku
    answer_to: AnswerTo


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

    @property
    def is_priced(self) -> bool:
        """Whether it ever had a price: its categories may be known before."""
        return self.title != ""


PriceCommand = SetPrice | FileSku | QuotePrice
PriceEvent = PriceSet | SkuFiled | PriceRefused

ROOM = Room(
    name="prices",
    key="SKU",
    key_fields=("sku",),
    commands=members(PriceCommand),
    events=members(PriceEvent),
    answers=(PriceQuoted,),
    state=SkuPrice,
)
