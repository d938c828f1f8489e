"""What a command to a checkout leads to. An answer that its step does not wait for decides nothing, never an error."""

from __future__ import annotations

from bisect import bisect_left

from schemas.cart.messages import CartLocked, CartLockLost, CartRefusal, CartRefused, CartSealed
from schemas.checkout.answers import CartAnswer, CheckoutAnswer
from schemas.checkout.demands import MissingLine
from schemas.checkout.messages import (
    CancelCheckout,
    CheckoutCartLocked,
    CheckoutCommand,
    CheckoutCompleted,
    CheckoutEvent,
    CheckoutFailure,
    CheckoutLinePriced,
    CheckoutOrderPlaced,
    CheckoutRefusal,
    CheckoutRefused,
    CheckoutSealed,
    CheckoutStarted,
    CheckoutState,
    CheckoutStep,
    StartCheckout,
    TimeOutCheckout,
)
from schemas.delivery import DeliveryMethod
from schemas.inventory.holds import HoldCommitted, HoldExpired, StockHeld
from schemas.inventory.messages import StockRefused
from schemas.orders.messages import OrderPlaced
from schemas.placing import derive_near
from schemas.prices.messages import PriceQuoted
from schemas.promotions.messages import UseExpired, UseRedeemed, UseRefused, UseReserved
from schemas.territory import why_not_delivered
from schemas.topics import PARTITIONS_MAX
from streams.checkout.ending import failed
from streams.checkout.payment import LONGEST_MS, paying
from streams.checkout.state import OPEN
from streams.checkout.stock import committed, held, refused
from streams.checkout.total import once_all_is_known
from streams.checkout.uses import of_use

Events = tuple[CheckoutEvent, ...]

CART_FAILURES = {
    CartRefusal.CART_UNKNOWN: CheckoutFailure.CART_UNKNOWN,
    CartRefusal.CART_EMPTY: CheckoutFailure.CART_EMPTY,
    CartRefusal.CHECKOUT_SUPERSEDED: CheckoutFailure.SUPERSEDED,
}

# A record of all lines and of the stock that they need has to fit into 1 MB, with the longest titles that there are.
PARTS_MAX = 2_500


def decide(message: CheckoutCommand | CheckoutAnswer, state: CheckoutState, at: int) -> Events:
    """The events that a command or an answer leads to."""
    match message:
        case StartCheckout():
            return _start(message, state, at)
        case CancelCheckout():
            return _cancel(message, state, at)
        case TimeOutCheckout(due_at=due_at):
            late = state.step in OPEN and due_at >= state.expires_at  # else extended, paid or ended meanwhile
            return (failed(state, CheckoutFailure.EXPIRED, at),) if late else ()
        case CartLocked() | CartLockLost() | CartSealed() | CartRefused():
            return _of_cart(message, state, at)
        case PriceQuoted():
            return _price(message, state, at)
        case UseReserved() | UseRedeemed() | UseRefused() | UseExpired():
            return of_use(message, state, at)
        case StockHeld():
            return held(message, state)
        case HoldCommitted():
            return committed(message, state)
        case StockRefused() | HoldExpired():
            return refused(message, state, at)
        case OrderPlaced():
            return _placed(state, at)
        case _:
            return paying(message, state, at)


def _start(command: StartCheckout, state: CheckoutState, at: int) -> Events:
    if state.step is not CheckoutStep.UNKNOWN:
        # Known by its terms; the sealed contact is other bytes each time it is sealed.
        same = (
            command.cart_id == state.cart_id
            and command.expected_total_minor == state.expected_total_minor
            and command.delivery_method == state.delivery_method
            and command.deliver_on == state.deliver_on
            and command.channel == state.channel
        )
        return () if same else (_refused(command, state, CheckoutRefusal.CHECKOUT_EXISTS),)
    if command.delivery_method not in set(DeliveryMethod):
        return (_refused(command, state, CheckoutRefusal.DELIVERY_METHOD_UNKNOWN),)
    if command.delivery_method != DeliveryMethod.COLLECT and why_not_delivered(command.postcode_area):
        return (_refused(command, state, CheckoutRefusal.DESTINATION_NOT_SERVED),)
    if command.order_by and at > command.order_by:
        return (_refused(command, state, CheckoutRefusal.DELIVERY_DAY_PASSED),)
    return (
        CheckoutStarted(
            checkout_id=command.checkout_id,
            cart_id=command.cart_id,
            payment_id=_near(command, "payment"),
            order_id=_near(command, "order"),
            expected_total_minor=command.expected_total_minor,
            delivery_method=command.delivery_method,
            channel=command.channel,
            contact=command.contact,
            deliver_on=command.deliver_on,
            proposal=command.proposal,
            started_at=at,
            expires_at=at + min(command.hold_seconds * 1000, LONGEST_MS),
        ),
    )


