"""What a bundle may be made of: of single things that we know, so that it can be sold when they are there.

The prices room decides on one SKU alone and refuses what its own row shows to be wrong. What the other rows say is
looked up here, where all of them are in memory. Of two requests at the same moment, or from a producer that does not
come here, a bundle of a bundle can still be made: its checkout is refused for want of stock of the inner one, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from api.http.problems import Problem, validation_problem
from api.prices.requests import Part
from schemas.prices.messages import SkuPrice


def require_parts(sku: str, parts: Sequence[Part]) -> None:
    """A bundle is of other SKUs, each named once: how many of them it needs must be said in one place.

    Raises Problem, which names every part that is wrong.
    """
    named: set[str] = {sku}
    errors: list[dict[str, Any]] = []
    for number, part in enumerate(parts):
        if part.sku in named:
            why = (
                "a bundle is no part of itself" if part.sku == sku else f"{part.sku} is named before; add up the units"
            )
            errors.append(_error(number, why))
        named.add(part.sku)
    if errors:
        raise validation_problem(errors)


def require_single_things(
    sku: str,
    parts: Sequence[Part],
    *,
    price_of: Callable[[str], SkuPrice | None],
    stocked: Iterable[str],
    bundles_with: Sequence[str],
) -> None:
    """No part is a bundle or unknown (it has neither a price nor stock), and the bundle is no part of another.

    Raises Problem, which names every part that is wrong.
    """
    has_stock = set(stocked)
    errors: list[dict[str, Any]] = []
    for number, part in enumerate(parts):
        price = price_of(part.sku)
        if price is not None and price.components:
            errors.append(_error(number, f"{part.sku} is itself a bundle; name what is in it instead"))
        elif price is None and part.sku not in has_stock:
            errors.append(_error(number, f"{part.sku} has neither a price nor stock; receive or price it first"))
    if errors:
        raise validation_problem(errors)
    if parts and bundles_with:
        named = ", ".join(sorted(bundles_with)[:3])
        raise Problem(
            "validation_failed",
            f"components: {sku} is a part of {named}, and a part cannot be a bundle. Take it out of there first.",
            errors=[{"in": "body", "field": "components", "reason": f"{sku} is a part of {named}", "rule": "bundle"}],
        )


def _error(number: int, why: str) -> dict[str, Any]:
    return {"loc": ("body", "components", number, "sku"), "msg": why, "type": "value_error"}
