"""What Stripe tells us. The work is in connectors/stripe_inbox.py; here are the path and the sweeper."""

from __future__ import annotations

import asyncio
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Request, Response

from api import metrics
from api.answers import answer, edge_of
from api.bodies import WebhookTaken
from api.commands import Commands
from api.docs import problems
from api.errors import Problem
from connectors.stripe_inbox import Publish, StripeIntake, Unpublished
from connectors.stripe_webhooks import WebhookRejected
from schemas.envelope import Envelope
from schemas.payments.messages import RecordDispute, RecordStripeEvent

LOG = structlog.get_logger()
SWEEP_SECONDS = 5.0
SWEEP_OLDER_THAN_SECONDS = 5.0  # younger ones are being handed on by whoever took them in
# What Stripe is told of a row: that one was not understood is ours to mend, and sending it again would not help.
SAID = {"received": "received", "published": "published", "kept": "kept", "failed": "kept"}

router = APIRouter(prefix="/v1/webhooks", tags=["payments"])


@router.post(
    "/stripe",
    response_model=WebhookTaken,
    responses=problems("signature_invalid", "body_too_large", "webhook_not_published", "view_unavailable"),
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def take_stripe_webhook(
    request: Request, signature: Annotated[str, Header(alias="Stripe-Signature", max_length=2_000)] = ""
) -> Response:
    """Take in one event of Stripe's, signed over the raw body; the same event any number of times."""
    try:
        outcome = await edge_of(request).intake.receive(await request.body(), signature)
    except WebhookRejected as error:
        metrics.WEBHOOKS.labels("rejected").inc()
        raise Problem("signature_invalid", f"{error}. Nothing was stored.") from error
    except Unpublished as error:
        metrics.WEBHOOKS.labels("unpublished").inc()
        raise Problem("webhook_not_published", "The event is stored and will be published. Send it again.") from error
    metrics.WEBHOOKS.labels(outcome).inc()
    return answer(200, {"status": SAID[outcome]})


def publisher(commands: Commands) -> Publish:
    """How the intake reaches the log. Raises Unpublished when the log does not confirm."""

    async def publish(envelope: Envelope, command: RecordStripeEvent | RecordDispute) -> None:
        structlog.contextvars.bind_contextvars(command_id=envelope.id, correlation_id=envelope.correlation_id)
        try:
            await commands.publish(command, envelope).confirmed()
        except Problem as problem:
            raise Unpublished(problem.detail) from problem

    return publish


class StripeSweeper:
    """Publishes what was stored and not published: at the start, and every few seconds."""

    def __init__(self, intake: StripeIntake) -> None:
        self._intake = intake
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="stripe-sweeper")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                swept = await self._intake.sweep(older_than_seconds=SWEEP_OLDER_THAN_SECONDS)
                structlog.contextvars.unbind_contextvars("command_id", "correlation_id")
                if swept:
                    LOG.info("stripe_webhooks_swept", count=swept)
            except Exception:  # whatever it was, the rows are still there for the next round
                metrics.WEBHOOKS.labels("sweep_failed").inc()
                LOG.exception("stripe_sweep_failed")
            await asyncio.sleep(SWEEP_SECONDS)
