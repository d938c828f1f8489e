"""The room as the engine sees it."""

from __future__ import annotations

from schemas.payments.messages import (
    ROOM,
    DisputeRecorded,
    PaymentCaptured,
    PaymentsCommand,
    PaymentsEvent,
    PaymentState,
)
from schemas.payments.refunds import RefundFailed, RefundSucceeded
from streams.keeping import leaves_at
from streams.payments.decide import decide
from streams.payments.outcomes import ENDED
from streams.payments.react import react
from streams.payments.state import evolve, going_back, owed
from streams.runtime.decider import Decider, all_but

INITIAL = PaymentState()
BOOKED = (PaymentCaptured, RefundSucceeded, RefundFailed, DisputeRecorded)  # their entries are the ledger


def expires_at(state: PaymentState) -> int | None:
    """A payment of which nothing is awaited leaves memory. A later refund or webhook finds it all the same."""
    disputed = any(dispute.is_open for dispute in state.disputes.values())
    if state.status not in ENDED or going_back(state) or owed(state) or disputed:
        return None
    return leaves_at(state.updated_at)


PAYMENTS: Decider[PaymentsCommand, PaymentsEvent, PaymentState] = Decider(
    room=ROOM,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    reply=all_but(INITIAL, "vat_shares", "notified", "refunds", "disputes"),
    react=react,
    expires_at=expires_at,
    history=BOOKED,
)
