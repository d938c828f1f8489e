"""What can be asked of the catalogue."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.http.fields import Id, Line, Money, StrictModel
from schemas.prices.rules import COMPONENTS_MAX, VAT_MAX_BASIS_POINTS


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
