"""What Stripe tells us: verified over the raw bytes, stored as it came, then said to the payments room.

A webhook is answered 200 only when it is on the log, known to be none of ours, or stored with work left to do. Its row
in `stripe_inbox` says which, and the same event always makes the same command:

- `received`: not handed on yet. The sweeper does it. So a refund made in Stripe's dashboard, or a dispute, waits while
  the view that tells whose it is does not show its payment.
- `published`: on the log.
- `kept`: of a type or a payment that is none of ours, or a warning of fraud.

What somebody must answer in Stripe's dashboard (a dispute that begins, a warning of fraud) is said aloud here as well.
- `failed`: ours perhaps, and not understood. Counted and logged for somebody to look at; once the code is mended,
  `UPDATE stripe_inbox SET status = 'received' WHERE stripe_event_id = …` has it handed on.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import structlog
from prometheus_client import Counter

from connectors.postgres.connection import AsyncConnection, AsyncConnectionPool, InterfaceError, OperationalError
from connectors.stripe.alarms import for_people
from connectors.stripe.events import concerns, intent_named, is_of_money, reference, translate
from connectors.stripe.webhooks import WebhookRejected, parse, verify
from schemas.envelope import Envelope, begin, derive_id
from schemas.payments.messages import RecordDispute, RecordStripeEvent

LOG = structlog.get_logger()
Pool = AsyncConnectionPool[AsyncConnection[Any]]
Publish = Callable[[Envelope, RecordStripeEvent | RecordDispute], Awaitable[None]]  # returns once the log has it

SWEEP_ROWS_MAX = 200
OF_CHARGE_WAITS_MS_MAX = 86_400_000  # longer than the views take to be rebuilt
OUTAGES_PER_SWEEP_MAX = 3  # each may cost the seconds that a delivery may take
FOR_PEOPLE = ("charge.dispute.created", "charge.dispute.funds_withdrawn", "radar.early_fraud_warning.")

HELP = "it is in stripe_inbox as `failed`; connectors/stripe/inbox.py says how to have it handed on again"
ALARMS = Counter("stripe_webhooks_set_aside", "Webhooks that somebody has to look at, by the reason.", ["reason"])


class Unpublished(Exception):
    """The log did not take it. Nothing is wrong with the event."""


OUTAGE = (OperationalError, InterfaceError, Unpublished)


def envelope_of(event_id: str, received_ms: int, now_ms: int) -> Envelope:
    """The same event has the same command id and time, whoever publishes it and however often.

    Its time is when we first stored it. Stripe's own is in whole seconds, and days ago after an outage of ours. A row
    that waited here for days is no old command either: `sent_at` says when it was put on the log.
    """
    occurred_at = min(received_ms, now_ms)  # the database's clock may be ahead, and nothing happens in the future
    command_id = derive_id(event_id, "stripe")
    begun = begin(command_id=command_id, occurred_at=occurred_at, actor="stripe", channel="system")
    return msgspec.structs.replace(begun, sent_at=now_ms)


class Stored(NamedTuple):
    """What is known of a row of the inbox."""

    status: str
    received_ms: int


class StripeIntake:
    """The inbox in PostgreSQL, and the way from it to the log."""

    def __init__(self, pool: Pool, secret: str, publish: Publish) -> None:
        self._pool, self._secret, self._publish = pool, secret, publish

    async def receive(self, raw: bytes, signature: str) -> str:
        """Take in one delivery; returns its row's status. Raises WebhookRejected, or one of OUTAGE."""
        verify(raw, signature, self._secret)
        event = parse(raw)
        stored = await self._store(event, raw, signature)
        return stored.status if stored.status != "received" else await self._hand_on(event, stored.received_ms)

    async def sweep(self, *, older_than_seconds: float) -> int:
        """Hand on what was stored and not handed on, e.g. because the process was killed between; returns how many.

        Each row by itself, in no order: whatever is the matter with one, the others get their turn. Raises one of
        OUTAGE when they cannot.
        """
        outages, swept = 0, 0
        for event_id, body, received_ms in await self._left_over(older_than_seconds):
            try:
                swept += await self._hand_on_stored(event_id, body, received_ms) != "received"
            except OUTAGE as error:
                LOG.warning("stripe_event_waits", stripe_event_id=event_id, why=str(error))
                outages += 1
                if outages == OUTAGES_PER_SWEEP_MAX:
                    raise
        return swept

    async def _left_over(self, older_than_seconds: float) -> list[tuple[str, bytes, int]]:
        async with self._pool.connection() as connection:
            found = await connection.execute(
                "SELECT stripe_event_id, body, received_at FROM stripe_inbox WHERE status = 'received'"
                " AND received_at <= now() - %s * interval '1 second' ORDER BY random() LIMIT %s",
                (older_than_seconds, SWEEP_ROWS_MAX),
            )
            return [(str(event_id), bytes(body), _millis(at)) for event_id, body, at in await found.fetchall()]

    async def _hand_on_stored(self, event_id: str, body: bytes, received_ms: int) -> str:
        try:
            event = parse(body)
        except WebhookRejected:
            LOG.exception("stripe_event_not_understood", stripe_event_id=event_id, help=HELP)
            return await self._set_aside(event_id)
        return await self._hand_on(event, received_ms)

    async def _store(self, event: Mapping[str, Any], raw: bytes, signature: str) -> Stored:
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO stripe_inbox (stripe_event_id, type, body, signature) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (stripe_event_id) DO NOTHING",
                (event["id"], event["type"], raw, signature),
            )
            found = await connection.execute(
                "SELECT status, received_at FROM stripe_inbox WHERE stripe_event_id = %s", (event["id"],)
            )
            row = await found.fetchone()
        if row is None:
            raise RuntimeError(f"{event['id']} is not in the inbox, although it was just stored")
        return Stored(str(row[0]), _millis(row[1]))

    async def _hand_on(self, event: Mapping[str, Any], received_ms: int) -> str:
        try:
            status = await self._say(event, received_ms)
        except OUTAGE:
            raise
        except Exception:  # whatever it is: it is about this one event, and others are waiting
            LOG.exception("stripe_event_not_understood", stripe_event_id=event["id"], type=event["type"], help=HELP)
            return await self._set_aside(event["id"])
        if status != "received":
            _tell_people(event)
            await self._mark(event["id"], status)
        return status

    async def _say(self, event: Mapping[str, Any], received_ms: int) -> str:
        if not is_of_money(event):
            return "kept"
        now_ms = time.time_ns() // 1_000_000
        payment_id = concerns(event)
        if payment_id is None and intent_named(event):
            payment_id = await self._payment_of(intent_named(event))
            if payment_id is None:
                return _without_payment(event, now_ms - received_ms)
        command = translate(event, payment_id) if payment_id else None
        if command is None:
            return "kept"
        await self._publish(envelope_of(event["id"], received_ms, now_ms), command)
        return "published"

    async def _set_aside(self, event_id: str) -> str:
        ALARMS.labels("not_understood").inc()
        await self._mark(event_id, "failed")
        return "failed"

    async def _mark(self, event_id: str, status: str) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(
                "UPDATE stripe_inbox SET status = %s, published_at = CASE WHEN %s = 'published' THEN now() END"
                " WHERE stripe_event_id = %s",
                (status, status, event_id),
            )

    async def _payment_of(self, intent_id: str) -> str | None:
        async with self._pool.connection() as connection:
            found = await connection.execute("SELECT key FROM state.payments WHERE intent_id = %s", (intent_id,))
            row = await found.fetchone()
        return None if row is None else str(row[0])


def _tell_people(event: Mapping[str, Any]) -> None:
    """Of what costs money when nobody answers it."""
    if event["type"].startswith(FOR_PEOPLE):
        about = event["data"]["object"]
        for_people(
            kind=event["type"],
            stripe_event_id=event["id"],
            intent_id=reference(about.get("payment_intent")),
            charge_id=reference(about.get("charge")),
        )


def _without_payment(event: Mapping[str, Any], age_ms: int) -> str:
    """The view may be behind, or being rebuilt: it gets its time before money of ours counts as somebody else's."""
    if age_ms < OF_CHARGE_WAITS_MS_MAX:
        return "received"
    ALARMS.labels("of_no_payment").inc()
    LOG.error("stripe_event_of_no_payment", stripe_event_id=event["id"], intent_id=intent_named(event))
    return "kept"


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
