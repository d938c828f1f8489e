"""The Stripe effect: what payment events ask of Stripe is done; Stripe knows the event's id as idempotency key.

A refund that failed for good is said aloud here, whoever told us of it. While the circuit breaker is open Stripe is
away.
"""

from __future__ import annotations

import threading

from connectors.effect import Work
from connectors.kafka.events import Event
from connectors.kafka.positions import STRIPE_EFFECT
from connectors.stripe.alarms import refund_failed
from connectors.stripe.client import StripeApi
from connectors.stripe.guard import Guard
from connectors.stripe.options import StripeOptions
from connectors.stripe.outcomes import ASKED, StripeActions
from process.health import Health
from process.settings import Settings
from schemas.log import LogIdentity
from schemas.payments.messages import ROOM as PAYMENTS
from schemas.payments.refunds import RefundFailed

WORKERS = 24  # calls under way at once; most of a call is waiting
UNDER_WAY_MAX = 64


def stripe_work(settings: Settings, log: LogIdentity, health: Health) -> Work:
    """What is asked of Stripe. Raises SettingsError when its key is missing."""
    options, ends = StripeOptions.from_environment(), threading.Event()
    guard = Guard(options, health, ends)
    said_until = log.begun_at if log.after else 0  # what is read again on another log was said on the one before

    def call_a_person(event: Event) -> None:
        failed = event.body
        if isinstance(failed, RefundFailed) and failed.for_people and event.occurred_at >= said_until:
            refund_failed(
                amount_minor=failed.amount_minor,
                failure=failed.failure,
                order_id=failed.order_id,
                payment_id=failed.payment_id,
                refund_id=failed.refund_id,
                stripe_refund_id=failed.stripe_refund_id,
            )

    return Work(
        actor="stripe",
        group=STRIPE_EFFECT,
        room=PAYMENTS,
        asks=ASKED,
        outcome=StripeActions(StripeApi(settings, options, guard), guard.sleep).of,
        away=lambda: guard.open,
        ends=ends,
        at_once=WORKERS,
        under_way_max=UNDER_WAY_MAX,
        also={RefundFailed: call_a_person},
    )
