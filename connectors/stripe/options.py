"""How hard the Stripe connector may push, from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeOptions:
    """The defaults are Stripe's, or right for a shopper who waits."""

    rate: int = 25  # requests a second and endpoint (docs.stripe.com/rate-limits)
    timeout_seconds: float = 10.0  # ends within the time a supervisor gives us to end
    probe_seconds: float = 10.0  # from the breaker's opening to its next probe
    back_off_seconds_max: float = 20.0

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> StripeOptions:
        """Read BLOOMFIELD_STRIPE_RATE, _STRIPE_TIMEOUT_SECONDS, _STRIPE_PROBE_SECONDS, _STRIPE_BACK_OFF_SECONDS_MAX."""
        default = StripeOptions()

        def number(name: str, otherwise: float) -> float:
            return float(environment.get(f"BLOOMFIELD_STRIPE_{name}", otherwise))

        return StripeOptions(
            rate=int(number("RATE", default.rate)),
            timeout_seconds=number("TIMEOUT_SECONDS", default.timeout_seconds),
            probe_seconds=number("PROBE_SECONDS", default.probe_seconds),
            back_off_seconds_max=number("BACK_OFF_SECONDS_MAX", default.back_off_seconds_max),
        )
