"""What Stripe tells us: verified over the raw bytes, stored as it came, then said to the payments room.

A webhook is answered 200 only when it is on the log, or known to be none of ours. Whatever happens in
between, the stored row says what is left to do, and the same event always makes the same command.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from stripe import SignatureVerificationError, WebhookSignature

from schemas.envelope import Envelope, begin, derive_id
from schemas.payments.messages import RecordStripeEvent, RefundStatus

LOG = structlog.get_logger()
Pool = AsyncConnectionPool[AsyncConnection[Any]]
Publish = Callable[[Envelope, RecordStripeEvent], Awaitable[None]]  # returns once the log has it, or raises

TOLERANCE_SECONDS = 300
LATE_MS_MAX = 3_600_000
SWEEP_ROWS_MAX = 200

REFUND_STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
# What our endpoint at Stripe subscribes to: each delivery costs both of us a request, and Stripe would send five for an
# order of which three say nothing new. What comes besides (a test, a dashboard) is kept all the same.
SUBSCRIBED = (
    "payment_intent.amount_capturable_updated",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
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
REFUND_TYPES = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})


class WebhookRejected(Exception):
    """Not signed by Stripe, too old, altered, or no event at all. Nothing was written."""


def verify(raw: bytes, signature: str, secret: str) -> None:
    """Check the signature over the bytes as they came. Raises WebhookRejected."""
    try:
        WebhookSignature.verify_header(raw, signature, secret, TOLERANCE_SECONDS)
    except (SignatureVerificationError, UnicodeDecodeError) as error:
        raise WebhookRejected(
            f"Stripe-Signature is missing, older than {TOLERANCE_SECONDS} s, or not over these bytes with our secret"
        ) from error


def parse(raw: bytes) -> dict[str, Any]:
    """The event in a verified body. Raises WebhookRejected when there is none."""
    try:
        event = orjson.loads(raw)
        about = event["data"]["object"]
        if isinstance(event["id"], str) and isinstance(event["type"], str) and isinstance(about, dict):
            return dict(event)
    except (ValueError, KeyError, TypeError):
        pass
    raise WebhookRejected("The body is no Stripe event: id, type and data.object are needed")


def concerns(event: Mapping[str, Any]) -> str | None:
    """Our id of the payment that the event is about, as our metadata says; None: it says nothing of ours."""
    found = (event["data"]["object"].get("metadata") or {}).get("payment_id")
    return str(found) if found else None


def translate(event: Mapping[str, Any], payment_id: str) -> RecordStripeEvent | None:
    """What the event says of the payment; None when its type is none of ours."""
    kind, about = str(event["type"]), event["data"]["object"]
    if about.get("object") == "payment_intent" and kind.startswith("payment_intent."):
        error = about.get("last_payment_error") or {}
        return RecordStripeEvent(
            payment_id=payment_id,
            stripe_event_id=str(event["id"]),
            type=kind,
            intent_id=str(about["id"]),
            intent_status=about.get("status") or "",
            amount_capturable_minor=int(about.get("amount_capturable") or 0),
            amount_received_minor=int(about.get("amount_received") or 0),
            failure=error.get("decline_code") or error.get("code") or about.get("cancellation_reason") or "",
        )
    if about.get("object") == "refund" and kind in REFUND_TYPES:
        return RecordStripeEvent(
            payment_id=payment_id,
            stripe_event_id=str(event["id"]),
            type=kind,
            intent_id=_id_of(about.get("payment_intent")),
            refund_id=str((about.get("metadata") or {}).get("refund_id") or ""),
            stripe_refund_id=str(about["id"]),
            refund_status=REFUND_STATUS.get(about.get("status") or "", RefundStatus.UNKNOWN),
            refund_amount_minor=int(about.get("amount") or 0),
            failure=about.get("failure_reason") or "",
        )
    return None


def envelope_of(event: Mapping[str, Any], now_ms: int) -> Envelope:
    """The same event has the same command id, whoever publishes it and however often."""
    # An event that Stripe repeats for days must not look older than what the engine remembers of command
    # ids, or it would be set aside as one that may have been decided already.
    occurred_at = max(int(event.get("created") or 0) * 1000, now_ms - LATE_MS_MAX)
    command_id = derive_id(str(event["id"]), "stripe")
    return begin(command_id=command_id, occurred_at=occurred_at, actor="stripe", channel="system")


class StripeIntake:
    """The inbox in PostgreSQL, and the way from it to the log."""

    def __init__(self, pool: Pool, secret: str, publish: Publish) -> None:
        self._pool, self._secret, self._publish = pool, secret, publish

    async def receive(self, raw: bytes, signature: str) -> str:
        """Take in one delivery; answers `published` or `kept`. Raises WebhookRejected, or what publishing raises."""
        verify(raw, signature, self._secret)
        event = parse(raw)
        status = await self._store(event, raw, signature)
        return status if status != "received" else await self._hand_on(event)

    async def sweep(self, *, older_than_seconds: float) -> int:
        """Hand on what was stored and not handed on, e.g. because the process was killed between; answers how many."""
        async with self._pool.connection() as connection:
            rows = await (
                await connection.execute(
                    "SELECT body FROM stripe_inbox WHERE status = 'received'"
                    " AND received_at <= now() - %s * interval '1 second' ORDER BY received_at LIMIT %s",
                    (older_than_seconds, SWEEP_ROWS_MAX),
                )
            ).fetchall()
        for row in rows:
            await self._hand_on(parse(bytes(row[0])))
        return len(rows)

    async def _store(self, event: Mapping[str, Any], raw: bytes, signature: str) -> str:
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO stripe_inbox (stripe_event_id, type, body, signature) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (stripe_event_id) DO NOTHING",
                (event["id"], event["type"], raw, signature),
            )
            found = await connection.execute(
                "SELECT status FROM stripe_inbox WHERE stripe_event_id = %s", (event["id"],)
            )
            row = await found.fetchone()
        if row is None:
            raise RuntimeError(f"{event['id']} is not in the inbox, although it was just stored")
        return str(row[0])

    async def _hand_on(self, event: Mapping[str, Any]) -> str:
        payment_id = concerns(event) or await self._of_intent(event)
        try:
            command = translate(event, payment_id) if payment_id else None
        except (KeyError, AttributeError, TypeError, ValueError):  # signed by Stripe, and yet of no shape that we know
            LOG.exception("stripe_event_not_understood", stripe_event_id=event["id"], type=event["type"])
            command = None
        if command is not None:
            await self._publish(envelope_of(event, time.time_ns() // 1_000_000), command)
        status = "kept" if command is None else "published"
        async with self._pool.connection() as connection:
            await connection.execute(
                "UPDATE stripe_inbox SET status = %s, published_at = CASE WHEN %s = 'published' THEN now() END"
                " WHERE stripe_event_id = %s",
                (status, status, event["id"]),
            )
        return status

    async def _of_intent(self, event: Mapping[str, Any]) -> str | None:
        """A refund made in Stripe's dashboard has none of our metadata: its intent tells whose payment it is."""
        intent_id = _id_of(event["data"]["object"].get("payment_intent"))
        if event["type"] not in REFUND_TYPES or not intent_id:
            return None
        async with self._pool.connection() as connection:
            found = await connection.execute("SELECT payment_id FROM payments WHERE intent_id = %s", (intent_id,))
            row = await found.fetchone()
        return None if row is None else str(row[0])


def _id_of(reference: Any) -> str:
    """Stripe names another object by its id, or shows it whole."""
    return str(reference.get("id", "")) if isinstance(reference, dict) else str(reference or "")
