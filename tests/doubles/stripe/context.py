"""One call as the rules see it: the store, the caller, and the events it causes. No HTTP in here."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.stripe.form import Params
from tests.doubles.stripe.store import Object, Store

API_VERSION = "2026-10-28.endive"


def now() -> int:
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Event:
    """The event as it was when it happened: later changes of the object must not reach it."""

    id: str
    type: str
    intent: str
    body: Object


@dataclass(slots=True)
class Context:
    store: Store
    params: Params = field(default_factory=dict)
    browser: bool = False  # Called with a publishable key, as Stripe.js does.
    base_url: str = ""
    request_id: str | None = None
    idempotency_key: str | None = None
    outcome: dict[str, Any] = field(default_factory=dict)  # What a test ordered the issuer to say.
    events: list[Event] = field(default_factory=list)

    def emit(self, event_type: str, obj: Object, previous: Object | None = None) -> None:
        data: Object = {"object": snapshot(obj)}
        if previous is not None:
            data["previous_attributes"] = previous
        identifier = "evt_3" + self.store.token(23)
        body = {
            "id": identifier,
            "object": "event",
            "api_version": API_VERSION,
            "created": now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": event_type,
        }
        intent = obj["id"] if obj["object"] == "payment_intent" else obj.get("payment_intent") or ""
        self.events.append(Event(identifier, event_type, intent, body))


def snapshot(value: Any) -> Any:
    """A copy to any depth; objects are small trees of plain values, which copy.deepcopy is slow at."""
    if isinstance(value, dict):
        return {key: snapshot(child) for key, child in value.items()}
    if isinstance(value, list):
        return [snapshot(child) for child in value]
    return value
