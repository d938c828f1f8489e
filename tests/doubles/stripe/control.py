"""The control plane, `/_double/...`, JSON in and out: how a test orders misbehaviour and reads what happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import orjson

from tests.doubles.stripe import challenge, disputes, errors, intents, ledger, refunds, status
from tests.doubles.stripe.attempts import authorise, fail
from tests.doubles.stripe.context import Context
from tests.doubles.stripe.double import Double
from tests.doubles.stripe.intents import withdraw
from tests.doubles.stripe.settings import UnknownSettingError
from tests.doubles.stripe.store import Object
from tests.doubles.stripe.webhooks import Delivery

Answer = tuple[int, Any]


class Refused(Exception):
    """The test asked for what cannot be; it reads the reason in the answer."""


def control(double: Double, method: str, path: str, query: bytes, body: bytes) -> Answer:
    parts = path.removeprefix("/_double/").split("/")
    shape = "/".join("*" if index == 1 else part for index, part in enumerate(parts))
    handler = HANDLERS.get((method, shape))
    if handler is None:
        return 404, {"error": f"no {method} {path}"}
    try:
        given = orjson.loads(body) if body else dict(parse_qsl(query.decode()))
        return 200, handler(double, given, *parts[1:2])
    except (UnknownSettingError, Refused, orjson.JSONDecodeError) as wrong:
        return 400, {"error": str(wrong)}
    except errors.StripeError as unknown:
        return unknown.status, {"error": str(unknown)}


def health(double: Double, given: Object) -> Object:
    return {"status": "ok", "intents": len(double.store.tables["payment_intent"])}


def settings(double: Double, given: Object) -> Object:
    return double.settings


def configure(double: Double, given: Object) -> Object:
    double.configure(given)
    return double.settings


def override(double: Double, given: Object) -> Object:
    return double.overrides.add(given)


def overrides(double: Double, given: Object) -> Any:
    return double.overrides.orders


def drop_overrides(double: Double, given: Object) -> Any:
    double.overrides.orders.clear()
    return []


def state(double: Double, given: Object) -> Object:
    tables = {f"{kind}s": table for kind, table in double.store.tables.items()}
    return tables | {"totals": ledger.totals(double.store)}


def totals(double: Double, given: Object) -> Object:
    return ledger.totals(double.store)


def requests(double: Double, given: Object) -> Object:
    """`duplicates`: keys seen more than once, with how many of those calls were answered from the record."""
    wanted = [e for e in double.requests if given.get("operation", e["operation"]) == e["operation"]]
    wanted = [e for e in wanted if given.get("intent", e["intent"]) == e["intent"]]
    duplicates = {
        key: {"calls": saved.calls, "replays": saved.replays, "path": saved.path}
        for key, saved in double.keys.saved.items()
        if saved.calls > 1
    }
    limit = int(given.get("limit", 200))
    return {"counts": double.counts, "duplicates": duplicates, "requests": wanted[-limit:]}


def webhooks(double: Double, given: Object) -> Object:
    everything = [d for ds in double.webhooks.deliveries.values() for d in ds]
    wanted = [d for d in everything if given.get("intent", d.event.intent) == d.event.intent]
    wanted = [d for d in wanted if given.get("type", d.event.type) == d.event.type]
    limit = int(given.get("limit", 200))
    return {"pending": double.webhooks.pending(), "total": len(everything), "deliveries": _told(wanted[-limit:])}


def redeliver(double: Double, given: Object, identifier: str) -> Object:
    if identifier not in double.events:
        raise Refused(f"no event {identifier}")
    return _told([double.redeliver(double.events[identifier])])[0]


def expire(double: Double, given: Object, identifier: str) -> Object:
    """The hold runs out: canceled with the reason "automatic" (docs.stripe.com/payments/place-a-hold)."""
    intent = double.store.get("payment_intent", identifier)
    if intent["status"] != status.CAPTURE:
        raise Refused(f"{identifier} is {intent['status']}: nothing is held")
    return dict(double.happen(lambda ctx: withdraw(ctx, intent, "automatic")))


def settle_intent(double: Double, given: Object, identifier: str) -> Object:
    """The end of `processing`: {"outcome": "succeeded"} or {"outcome": "failed", "decline": "insufficient_funds"}."""
    intent = double.store.get("payment_intent", identifier)
    outcome = given.get("outcome")
    if intent["status"] != status.PROCESSING or outcome not in ("succeeded", "failed"):
        raise Refused(f"{identifier} is {intent['status']}, the outcome {outcome}")

    def work(ctx: Context) -> Object:
        if outcome == "succeeded":
            authorise(ctx, intent)
        else:
            fail(ctx, intent, given.get("decline", "generic_decline"))
        return intent

    return dict(double.happen(work))


def authenticate(double: Double, given: Object, identifier: str) -> Object:
    """What the buttons of the challenge page do, for tests without a page: {"outcome": "pass"} or "fail"."""
    intent = double.store.get("payment_intent", identifier)
    if intent["status"] != status.ACTION or given.get("outcome") not in ("pass", "fail"):
        raise Refused(f"{identifier} is {intent['status']}, the outcome {given.get('outcome')}")
    return challenge.finish(double, intent, passed=given["outcome"] == "pass")


def dashboard_capture(double: Double, given: Object, identifier: str) -> Object:
    """Somebody captures in the dashboard: {"amount": pence}; by default all that is reserved."""
    return _by_hand(double, lambda ctx: intents.capture(ctx, identifier), {"amount_to_capture": given.get("amount")})


def dashboard_refund(double: Double, given: Object) -> Object:
    """Somebody refunds in the dashboard: {"payment_intent": "pi_..", "amount": pence}; by default all that is left."""
    wanted = {"payment_intent": given.get("payment_intent"), "amount": given.get("amount")}
    return _by_hand(double, refunds.create, wanted)


def _by_hand(double: Double, work: Callable[[Context], Object], wanted: Object) -> Object:
    """What the API would do, as a form says it, but nobody called: no key, no request in the events."""
    form = {name: str(value) for name, value in wanted.items() if value is not None}
    return dict(double.happen(work, params=form))


def settle_refund(double: Double, given: Object, identifier: str) -> Object:
    refund = double.store.get("refund", identifier)
    if not double.happen(lambda ctx: refunds.settle(ctx, refund, given.get("outcome", ""))):
        raise Refused(f"{identifier} is {refund['status']} and cannot become {given.get('outcome')}")
    return refund


def open_dispute(double: Double, given: Object) -> Object:
    """{"payment_intent": "pi_..", "amount": pence, "reason": "fraudulent", "inquiry": false}; by default all of it."""
    intent = double.store.get("payment_intent", given.get("payment_intent", ""))
    if intent["status"] != status.SUCCEEDED:
        raise Refused(f"{intent['id']} is {intent['status']}: there is nothing to dispute")
    charge = double.store.get("charge", intent["latest_charge"])
    amount, reason = int(given.get("amount") or charge["amount_captured"]), given.get("reason", "fraudulent")
    inquiry = bool(given.get("inquiry"))
    if charge["disputed"] or not 0 < amount <= charge["amount_captured"]:
        raise Refused(f"{charge['id']} cannot be disputed for {amount}")

    def work(ctx: Context) -> Object:
        return disputes.open_dispute(ctx, charge, amount=amount, reason=reason, inquiry=inquiry)

    return dict(double.happen(work))


def move_dispute(double: Double, given: Object, identifier: str) -> Object:
    """What the bank does: {"status": "under_review"}, `won` and so on; `disputes.NEXT` says what may follow what."""
    dispute = double.store.get("dispute", identifier)
    if not double.happen(lambda ctx: disputes.move(ctx, dispute, given.get("status", ""))):
        raise Refused(f"{identifier} is {dispute['status']} and cannot become {given.get('status')}")
    return dispute


def contract(double: Double, given: Object) -> Object:
    return double.contract.report()


def reset(double: Double, given: Object) -> Object:
    double.reset()
    return health(double, given)


def _told(deliveries: list[Delivery]) -> list[Object]:
    return [
        {
            "event": d.event.id,
            "type": d.event.type,
            "intent": d.event.intent,
            "state": d.state,
            "attempts_total": d.attempts_total,
            "attempts": d.attempts,
            "spoiled_accepted": [a["spoil"] for a in d.attempts if a["spoil"] and 200 <= a["status"] < 300],
        }
        for d in deliveries
    ]


HANDLERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("GET", "health"): health,
    ("GET", "settings"): settings,
    ("PATCH", "settings"): configure,
    ("GET", "overrides"): overrides,
    ("POST", "overrides"): override,
    ("DELETE", "overrides"): drop_overrides,
    ("GET", "state"): state,
    ("GET", "totals"): totals,
    ("GET", "requests"): requests,
    ("GET", "webhooks"): webhooks,
    ("POST", "webhooks/*/redeliver"): redeliver,
    ("POST", "payment_intents/*/expire"): expire,
    ("POST", "payment_intents/*/settle"): settle_intent,
    ("POST", "payment_intents/*/authenticate"): authenticate,
    ("POST", "payment_intents/*/capture"): dashboard_capture,
    ("POST", "refunds"): dashboard_refund,
    ("POST", "refunds/*/settle"): settle_refund,
    ("POST", "disputes"): open_dispute,
    ("POST", "disputes/*/move"): move_dispute,
    ("GET", "contract"): contract,
    ("POST", "reset"): reset,
}
