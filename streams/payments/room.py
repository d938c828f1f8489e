"""The room as the engine sees it."""

from __future__ import annotations

from schemas.payments.messages import PaymentRefused, PaymentReply, PaymentsCommand, PaymentsEvent, PaymentState
from schemas.topics import PAYMENTS as TOPICS
from streams.payments.decide import decide
from streams.payments.react import react
from streams.payments.state import evolve, refundable
from streams.runtime.decider import Decider


def reply(state: PaymentState, events: tuple[PaymentsEvent, ...]) -> PaymentReply:
    """The answer for whoever sent the command."""
    refusals = (event.reason for event in events if isinstance(event, PaymentRefused))
    return PaymentReply(refusal=next(refusals, None), status=state.status, refundable_minor=refundable(state))


# Payments are kept for ever: a webhook, a refund or an auditor may come years later.
PAYMENTS: Decider[PaymentsCommand, PaymentsEvent, PaymentState] = Decider(
    room=TOPICS, initial=PaymentState(), decide=decide, evolve=evolve, reply=reply, react=react
)
