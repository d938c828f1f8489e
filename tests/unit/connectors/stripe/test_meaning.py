"""What each failure of Stripe means for the event behind it."""

from __future__ import annotations

import pytest
import stripe

from connectors.stripe.client import KeyExhausted, Refused, meaning
from connectors.stripe.guard import Unavailable

REPLAYED = {"Idempotent-Replayed": "true"}


@pytest.mark.parametrize(
    ("error", "kind", "outage"),
    [
        (stripe.RateLimitError("slow down", http_status=429, headers={"Retry-After": "7"}), Unavailable, False),
        (stripe.APIError("busy", http_status=409), Unavailable, False),
        (stripe.APIError("oops", http_status=500), Unavailable, True),
        (stripe.APIError("oops", http_status=503), Unavailable, True),
        (stripe.APIConnectionError("nobody there"), Unavailable, True),
        (stripe.AuthenticationError("wrong key", http_status=401), Unavailable, True),
        (stripe.PermissionError("not yours", http_status=403), Unavailable, True),
        (stripe.APIError("oops", http_status=500, headers=REPLAYED), KeyExhausted, None),
        (stripe.IdempotencyError("other parameters", http_status=400), KeyExhausted, None),
        (stripe.CardError("declined", "card", "card_declined", http_status=402), Refused, None),
        (stripe.InvalidRequestError("too small", "amount", "amount_too_small", http_status=400), Refused, None),
        (stripe.InvalidRequestError("no such", "id", "resource_missing", http_status=404), Refused, None),
    ],
)
def test_what_a_failure_means(error: stripe.StripeError, kind: type[Exception], outage: bool | None) -> None:
    found = meaning(error)
    assert type(found) is kind
    assert getattr(found, "outage", None) is outage


def test_stripe_says_how_long_to_wait_and_it_is_believed_within_reason() -> None:
    for said, seconds in (("7", 7.0), ("86400", 60.0), ("soon", 0.0)):
        error = stripe.RateLimitError("slow down", http_status=429, headers={"Retry-After": said})
        found = meaning(error)
        assert isinstance(found, Unavailable)
        assert found.wait_seconds == seconds


def test_a_refusal_carries_stripes_code() -> None:
    found = meaning(stripe.CardError("declined", "card", "card_declined", http_status=402))
    assert isinstance(found, Refused)
    assert found.code == "card_declined"
