"""What was asked for and never done; asked of a shop at rest alone, for what is under way looks the same.

At rest no command waits, Stripe has answered, and every timer that was due has rung: what still waits for one of them
waits in vain. To wait for a person is no fault: a shopper may pay while the checkout runs, a cart may be left open, a
paid order unpacked. Now is the time of the newest event: it is the broker's, by which the timers go as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ops.audit.findings import Findings, LogPosition
from ops.audit.folds.promotions import uses
from ops.audit.model import Model, State

ENDED_CHECKOUT = ("completed", "failed")
ENDED_PAYMENT = ("captured", "voided", "failed")


class Incomplete(NamedTuple):
    """One thing that was not done, and the check that asks for it."""

    check: str
    position: LogPosition
    expected: str
    found: str


def check(model: Model, findings: Findings) -> None:
    """Report all that is incomplete."""
    findings.checked("incomplete.commands", model.counts["commands"] + model.counts["commands_waiting"])
    for room in ("checkout", "payments", "orders", "cart"):
        findings.checked(f"incomplete.{room}", sum(1 for _ in model.live(room)))
    findings.checked("incomplete.refunds", sum(len(row.state["refunds"]) for _, row in model.live("payments")))
    findings.checked("holds_return", sum(1 for _ in model.live("inventory")))
    findings.checked("uses_return", sum(1 for _ in model.live("promotions")))
    for each in incomplete(model):
        findings.fail(each.check, each.position, expected=each.expected, found=each.found)


def at_rest(model: Model) -> bool:
    """Whether all that was asked for is done, and nothing was written while the snapshot was made."""
    moving = any(row.moving for rows in model.rooms.values() for row in rows.values())
    return not moving and next(incomplete(model), None) is None


def incomplete(model: Model) -> Iterator[Incomplete]:
    """All that was asked for and is not done."""
    yield from _commands(model)
    yield from _checkouts(model)
    yield from _payments(model)
    yield from _refunds(model)
    yield from _orders(model)
    yield from _carts(model)
    yield from _holds(model)
    yield from _uses(model)


def _commands(model: Model) -> Iterator[Incomplete]:
    for waiting in model.waiting.values():
        for position in waiting.values():
            yield Incomplete("incomplete.commands", position, "every command decided", "one that waits")


def _checkouts(model: Model) -> Iterator[Incomplete]:
    for _, row in model.live("checkout"):
        if row.state["step"] not in ENDED_CHECKOUT and not _may_be_paid(row.state, model):
            found = f"{row.state['step']}, {_ends(_expires_at(row.state), model)}"
            yield Incomplete("incomplete.checkout", row.position, "an end, or a shopper who may still pay", found)


def _payments(model: Model) -> Iterator[Incomplete]:
    for _, row in model.live("payments"):
        status = row.state["status"]
        checkout = model.checkout_at(row.state.get("answer_to", ""))
        payable = status == "awaiting_shopper" and checkout is not None and _may_be_paid(checkout, model)
        if status not in ENDED_PAYMENT and not payable:
            found = f"{status}, its checkout {checkout['step'] if checkout else 'unknown'}"
            yield Incomplete("incomplete.payments", row.position, "an end, or a shopper who may still pay", found)


def _refunds(model: Model) -> Iterator[Incomplete]:
    for _, row in model.live("payments"):
        for refund_id, refund in row.state["refunds"].items():
            if refund.status not in ("succeeded", "failed"):
                found = f"refund {refund_id} of {refund.amount_minor} is {refund.status.value}"
                yield Incomplete("incomplete.refunds", row.position, "money that went back, or a refusal", found)


def _orders(model: Model) -> Iterator[Incomplete]:
    for _, row in model.live("orders"):
        if row.state["status"] == "pending":
            yield Incomplete(
                "incomplete.orders", row.position, "an order confirmed or cancelled", "one that is pending"
            )


def _carts(model: Model) -> Iterator[Incomplete]:
    for _, row in model.live("cart"):
        checkout = model.checkout_at(row.state["answer_to"])
        if row.state["status"] in ("locked", "sealed") and checkout is not None and checkout["step"] in ENDED_CHECKOUT:
            found = f"{row.state['status']} by checkout {row.state['checkout_id']}, which {checkout['step']}"
            yield Incomplete("incomplete.cart", row.position, "a cart that is open again, or ordered", found)


def _holds(model: Model) -> Iterator[Incomplete]:
    for _, row in model.live("inventory"):
        for cart_id, hold in row.state["holds"].items():
            checkout = model.checkout_at(hold.answer_to)
            ended = checkout is not None and checkout["step"] in ENDED_CHECKOUT
            if ended or hold.expires_at <= model.newest_at:
                found = f"{hold.quantity} held for cart {cart_id} by {hold.answer_to}"
                why = "which ended" if ended else _ends(hold.expires_at, model)
                yield Incomplete(
                    "holds_return", row.position, "no hold that outlives its checkout or itself", f"{found}, {why}"
                )


def _uses(model: Model) -> Iterator[Incomplete]:
    for _, row in model.live("promotions"):
        for checkout_id, use in uses(row.state).items():
            checkout = model.checkout_at(use.answer_to)
            ended = checkout is not None and checkout["step"] in ENDED_CHECKOUT
            if not use.redeemed and (ended or use.ends_at <= model.newest_at):
                why = "which ended" if ended else _ends(use.ends_at, model)
                found = f"one of checkout {checkout_id}, {why}"
                yield Incomplete("uses_return", row.position, "no use that outlives its checkout or itself", found)


def _may_be_paid(checkout: State, model: Model) -> bool:
    return checkout["step"] == "awaiting_payment" and _expires_at(checkout) > model.newest_at


def _expires_at(checkout: State) -> int:
    """When it ends; 0 where its beginning is lost, which is found elsewhere."""
    return int(checkout.get("expires_at", 0))


def _ends(expires_at: int, model: Model) -> str:
    left = expires_at - model.newest_at
    return f"to end in {left} ms" if left > 0 else f"to have ended {-left} ms before the newest event"
