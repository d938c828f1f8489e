"""One call as the rules see it: the store, the caller, and the events it causes. No HTTP in here."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.doubles.stripe.form import Params
from tests.doubles.stripe.store import Object, Store

API_VERSION = "2026-10-28.endive"


def now() -> int:
    return int(time.time())


def tight(raw: bytes) -> bytes:
    """orjson leaves its bytes in a 16 KB buffer: a copy to keep is a tenth of that."""
    return memoryview(raw).tobytes()


@dataclass(slots=True, eq=False)
class Event:
    """Its bytes are made when it happens: later changes of the object must not reach it, and bytes keep small."""

    id: str
    type: str
    created: int
    intent: str
    body: bytes
    acknowledged: bool = False

    def told(self) -> Object:
        """The event as the API reads it back."""
        told: Object = orjson.loads(self.body)
        return told | {"pending_webhooks": 0 if self.acknowledged else 1}


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
        data: Object = {"object": obj}
        if previous is not None:
            data["previous_attributes"] = previous
        identifier, created = "evt_3" + self.store.token(23), now()
        body = {
            "id": identifier,
            "object": "event",
            "api_version": API_VERSION,
            "created": created,
            "data": data,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": event_type,
        }
        intent = obj["id"] if obj["object"] == "payment_intent" else obj.get("payment_intent") or ""
        raw = tight(orjson.dumps(body, option=orjson.OPT_INDENT_2))
        self.events.append(Event(identifier, event_type, created, intent, raw))
