"""A flash sale of the demonstration: half price with a code, until its last unit is sold."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from ops.demo.journeys import Say, UnexpectedTurn, buys
from ops.shoppers import Json, Shopper, StaffClient, eventually, growing

UNITS = 3  # on offer, for a shopper each; the next one comes too late


async def flash_sale(staff: StaffClient, shopper: Callable[[], Shopper], sku: str, say: Say) -> int:
    """Sell what is on offer, and see the code end on its last unit; returns the pence that were captured."""
    name = f"flash-{secrets.token_hex(4)}"
    code = name.upper()
    half = {"kind": "percentage", "basis_points": 5_000}
    target, limits = {"kind": "skus", "skus": [sku]}, {"units": UNITS}
    await staff.promote(name, code, title="Flash sale", rule=half, target=target, limits=limits)
    say(f"{UNITS} of {sku} at half price, with the code {code}")
    captured = 0
    for _ in range(UNITS):
        captured += await buys(shopper(), {sku: 1}, say, code=code)
    late = shopper()
    await late.fill({sku: 1})
    await late.add_code(code)
    said = await eventually(
        lambda: _of(late, name), lambda seen: not seen["applied"], "a sale that ends", wait=growing(0.05, 0.5)
    )
    say(f"the next one comes too late: {said['explanation']}")
    if said["reason"] != "units_used_up":
        raise UnexpectedTurn(f"a sale that is over says {said['explanation']}")
    return captured


async def _of(shopper: Shopper, promotion_id: str) -> Json:
    """What the cart says of a promotion."""
    cart = (await shopper.call("GET", f"/v1/carts/{shopper.cart['id']}")).raise_for_status().json()
    return next(each for each in cart["promotions"] if each["id"] == promotion_id)
