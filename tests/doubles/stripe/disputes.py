"""Disputes (docs.stripe.com/disputes/how-disputes-work): opened by the cardholder, that is by a test, never by us."""

from __future__ import annotations

from tests.doubles.stripe import errors, objects, params
from tests.doubles.stripe.context import Context
from tests.doubles.stripe.store import Object, page

FEE = 20_00  # https://stripe.com/gb/pricing; it is not given back
# Which status may follow which (docs.stripe.com/disputes/how-disputes-work). An inquiry takes no money.
NEXT: dict[str, tuple[str, ...]] = {
    "warning_needs_response": ("warning_under_review", "warning_closed", "needs_response"),
    "warning_under_review": ("warning_closed", "needs_response"),
    "needs_response": ("under_review", "won", "lost"),
    "under_review": ("won", "lost"),
}
INQUIRIES, ENDS = ("warning_needs_response", "warning_under_review"), ("warning_closed", "won", "lost")


def open_dispute(ctx: Context, charge: Object, *, amount: int, reason: str, inquiry: bool = False) -> Object:
    dispute = objects.new_dispute(ctx.store, charge, amount, reason)
    charge["disputed"] = True
    ctx.store.add(dispute)
    if inquiry:
        dispute |= {"status": "warning_needs_response", "is_charge_refundable": True}
        ctx.emit("charge.dispute.created", dispute)
        return dispute
    _book(ctx, dispute, -amount, fee=FEE)
    ctx.emit("charge.dispute.created", dispute)
    ctx.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def move(ctx: Context, dispute: Object, status: str) -> bool:
    """The bank, or the cardholder who withdraws the dispute, has it go on."""
    before = dispute["status"]
    if status not in NEXT.get(before, ()):
        return False
    dispute["status"] = status
    if before in INQUIRIES and status == "needs_response":
        dispute["is_charge_refundable"] = False
        _book(ctx, dispute, -dispute["amount"], fee=FEE)
        ctx.emit("charge.dispute.funds_withdrawn", dispute)
    if status == "won":
        _book(ctx, dispute, dispute["amount"], fee=0)
        ctx.emit("charge.dispute.funds_reinstated", dispute)
    ctx.emit("charge.dispute.closed" if status in ENDS else "charge.dispute.updated", dispute, {"status": before})
    return True


def bars_refunds(ctx: Context, charge: Object) -> bool:
    """ "has been charged back": while it is disputed, and for ever once that is lost; an inquiry bars nothing."""
    of_charge = (each for each in ctx.store.all("dispute") if each["charge"] == charge["id"])
    return any(each["status"] in ("needs_response", "under_review", "lost") for each in of_charge)


def close_inquiries(ctx: Context, charge: Object) -> None:
    """ "Refunding the customer in full resolves the inquiry"."""
    of_charge = [each for each in ctx.store.all("dispute") if each["charge"] == charge["id"]]
    for dispute in of_charge:
        if dispute["status"] in INQUIRIES:
            move(ctx, ctx.store.get("dispute", dispute["id"]), "warning_closed")


def retrieve(ctx: Context, identifier: str) -> Object:
    return ctx.store.get("dispute", identifier)


def update(ctx: Context, identifier: str) -> Object:
    """ "Submitting evidence": with `submit` (the default) it goes to the bank and is under review."""
    dispute = ctx.store.get("dispute", identifier)
    if dispute["status"] not in NEXT:
        raise errors.invalid("This dispute is already closed", code="dispute_closed", stored=True)
    before = dispute["status"]
    dispute["metadata"] = params.merged_metadata(dispute["metadata"], ctx.params)
    evidence = ctx.params.get("evidence")
    if isinstance(evidence, dict):
        dispute["evidence"] |= evidence
        dispute["evidence_details"]["has_evidence"] = True
        if params.boolean(ctx.params, "submit", default=True):
            under_review = "warning_under_review" if before in INQUIRIES else "under_review"
            dispute["status"] = under_review
            dispute["evidence_details"]["submission_count"] += 1
    ctx.emit("charge.dispute.updated", dispute, {"status": before})
    return dispute


def close(ctx: Context, identifier: str) -> Object:
    """ "Closing the dispute … you're acknowledging it as lost"."""
    dispute = ctx.store.get("dispute", identifier)
    if not move(ctx, dispute, "lost"):
        raise errors.invalid("This dispute is already closed", code="dispute_closed", stored=True)
    return dispute


def listing(ctx: Context) -> Object:
    wanted = {name: ctx.params[name] for name in ("charge", "payment_intent") if name in ctx.params}
    table = ctx.store.tables["dispute"]
    return page(table, ctx.params, "/v1/disputes", lambda o: all(o[name] == value for name, value in wanted.items()))


def _book(ctx: Context, dispute: Object, amount: int, *, fee: int) -> None:
    booked = objects.new_balance_transaction(ctx.store, dispute, amount, kind="adjustment", fee=fee)
    dispute["balance_transactions"].append(ctx.store.add(booked))
