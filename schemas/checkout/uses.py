"""The promotions of a checkout: those that it proposes, what their room says, and what differs from what was shown."""

from __future__ import annotations

from typing import Annotated

from schemas.promotions.terms import NotApplied, PromotionId, Terms
from schemas.record import CheckoutId, Millis, Record, Sku, doc

Code = Annotated[str, doc("The code that the shopper named, normalised; empty: none.")]
Units = Annotated[int, doc("Units that cost less by it.")]
Since = Annotated[Millis | None, doc("When it begins, or ended, if that is why.")]
Why = Annotated[NotApplied, doc("Why it is not applied.")]


class ProposedUse(Record, kw_only=True):
    """A promotion that took something off the total which the shopper saw."""

    promotion_id: PromotionId
    code: Code = ""
    customer: Annotated[str, doc("Pseudonym of the customer for this promotion; empty: not known.")] = ""
    units: Units = 0


class AskedUse(Record, kw_only=True):
    """A promotion that its room is asked for, and what it says."""

    code: Code = ""
    customer: Annotated[str, doc("Pseudonym of the customer for this promotion; empty: not known.")] = ""
    units: Units = 0
    answered: Annotated[bool, doc("True: its room has answered.")] = False
    terms: Annotated[Terms | None, doc("On what terms it is reserved; null: it is not, or the total is decided.")] = (
        None
    )
    refusal: Annotated[NotApplied | None, doc("Why its room refused.")] = None
    since: Since = None
    redeemed: Annotated[bool, doc("True: it is used.")] = False


class ShownLine(Record, kw_only=True):
    """What the shopper saw of a line."""

    sku: Sku
    total_minor: Annotated[int, doc("Pence for the line, less its discounts.")]


class RefusedUse(Record, kw_only=True):
    """A promotion that was proposed and is not applied."""

    promotion_id: PromotionId
    code: Code = ""
    reason: Why
    since: Since = None


class Proposal(Record, kw_only=True):
    """What the total that the shopper saw rests on: promotions, lines, and what is known of the customer."""

    promotions: Annotated[tuple[ProposedUse, ...], doc("Promotions that took something off.")] = ()
    withheld: Annotated[
        tuple[RefusedUse, ...], doc("Promotions that are over or used up already: told, should the total be another.")
    ] = ()
    shown: Annotated[tuple[ShownLine, ...], doc("The lines as the shopper saw them; empty: not told.")] = ()
    customer_group: Annotated[str, doc("Group that the customer is in; empty: none, or a guest.")] = ""
    first_order: Annotated[bool | None, doc("Whether the customer has no order yet; null: not known.")] = None


class LineDifference(Record, kw_only=True):
    """A line whose total is not what the shopper saw."""

    sku: Sku
    shown_minor: Annotated[int | None, doc("Pence that were shown; null: the line was not.")] = None
    now_minor: Annotated[int | None, doc("Pence now, less discounts; null: there is no such line.")] = None


NotAppliedUses = Annotated[tuple[RefusedUse, ...], doc("Promotions that were proposed and are not applied.")]
Differences = Annotated[tuple[LineDifference, ...], doc("Lines whose total is not what the shopper saw.")]


class CheckoutUseReserved(Record, kw_only=True):
    """A promotion is reserved, on these terms."""

    checkout_id: CheckoutId
    promotion_id: PromotionId
    terms: Annotated[Terms, doc("All that it says.")]


class CheckoutUseDenied(Record, kw_only=True):
    """A promotion is not to be had. No refusal of a command: the checkout goes on to see what the total is without."""

    checkout_id: CheckoutId
    promotion_id: PromotionId
    reason: Why
    since: Since = None


class CheckoutUseRedeemed(Record, kw_only=True):
    """A promotion is used."""

    checkout_id: CheckoutId
    promotion_id: PromotionId
