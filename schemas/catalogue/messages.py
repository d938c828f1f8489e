"""Catalogue: the price facts that a checkout is decided on. Key: SKU."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.record import CheckoutId, Pence, Record, Sku, VatBasisPoints, doc

COMPONENTS_MAX = 50  # of a bundle


class CatalogueRefusal(StrEnum):
    """Why a catalogue command was refused, by descending precedence."""

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


class SetPrice(Record, kw_only=True):
    """Say what one SKU costs from now on. A bundle names the SKUs whose stock it uses."""

    sku: Sku
    title: Annotated[str, doc("Name shown to the shopper.")]
    unit_price_minor: Pence
    vat_basis_points: VatBasisPoints
    components: Annotated[tuple[Component, ...], doc("Parts of a bundle; empty when the SKU is itself stocked.")] = ()
    withdrawn: Annotated[bool, doc("True takes the SKU off sale.")] = False


class QuotePrice(Record, kw_only=True):
    """Asked by a checkout: the price of one SKU now."""

    sku: Sku
    checkout_id: CheckoutId


class PriceSet(Record, kw_only=True):
    """A SKU has this price from now on."""

    sku: Sku
    title: Annotated[str, doc("Name shown to the shopper.")]
    unit_price_minor: Pence
    vat_basis_points: VatBasisPoints
    components: Annotated[tuple[Component, ...], doc("Parts of a bundle; empty when the SKU is itself stocked.")] = ()
    withdrawn: Annotated[bool, doc("True: the SKU is off sale.")] = False
    previous_price_minor: Annotated[int | None, doc("Price before this one in pence; null for a new SKU.")] = None


class PriceRefused(Record, kw_only=True):
    """A price was refused and changed nothing."""

    sku: Sku
    command: Annotated[str, doc("Name of the refused command, e.g. `SetPrice`.")]
    reason: Annotated[CatalogueRefusal, doc("Why.")]


class Product(Record, kw_only=True):
    """State: what one SKU costs."""

    sku: Sku = ""
    title: Annotated[str, doc("Name shown to the shopper.")] = ""
    unit_price_minor: Pence = 0
    vat_basis_points: VatBasisPoints = 0
    components: Annotated[tuple[Component, ...], doc("Parts of a bundle; empty when the SKU is itself stocked.")] = ()
    withdrawn: Annotated[bool, doc("True: the SKU is off sale.")] = True


CatalogueCommand = SetPrice | QuotePrice
CatalogueEvent = PriceSet | PriceRefused
