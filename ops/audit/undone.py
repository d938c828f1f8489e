"""What was asked for and never done; asked of a shop at rest alone, for what is under way looks the same.

At rest no command waits, Stripe has answered, and every timer that was due has rung: what still waits for one of them
waits in vain. To wait for a person is no fault: a shopper may pay while the checkout runs, a cart may be left open, a
paid order unpacked. Now is the time of the newest event: it is the broker's, by which the timers go as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ops.audit.findings import Findings, Place
from ops.audit.world import State, World

ENDED_CHECKOUT = ("completed", "failed")
ENDED_PAYMENT = ("captured", "voided", "failed")


class Undone(NamedTuple):
    """One thing that was not done, and the check that asks for it."""

    check: str
    place: Place
    expected: str
    found: str


def check(world: World, findings: Findings) -> None:
    """Report all that is undone."""
    findings.checked("undone.commands", world.counts["commands"] + world.counts["commands_waiting"])
    for room in ("checkout", "payments", "orders", "cart"):
        findings.checked(f"undone.{room}", sum(1 for _ in world.live(room)))
    findings.checked("undone.refunds", sum(len(row.state["refunds"]) for _, row in world.live("payments")))
    findings.checked("holds_return", sum(1 for _ in world.live("inventory")))
    for each in undone(world):
        findings.fail(each.check, each.place, expected=each.expected, found=each.found)


def at_rest(world: World) -> bool:
    """Whether all that was asked for is done, and nothing was written while the cut was made."""
    moving = any(row.moving for rows in world.rooms.values() for row in rows.values())
    return not moving and next(undone(world), None) is None


def undone(world: World) -> Iterator[Undone]:
    """All that was asked for and is not done."""
    yield from _commands(world)
    yield from _checkouts(world)
    yield from _payments(world)
    yield from _refunds(world)
    yield from _orders(world)
    yield from _carts(world)
    yield from _holds(world)


def _commands(world: World) -> Iterator[Undone]:
    for waiting in world.waiting.values():
        for place in waiting.values():
            yield Undone("undone.commands", place, "every command decided", "one that waits")


def _checkouts(world: World) -> Iterator[Undone]:
    for _, row in world.live("checkout"):
        if row.state["step"] not in ENDED_CHECKOUT and not _may_be_paid(row.state, world):
            found = f"{row.state['step']}, {_ends(_expires_at(row.state), world)}"
            yield Undone("undone.checkout", row.place, "an end, or a shopper who may still pay", found)


def _payments(world: World) -> Iterator[Undone]:
    for _, row in world.live("payments"):
        status = row.state["status"]
        checkout = world.checkout_at(row.state.get("answer_to", ""))
        payable = status == "awaiting_shopper" and checkout is not None and _may_be_paid(checkout, world)
        if status not in ENDED_PAYMENT and not payable:
            found = f"{status}, its checkout {checkout['step'] if checkout else 'unknown'}"
            yield Undone("undone.payments", row.place, "an end, or a shopper who may still pay", found)


def _refunds(world: World) -> Iterator[Undone]:
    for _, row in world.live("payments"):
        for refund_id, refund in row.state["refunds"].items():
            if refund.status not in ("succeeded", "failed"):
                found = f"refund {refund_id} of {refund.amount_minor} is {refund.status.value}"
                yield Undone("undone.refunds", row.place, "money that went back, or a refusal", found)


def _orders(world: World) -> Iterator[Undone]:
    for _, row in world.live("orders"):
        if row.state["status"] == "pending":
            yield Undone("undone.orders", row.place, "an order confirmed or cancelled", "one that is pending")


def _carts(world: World) -> Iterator[Undone]:
    for _, row in world.live("cart"):
        checkout = world.checkout_at(row.state["answer_to"])
        if row.state["status"] in ("locked", "sealed") and checkout is not None and checkout["step"] in ENDED_CHECKOUT:
            found = f"{row.state['status']} by checkout {row.state['checkout_id']}, which {checkout['step']}"
            yield Undone("undone.cart", row.place, "a cart that is open again, or ordered", found)


def _holds(world: World) -> Iterator[Undone]:
    for _, row in world.live("inventory"):
        for cart_id, hold in row.state["holds"].items():
            checkout = world.checkout_at(hold.answer_to)
            ended = checkout is not None and checkout["step"] in ENDED_CHECKOUT
            if ended or hold.expires_at <= world.newest_at:
                found = f"{hold.quantity} held for cart {cart_id} by {hold.answer_to}"
                why = "which ended" if ended else _ends(hold.expires_at, world)
                yield Undone(
                    "holds_return", row.place, "no hold that outlives its checkout or itself", f"{found}, {why}"
                )


def _may_be_paid(checkout: State, world: World) -> bool:
    return checkout["step"] == "awaiting_payment" and _expires_at(checkout) > world.newest_at


def _expires_at(checkout: State) -> int:
    """When it ends; 0 where its beginning is lost, which is found elsewhere."""
    return int(checkout.get("expires_at", 0))


def _ends(expires_at: int, world: World) -> str:
    left = expires_at - world.newest_at
    return f"to end in {left} ms" if left > 0 else f"to have ended {-left} ms before the newest event"
