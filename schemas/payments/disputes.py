"""What Stripe says of a disputed charge (https://docs.stripe.com/disputes/how-disputes-work), and when it is over.

An inquiry (`warning_…`) takes no money yet, and may become a dispute. A dispute takes the amount, and mostly a fee, at
once; when it is won the amount comes back. A dispute that the cardholder withdraws ends as won. Nothing of it is ours
to decide: evidence is given in Stripe's dashboard.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from schemas.record import Pence, Record, doc

DisputeId = Annotated[str, doc("Stripe's id of the dispute, `du_…` or `dp_…`.")]


class DisputeStatus(StrEnum):
    """Stripe's states of a dispute, in the order in which one goes through them."""

    UNKNOWN = "unknown"  # one that Stripe invented later than this code
    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    PREVENTED = "prevented"  # settled before it became a dispute
    WON = "won"
    LOST = "lost"


ENDED = frozenset({DisputeStatus.WARNING_CLOSED, DisputeStatus.PREVENTED, DisputeStatus.WON, DisputeStatus.LOST})
INQUIRIES = frozenset({DisputeStatus.WARNING_NEEDS_RESPONSE, DisputeStatus.WARNING_UNDER_REVIEW})
# By what matters most while several disputes are known: what is open, then what cost money.
GRAVITY = (
    DisputeStatus.UNKNOWN,
    DisputeStatus.NEEDS_RESPONSE,
    DisputeStatus.UNDER_REVIEW,
    DisputeStatus.WARNING_NEEDS_RESPONSE,
    DisputeStatus.WARNING_UNDER_REVIEW,
    DisputeStatus.LOST,
    DisputeStatus.WON,
    DisputeStatus.PREVENTED,
    DisputeStatus.WARNING_CLOSED,
)
assert set(GRAVITY) == set(DisputeStatus)


class Dispute(Record, kw_only=True):
    """One dispute as Stripe showed it at one moment; also the state of one that we know."""

    dispute_id: DisputeId
    status: Annotated[DisputeStatus, doc("How far it is. What is unknown counts as open.")]
    amount_minor: Pence
    reason: Annotated[str, doc("Stripe's word for why, e.g. `fraudulent`.")] = ""
    movements: Annotated[int, doc("Balance transactions so far: money withdrawn, and reinstated.")] = 0
    withdrawn_minor: Annotated[int, doc("Pence that Stripe has taken from us for it and not given back.")] = 0
    fee_minor: Annotated[int, doc("Pence of fees that Stripe has taken for it and not given back.")] = 0

    @property
    def is_open(self) -> bool:
        """Whether it may still take money, or give it back."""
        return self.status not in ENDED


def is_later(known: Dispute, shown: Dispute) -> bool:
    """Whether what was shown happened after what is known. Webhooks come in any order, but neither money that moved
    nor a step that was taken is ever taken back: later is what has more movements, then what is further.
    """
    order = list(DisputeStatus)
    return (shown.movements, order.index(shown.status)) > (known.movements, order.index(known.status))


def gravest(disputes: Iterable[Dispute]) -> DisputeStatus | None:
    """The status that matters most; None: there was never a dispute."""
    return min((each.status for each in disputes), key=GRAVITY.index, default=None)
