"""Why a promotion is applied or not, in words for a shopper."""

from __future__ import annotations

from typing import Annotated, Self

from msgspec import Meta

from api.http.london import in_london
from api.http.responses import Amount, Body, pounds
from schemas.pricing.basket import Considered
from schemas.pricing.words import pounds_in_words
from schemas.promotions.terms import NotApplied, Terms


class ConsideredPromotion(Body):
    id: str
    title: str
    code: Annotated[str | None, Meta(description="The code of the cart that it goes with; null: it needs none.")]
    applied: bool
    discount: Annotated[Amount, Meta(description="What it takes off.")]
    reason: Annotated[NotApplied | None, Meta(description="Why it is not applied; null: it is.")]
    explanation: Annotated[str, Meta(description="In words, e.g. `not applied: ended 12:00`.", examples=[
        "£2.50 off: 10 % off vases, with the code SPRING"
    ])]  # fmt: skip

    @classmethod
    def shown(cls, considered: Considered, now: int) -> Self:
        """What became of it, at this moment in UTC milliseconds."""
        offer, applied = considered.offer, considered.applied
        if applied is not None:
            off, why = applied.goods_minor + applied.delivery_minor, applied.explanation
        else:
            reason = considered.reason or NotApplied.UNKNOWN
            off, why = 0, why_not(reason, offer.terms, now, combined_with=considered.combined_with)
        return cls(
            id=offer.promotion_id, title=offer.terms.title, code=offer.code or None, applied=applied is not None,
            discount=pounds(off), reason=considered.reason, explanation=why,
        )  # fmt: skip


def why_not(
    reason: NotApplied, terms: Terms | None, now: int, *, combined_with: str = "", since: int | None = None
) -> str:
    """`not applied: …`, as far as it is known: of the terms, of when it began or ended."""
    return f"not applied: {_because(reason, terms, now, combined_with, since)}"


def _because(reason: NotApplied, terms: Terms | None, now: int, combined_with: str, since: int | None) -> str:
    wanted = terms.eligibility if terms is not None else None
    starts_at, ends_at = (since, since) if terms is None else (terms.starts_at, terms.ends_at)
    match reason:
        case NotApplied.NOT_STARTED if starts_at is not None:
            return f"begins {in_london(starts_at, now)}"
        case NotApplied.ENDED if ends_at is not None:
            return f"ended {in_london(ends_at, now)}"
        case NotApplied.CHANNEL if wanted is not None:
            return f"only in {', '.join(wanted.channels)}"
        case NotApplied.LOCATION if wanted is not None:
            return f"only at {', '.join(wanted.locations)}"
        case NotApplied.CATEGORY if wanted is not None:
            return f"only with something of {', '.join(wanted.categories)}"
        case NotApplied.MIN_SPEND if wanted is not None:
            return f"only from {pounds_in_words(wanted.min_spend_minor)} of goods"
        case NotApplied.NOT_COMBINABLE if combined_with:
            return f"not together with {combined_with}"
        case _:
            return WORDS.get(reason, "not now")


WORDS = {
    NotApplied.PROMOTION_UNKNOWN: "there is no such promotion any more",
    NotApplied.STOPPED: "it has ended",
    NotApplied.NOT_STARTED: "it has not begun",
    NotApplied.ENDED: "it has ended",
    NotApplied.CODE_WRONG: "the code is not one of its codes",
    NotApplied.CODE_USED: "the code has been used",
    NotApplied.USED_UP: "it has been used as often as it may be",
    NotApplied.UNITS_USED_UP: "all that was on offer is sold",
    NotApplied.CUSTOMER_LIMIT: "you have had it as often as one customer may",
    NotApplied.CHANNEL: "not here",
    NotApplied.LOCATION: "not here",
    NotApplied.CUSTOMER_GROUP: "only for certain customers; sign in",
    NotApplied.FIRST_ORDER: "only for the first order of a customer who is signed in",
    NotApplied.CATEGORY: "nothing that it goes with is in the cart",
    NotApplied.MIN_SPEND: "the goods are worth less than it asks for",
    NotApplied.NOT_COMBINABLE: "not together with another promotion",
    NotApplied.NOTHING_TO_TAKE_OFF: "nothing in the cart is what it is for",
    NotApplied.TOO_MANY_AT_ONCE: "too many are buying with it at this moment; try again",
    NotApplied.RESERVATION_LOST: "it took too long; begin again",
}
