"""Reads on the rest of what the account holds (charges, balance transactions, events), and Stripe's view of the money.

An audit compares `totals` with our own ledger: to the penny, per intent.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch

from tests.doubles.stripe import errors
from tests.doubles.stripe.context import Context, Event
from tests.doubles.stripe.money import is_release
from tests.doubles.stripe.store import Object, Store, page

SUMS = (
    "authorised", "held", "captured", "released", "refunded", "refund_pending", "disputed", "withdrawn", "dispute_fees",
)  # fmt: skip
Handler = Callable[..., Object]


def reader(kind: str) -> Handler:
    def retrieve(ctx: Context, identifier: str) -> Object:
        return ctx.store.get(kind, identifier)

    return retrieve


def lister(kind: str, url: str, filters: tuple[str, ...]) -> Handler:
    def listing(ctx: Context) -> Object:
        wanted = {name: ctx.params[name] for name in filters if name in ctx.params}
        return page(ctx.store.tables[kind], ctx.params, url, lambda o: all(o[n] == v for n, v in wanted.items()))

    return listing


def events_page(events: dict[str, Event], ctx: Context) -> Object:
    """docs.stripe.com/api/events/list: a `type` may end in a wildcard; `types` lists up to twenty."""
    one, several = ctx.params.get("type"), ctx.params.get("types")
    patterns = [one] if one else several if isinstance(several, list) else ["*"]
    known = {e.id: {"id": e.id, "created": e.created, "type": e.type} for e in events.values()}
    found = page(known, ctx.params, "/v1/events", lambda e: any(fnmatch(e["type"], p) for p in patterns))
    return found | {"data": [events[e["id"]].told() for e in found["data"]]}


def event(events: dict[str, Event], identifier: str) -> Object:
    if identifier not in events:
        raise errors.no_such("event", identifier, param="id")
    return events[identifier].told()


def totals(store: Store) -> Object:
    """Per intent and overall. `released` is a hold given back, `refunded` money; a failed refund is neither.

    `disputed` is what is disputed or lost, `withdrawn` what was really taken for it and not given back.
    """
    intents = {intent["id"]: _blank(intent) for intent in store.all("payment_intent")}
    for charge in store.all("charge"):
        if charge["status"] == "succeeded":
            row = intents[charge["payment_intent"]]
            row["authorised"] += charge["amount"]
            row["captured"] += charge["amount_captured"]
    for refund in store.all("refund"):
        row = intents[refund["payment_intent"]]
        if refund["status"] in ("succeeded", "pending"):
            pending = refund["status"] == "pending"
            row["released" if is_release(refund) else "refund_pending" if pending else "refunded"] += refund["amount"]
    for dispute in store.all("dispute"):
        row, moved = intents[dispute["payment_intent"]], dispute["balance_transactions"]
        if dispute["status"] not in ("won", "warning_closed"):
            row["disputed"] += dispute["amount"]
        row["withdrawn"] -= sum(each["amount"] for each in moved)
        row["dispute_fees"] += sum(each["fee"] for each in moved)
    return {"intents": intents, "sums": {name: sum(row[name] for row in intents.values()) for name in SUMS}}


def _blank(intent: Object) -> Object:
    row = dict.fromkeys(SUMS, 0) | {"held": intent["amount_capturable"]}
    same = ("status", "amount", "amount_received", "currency", "metadata", "latest_charge", "cancellation_reason")
    return row | {name: intent[name] for name in same}