def _near(command: StartCheckout, name: str) -> str:
    # A made-up number costs the way between two workers, or a few more tries, and nothing else.
    partitions = min(max(command.partitions, 1), PARTITIONS_MAX)
    return derive_near(command.checkout_id, command.checkout_id, name, partitions)


def _cancel(command: CancelCheckout, state: CheckoutState, at: int) -> Events:
    if state.step in OPEN:
        return (failed(state, CheckoutFailure.CANCELLED, at),)
    if state.step is CheckoutStep.FAILED:
        return ()  # What was asked for.
    reason = {
        CheckoutStep.UNKNOWN: CheckoutRefusal.CHECKOUT_UNKNOWN,
        CheckoutStep.COMPLETED: CheckoutRefusal.CHECKOUT_ENDED,
    }.get(state.step, CheckoutRefusal.PAYMENT_UNDER_WAY)
    return (_refused(command, state, reason),)


def _of_cart(answer: CartAnswer, state: CheckoutState, at: int) -> Events:
    """Each answers one step; heard elsewhere it is a repetition, or the checkout failed and unlocks the cart."""
    match answer:
        case CartLocked(lines=lines, version=version) if state.step is CheckoutStep.LOCKING:
            if not lines:
                return (failed(state, CheckoutFailure.CART_EMPTY, at),)
            return (CheckoutCartLocked(checkout_id=state.checkout_id, lines=lines, lock_version=version),)
        case CartLockLost(changed=changed) if state.step in OPEN or state.step is CheckoutStep.SEALING:
            # SEALING: the cart will refuse the seal that is on its way; no need to wait for that.
            return (failed(state, CheckoutFailure.CART_CHANGED if changed else CheckoutFailure.SUPERSEDED, at),)
        case CartSealed() if state.step is CheckoutStep.SEALING:
            return (CheckoutSealed(checkout_id=state.checkout_id),)
        case CartRefused(reason=reason) if state.step in (CheckoutStep.LOCKING, CheckoutStep.SEALING):
            return (failed(state, CART_FAILURES.get(reason, CheckoutFailure.CART_CLOSED), at),)
        case _:
            return ()


def _price(answer: PriceQuoted, state: CheckoutState, at: int) -> Events:
    units = _units_asked(state, answer.sku)
    if state.step is not CheckoutStep.PRICING or not units or answer.sku in state.prices:
        return ()  # Not asked for, or heard before: the first price stands.
    if answer.price is None:
        missing = (MissingLine(sku=answer.sku, requested=units, available=0),)
        return (failed(state, CheckoutFailure.NOT_FOR_SALE, at, missing=missing),)
    priced = CheckoutLinePriced(checkout_id=state.checkout_id, sku=answer.sku, price=answer.price)
    if state.parts + len(answer.price.components) > PARTS_MAX:
        return (failed(state, CheckoutFailure.TOO_MANY_PARTS, at),)
    return once_all_is_known(priced, state, at)


def _placed(state: CheckoutState, at: int) -> Events:
    if state.step is not CheckoutStep.PLACING:
        return ()  # Heard before. FAILED: taken back in `react`.
    placed = CheckoutOrderPlaced(checkout_id=state.checkout_id, order_id=state.order_id)
    if state.total_minor:
        return (placed,)
    free = CheckoutCompleted(
        checkout_id=state.checkout_id,
        order_id=state.order_id,
        cart_id=state.cart_id,
        captured_minor=0,
        ended_at=at,
    )
    return (placed, free)


def _units_asked(state: CheckoutState, sku: str) -> int:
    index = bisect_left(state.cart_lines, sku, key=lambda line: line.sku)
    found = state.cart_lines[index : index + 1]
    return found[0].quantity if found and found[0].sku == sku else 0


def _refused(command: StartCheckout | CancelCheckout, state: CheckoutState, reason: CheckoutRefusal) -> CheckoutRefused:
    return CheckoutRefused(
        checkout_id=command.checkout_id, command=type(command).__name__, reason=reason, step=state.step
    )
