"""Promotions as they are shown, and why a change of one is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self

from msgspec import Meta

from api.http.problems import Problem
from api.http.responses import Amount, Body, DateTime, Next, moment, pounds
from api.log.gateway import Gateway
from schemas.pricing.words import in_words
from schemas.promotions.messages import ROOM, PromotionRefusal, PromotionState, Standing
from schemas.promotions.terms import CodeKind, Rule, RuleKind, Target, TargetKind, Terms


class TierResponse(Body):
    spend_from: Amount
    basis_points: int
    amount: Amount


class BundlePartResponse(Body):
    sku: str
    quantity: int


class RuleResponse(Body):
    kind: RuleKind
    basis_points: int
    amount: Amount
    buy: int
    get: int
    parts: list[BundlePartResponse]
    tiers: list[TierResponse]

    @classmethod
    def shown(cls, rule: Rule) -> Self:
        """The response of a rule of the room."""
        tiers = [TierResponse.of(each, spend_from=pounds(each.from_minor)) for each in rule.tiers]
        return cls.of(rule, tiers=tiers)


class TargetResponse(Body):
    kind: TargetKind
    skus: list[str]
    categories: list[str]
    methods: list[str]

    @classmethod
    def shown(cls, target: Target) -> Self:
        """The response of a target of the room."""
        return cls(
            kind=target.kind, skus=list(target.skus), categories=list(target.categories), methods=list(target.methods)
        )


class EligibilityResponse(Body):
    channels: list[str]
    locations: list[str]
    customer_groups: list[str]
    first_order: bool
    categories: list[str]
    min_spend: Amount


class LimitsResponse(Body):
    uses: int
    uses_per_customer: int
    units: int
    units_per_customer: int


class StandingResponse(Body):
    reserved: Annotated[int, Meta(description="Uses of checkouts that are under way.")]
    redeemed: Annotated[int, Meta(description="Uses of orders.")]
    reserved_units: int
    redeemed_units: int


class PromotionResponse(Body):
    """What everybody may know of a promotion that needs no code."""

    id: str
    title: str
    explanation: Annotated[str, Meta(description="What it takes off, in words.")]
    valid_from: DateTime | None
    valid_until: DateTime | None
    units_left: Annotated[int | None, Meta(description="Of an allotment; null: there is none.")]

    @classmethod
    def shown(cls, promotion: PromotionState) -> Self:
        """The promotion as it stands."""
        terms = promotion.terms
        return cls(
            id=promotion.promotion_id, title=terms.title, explanation=in_words(terms),
            valid_from=_moment(terms.starts_at), valid_until=_moment(terms.ends_at),
            units_left=_left(terms, promotion.standing),
        )  # fmt: skip


class RunningPromotions(Body):
    promotions: list[PromotionResponse]


class StaffPromotionResponse(Body):
    id: str
    version: Annotated[int, Meta(description="Rises with every change by staff; what `If-Match` is held against.")]
    title: str
    explanation: Annotated[str, Meta(description="What it takes off, in words.")]
    stopped: bool
    valid_from: DateTime | None
    valid_until: DateTime | None
    rule: RuleResponse
    target: TargetResponse
    code: str | None
    single_use_codes: bool
    eligibility: EligibilityResponse
    limits: LimitsResponse
    priority: int
    exclusive: bool
    stack_group: str | None
    standing: StandingResponse
    changed_at: DateTime

    @classmethod
    def shown(cls, promotion: PromotionState, _command: object = None) -> Self:
        """The state of a reply, or of the view."""
        terms, who = promotion.terms, promotion.terms.eligibility
        return cls.of(
            promotion,
            id=promotion.promotion_id, title=terms.title, explanation=in_words(terms),
            valid_from=_moment(terms.starts_at), valid_until=_moment(terms.ends_at),
            rule=RuleResponse.shown(terms.rule), target=TargetResponse.shown(terms.target), code=terms.code or None,
            single_use_codes=terms.codes is CodeKind.SINGLE_USE,
            eligibility=EligibilityResponse(
                channels=list(who.channels), locations=list(who.locations), customer_groups=list(who.customer_groups),
                first_order=who.first_order, categories=list(who.categories), min_spend=pounds(who.min_spend_minor),
            ),
            limits=LimitsResponse.of(terms.limits),
            priority=terms.priority, exclusive=terms.exclusive, stack_group=terms.stack_group or None,
        )  # fmt: skip

    def etag(self, _json: bytes) -> str:
        """Uses go on without a change by staff."""
        return f'"{self.version}"'


class StaffPromotionPage(Body):
    promotions: list[StaffPromotionResponse]
    next: Next


class CodesResponse(Body):
    promotion_id: str
    codes: Annotated[list[str], Meta(description="For one order each.", examples=[["K7QF-2MZX-9RTA"]])]


def not_found() -> Problem:
    """There is none of that id."""
    return Problem("not_found", "There is no such promotion. List them, and take the id of one that is there.")


def _moment(time: int | None) -> str | None:
    return None if time is None else moment(time)


def _left(terms: Terms, standing: Standing) -> int | None:
    units = terms.limits.units
    return units - standing.reserved_units - standing.redeemed_units if units else None


def _refused(detail: str, field: str) -> Callable[[PromotionState, Any], Problem]:
    return lambda _promotion, _command: Problem(
        "validation_failed",
        f"{field}: {detail}.",
        errors=[{"in": "body", "field": field, "reason": detail, "rule": "promotions"}],
    )


def _mismatch(promotion: PromotionState, _command: Any) -> Problem:
    return Problem(
        "version_mismatch",
        f"Somebody changed the promotion: it has version {promotion.version}. GET it, and send its ETag as If-Match.",
        version=promotion.version,
    )


R = PromotionRefusal
PROMOTIONS: Gateway[PromotionState] = Gateway(
    room=ROOM,
    location="/v1/admin/promotions/{0.promotion_id}",
    refused="The promotion was refused",
    refusals={
        R.PROMOTION_UNKNOWN: lambda _promotion, _command: not_found(),
        R.VERSION_MISMATCH: _mismatch,
        R.WINDOW_EMPTY: _refused("it would end before it begins; say a later time", "valid_until"),
        R.RULE_INCOMPLETE: _refused(
            "its kind needs more: a percentage `basis_points`, an amount `amount`, buy_x_get_y `buy`, `get` and "
            "`basis_points`, a bundle `parts` of different SKUs or `buy`, tiers rising `tiers`",
            "rule",
        ),
        R.TARGET_INCOMPLETE: _refused(
            "name its SKUs or categories; only free_delivery, a percentage or an amount is for the delivery, and "
            "free_delivery for nothing else",
            "target",
        ),
        R.TOO_MANY: _refused("it has as many as it can have", "codes"),
        R.CODE_MALFORMED: _refused("it needs one code for all or codes for one order each, not both", "code"),
        R.CODES_NOT_FOR_ONE_USE: _refused("the promotion has no `single_use_codes`; set that first", "count"),
    },
)
