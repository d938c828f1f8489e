"""What the answers of promotions lead to, and what a checkout asks of them. A use is kept as a hold is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from schemas.checkout.answers import UseAnswer
from schemas.checkout.messages import (
    CheckoutEvent,
    CheckoutFailure,
    CheckoutState,
    CheckoutStep,
)
from schemas.checkout.uses import CheckoutUseDenied, CheckoutUseRedeemed, CheckoutUseReserved
from schemas.promotions.messages import (
    ExtendUse,
    GiveBackUse,
    RedeemUse,
    ReserveUse,
    UseExpired,
    UseRedeemed,
    UseRefused,
    UseReserved,
)
from schemas.record import Record
from streams.checkout.ending import failed
from streams.checkout.stock import all_committed
from streams.checkout.stock_sends import HOLD_GRACE_MS, SETTLING_MS, here
from streams.checkout.total import once_all_is_known

Events = tuple[CheckoutEvent, ...]

# A use that is lost at one of these steps is one that the total rests on, and that no order has yet.
KEPT = frozenset({
    CheckoutStep.PRICING, CheckoutStep.HOLDING, CheckoutStep.PREPARING_PAYMENT, CheckoutStep.AWAITING_PAYMENT,
    CheckoutStep.SEALING, CheckoutStep.COMMITTING,
})  # fmt: skip


def of_use(answer: UseAnswer, state: CheckoutState, at: int) -> Events:
    """The events that an answer of promotions leads to. FAILED: taken back in `react`."""
    asked = state.uses.get(answer.promotion_id)
    if asked is None or asked.redeemed:
        return ()  # Not of this checkout's, or heard before.
    checkout_id, promotion_id = state.checkout_id, answer.promotion_id
    is_asked = state.step is CheckoutStep.PRICING and not asked.answered
    match answer:
        case UseReserved(terms=terms):
            if not is_asked:
                return ()
            reserved = CheckoutUseReserved(checkout_id=checkout_id, promotion_id=promotion_id, terms=terms)
            return once_all_is_known(reserved, state, at)
        case UseRefused(command="ReserveUse", reason=reason, since=since):
            if not is_asked:
                return ()
            refused = CheckoutUseDenied(checkout_id=checkout_id, promotion_id=promotion_id, reason=reason, since=since)
            return once_all_is_known(refused, state, at)
        case UseRedeemed():
            if state.step is not CheckoutStep.COMMITTING:
                return ()
            return all_committed(CheckoutUseRedeemed(checkout_id=checkout_id, promotion_id=promotion_id), state)
        case UseExpired() | UseRefused():
            return (failed(state, CheckoutFailure.PROMOTION_LOST, at),) if state.step in KEPT else ()
        case _:
            assert_never(answer)


def reserve_uses(state: CheckoutState) -> Iterator[Record]:
    """Ask for every promotion that the total rests on."""
    for promotion_id, use in sorted(state.uses.items()):
        yield ReserveUse(
            promotion_id=promotion_id,
            checkout_id=state.checkout_id,
            answer_to=here(state),
            code=use.code,
            customer=use.customer,
            units=use.units,
            expires_at=state.expires_at + HOLD_GRACE_MS,
        )


def extend_uses(state: CheckoutState) -> Iterator[Record]:
    """The shopper has longer, and so have the reservations."""
    yield from _extend_to(state, state.expires_at + HOLD_GRACE_MS)


def keep_uses(state: CheckoutState) -> Iterator[Record]:
    """The payment is authorised: nothing may end while the stock is committed."""
    yield from _extend_to(state, state.expires_at + SETTLING_MS)


def redeem_uses(state: CheckoutState) -> Iterator[Record]:
    """Use what is reserved."""
    for promotion_id in sorted(state.uses):
        yield RedeemUse(promotion_id=promotion_id, checkout_id=state.checkout_id, answer_to=here(state))


def give_back_uses(state: CheckoutState) -> Iterator[Record]:
    """Let go of every promotion asked for, answered or not, redeemed or not."""
    for promotion_id in sorted(state.uses):
        yield from give_back_use(state, promotion_id)


def give_back_use(state: CheckoutState, promotion_id: str) -> Iterator[Record]:
    """Let go of one promotion."""
    yield GiveBackUse(promotion_id=promotion_id, checkout_id=state.checkout_id)


def _extend_to(state: CheckoutState, expires_at: int) -> Iterator[Record]:
    for promotion_id in sorted(state.uses):
        yield ExtendUse(
            promotion_id=promotion_id, checkout_id=state.checkout_id, answer_to=here(state), expires_at=expires_at
        )
