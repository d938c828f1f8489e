"""What each failure of Stripe means for the event behind it."""

from __future__ import annotations

import pytest
import stripe

from connectors.stripe.client import KeyExhausted, StripeRefused, meaning
from connectors.stripe.guard import StripeUnavailable

REPLAYED = {"Idempotent-Replayed": "true"}


@pytest.mark.parametrize(
    ("error", "kind", "outage"),
    [
        (stripe.RateLimitError("slow down", http_status=429, headers={"Retry-After": "7"}), StripeUnavailable, False),
        (stripe.APIError("busy", http_status=409), StripeUnavailable, False),
        (stripe.APIError("oops", http_status=500), StripeUnavailable, True),
        (stripe.APIError("oops", http_status=503), StripeUnavailable, True),
        (stripe.APIConnectionError("nobody there"), StripeUnavailable, True),
        (stripe.AuthenticationError("wrong key", http_status=401), StripeUnavailable, True),
        (stripe.PermissionError("not yours", http_status=403), StripeUnavailable, True),
        (stripe.APIError("oops", http_status=500, headers=REPLAYED), KeyExhausted, None),
        (stripe.IdempotencyError("other parameters", http_status=400), KeyExhausted, None),
        (stripe.CardError("declined", "card", "card_declined", http_status=402), StripeRefused, None),
        (stripe.InvalidRequestError("too small", "amount", "amount_too_small", http_status=400), StripeRefused, None),
        (stripe.InvalidRequestError("no such", "id", "resource_missing", http_status=404), StripeRefused, None),
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
        assert isinstance(found, StripeUnavailable)
        assert found.wait_seconds == seconds


def test_a_refusal_carries_stripes_code() -> None:
    found = meaning(stripe.CardError("declined", "card", "card_declined", http_status=402))
    assert isinstance(found, StripeRefused)
    assert found.code == "card_declined"
