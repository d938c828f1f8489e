"""Promotions: what staff say of each, its codes, and who uses it. Key: promotion id.

A use is one order's. A checkout reserves it, redeems it when the stock is sold, and gives it back when it fails; like a
hold on stock it ends by itself when nobody does either.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.promotions.terms import CodeKind, NotApplied, PromotionId, Rule, RuleKind, Target, TargetKind, Terms
from schemas.record import AnswerTo, CheckoutId, Millis, Record, doc
from schemas.room import Room, members

Version = Annotated[int, doc("Changes by staff so far; the ETag of the edge.")]
Expected = Annotated[int | None, doc("Refuse unless the promotion has this version; null: do not care.")]
Code = Annotated[str, doc("The code that the shopper named, normalised; empty: none.")]
SingleUseCode = Annotated[str, doc("The code, if it is for one order only; else empty.")]
Codes = Annotated[tuple[str, ...], doc("Codes for one order each, normalised.")]
Customer = Annotated[
    str, doc("Pseudonym of the customer, another for each promotion; empty: not known, or without a limit of theirs.")
]
Units = Annotated[int, doc("Units that cost less by this use.")]
ExpiresAt = Annotated[Millis, doc("When the reservation ends by itself.")]
AllTerms = Annotated[Terms, doc("All that it says.")]


class PromotionRefusal(StrEnum):
    """Why a command of staff was refused, by descending precedence."""

    UNKNOWN = "unknown"
    PROMOTION_UNKNOWN = "promotion_unknown"
    VERSION_MISMATCH = "version_mismatch"
    TEXT_TOO_LONG = "text_too_long"
    WINDOW_EMPTY = "window_empty"
    RULE_INCOMPLETE = "rule_incomplete"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    TARGET_INCOMPLETE = "target_incomplete"
    TOO_MANY = "too_many"
    CODE_MALFORMED = "code_malformed"
    CODES_NOT_FOR_ONE_USE = "codes_not_for_one_use"


class Standing(Record, kw_only=True):
    """How often it is used, after an event. Redeemed uses are final but for a checkout that fails at the very end."""

    reserved: Annotated[int, doc("Uses of checkouts that are under way.")] = 0
    redeemed: Annotated[int, doc("Uses of orders.")] = 0
    reserved_units: Annotated[int, doc("Units of those reserved.")] = 0
    redeemed_units: Annotated[int, doc("Units of those redeemed.")] = 0
    parts: Annotated[int, doc("Records of uses, customers and codes beside the row.")] = 0


After = Annotated[Standing, doc("How often it is used after this event.")]

# --- commands -------------------------------------------------------------------------------------


class SetPromotion(Record, kw_only=True):
    """Say all that a promotion is. One that was stopped goes on. Uses so far count on."""

    promotion_id: PromotionId
    terms: AllTerms
    expected_version: Expected = None


class StopPromotion(Record, kw_only=True):
    """Apply it no more from now on. Checkouts that have reserved it may go on."""

    promotion_id: PromotionId
    expected_version: Expected = None


class AddCodes(Record, kw_only=True):
    """More codes for one order each. Those that it has already are passed over."""

    promotion_id: PromotionId
    codes: Codes


class ReserveUse(Record, kw_only=True):
    """Sent by a checkout: may this order use it? Answered by UseReserved with the terms, or by UseRefused."""

    promotion_id: PromotionId
    checkout_id: CheckoutId
    answer_to: AnswerTo
    code: Code = ""
    customer: Customer = ""
    units: Units = 0
    expires_at: ExpiresAt


class ExtendUse(Record, kw_only=True):
    """Sent by a checkout: it takes longer."""

    promotion_id: PromotionId
    checkout_id: CheckoutId
    answer_to: AnswerTo
    expires_at: ExpiresAt


class RedeemUse(Record, kw_only=True):
    """Sent by a checkout: the order is being placed. Answered by UseRedeemed, or by UseRefused."""

    promotion_id: PromotionId
    checkout_id: CheckoutId
    answer_to: AnswerTo


class GiveBackUse(Record, kw_only=True):
    """Sent by a checkout that failed: reserved or redeemed, the use is free again."""

    promotion_id: PromotionId
    checkout_id: CheckoutId


class TurnPromotion(Record, kw_only=True):
    """Timer: it begins, it ends, reservations are over, or redeemed uses are final."""

    promotion_id: PromotionId
    due_at: Millis


# --- events ---------------------------------------------------------------------------------------


class PromotionSet(Record, kw_only=True):
    """A promotion is this from now on."""

    promotion_id: PromotionId
    terms: AllTerms
    version: Version
    at: Millis


class PromotionStopped(Record, kw_only=True):
    """It is applied no more."""

    promotion_id: PromotionId
    version: Version
    at: Millis


class PromotionBegan(Record, kw_only=True):
    """Its time has come."""

    promotion_id: PromotionId
    at: Millis


class PromotionEnded(Record, kw_only=True):
    """Its time is over."""

    promotion_id: PromotionId
    at: Millis


class CodesAdded(Record, kw_only=True):
    """It has these codes more."""

    promotion_id: PromotionId
    codes: Codes
    after: After


class UseReserved(Record, kw_only=True):
    """A checkout may use it, on these terms."""

    promotion_id: PromotionId
    checkout_id: CheckoutId
    answer_to: AnswerTo
    code: Code = ""
    single_code: SingleUseCode = ""
    customer: Customer = ""
    units: Units = 0
    expires_at: ExpiresAt
    terms: AllTerms
    after: After


class UseExtended(Record, kw_only=True):
    """A reservation lasts longer."""

    promotion_id: PromotionId
    checkout_id: CheckoutId
    expires_at: ExpiresAt


class UseRedeemed(Record, kw_only=True):
    """An order has used it."""

    promotion_id: PromotionId
    checkout_id: CheckoutId
    answer_to: AnswerTo
    settles_at: Annotated[Millis, doc("From when on the use cannot be given back any more, and is only counted.")]
    after: After


class UseGivenBack(Record, kw_only=True):
    """A use is free again: its checkout failed."""

    promotion_id: PromotionId
    checkout_id: CheckoutId
    single_code: SingleUseCode = ""
    customer: Customer = ""
    after: After


class UseExpired(Record, kw_only=True):
    """A reservation was over: the use is free again."""

    promotion_id: PromotionId
    checkout_id: CheckoutId
    single_code: SingleUseCode = ""
    customer: Customer = ""
    answer_to: AnswerTo
    after: After


class UsesSettled(Record, kw_only=True):
    """Uses of orders that are long complete: from now on they are only counted."""

    promotion_id: PromotionId
    checkout_ids: Annotated[tuple[CheckoutId, ...], doc("Of the checkouts that used it.")]
    after: After


class UseRefused(Record, kw_only=True):
    """A use was refused, and changed nothing."""

    promotion_id: PromotionId
    command: Annotated[str, doc("Name of the refused command, e.g. `ReserveUse`.")]
    reason: Annotated[NotApplied, doc("Why.")]
    since: Annotated[Millis | None, doc("When it begins, or ended, if that is why.")] = None
    answer_to: AnswerTo


class PromotionRefused(Record, kw_only=True):
    """A command of staff was refused, and changed nothing."""

    promotion_id: PromotionId
    command: Annotated[str, doc("Name of the refused command, e.g. `SetPromotion`.")]
    reason: Annotated[PromotionRefusal, doc("Why.")]


# --- state ----------------------------------------------------------------------------------------


class PromotionState(Record, kw_only=True):
    """State: one promotion; each use, customer and code of it is a record of its own beside it."""

    promotion_id: PromotionId = ""
    terms: AllTerms = Terms(
        title="", rule=Rule(kind=RuleKind.UNKNOWN), target=Target(kind=TargetKind.UNKNOWN), codes=CodeKind.NONE
    )
    stopped: Annotated[bool, doc("True: staff stopped it.")] = False
    began: Annotated[bool, doc("True: its time has come.")] = False
    ended: Annotated[bool, doc("True: its time is over.")] = False
    standing: Annotated[Standing, doc("How often it is used.")] = Standing()
    version: Version = 0
    changed_at: Millis = 0


class Use(Record, kw_only=True, gc=False):
    """State: one order's use. A part of the row of its promotion, `use/` and the checkout id."""

    single_code: SingleUseCode = ""
    customer: Customer = ""
    units: Units = 0
    redeemed: Annotated[bool, doc("True: the order was placed.")] = False
    ends_at: Annotated[Millis, doc("When the reservation ends, or when a redeemed use is only counted.")]
    answer_to: AnswerTo = ""


class CustomerUses(Record, kw_only=True, gc=False):
    """State: what one customer uses. A part of the row of its promotion, `customer/` and the pseudonym."""

    uses: Annotated[int, doc("Orders, and checkouts under way.")] = 0
    units: Units = 0


class SingleCode(Record, kw_only=True, gc=False):
    """State: a code for one order. A part of the row of its promotion, `code/` and the code."""

    used_by: Annotated[str, doc("The checkout that uses it; empty: none does.")] = ""


PromotionsCommand = (
    SetPromotion | StopPromotion | AddCodes | ReserveUse | ExtendUse | RedeemUse | GiveBackUse | TurnPromotion
)
PromotionsEvent = (
    PromotionSet
    | PromotionStopped
    | PromotionBegan
    | PromotionEnded
    | CodesAdded
    | UseReserved
    | UseExtended
    | UseRedeemed
    | UseGivenBack
    | UseExpired
    | UsesSettled
    | UseRefused
    | PromotionRefused
)

ROOM = Room(
    name="promotions",
    key="promotion id",
    key_fields=("promotion_id",),
    commands=members(PromotionsCommand),
    events=members(PromotionsEvent),
    state=PromotionState,
    parts=(Use, CustomerUses, SingleCode),
)
