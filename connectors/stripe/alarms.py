"""What somebody has to be told of Stripe, as nothing here decides it: a log line with what to do, and a counter."""

from __future__ import annotations

import structlog
from prometheus_client import Counter

LOG = structlog.get_logger()

REFUND_HELP = (
    "this refund did not go back. Look at the order first (GET /v1/admin/orders/{id}): what it shows as captured and "
    "not as refunded is still with us. Refund that again as staff (POST /v1/admin/orders/{id}/refunds)"
)
REFUND_HELP_BY_FAILURE = {
    "amount_too_large": "; some of it was refunded meanwhile, perhaps in Stripe's dashboard",
    "charge_disputed": "; but Stripe pays nothing back of a charge that is disputed: pay them in another way",
}
PEOPLE_HELP = (
    "answer it in Stripe's dashboard, within Stripe's time limit: nothing here does. An order that is disputed is held "
    "back until Stripe says how it ended"
)

REFUNDS_FAILED = Counter(
    "bloomfield_refunds_failed",
    "Refunds that failed, or came back, and that nothing asks for again, since this process began.",
)
FOR_PEOPLE = Counter(
    "bloomfield_stripe_webhooks_for_people", "Webhooks that are decided in Stripe's dashboard, by type.", ["type"]
)


def refund_failed(*, amount_minor: int, failure: str, **ids: str) -> None:
    """Money that was to go back is still with us, and a person must see to it."""
    REFUNDS_FAILED.inc()
    help_for = REFUND_HELP + REFUND_HELP_BY_FAILURE.get(failure, "")
    LOG.error("refund_failed", amount_minor=amount_minor, failure=failure, **ids, help=help_for)


def for_people(*, kind: str, **ids: str) -> None:
    """A dispute or an inquiry that wants an answer, or a warning of fraud."""
    FOR_PEOPLE.labels(kind).inc()
    LOG.error("stripe_event_for_people", type=kind, **ids, help=PEOPLE_HELP)
