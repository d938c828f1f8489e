"""Every price, in memory: this process reads the prices' state topic from the beginning and goes on reading it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from api.http import metrics
from api.log.states import GRACE_SECONDS, LOOK_AGAIN_SECONDS, StateTable
from process.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity
from schemas.prices.messages import ROOM as PRICES_ROOM
from schemas.prices.messages import SkuPrice
from schemas.record import Record


class ChannelPrices:
    """Prices as they are at present in one channel; in none: the regular ones."""

    def __init__(self, prices: Prices, channel: str | None) -> None:
        self._prices, self._channel = prices, channel

    def on_sale(self, sku: str) -> SkuPrice | None:
        """What the SKU costs, if it can be bought."""
        price = self._prices.get(sku)
        if price is None or price.withdrawn:
            return None
        return price if self._channel is None else price.for_channel(self._channel)

    def regular(self, sku: str) -> int | None:
        """The SKU's regular price in pence, while it costs less; None: it does not."""
        price = self._prices.get(sku)
        current = None if price is None or self._channel is None else price.current_for(self._channel)
        if price is None or current is None or current.unit_price_minor >= price.unit_price_minor:
            return None
        return price.unit_price_minor

    async def find_on_sale(self, sku: str) -> SkuPrice | None:
        """Like `on_sale`, but a SKU that is not here yet may come within the grace."""
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while (price := self.on_sale(sku)) is None and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return price


class Prices(StateTable[SkuPrice]):
    """Prices by SKU."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None]
    ) -> None:
        super().__init__(settings, log, codec, slot, on_death, room=PRICES_ROOM)
        self._bundles: dict[str, SkuPrice] = {}

    def get(self, sku: str) -> SkuPrice | None:
        """What the SKU costs, also when it is withdrawn; None: it never had a price."""
        price = self.row(sku)
        return price if price is not None and price.is_priced else None

    def of(self, channel: str | None) -> ChannelPrices:
        """What everything costs at present in a channel; in none: what it costs when no other price is in force."""
        return ChannelPrices(self, channel)

    def bundles_with(self, sku: str) -> list[str]:
        """The bundles that a SKU is a part of."""
        bundles = list(self._bundles.items())  # a copy: the thread may write meanwhile
        return [name for name, bundle in bundles if any(part.sku == sku for part in bundle.components)]

    # --- the thread ---

    def keep(self, key: str, part: str, record: Record, version: int) -> None:
        """A price."""
        if not isinstance(record, SkuPrice):
            return
        if record.components:
            self._bundles[key] = record
        else:
            self._bundles.pop(key, None)
        super().keep(key, part, record, version)
        metrics.PRICES.set(len(self.rows))

    def drop(self, key: str, part: str) -> None:
        """It has no row any more."""
        super().drop(key, part)
        self._bundles.pop(key, None)
