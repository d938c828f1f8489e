"""How one event will be delivered: properly, or with what the settings or an order make of it."""

from __future__ import annotations

import hashlib
import hmac
import random
import time
from dataclasses import dataclass
from typing import Any

from tests.doubles.stripe.settings import Settings

SPOILS = ("altered", "bad_signature", "stale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    delay_seconds: float = 0.0
    early_seconds_max: float = 0.0  # > 0: delivered before the API call is answered, waiting no longer than this.
    copies: int = 1
    reorder_seconds_max: float = 0.0  # > 0: held back until a later event of the same intent was delivered.
    spoils: tuple[str, ...] = ()  # Sent once each, in addition to and ahead of the honest delivery.
    stale_seconds: int = 400
    never: bool = False


def draw(webhooks: Settings, order: dict[str, Any], dice: random.Random) -> Plan:
    """An order names misbehaviours, each with true or with its values: {"late": {"seconds": 3}, "altered": true}."""
    active: dict[str, dict[str, Any]] = {}
    for name in ("late", "early", "repeat", "reorder", *SPOILS, "never"):
        setting: Settings = webhooks[name]
        if order:
            if ordered := order.get(name):
                active[name] = setting | (ordered if isinstance(ordered, dict) else {})
        elif setting["probability"] > 0 and dice.random() < setting["probability"]:
            active[name] = setting
    return Plan(
        delay_seconds=active["late"]["seconds"] if "late" in active else webhooks["delay_seconds"],
        early_seconds_max=active["early"]["seconds_max"] if "early" in active and "late" not in active else 0.0,
        copies=active["repeat"]["times"] if "repeat" in active else 1,
        reorder_seconds_max=active["reorder"]["seconds_max"] if "reorder" in active else 0.0,
        spoils=tuple(name for name in SPOILS if name in active),
        stale_seconds=(active if "stale" in active else webhooks)["stale"]["seconds"],
        never="never" in active,
    )


def signed(secret: str, body: bytes, plan: Plan, spoil: str) -> tuple[bytes, str]:
    """Body and `Stripe-Signature` (docs.stripe.com/webhooks/signature: HMAC-SHA256 over "{timestamp}.{body}")."""
    timestamp = int(time.time()) - (plan.stale_seconds if spoil == "stale" else 0)
    key = secret + "x" if spoil == "bad_signature" else secret
    digest = hmac.new(key.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    if spoil == "altered":
        body = body.replace(b'"livemode": false', b'"livemode": true')
    return body, f"t={timestamp},v1={digest}"
