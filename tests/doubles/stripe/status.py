"""The PaymentIntent's statuses as one table (docs.stripe.com/payments/paymentintents/lifecycle), and who may act when.

The messages are Stripe's own: clients read them when something goes wrong.
"""

from __future__ import annotations

from tests.doubles.stripe import errors
from tests.doubles.stripe.store import Object

METHOD, CONFIRMATION, ACTION = "requires_payment_method", "requires_confirmation", "requires_action"
PROCESSING, CAPTURE, SUCCEEDED, CANCELED = "processing", "requires_capture", "succeeded", "canceled"

NEXT: dict[str, frozenset[str]] = {
    METHOD: frozenset({METHOD, CONFIRMATION, ACTION, PROCESSING, CAPTURE, SUCCEEDED, CANCELED}),
    CONFIRMATION: frozenset({METHOD, CONFIRMATION, ACTION, PROCESSING, CAPTURE, SUCCEEDED, CANCELED}),
    ACTION: frozenset({METHOD, CONFIRMATION, ACTION, PROCESSING, CAPTURE, SUCCEEDED, CANCELED}),
    PROCESSING: frozenset({METHOD, CAPTURE, SUCCEEDED}),
    CAPTURE: frozenset({SUCCEEDED, CANCELED}),
    SUCCEEDED: frozenset(),  # "Refunds are the only way to reverse it."
    CANCELED: frozenset(),  # "Any operations on the PaymentIntent will fail with an error."
}
assert frozenset[str]().union(*NEXT.values()) == NEXT.keys()

CONFIRMABLE = (METHOD, CONFIRMATION, ACTION)
CAPTURABLE = (CAPTURE,)
# "Or, in rare cases, processing": never here, the harder case for a client.
CANCELABLE = (METHOD, CAPTURE, CONFIRMATION, ACTION)
REPRICEABLE = (METHOD, CONFIRMATION, ACTION)


def move(intent: Object, status: str) -> None:
    assert status in NEXT[intent["status"]], f"{intent['status']} never becomes {status}"
    intent["status"] = status


def require(intent: Object, verb: str, allowed: tuple[str, ...]) -> None:
    status = intent["status"]
    if status in allowed:
        return
    if status == SUCCEEDED and verb == "captured":
        message = "This PaymentIntent could not be captured because it has already been captured."
    elif status == SUCCEEDED and verb == "confirmed":
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
        )
    else:
        message = (
            f"This PaymentIntent could not be {verb} because it has a status of {status}. Only a PaymentIntent "
            f"with one of the following statuses may be {verb}: {', '.join(allowed)}."
        )
    raise errors.unexpected_state(message, intent)


def require_repriceable(intent: Object, parameter: str) -> None:
    status = intent["status"]
    if status not in REPRICEABLE:
        message = (
            f"This PaymentIntent's {parameter} could not be updated because it has a status of {status}. You may only "
            f"update the {parameter} of a PaymentIntent with one of the following statuses: {', '.join(REPRICEABLE)}."
        )
        raise errors.unexpected_state(message, intent)
