"""Disputes (docs.stripe.com/disputes/how-disputes-work): opened by the cardholder, that is by a test, never by us."""

from __future__ import annotations

from tests.doubles.stripe import errors, objects, params
from tests.doubles.stripe.context import Context
from tests.doubles.stripe.store import Object, page

OPEN = ("needs_response", "under_review")
FEE = 20_00


def open_dispute(ctx: Context, charge: Object, *, amount: int, reason: str) -> Object:
    dispute = objects.new_dispute(ctx.store, charge, amount, reason)
    charge["disputed"] = True
    ctx.store.add(dispute)
    _book(ctx, dispute, -amount, fee=FEE)
    ctx.emit("charge.dispute.created", dispute)
    ctx.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def resolve(ctx: Context, dispute: Object, outcome: str) -> bool:
    if dispute["status"] not in OPEN or outcome not in ("won", "lost"):
        return False
    before, dispute["status"] = dispute["status"], outcome
    if outcome == "won":
        _book(ctx, dispute, dispute["amount"], fee=0)
        ctx.store.get("charge", dispute["charge"])["disputed"] = False
        ctx.emit("charge.dispute.funds_reinstated", dispute)
    ctx.emit("charge.dispute.closed", dispute, {"status": before})
    return True


def retrieve(ctx: Context, identifier: str) -> Object:
    return ctx.store.get("dispute", identifier)


def update(ctx: Context, identifier: str) -> Object:
    """ "Submitting evidence": with `submit` (the default) it goes to the bank and is under review."""
    dispute = ctx.store.get("dispute", identifier)
    if dispute["status"] not in OPEN:
        raise errors.invalid("This dispute is already closed", code="dispute_closed", stored=True)
    before = dispute["status"]
    dispute["metadata"] = params.merged_metadata(dispute["metadata"], ctx.params)
    evidence = ctx.params.get("evidence")
    if isinstance(evidence, dict):
        dispute["evidence"] |= evidence
        dispute["evidence_details"]["has_evidence"] = True
        if params.boolean(ctx.params, "submit", default=True):
            dispute["status"] = "under_review"
            dispute["evidence_details"]["submission_count"] += 1
    ctx.emit("charge.dispute.updated", dispute, {"status": before})
    return dispute


def close(ctx: Context, identifier: str) -> Object:
    """ "Closing the dispute … you're acknowledging it as lost"."""
    dispute = ctx.store.get("dispute", identifier)
    if not resolve(ctx, dispute, "lost"):
        raise errors.invalid("This dispute is already closed", code="dispute_closed", stored=True)
    return dispute


def listing(ctx: Context) -> Object:
    wanted = {name: ctx.params[name] for name in ("charge", "payment_intent") if name in ctx.params}
    table = ctx.store.tables["dispute"]
    return page(table, ctx.params, "/v1/disputes", lambda o: all(o[name] == value for name, value in wanted.items()))


def _book(ctx: Context, dispute: Object, amount: int, *, fee: int) -> None:
    booked = objects.new_balance_transaction(ctx.store, dispute, amount, kind="adjustment", fee=fee)
    dispute["balance_transactions"].append(ctx.store.add(booked))
