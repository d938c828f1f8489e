"""One API call: the key, the faults, the idempotency record, the rules, the answer and the events, in that order."""

from __future__ import annotations

import asyncio
import base64
import hmac
import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.doubles.stripe import errors, ledger, params, routes
from tests.doubles.stripe.context import API_VERSION, Context
from tests.doubles.stripe.double import Double
from tests.doubles.stripe.faults import Fault, draw
from tests.doubles.stripe.form import Params, decode
from tests.doubles.stripe.intents import for_browser
from tests.doubles.stripe.store import Object, expanded
from tests.doubles.stripe.webhooks import Delivery

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, PATCH, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Version",
    "Access-Control-Expose-Headers": "Request-Id, Stripe-Manage-Version, Stripe-Should-Retry",
}

ACTING = ("payment_intents.create", "payment_intents.confirm", "payment_intents.capture", "refunds.create")


@dataclass(slots=True)
class Call:
    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes
    request_id: str = ""
    operation: str = ""
    identifier: str = ""
    params: Params = field(default_factory=dict)
    intent: str = ""
    browser: bool = False

    @property
    def key(self) -> str:
        """Only POST needs one: "GET and DELETE requests are idempotent by definition"."""
        return self.headers.get("idempotency-key", "") if self.method == "POST" else ""


@dataclass(slots=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]
    deliveries: list[Delivery] = field(default_factory=list)
    error: str = ""


class Dropped(Exception):
    """Not an error of ours: the connection goes away, as ordered."""

    def __init__(self, *, hang: bool = False, deliveries: list[Delivery] | None = None) -> None:
        super().__init__()
        self.hang = hang
        self.deliveries = deliveries or []


async def serve(double: Double, call: Call) -> Reply:
    started = time.perf_counter()
    call.request_id = "req_" + double.store.token(14)
    call.operation, call.identifier = routes.match(call.method, call.path)
    entry: dict[str, Any] = {"request_id": call.request_id, "method": call.method, "path": call.path, "status": 0}
    entry |= {"operation": call.operation, "idempotency_key": call.key or None, "replayed": False, "error": ""}
    try:
        reply = await _serve(double, call)
        entry |= {"status": reply.status, "replayed": "Idempotent-Replayed" in reply.headers, "error": reply.error}
    except Dropped:
        entry["error"] = "dropped"
        raise
    finally:
        entry |= {"intent": call.intent, "ms": round((time.perf_counter() - started) * 1000, 2)}
        double.log(entry)
    target = call.path + (f"?{call.query.decode()}" if call.query else "")
    double.contract.submit(call.method, target, call.body, reply.status)
    return reply


async def _serve(double: Double, call: Call) -> Reply:
    try:
        _check_outage(double)
        if not double.bucket.admits(double.settings["api"]["rate_limit"]):
            raise errors.rate_limited()
        _read(call)
        _authenticate(double, call)
        if not call.operation:
            raise errors.unknown_path(call.method, call.path)
        order = double.overrides.take("api", call.intent, operation=call.operation)
        fault = draw(double.settings["api"], order, double.call_dice)
        if fault.drop == "before":
            raise Dropped
        if fault.status and not fault.after and fault.status != 500:
            raise _failure(fault)
        return await _once(double, call, fault)
    except errors.StripeError as failure:
        return _refusal(call, failure)


async def _once(double: Double, call: Call, fault: Fault) -> Reply:
    """Under an idempotency key a call runs once; the same key while it runs is a 409."""
    key = call.key
    if key and (saved := double.keys.begin(key, call.path, call.body, call.request_id)) is not None:
        headers = _headers(call) | {"Idempotent-Replayed": "true", "Original-Request": saved.request_id}
        return Reply(saved.status, saved.body, headers)
    stored = False
    deliveries: list[Delivery] = []
    try:
        if fault.latency_seconds:
            await asyncio.sleep(fault.latency_seconds)
        reply, stored, deliveries = _work(double, call, fault)
    finally:
        # Also when the client went away meanwhile: a key that stays in flight would block its own retry for ever.
        if key and not stored:
            double.keys.forget(key)
    if key and stored:
        double.keys.finish(key, reply.status, reply.body)
        reply.headers["Original-Request"] = call.request_id
    if call.method == "POST":
        double.save(key if stored else "")
    else:
        double.store.take_touched()  # Reading changes nothing.
    deliveries = await double.webhooks.early(deliveries)
    if fault.latency_after_seconds:
        await asyncio.sleep(fault.latency_after_seconds)
    if fault.drop == "after":
        raise Dropped(deliveries=deliveries)
    if fault.status and fault.after and fault.status != 500:
        reply = _refusal(call, _failure(fault))
    reply.deliveries = deliveries
    return reply


