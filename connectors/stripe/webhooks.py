"""What comes in as a webhook of Stripe: signed over the raw bytes, and an event at all."""

from __future__ import annotations

import re
import time
from typing import Any

import orjson
from stripe import WebhookSignature

from connectors.stripe.events import NAME_CHARACTERS_MAX, is_name

TOLERANCE_SECONDS = 300
SIGNED_AT = re.compile(r"(?:^|,)t=(\d{1,12})(?:,|$)")
# What our endpoint at Stripe subscribes to: each delivery costs both of us a request, and Stripe would send five for an
# order of which three say nothing new. What comes besides (a test, a dashboard) is kept all the same.
SUBSCRIBED = (
    "payment_intent.amount_capturable_updated",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.processing",
    "payment_intent.canceled",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "radar.early_fraud_warning.created",
)


class WebhookRejected(Exception):
    """Not signed by Stripe, not of this time, altered, or no event at all. Nothing was written."""


def verify(raw: bytes, signature: str, secret: str) -> None:
    """Check the signature over the bytes as they came. Raises WebhookRejected."""
    signed_at = SIGNED_AT.search(signature)
    try:
        WebhookSignature.verify_header(raw, signature, secret, TOLERANCE_SECONDS)
    except Exception as error:  # whatever else a stranger's bytes provoke in the library: they are not signed by Stripe
        raise WebhookRejected(
            f"Stripe-Signature is missing, older than {TOLERANCE_SECONDS} s, or not over these bytes with our secret"
        ) from error
    # Stripe's library looks at the past alone; a signature made for next year could be replayed until then.
    if signed_at is None or int(signed_at[1]) > time.time() + TOLERANCE_SECONDS:
        raise WebhookRejected(f"Stripe-Signature is of a time more than {TOLERANCE_SECONDS} s ahead")


def parse(raw: bytes) -> dict[str, Any]:
    """The event in a verified body. Raises WebhookRejected when there is none."""
    try:
        event = orjson.loads(raw)
        about = event["data"]["object"]
        if is_name(event["id"]) and is_name(event["type"]) and isinstance(about, dict):
            return dict(event)
    except (ValueError, KeyError, TypeError):
        pass
    raise WebhookRejected(
        f"The body is no Stripe event: data.object is needed, and id and type of 1 to {NAME_CHARACTERS_MAX} characters "
        "without a zero byte"
    )
