"""What a bundle may be made of: of single things that we know, so that it can be sold when they are there.

The prices room decides on one SKU alone and refuses what its own row shows to be wrong. What the other rows say is
looked up here, where all of them are in memory. Of two requests at the same moment, or from a producer that does not
come here, a bundle of a bundle can still be made: its checkout takes the inner one's own stock, or is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    stocked: Mapping[str, int],
    bundles_with: Sequence[str],
) -> None:
    """No part is a bundle or unknown (it has neither a price nor stock), and the bundle is no part of another.

    Nor has it units of its own, which nobody could buy. `stocked`: units on hand by SKU, of those that ever had any.

    Raises Problem, which names every part that is wrong.
    """
    errors: list[dict[str, Any]] = []
    for number, part in enumerate(parts):
        price = price_of(part.sku)
        if price is not None and price.components:
            errors.append(_error(number, f"{part.sku} is itself a bundle; name what is in it instead"))
        elif price is None and part.sku not in stocked:
            errors.append(_error(number, f"{part.sku} has neither a price nor stock; receive or price it first"))
    if errors:
        raise validation_problem(errors)
    if parts and stocked.get(sku, 0) > 0:
        reason = f"{sku} has {stocked[sku]} units of its own, which nobody could buy. Adjust them to 0 first"
        raise validation_problem([{"loc": ("body", "components"), "msg": reason, "type": "value_error"}])
    if parts and bundles_with:
        named = ", ".join(sorted(bundles_with)[:3])
        raise Problem(
            "validation_failed",
            f"components: {sku} is a part of {named}, and a part cannot be a bundle. Take it out of there first.",
            errors=[{"in": "body", "field": "components", "reason": f"{sku} is a part of {named}", "rule": "bundle"}],
        )


def require_stocked(prices: Callable[[str], SkuPrice | None], sku: str) -> None:
    """A bundle has no stock of its own. Raises Problem that names its parts."""
    price = prices(sku)
    if price is not None and price.components:
        named = ", ".join(each.sku for each in price.components)
        reason = f"{sku} is a bundle and has no stock of its own: receive {named}"
        raise validation_problem([{"loc": ("path", "sku"), "msg": reason, "type": "value_error"}])


def _error(number: int, why: str) -> dict[str, Any]:
    return {"loc": ("body", "components", number, "sku"), "msg": why, "type": "value_error"}
