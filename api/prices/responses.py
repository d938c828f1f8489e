"""Prices as they are shown."""

from __future__ import annotations

from typing import Annotated, Any, Self

from msgspec import Meta

from api.http.problems import Problem
from api.http.responses import Amount, Body, DateTime, Next, moment, pounds
from api.log.gateway import Gateway
from connectors.postgres.reads import HistoryFact
from schemas.prices.messages import ROOM as PRICES_ROOM
from schemas.prices.messages import PriceRefusal, PriceSet, PricesScheduled, ScheduledPrice, SkuPrice
from schemas.prices.rules import SCHEDULED_MAX


class ComponentResponse(Body):
    sku: str
    quantity: int


class PriceResponse(Body):
    sku: str
    title: str
    unit_price: Annotated[Amount, Meta(description="What it costs now in the channel, VAT included.")]
    regular_price: Annotated[Amount, Meta(description="What it costs when no other price is in force.")]
    valid_until: Annotated[DateTime | None, Meta(description="When `unit_price` ends; null: nobody has said.")]
    vat_basis_points: int
    withdrawn: bool
    components: list[ComponentResponse]

    @classmethod
    def shown(cls, price: SkuPrice, channel: str) -> Self:
        """What it costs at present in a channel."""
        current = price.current_for(channel)
        ends_at = None if current is None else current.ends_at
        return cls.of(
            price.for_channel(channel), regular_price=pounds(price.unit_price_minor), valid_until=_moment(ends_at)
        )


class ScheduledPriceResponse(Body):
    unit_price: Amount
    channel: Annotated[str | None, Meta(description="Null: everywhere where no other is said.")]
    valid_from: DateTime | None
    valid_until: DateTime | None
    in_force: bool

    @classmethod
    def all_of(cls, price: SkuPrice | None) -> list[Self]:
        """All that is scheduled for a SKU."""
        return [] if price is None else [cls.shown(each, price) for each in price.scheduled]

    @classmethod
    def shown(cls, scheduled: ScheduledPrice, price: SkuPrice) -> Self:
        """One of the scheduled prices of a SKU."""
        in_force = any(
            each.channel == scheduled.channel
            and (each.unit_price_minor, each.ends_at) == (scheduled.unit_price_minor, scheduled.ends_at)
            for each in price.current
        )
        return cls.of(
            scheduled, channel=scheduled.channel or None, valid_from=_moment(scheduled.starts_at or None),
            valid_until=_moment(scheduled.ends_at), in_force=in_force and scheduled.starts_at <= price.turned_at,
        )  # fmt: skip


class StaffPriceResponse(Body):
    sku: str
    title: str
    regular_price: Amount
    vat_basis_points: int
    withdrawn: bool
    components: list[ComponentResponse]
    schedule: list[ScheduledPriceResponse]

    @classmethod
    def shown(cls, price: SkuPrice, _command: object = None) -> Self:
        """All that is known of it."""
        return cls.of(
            price, regular_price=pounds(price.unit_price_minor),
            schedule=ScheduledPriceResponse.all_of(price),
        )  # fmt: skip


class PriceFact(Body):
    version: int
    event_id: str
    type: Annotated[str, Meta(examples=[PriceSet.__name__, PricesScheduled.__name__])]
    event: Annotated[dict[str, Any], Meta(description="The event as it is on the topic.")]
    actor: str
    command_id: str
    correlation_id: str
    occurred_at: DateTime

    @classmethod
    def of_fact(cls, fact: HistoryFact) -> Self:
        """A fact of the history."""
        return cls.of(fact)


class PriceHistoryPage(Body):
    sku: str
    facts: Annotated[list[PriceFact], Meta(description="The newest first.")]
    next: Next


def unknown(sku: str) -> Problem:
    """It never had a price."""
    return Problem("unknown_sku", f"{sku} has no price. Take another SKU.", sku=sku)


def _moment(time: int | None) -> str | None:
    return None if time is None else moment(time)


def _invalid(reason: str) -> Problem:
    error = {"in": "body", "field": "prices", "reason": reason, "rule": "prices"}
    return Problem("validation_failed", f"prices: {reason}.", errors=[error])


PRICES: Gateway[SkuPrice] = Gateway(
    room=PRICES_ROOM,
    location="/v1/prices/{0.sku}",
    refused="The price was refused",
    refusals={
        PriceRefusal.PRICE_UNKNOWN: lambda _price, command: unknown(command.sku),
        PriceRefusal.TOO_MANY_SCHEDULED: lambda _price, _command: _invalid(f"name {SCHEDULED_MAX} at most"),
        PriceRefusal.WINDOW_EMPTY: lambda _price, _command: _invalid(
            "one would end before it begins; say a later `valid_until`"
        ),
    },
)
