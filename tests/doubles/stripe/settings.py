"""How the double behaves right now. All faults are off until a test switches them on over the control plane."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from fnmatch import fnmatch
from typing import Any

Settings = dict[str, Any]
OUTAGES = ("", "drop", "hang", "error")

DEFAULTS: Settings = {
    "seed": 0,  # Setting it starts the draws anew.
    "settle_seconds": 2.0,  # When a test card's slow refund settles; null waits for the control plane.
    "api": {
        "outage": "",  # "drop" the connection, "hang" without an answer, or an "error" 503.
        "rate_limit": {"per_second": 0.0, "burst": 0},  # 0 per second is no limit.
        "latency": {"probability": 0.0, "seconds": 0.0, "jitter_seconds": 0.0},  # Before the call is processed.
        "latency_after": {"probability": 0.0, "seconds": 0.0, "jitter_seconds": 0.0},  # Before it is answered.
        "error_500": {"probability": 0.0, "after": False},  # After: the work was done all the same.
        "drop_before": {"probability": 0.0},
        "drop_after": {"probability": 0.0},
    },
    "webhooks": {
        "url": "",
        "enabled_events": ["*"],
        "delay_seconds": 0.0,
        "timeout_seconds": 10.0,
        "concurrency": 16,
        "retry_first_seconds": 0.1,
        "retry_cap_seconds": 5.0,
        "retry_total_seconds": 1800.0,
        "late": {"probability": 0.0, "seconds": 2.0},
        "early": {"probability": 0.0, "seconds_max": 5.0},
        "repeat": {"probability": 0.0, "times": 3},
        "reorder": {"probability": 0.0, "seconds_max": 2.0},
        "altered": {"probability": 0.0},
        "bad_signature": {"probability": 0.0},
        "stale": {"probability": 0.0, "seconds": 400},
        "never": {"probability": 0.0},
    },
}
MISBEHAVIOURS = ("late", "early", "repeat", "reorder", "altered", "bad_signature", "stale", "never")
API_ORDERS = ("status", "code", "drop", "latency_seconds", "latency_after_seconds", "after")
OUTCOMES = ("decline", "authentication", "processing", "refund")


class UnknownSettingError(ValueError):
    pass


def defaults(webhook_url: str, webhook_events: Sequence[str], seed: int) -> Settings:
    fresh = copy.deepcopy(DEFAULTS)
    fresh["seed"] = seed
    fresh["webhooks"] |= {"url": webhook_url, "enabled_events": list(webhook_events)}
    return fresh


def merge(current: Settings, patch: Any, path: str = "") -> Settings:
    """A patched copy; a name or a type that the defaults do not know is refused, lest a typo disarm a test."""
    if not isinstance(patch, dict):
        raise UnknownSettingError(f"{path or 'settings'} must be an object")
    merged = dict(current)
    for name, value in patch.items():
        full = f"{path}.{name}".lstrip(".")
        if name not in current:
            raise UnknownSettingError(f"unknown setting {full}")
        merged[name] = merge(current[name], value, full) if isinstance(current[name], dict) else _checked(full, value)
    return merged


def _checked(path: str, value: Any) -> Any:
    expected: Any = DEFAULTS
    for step in path.split("."):
        expected = expected[step]
    if path == "api.outage" and value not in OUTAGES:
        raise UnknownSettingError(f"api.outage must be one of {OUTAGES}")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = number if isinstance(expected, float | int) and not isinstance(expected, bool) else True
    fits = fits and isinstance(value, type(expected)) if isinstance(expected, str | bool | list) else fits
    if not fits and not (path == "settle_seconds" and value is None):
        raise UnknownSettingError(f"{path} must be like {expected!r}")
    return value


class Overrides:
    """Orders for one intent, or for whatever comes next: [{target, operation, times, api | outcome | webhooks}]."""

    def __init__(self) -> None:
        self.orders: list[dict[str, Any]] = []

    def add(self, order: Any) -> dict[str, Any]:
        if not isinstance(order, dict):
            raise UnknownSettingError("an override is an object")
        known = {"api": API_ORDERS, "outcome": OUTCOMES, "webhooks": MISBEHAVIOURS}
        kinds = order.keys() & known.keys()
        unknown = order.keys() - known.keys() - {"target", "operation", "types", "times"}
        if unknown or len(kinds) != 1:
            raise UnknownSettingError(f"an override has one of {sorted(known)}; unknown: {sorted(unknown)}")
        [kind] = kinds
        if not isinstance(order[kind], dict) or (wrong := order[kind].keys() - set(known[kind])):
            raise UnknownSettingError(f"{kind} takes {known[kind]}, not {order[kind] if kind else wrong}")
        full = {"target": "next", "operation": "*", "types": ["*"], "times": 1} | order
        self.orders.append(full)
        return full

    def take(self, kind: str, target: str, *, operation: str = "", event_type: str = "") -> dict[str, Any]:
        """The first order that fits, used up once; an empty one where nothing was ordered."""
        for order in self.orders:
            if kind not in order or order["target"] not in ("next", target):
                continue
            if kind == "webhooks" and not any(fnmatch(event_type, pattern) for pattern in order["types"]):
                continue
            if kind != "webhooks" and not fnmatch(operation, order["operation"]):
                continue
            order["times"] -= 1
            if order["times"] <= 0:
                self.orders.remove(order)
            found: dict[str, Any] = order[kind]
            return found
        return {}
