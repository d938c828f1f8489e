"""Movements of money on a charge, each with its balance transaction; every amount is in minor units."""

from __future__ import annotations

from tests.doubles.stripe import objects
from tests.doubles.stripe.context import Context
from tests.doubles.stripe.store import Object


def pounds(amount: int) -> str:
    return f"£{amount // 100:,}.{amount % 100:02d}"


def book_capture(ctx: Context, charge: Object, amount: int) -> None:
    fee = amount * 15 // 1000 + 20  # Standard UK cards: 1.5 % + 20p.
    booked = objects.new_balance_transaction(ctx.store, charge, amount, kind="charge", fee=fee)
    ctx.store.add(booked)
    charge |= {"captured": True, "amount_captured": amount, "balance_transaction": booked["id"]}


def release(ctx: Context, charge: Object, amount: int, *, expired: bool) -> None:
    """A hold given back is a refund to Stripe: it counts in `amount_refunded` and has a Refund, though no money moved.

    Its destination is a "reversal" and it has no balance transaction. See the responses quoted in
    github.com/woocommerce/woocommerce-gateway-stripe/issues/1073 and github.com/solidusio/solidus_stripe/pull/268.
    """
    refund = objects.new_refund(ctx.store, charge, amount, reason=None, status="succeeded")
    refund["destination_details"] = {"card": {"type": "reversal"}, "type": "card"}
    ctx.store.add(refund)
    count_refunded(charge, amount)
    ctx.emit("charge.expired" if expired else "charge.refunded", charge)


def count_refunded(charge: Object, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    assert 0 <= charge["amount_refunded"] <= charge["amount"], "refunded more than was charged"


def is_release(refund: Object) -> bool:
    return bool(refund["destination_details"]["card"]["type"] == "reversal")
