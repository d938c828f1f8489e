"""Why the cart room refuses, as the caller is told."""

from __future__ import annotations

from fastapi import Request

from api.http.auth import may_touch
from api.http.problems import Problem
from api.log.gateway import Gateway
from schemas.cart.messages import CartRefusal, CartState
from schemas.topics import CART


def not_found() -> Problem:
    """One problem for a cart that is not there and for one that is somebody else's."""
    return Problem(
        "cart_not_found",
        "There is no such cart, or the header Cart-Secret is not its secret. Send the secret from POST /v1/carts, "
        "or make a new cart.",
    )


def require_own(request: Request, cart_id: str, secret: str) -> None:
    """Raises Problem unless the caller has the cart's secret, or is staff."""
    if not may_touch(request, cart_id, secret):
        raise not_found()


CARTS: Gateway[CartState] = Gateway(
    room=CART,
    location="/v1/carts/{0.cart_id}",
    refused="The cart refused",
    refusals={
        CartRefusal.CART_UNKNOWN: lambda _cart, _command: not_found(),
        CartRefusal.CART_CLOSED: lambda cart, _: Problem(
            "cart_closed", f"The cart is {cart.status}: it can no longer change. Make a new one."
        ),
        CartRefusal.VERSION_MISMATCH: lambda cart, _: Problem(
            "version_mismatch",
            f"The cart is at version {cart.version} by now. Read it again, then decide.",
            version=cart.version,
        ),
        CartRefusal.TOO_MANY_LINES: lambda cart, _: Problem(
            "too_many_lines", f"The cart has {len(cart.lines)} lines, and can have no more. Remove one."
        ),
    },
)