def _work(double: Double, call: Call, fault: Fault) -> tuple[Reply, bool, list[Delivery]]:
    """The rules, run in one go: no other call sees a half-changed object. Also: is the reply to be stored?"""
    ctx = Context(double.store, call.params, call.browser, f"http://{call.headers.get('host', '')}")
    ctx.request_id, ctx.idempotency_key = call.request_id, call.key or None
    try:
        if fault.status == 500 and not fault.after:
            raise errors.api_error()
        params.check_names(call.operation, call.params, browser=call.browser)
        ctx.outcome = double.overrides.take("outcome", call.intent, operation=call.operation)
        result = _run(double, call, ctx)
        if fault.status == 500:
            raise errors.api_error()
        return Reply(200, result, _headers(call)), True, double.record(ctx)
    except errors.StripeError as failure:
        return _refusal(call, failure), failure.stored, double.record(ctx)


def _run(double: Double, call: Call, ctx: Context) -> bytes:
    handler = routes.ROUTES[call.operation][2]
    if handler is not None:
        result: Object = handler(ctx, call.identifier) if call.identifier else handler(ctx)
    elif call.identifier:
        result = ledger.event(double.events, call.identifier)
    else:
        result = ledger.events_page(double.events, ctx)
    if result["object"] == "payment_intent":
        call.intent = result["id"]
    if call.operation in ACTING:
        double.follow_up(result)
    if call.browser and result["object"] == "payment_intent":
        result = for_browser(result)
    return orjson.dumps(expanded(double.store, result, call.params))


def _read(call: Call) -> None:
    if "json" in call.headers.get("content-type", ""):
        message = "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
        raise errors.invalid(message)
    try:
        call.params = decode(call.body if call.method == "POST" else call.query)
    except (ValueError, UnicodeDecodeError) as unreadable:
        raise errors.invalid("Invalid request: the parameters cannot be read.") from unreadable
    on_intent = call.operation.startswith("payment_intents.")
    call.intent = call.identifier if on_intent else str(call.params.get("payment_intent", ""))


def _authenticate(double: Double, call: Call) -> None:
    """docs.stripe.com/api/authentication: Bearer, or Basic with the key as user; Stripe.js may send it in the form."""
    scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key).decode("utf-8").partition(":")[0]
        except ValueError:
            key = ""
    if not key:
        key = str(call.params.get("key", ""))
    if hmac.compare_digest(key.encode(), double.account.secret_key.encode()):
        return
    publishable = double.account.publishable_key
    call.browser = key.startswith("pk_") and publishable in ("", key)
    if not call.browser:
        raise errors.wrong_key(key)
    if call.operation and call.operation not in routes.BROWSER_OPERATIONS:
        raise errors.secret_key_required()


def _check_outage(double: Double) -> None:
    outage = double.settings["api"]["outage"]
    if outage == "error":
        raise errors.api_error(503)
    if outage:
        raise Dropped(hang=outage == "hang")


def _failure(fault: Fault) -> errors.StripeError:
    return errors.rate_limited(fault.code or "rate_limit") if fault.status == 429 else errors.api_error(fault.status)


def _refusal(call: Call, failure: errors.StripeError) -> Reply:
    log = f"https://dashboard.stripe.com/test/logs/{call.request_id}"
    error = {**failure.error, "request_log_url": log}
    if call.browser and "payment_intent" in error:
        error["payment_intent"] = for_browser(error["payment_intent"])
    body = orjson.dumps({"error": error})
    named = str(error.get("decline_code") or error.get("code") or error["type"])
    return Reply(failure.status, body, _headers(call) | failure.headers, error=named)


def _headers(call: Call) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache, no-store",
        "Request-Id": call.request_id,
        "Stripe-Version": call.headers.get("stripe-version", API_VERSION),
        **CORS,
    }
    if call.key:
        headers["Idempotency-Key"] = call.key
    return headers
