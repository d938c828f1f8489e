"""Stripe's own books, as its double tells them, and the log agree: per intent, to the penny."""

from __future__ import annotations

from typing import Any

import httpx

from ops.audit.findings import Findings, LogPosition
from ops.audit.folds.payments import fees, going_back, refunded, withdrawn
from ops.audit.model import Model, State

TOTALS = "/_double/totals"


def fetch(url: str) -> dict[str, Any]:
    """What Stripe's double has on its books, by intent id. Raises httpx.HTTPError."""
    answer = httpx.get(url.rstrip("/") + TOTALS, timeout=60).raise_for_status().json()
    intents: dict[str, Any] = answer["intents"]
    return intents


def compare(intents: dict[str, Any], model: Model, findings: Findings, *, settled: bool) -> None:
    """Compare every intent with our payment of it, both ways."""
    ours = _by_intent(model, findings)
    for intent_id, theirs in intents.items():
        findings.checked("stripe")
        position = LogPosition("stripe", 0, -1, intent_id)
        key, payment = ours.get(intent_id, ("", None))
        wrong = _unknown(theirs) if payment is None else _differs(theirs, payment)
        if settled and wrong is None:
            wrong = _unfinished(theirs)
        if wrong is None or (key and not settled and _catching_up(model, key)):
            continue
        findings.fail("stripe", position, expected=wrong[0], found=wrong[1])
    for intent_id, (key, payment) in ours.items():
        if payment["captured_minor"] and intent_id not in intents:
            position = LogPosition("stripe", 0, -1, intent_id)
            findings.fail("stripe", position, expected=f"the intent of payment {key}", found="none")


def _by_intent(model: Model, findings: Findings) -> dict[str, tuple[str, State]]:
    """Our payments by their intent; one intent pays once."""
    ours: dict[str, tuple[str, State]] = {}
    for key, row in model.rooms["payments"].items():
        intent_id = row.state["intent_id"]
        if intent_id and (first := ours.setdefault(intent_id, (key, row.state))[0]) != key:
            position = LogPosition("stripe", 0, -1, intent_id)
            findings.fail("stripe", position, expected="one payment of an intent", found=f"{first} and {key}")
    return ours


def _unknown(theirs: dict[str, Any]) -> tuple[str, str] | None:
    """An intent without a payment of ours: harmless as long as it kept no money."""
    kept = theirs["captured"] - theirs["refunded"] - theirs["refund_pending"] - theirs["withdrawn"]
    return ("a payment and an order", f"{kept} captured for nothing") if kept else None


def _differs(theirs: dict[str, Any], payment: State) -> tuple[str, str] | None:
    ours = {
        "captured": payment["captured_minor"], "refunded": refunded(payment), "withdrawn": withdrawn(payment),
        "dispute_fees": fees(payment),
    }  # fmt: skip
    wrong = [name for name, pence in ours.items() if theirs[name] != pence]
    if wrong:
        stripes, known = (", ".join(f"{name} {books[name]}" for name in wrong) for books in (theirs, ours))
        return f"Stripe's: {stripes}", f"ours: {known}"
    if theirs["held"] and payment["status"] in ("captured", "voided", "failed"):
        return f"nothing reserved: our payment is {payment['status']}", f"{theirs['held']} reserved"
    return None


def _unfinished(theirs: dict[str, Any]) -> tuple[str, str] | None:
    """What Stripe has reserved or is sending back at rest: our payment may not know of it, and wait for its shopper."""
    reserved, going = theirs["held"], theirs["refund_pending"]
    return ("nothing reserved or going back", f"{reserved} reserved, {going} going back") if reserved or going else None


def _catching_up(model: Model, key: str) -> bool:
    """Whether a webhook or an answer may be on its way."""
    payment = model.rooms["payments"][key].state
    under_way = payment["status"] in ("capturing", "voiding", "authorised", "awaiting_shopper")
    return model.in_motion("payments", key) or under_way or going_back(payment) > 0
