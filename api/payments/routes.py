"""What Stripe tells us. The work is in connectors/stripe/inbox.py; here is the path."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request, Response

from api.http import metrics
from api.http.docs import reads
from api.http.parts import part
from api.http.problems import Problem
from api.http.responses import respond
from api.payments.responses import WebhookResponse
from connectors.stripe.inbox import StripeIntake, Unpublished
from connectors.stripe.webhooks import WebhookRejected

# What Stripe is told of a row: that one was not understood is ours to mend, and sending it again would not help.
TOLD: dict[str, Literal["published", "kept", "received"]] = {
    "received": "received", "published": "published", "kept": "kept", "failed": "kept",
}  # fmt: skip

router = APIRouter(prefix="/v1/webhooks", tags=["payments"])


@router.post(
    "/stripe",
    **reads(WebhookResponse, "signature_invalid", "body_too_large", "webhook_not_published", "view_unavailable"),
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def take_stripe_webhook(
    request: Request, signature: Annotated[str, Header(alias="Stripe-Signature", max_length=2_000)] = ""
) -> Response:
    """Take in one event of Stripe's, signed over the raw body; the same event any number of times."""
    try:
        outcome = await part(request, StripeIntake).receive(await request.body(), signature)
    except WebhookRejected as error:
        metrics.WEBHOOKS.labels("rejected").inc()
        raise Problem("signature_invalid", f"{error}. Nothing was stored.") from error
    except Unpublished as error:
        metrics.WEBHOOKS.labels("unpublished").inc()
        raise Problem("webhook_not_published", "The event is stored and will be published. Send it again.") from error
    metrics.WEBHOOKS.labels(outcome).inc()
    return respond(WebhookResponse(status=TOLD[outcome]))
