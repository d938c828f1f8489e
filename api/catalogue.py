"""Prices: read by everybody, set by staff."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api.answers import answer, edge_of, new_command, pending
from api.auth import CurrentStaff, bearer
from api.bodies import PriceShown
from api.bundles import require_parts, require_single_things
from api.docs import STAFF_ONLY, problems, writes
from api.errors import Problem
from api.positions import ReadYourWrites, position
from api.prices import Prices
from api.shapes import Closed, Id, Line, Money, SkuPath, pounds
from schemas.catalogue.messages import ROOM as CATALOGUE
from schemas.catalogue.messages import CatalogueReply, Component, Product, SetPrice
from schemas.catalogue.rules import COMPONENTS_MAX, VAT_MAX_BASIS_POINTS

if TYPE_CHECKING:
    from api.edge import Edge

router = APIRouter(prefix="/v1/prices", tags=["catalogue"])
staff_router = APIRouter(prefix="/v1/admin/prices", tags=["catalogue (staff)"], dependencies=[Depends(bearer)])

SEEN_SECONDS_MAX = 0.3
LOOK_AGAIN_SECONDS = 0.005


class Part(Closed):
    """One part of a bundle."""

    sku: Id
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000, examples=[2])]


class NewPrice(Closed):
    """What a SKU costs from now on."""

    title: Annotated[Line, Field(description="Name shown to the shopper.", examples=["Blue vase"])]
    unit_price: Annotated[Money, Field(description="VAT included.")]
    vat_basis_points: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            le=VAT_MAX_BASIS_POINTS,
            description="VAT rate in hundredths of a per cent: 2000 is 20 %.",
            examples=[2000],
        ),
    ]
    components: Annotated[tuple[Part, ...], Field(max_length=COMPONENTS_MAX, description="Parts of a bundle.")] = ()
    withdrawn: Annotated[bool, Field(strict=True, description="True takes the SKU off sale.")] = False


@router.get(
    "/{sku}", response_model=PriceShown, dependencies=[ReadYourWrites], responses=problems("unknown_sku", "view_behind")
)
async def read_price(request: Request, sku: SkuPath) -> Response:
    """What a SKU costs now."""
    prices = edge_of(request).prices
    product = prices.get(sku)
    if product is None:
        raise Problem("unknown_sku", f"{sku} has no price. Take another SKU.", sku=sku)
    return answer(200, shown(product), bloomfield_position=position(CATALOGUE, sku, prices.version(sku)))


@staff_router.put("/{sku}", response_model=PriceShown, responses=writes(*STAFF_ONLY, "refused"))
async def set_price(request: Request, staff: CurrentStaff, sku: SkuPath, body: NewPrice) -> Response:
    """Say what a SKU costs from now on. Carts show it at once; orders keep what they were placed at."""
    require_parts(sku, body.components)
    edge = edge_of(request)
    await _require_single_things(edge, sku, body.components)
    command = SetPrice(
        sku=sku,
        title=body.title,
        unit_price_minor=body.unit_price.amount_minor,
        vat_basis_points=body.vat_basis_points,
        components=tuple(Component(sku=part.sku, quantity=part.quantity) for part in body.components),
        withdrawn=body.withdrawn,
    )
    command_id = new_command(request)
    envelope = edge.commands.envelope(command_id, actor=staff.actor, channel="admin")
    decided = await edge.commands.ask(command, envelope, CatalogueReply)
    if decided is None:
        return pending(command_id, f"/v1/prices/{sku}")
    reply, about = decided
    if reply.refusal is not None:
        raise Problem("refused", f"The catalogue refused: {reply.refusal}.", reason=str(reply.refusal))
    await _seen_here(edge.prices, sku, about.version)
    product = Product(
        sku=sku,
        title=command.title,
        unit_price_minor=command.unit_price_minor,
        vat_basis_points=command.vat_basis_points,
        components=command.components,
        withdrawn=command.withdrawn,
    )
    return answer(200, shown(product), bloomfield_position=position(CATALOGUE, sku, about.version))


async def _require_single_things(edge: Edge, sku: str, parts: Sequence[Part]) -> None:
    strange = [part.sku for part in parts if edge.prices.get(part.sku) is None]
    rows = await edge.views.stock(*strange) if strange else []
    require_single_things(
        sku,
        parts,
        product_of=edge.prices.get,
        stocked=(row.sku for row in rows),
        bundles_with=edge.prices.bundles_with(sku),
    )


async def _seen_here(prices: Prices, sku: str, version: int) -> None:
    """Whoever has set a price and then fills a cart here wants to find it there."""
    deadline = asyncio.get_running_loop().time() + SEEN_SECONDS_MAX
    while prices.version(sku) < version and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)


def shown(product: Product) -> dict[str, Any]:
    """A price as it is shown."""
    return {
        "sku": product.sku, "title": product.title, "unit_price": pounds(product.unit_price_minor),
        "vat_basis_points": product.vat_basis_points, "withdrawn": product.withdrawn,
        "components": [{"sku": part.sku, "quantity": part.quantity} for part in product.components],
    }  # fmt: skip
