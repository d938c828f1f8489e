"""What can be asked of promotions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, Field

from api.http.fields import Channel, Id, Line, Location, Money, StrictModel, one_of
from api.http.london import Begins, Ends
from api.http.problems import validation_problem
from schemas.delivery import DeliveryMethod
from schemas.promotions.rules import (
    CODE_IN_WORDS,
    CODES_AT_ONCE_MAX,
    LIMIT_MAX,
    NAMES_MAX,
    PARTS_MAX,
    PERCENTAGE_MAX,
    PRIORITY_MAX,
    TIERS_MAX,
    UNITS_MAX,
    is_code,
    normalised,
)
from schemas.promotions.terms import (
    BundlePart,
    CodeKind,
    Eligibility,
    Limits,
    Rule,
    RuleKind,
    Target,
    TargetKind,
    Terms,
    Tier,
)

PAGE_MAX = 100
PromotionIdPath = Annotated[Id, Path(description="Id of the promotion.", examples=["spring-vases"])]
Names = Annotated[tuple[Id, ...], Field(max_length=NAMES_MAX)]
BasisPoints = Annotated[
    int, Field(strict=True, ge=0, le=PERCENTAGE_MAX, description="Hundredths of a per cent.", examples=[1000])
]
Family = Callable[[str], tuple[str, ...]]  # a category, and all that is below it
Count = Annotated[int, Field(strict=True, ge=0, le=UNITS_MAX)]
Limit = Annotated[int, Field(strict=True, ge=0, le=LIMIT_MAX)]


def _whole(categories: Names, family: Family) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for name in categories for each in family(name)))


def code(given: str) -> str:
    """A code in its one form. Raises ValueError for what cannot be one."""
    found = normalised(given)
    if not is_code(found):
        raise ValueError(f"this is not the shape of a code: {CODE_IN_WORDS}")
    return found


Code = Annotated[str, Field(max_length=100), AfterValidator(code)]
CodePath = Annotated[str, Path(max_length=100, description=f"A code: {CODE_IN_WORDS}.", examples=["SPRING"])]


def code_of(path: str) -> str:
    """The code in a path, in its one form. Raises Problem for what cannot be one."""
    try:
        return code(path)
    except ValueError as error:
        raise validation_problem([{"loc": ("path", "code"), "msg": str(error), "type": "value_error"}]) from error


class NewTier(StrictModel):
    """What is taken off from a spend on: a percentage or an amount."""

    spend_from: Annotated[Money, Field(description="Spend on the target from which it counts.")]
    basis_points: BasisPoints = 0
    amount: Annotated[Money | None, Field(description="Off, if it is no percentage.")] = None


class NewBundlePart(StrictModel):
    """What belongs to a bundle."""

    sku: Id
    quantity: Annotated[int, Field(strict=True, ge=1, le=UNITS_MAX)] = 1


class NewRule(StrictModel):
    """How much is taken off."""

    kind: Annotated[RuleKind, one_of(RuleKind)]
    basis_points: Annotated[
        BasisPoints, Field(description="Of a percentage; of the cheaper units of `buy_x_get_y`.")
    ] = 0
    amount: Annotated[Money | None, Field(description="Off; of a bundle: its price.")] = None
    buy: Annotated[Count, Field(description="Units to be bought; of a bundle without parts: any so many.")] = 0
    get: Annotated[Count, Field(description="Units that are cheaper then.")] = 0
    parts: Annotated[tuple[NewBundlePart, ...], Field(max_length=PARTS_MAX, description="Of a bundle.")] = ()
    tiers: Annotated[tuple[NewTier, ...], Field(max_length=TIERS_MAX, description="By rising spend.")] = ()

    def made(self) -> Rule:
        """The rule as the promotions room keeps it, amounts in pence."""
        return Rule(
            kind=self.kind, basis_points=self.basis_points, amount_minor=_minor(self.amount), buy=self.buy,
            get=self.get, parts=tuple(BundlePart(sku=each.sku, quantity=each.quantity) for each in self.parts),
            tiers=tuple(
                Tier(
                    from_minor=each.spend_from.amount_minor, basis_points=each.basis_points,
                    amount_minor=_minor(each.amount),
                )
                for each in self.tiers
            ),
        )  # fmt: skip


class NewTarget(StrictModel):
    """What it is taken off."""

    kind: Annotated[TargetKind, one_of(TargetKind)]
    skus: Annotated[Names, Field(description="For `skus`.")] = ()
    categories: Annotated[Names, Field(description="For `categories`; with all that is below them by now.")] = ()
    methods: Annotated[tuple[DeliveryMethod, ...], Field(description="For `delivery`; empty: all.")] = ()

    def made(self, family: Family) -> Target:
        """The target as the promotions room keeps it."""
        return Target(kind=self.kind, skus=self.skus, categories=_whole(self.categories, family), methods=self.methods)


class NewEligibility(StrictModel):
    """Who may have it, and with which cart. Empty: everybody, any."""

    channels: Annotated[tuple[Channel, ...], Field(max_length=len(Channel))] = ()
    locations: Annotated[tuple[Location, ...], Field(max_length=NAMES_MAX, description="Of tills.")] = ()
    customer_groups: Names = ()
    first_order: Annotated[bool, Field(strict=True)] = False
    categories: Annotated[Names, Field(description="Something of them, or of what is below, is in the cart.")] = ()
    min_spend: Annotated[Money | None, Field(description="Of goods, before any discount.")] = None

    def made(self, family: Family) -> Eligibility:
        """The conditions as the promotions room keeps them, amounts in pence."""
        return Eligibility(
            channels=self.channels, locations=self.locations, customer_groups=self.customer_groups,
            first_order=self.first_order, categories=_whole(self.categories, family),
            min_spend_minor=_minor(self.min_spend),
        )  # fmt: skip


class NewLimits(StrictModel):
    """How often it may be used; 0: without limit."""

    uses: Annotated[Limit, Field(description="Orders in all.")] = 0
    uses_per_customer: Annotated[Limit, Field(description="Orders of one e-mail address.")] = 0
    units: Annotated[Limit, Field(description="Units that are sold cheaper in all: an allotment.")] = 0
    units_per_customer: Annotated[Limit, Field(description="Units that one e-mail address gets cheaper.")] = 0


class NewPromotion(StrictModel):
    """All that a promotion says."""

    title: Annotated[Line, Field(description="Name shown to the shopper.", examples=["Spring vases"])]
    rule: NewRule
    target: NewTarget
    valid_from: Begins = None
    valid_until: Ends = None
    code: Annotated[Code | None, Field(description="The code that it needs; null: none.", examples=["SPRING"])] = None
    single_use_codes: Annotated[
        bool, Field(strict=True, description="True: it needs one of its codes for one order each; see `codes`.")
    ] = False
    eligibility: NewEligibility = NewEligibility()
    limits: NewLimits = NewLimits()
    priority: Annotated[
        int, Field(strict=True, ge=-PRIORITY_MAX, le=PRIORITY_MAX, description="The higher is applied first.")
    ] = 0
    exclusive: Annotated[bool, Field(strict=True, description="True: applied alone, or not at all.")] = False
    stack_group: Annotated[Id | None, Field(description="Of those that name the same, one is applied.")] = None

    def terms(self, family: Family) -> Terms:
        """The same, as the log keeps it: a category stands for all that is below it at this moment."""
        kind = CodeKind.SHARED if self.code else CodeKind.NONE
        return Terms(
            title=self.title, rule=self.rule.made(), target=self.target.made(family), starts_at=self.valid_from,
            ends_at=self.valid_until, codes=CodeKind.SINGLE_USE if self.single_use_codes else kind,
            code=self.code or "", eligibility=self.eligibility.made(family), limits=Limits(**self.limits.model_dump()),
            priority=self.priority, exclusive=self.exclusive, stack_group=self.stack_group or "",
        )  # fmt: skip


class NewCodes(StrictModel):
    """So many new codes for one order each."""

    count: Annotated[int, Field(strict=True, ge=1, le=CODES_AT_ONCE_MAX, examples=[100])]


class PromotionQuery(StrictModel):
    """Which promotions, by their ids."""

    after: Annotated[str | None, Field(max_length=200, description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Promotions on a page.")] = 50


def _minor(amount: Money | None) -> int:
    return 0 if amount is None else amount.amount_minor
