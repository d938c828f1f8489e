"""The one way in which a checkout fails."""

from __future__ import annotations

from schemas.checkout.demands import MissingLine
from schemas.checkout.messages import CheckoutFailed, CheckoutFailure, CheckoutState
from schemas.checkout.uses import LineDifference, RefusedUse
from streams.checkout.state import ENDED


def failed(
    state: CheckoutState,
    failure: CheckoutFailure,
    at: int,
    *,
    missing: tuple[MissingLine, ...] = (),
    total_minor: int | None = None,
    not_applied: tuple[RefusedUse, ...] = (),
    differences: tuple[LineDifference, ...] = (),
) -> CheckoutFailed:
    """The end without an order; what is taken back follows from the step in it."""
    assert state.step not in ENDED, "ended twice"
    return CheckoutFailed(
        checkout_id=state.checkout_id,
        cart_id=state.cart_id,
        step=state.step,
        failure=failure,
        missing=missing,
        total_minor=total_minor,
        not_applied=not_applied,
        differences=differences,
        ended_at=at,
    )
