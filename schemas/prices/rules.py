"""The limits of a price, and which of the scheduled ones are in force."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.prices.messages import ChannelPrice, ScheduledPrice

PRICE_MAX_MINOR = 99_999_999  # the largest amount that Stripe charges
VAT_MAX_BASIS_POINTS = 10_000
COMPONENTS_MAX = 50  # of a bundle
COMPONENT_UNITS_MAX = 9_999
SCHEDULED_MAX = 50  # of one SKU, those that ended included


def in_force(prices: Iterable[ScheduledPrice], at: int) -> tuple[ChannelPrice, ...]:
    """The scheduled price of each channel at a moment: of several the one that began last, then the lowest."""
    best: dict[str, ScheduledPrice] = {}
    for each in prices:
        if each.starts_at <= at and (each.ends_at is None or at < each.ends_at):
            known = best.get(each.channel)
            if known is None or (-each.starts_at, each.unit_price_minor) < (-known.starts_at, known.unit_price_minor):
                best[each.channel] = each
    return tuple(
        ChannelPrice(channel=channel, unit_price_minor=each.unit_price_minor, ends_at=each.ends_at)
        for channel, each in sorted(best.items())
    )


def next_turn(prices: Iterable[ScheduledPrice], after: int) -> int | None:
    """When the first of them begins or ends after a moment."""
    times = (time for each in prices for time in (each.starts_at, each.ends_at) if time is not None and time > after)
    return min(times, default=None)
