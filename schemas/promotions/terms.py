"""What a promotion says: how much off, of what, when and for whom. How that is applied, schemas/pricing says."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from schemas.ids import an_id
from schemas.record import Millis, Record, Sku, doc

PromotionId = Annotated[str, an_id("Id of the promotion.")]
BasisPoints = Annotated[int, doc("Hundredths of a per cent: 1000 is 10 %.")]


class RuleKind(StrEnum):
    """How a promotion takes something off."""

    UNKNOWN = "unknown"
    PERCENTAGE = "percentage"
    AMOUNT = "amount"
    FREE_DELIVERY = "free_delivery"
    BUY_X_GET_Y = "buy_x_get_y"
    BUNDLE_PRICE = "bundle_price"
    TIERS = "tiers"


class TargetKind(StrEnum):
    """What a promotion takes something off."""

    UNKNOWN = "unknown"
    BASKET = "basket"
    SKUS = "skus"
    CATEGORIES = "categories"
    DELIVERY = "delivery"


class CodeKind(StrEnum):
    """Whether a shopper has to name a code."""

    UNKNOWN = "unknown"
    NONE = "none"
    SHARED = "shared"  # one for all
    SINGLE_USE = "single_use"  # each for one order


class NotApplied(StrEnum):
    """Why a promotion takes nothing off, by descending precedence."""

    UNKNOWN = "unknown"
    PROMOTION_UNKNOWN = "promotion_unknown"
    STOPPED = "stopped"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    CODE_WRONG = "code_wrong"  # not given, or none of its codes
    CODE_USED = "code_used"
    USED_UP = "used_up"
    UNITS_USED_UP = "units_used_up"
    CUSTOMER_LIMIT = "customer_limit"
    CHANNEL = "channel"
    LOCATION = "location"
    CUSTOMER_GROUP = "customer_group"
    FIRST_ORDER = "first_order"
    CATEGORY = "category"
    MIN_SPEND = "min_spend"
    NOT_COMBINABLE = "not_combinable"
    NOTHING_TO_TAKE_OFF = "nothing_to_take_off"
    TOO_MANY_AT_ONCE = "too_many_at_once"  # a worker keeps reservations in memory
    RESERVATION_LOST = "reservation_lost"


class Tier(Record, kw_only=True):
    """What is taken off from a spend on."""

    from_minor: Annotated[int, doc("Pence spent on what the promotion is for, from which this counts.")]
    basis_points: BasisPoints = 0
    amount_minor: Annotated[int, doc("Pence off, if it is no percentage.")] = 0


class BundlePart(Record, kw_only=True):
    """What belongs to a bundle."""

    sku: Sku
    quantity: Annotated[int, doc("Units of it in one bundle.")]


class Rule(Record, kw_only=True):
    """How much is taken off. Which fields count depends on the kind.

    - percentage: `basis_points`; amount: `amount_minor`; free delivery: none; tiers: the highest tier reached.
    - buy X get Y: of each `buy` + `get` units, dearest first, the last `get` cost `basis_points` less.
    - bundle price: one of each of `parts`, or any `buy` units when there are none, cost `amount_minor` together.
    """

    kind: Annotated[RuleKind, doc("How it takes something off.")]
    basis_points: BasisPoints = 0
    amount_minor: Annotated[int, doc("Pence off; of a bundle: its price.")] = 0
    buy: Annotated[int, doc("Units to be bought.")] = 0
    get: Annotated[int, doc("Units that are cheaper then.")] = 0
    parts: Annotated[tuple[BundlePart, ...], doc("Of a bundle of certain SKUs.")] = ()
    tiers: Annotated[tuple[Tier, ...], doc("Rising.")] = ()


class Target(Record, kw_only=True):
    """What it is taken off. A discount never leaves its target: what it is more than that is lost."""

    kind: Annotated[TargetKind, doc("Goods, or the delivery.")]
    skus: Annotated[tuple[Sku, ...], doc("For `skus`.")] = ()
    categories: Annotated[tuple[str, ...], doc("For `categories`: goods that are in one of them.")] = ()
    methods: Annotated[tuple[str, ...], doc("For `delivery`: the ways of delivery; empty: all.")] = ()


class Eligibility(Record, kw_only=True):
    """Who may have it, and with which basket. Empty: everybody, any."""

    channels: Annotated[tuple[str, ...], doc("web, ios, android, pos.")] = ()
    locations: Annotated[tuple[str, ...], doc("Where it is sold: pop-up stores.")] = ()
    customer_groups: Annotated[tuple[str, ...], doc("The customer is in one of them.")] = ()
    first_order: Annotated[bool, doc("True: the customer has no order yet.")] = False
    categories: Annotated[tuple[str, ...], doc("The basket has something of one of them.")] = ()
    min_spend_minor: Annotated[int, doc("Pence of goods, before any discount.")] = 0


class Limits(Record, kw_only=True):
    """How often it may be used. 0: without limit."""

    uses: Annotated[int, doc("Orders in all.")] = 0
    uses_per_customer: Annotated[int, doc("Orders of one customer.")] = 0
    units: Annotated[int, doc("Units that are sold cheaper in all: the allotment of a flash sale.")] = 0
    units_per_customer: Annotated[int, doc("Units that are sold cheaper to one customer.")] = 0


class Terms(Record, kw_only=True):
    """All that a promotion says."""

    title: Annotated[str, doc("Name shown to the shopper.")]
    rule: Annotated[Rule, doc("How much.")]
    target: Annotated[Target, doc("Off what.")]
    starts_at: Annotated[Millis | None, doc("From when; null: at once.")] = None
    ends_at: Annotated[Millis | None, doc("From then on no more; null: it stays.")] = None
    codes: Annotated[CodeKind, doc("Whether a code is needed.")] = CodeKind.NONE
    code: Annotated[str, doc("The shared code, normalised; else empty.")] = ""
    eligibility: Annotated[Eligibility, doc("For whom.")] = Eligibility()
    limits: Annotated[Limits, doc("How often.")] = Limits()
    priority: Annotated[int, doc("The higher is applied first.")] = 0
    exclusive: Annotated[bool, doc("True: applied alone, or not at all.")] = False
    stack_group: Annotated[str, doc("Of those that name the same group one is applied; empty: no group.")] = ""


class LineDiscount(Record, kw_only=True):
    """What one promotion takes off one line. By its place, because an order has up to a thousand lines."""

    promotion: Annotated[int, doc("Place in the `promotions` of the order, from 0.")]
    amount_minor: Annotated[int, doc("Pence off.")]


class AppliedPromotion(Record, kw_only=True):
    """What one promotion takes off an order."""

    promotion_id: PromotionId
    title: Annotated[str, doc("Name as shown to the shopper.")]
    code: Annotated[str, doc("The code that was used; empty: none was needed.")] = ""
    goods_minor: Annotated[int, doc("Pence off the lines; the sum of what is off each.")] = 0
    delivery_minor: Annotated[int, doc("Pence off the delivery.")] = 0
    units: Annotated[int, doc("Units that cost less by it.")] = 0
    explanation: Annotated[str, doc("What was taken off and why, in words.")] = ""
