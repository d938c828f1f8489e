"""Refunds (docs.stripe.com/api/refunds): several per charge, never more in total than was captured."""

from __future__ import annotations

from tests.doubles.stripe import cards, disputes, errors, objects, params
from tests.doubles.stripe.context import Context
from tests.doubles.stripe.money import count_refunded, is_release, pounds
from tests.doubles.stripe.store import Object, page

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(ctx: Context) -> Object:
    amount = params.integer(ctx.params, "amount", least=1)
    reason = params.choice(ctx.params, "reason", REASONS)
    metadata = params.merged_metadata({}, ctx.params)
    charge = _charge(ctx)
    amount = _permitted(ctx, charge, amount)
    status, _ = _course(ctx, charge)
    refund = objects.new_refund(ctx.store, charge, amount, reason=reason, status=status)
    refund["metadata"] = metadata
    _book(ctx, refund, -amount, "refund", "balance_transaction")
    count_refunded(charge, amount)
    ctx.store.add(refund)
    ctx.emit("refund.created", refund)
    ctx.emit("charge.refunded", charge)
    if ctx.outcome.get("refund") == "failed":
        settle(ctx, refund, "failed")
    elif charge["refunded"]:
        disputes.close_inquiries(ctx, charge)
    return refund


def settles_as(ctx: Context, refund: Object) -> str:
    """What a test card's refund turns into by itself; empty where it stays as it is until a test says otherwise."""
    return _course(ctx, ctx.store.get("charge", refund["charge"]))[1]


def settle(ctx: Context, refund: Object, outcome: str) -> bool:
    """pending → succeeded | failed, and succeeded → failed: "a refund can fail after it has succeeded"."""
    before = refund["status"]
    if outcome == before or before in ("failed", "canceled") or outcome not in ("succeeded", "failed"):
        return False
    refund["status"] = outcome
    if outcome == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
        _book(ctx, refund, refund["amount"], "refund_failure", "failure_balance_transaction")
        count_refunded(ctx.store.get("charge", refund["charge"]), -refund["amount"])
        ctx.emit("refund.failed", refund)
    ctx.emit("refund.updated", refund, {"status": before})
    ctx.emit("charge.refund.updated", refund, {"status": before})
    return True


def retrieve(ctx: Context, identifier: str) -> Object:
    return ctx.store.get("refund", identifier)


def update(ctx: Context, identifier: str) -> Object:
    refund = ctx.store.get("refund", identifier)
    before = refund["metadata"]
    refund["metadata"] = params.merged_metadata(before, ctx.params)
    ctx.emit("refund.updated", refund, {"metadata": before})
    return refund


def listing(ctx: Context) -> Object:
    wanted = {name: ctx.params[name] for name in ("charge", "payment_intent") if name in ctx.params}
    table = ctx.store.tables["refund"]
    return page(table, ctx.params, "/v1/refunds", lambda o: all(o[name] == value for name, value in wanted.items()))


def _charge(ctx: Context) -> Object:
    if "charge" in ctx.params:
        return ctx.store.get("charge", ctx.params["charge"], param="charge", status=400)
    if "payment_intent" not in ctx.params:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise errors.invalid(message, code="parameter_missing")
    intent = ctx.store.get("payment_intent", ctx.params["payment_intent"], param="payment_intent", status=400)
    if intent["status"] != "succeeded":
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise errors.unexpected_state(message, intent)
    return ctx.store.get("charge", intent["latest_charge"])


def _permitted(ctx: Context, charge: Object, wanted: int | None) -> int:
    """Refusals by precedence; a hold released at a partial capture already counts as refunded."""
    left = charge["amount"] - charge["amount_refunded"]
    if disputes.bars_refunds(ctx, charge):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise errors.invalid(message, code="charge_disputed", stored=True)
    if not charge["captured"] or charge["status"] != "succeeded":
        message = f"Charge {charge['id']} has not been captured; cannot issue a refund."
        raise errors.invalid(message, code="charge_not_refundable", stored=True)
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise errors.invalid(message, code="charge_already_refunded", stored=True)
    if wanted is not None and wanted > left:
        scope = f"unrefunded amount on charge ({pounds(left)})"
        message = f"Refund amount ({pounds(wanted)}) is greater than {scope}"
        raise errors.invalid(message, code="amount_too_large", param="amount", stored=True)
    return wanted or left


def _course(ctx: Context, charge: Object) -> tuple[str, str]:
    """First status, then what it becomes on its own: docs.stripe.com/testing#refunds."""
    if "refund" in ctx.outcome:
        return "pending", ""
    planned = cards.BY_NUMBER[ctx.store.cards[charge["payment_method"]]].refund
    return {"pending": ("pending", "succeeded"), "failed": ("succeeded", "failed")}.get(planned, ("succeeded", ""))


def _book(ctx: Context, refund: Object, amount: int, kind: str, field: str) -> None:
    assert not is_release(refund), "a released hold moves no money"
    refund[field] = ctx.store.add(objects.new_balance_transaction(ctx.store, refund, amount, kind=kind))["id"]
