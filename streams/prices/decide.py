"""What a command about a price leads to. A quote is no fact: it is answered, not recorded."""

from __future__ import annotations

from typing import assert_never

from schemas.prices.messages import (
    FileSku,
    PriceCommand,
    PriceEvent,
    PriceRefusal,
    PriceRefused,
    PriceSet,
    PricesScheduled,
    PricesTurned,
    QuotePrice,
    SchedulePrices,
    SetPrice,
    SkuFiled,
    SkuPrice,
    TurnPrices,
)
from schemas.prices.rules import (
    COMPONENT_UNITS_MAX,
    COMPONENTS_MAX,
    PRICE_MAX_MINOR,
    SCHEDULED_MAX,
    VAT_MAX_BASIS_POINTS,
    in_force,
    next_turn,
)
from streams.prices.state import evolve


def decide(command: PriceCommand, price: SkuPrice, at: int) -> tuple[PriceEvent, ...]:
    """The events that the command leads to; none when what it asks for is so already."""
    match command:
        case SetPrice() | SchedulePrices():
            if reason := refusal(command, price):
                return (PriceRefused(sku=command.sku, command=type(command).__name__, reason=reason),)
            return _set(command, price) if isinstance(command, SetPrice) else _scheduled(command, price, at)
        case TurnPrices(sku=sku, due_at=due_at):
            if due_at <= price.turned_at:
                return ()
            return (PricesTurned(sku=sku, at=due_at, current=in_force(price.scheduled, due_at)),)
        case FileSku(sku=sku, categories=categories):
            return () if categories == price.categories else (SkuFiled(sku=sku, categories=categories),)
        case QuotePrice():
            return ()
        case _:
            assert_never(command)


def next_timer_at(price: SkuPrice) -> int | None:
    """When the next scheduled price begins or ends."""
    return next_turn(price.scheduled, price.turned_at)


def on_timer(key: str, _price: SkuPrice, due_at: int) -> TurnPrices:
    """The command that moves `next_timer_at` on."""
    return TurnPrices(sku=key, due_at=due_at)


def refusal(command: SetPrice | SchedulePrices, price: SkuPrice) -> PriceRefusal | None:
    """The first reason that applies, by descending precedence."""
    if isinstance(command, SchedulePrices):
        return _schedule_refusal(command, price)
    if not 0 <= command.unit_price_minor <= PRICE_MAX_MINOR:
        return PriceRefusal.PRICE_OUT_OF_RANGE
    if not 0 <= command.vat_basis_points <= VAT_MAX_BASIS_POINTS:
        return PriceRefusal.VAT_OUT_OF_RANGE
    if not all(0 < component.quantity <= COMPONENT_UNITS_MAX for component in command.components):
        return PriceRefusal.COMPONENT_QUANTITY_OUT_OF_RANGE
    if len(command.components) > COMPONENTS_MAX:
        return PriceRefusal.TOO_MANY_COMPONENTS
    if len({command.sku, *(component.sku for component in command.components)}) <= len(command.components):
        return PriceRefusal.COMPONENTS_NOT_DISTINCT
    return None


def _schedule_refusal(command: SchedulePrices, price: SkuPrice) -> PriceRefusal | None:
    if not all(0 <= each.unit_price_minor <= PRICE_MAX_MINOR for each in command.prices):
        return PriceRefusal.PRICE_OUT_OF_RANGE
    if not price.is_priced:
        return PriceRefusal.PRICE_UNKNOWN
    if len(command.prices) > SCHEDULED_MAX:
        return PriceRefusal.TOO_MANY_SCHEDULED
    if any(each.ends_at is not None and each.ends_at <= each.starts_at for each in command.prices):
        return PriceRefusal.WINDOW_EMPTY
    return None


def _set(command: SetPrice, price: SkuPrice) -> tuple[PriceEvent, ...]:
    asked = PriceSet(
        sku=command.sku,
        title=command.title,
        unit_price_minor=command.unit_price_minor,
        vat_basis_points=command.vat_basis_points,
        components=command.components,
        withdrawn=command.withdrawn,
        previous_price_minor=price.unit_price_minor if price.is_priced else None,
    )
    return () if evolve(price, asked) == price else (asked,)


def _scheduled(command: SchedulePrices, price: SkuPrice, at: int) -> tuple[PriceEvent, ...]:
    if command.prices == price.scheduled:
        return ()
    current = in_force(command.prices, at)
    return (PricesScheduled(sku=command.sku, prices=command.prices, at=at, current=current),)
