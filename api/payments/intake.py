"""How what Stripe tells us reaches the log: at once, and again when it did not; see connectors/stripe/inbox.py."""

from __future__ import annotations

import asyncio

import structlog

from api.http import metrics
from api.http.problems import Problem
from api.log.commands import Commands
from connectors.stripe.inbox import Publish, StripeIntake, Unpublished
from schemas.envelope import Envelope
from schemas.payments.messages import RecordDispute, RecordStripeEvent

LOG = structlog.get_logger()
SWEEP_SECONDS = 5.0
SWEEP_OLDER_THAN_SECONDS = 5.0  # younger ones are being handed on by whoever took them in


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
