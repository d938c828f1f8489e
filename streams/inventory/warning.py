"""When stock is said to be low, and when it is said to have recovered: once per crossing, however it flaps.

Shoppers who begin and abandon a checkout take what is available below the threshold and back up again, as often as
they like. So the warning is raised once, and is news again only after stock was *well* above the threshold, half as
much again (a threshold of 4: 6 units), *and* the shelf has changed since: holds that come and go, however large, leave
on it what was there.
"""

from __future__ import annotations

from schemas.inventory.messages import (
    InventoryCommand,
    InventoryEvent,
    SetReorderThreshold,
    StockLow,
    StockRecovered,
)
from streams.inventory.state import Stock


def recovered_at(threshold: int) -> int:
    """Available units from which on stock is well above the threshold: half as much again, and one more at least."""
    return threshold + max(1, (threshold + 1) // 2)


def warning(command: InventoryCommand, stock: Stock, events: tuple[InventoryEvent, ...]) -> tuple[InventoryEvent, ...]:
    """`StockLow` when these events took what is available below the threshold, `StockRecovered` when well above."""
    if not events:
        return ()
    on_hand, held = events[-1].on_hand_after, events[-1].held_after
    available = on_hand - held
    if isinstance(command, SetReorderThreshold):  # Another level is another question.
        threshold, recovered = command.threshold, available >= command.threshold
    else:
        threshold = stock.threshold
        recovered = available >= recovered_at(threshold) and on_hand != stock.low_on_hand
    if stock.low and recovered:
        kind: type[StockLow | StockRecovered] = StockRecovered
    elif not stock.low and available < threshold:
        kind = StockLow
    else:
        return ()
    return (
        kind(
            sku=command.sku,
            location=command.location,
            available=available,
            threshold=threshold,
            on_hand_after=on_hand,
            held_after=held,
        ),
    )
