"""Every price, in memory: this process reads the prices' state topic from the beginning and goes on reading it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from api.http import metrics
from api.log.states import StateReader
from process.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity
from schemas.prices.messages import ROOM as PRICES_ROOM
from schemas.prices.messages import SkuPrice
from schemas.record import Record

LOOK_AGAIN_SECONDS = 0.01
GRACE_SECONDS = 0.25  # a price that another edge has just set is a few milliseconds behind here


class Prices(StateReader):
    """Prices by SKU. Reads are plain dictionary look-ups; only the thread writes."""

    def __init__(
        self, settings: Settings, log: LogIdentity, codec: Codec, slot: int, on_death: Callable[[], None]
    ) -> None:
        super().__init__(settings, log, codec, slot, on_death, room=PRICES_ROOM)
        self._prices: dict[str, tuple[SkuPrice, int]] = {}
        self._bundles: dict[str, SkuPrice] = {}

    def get(self, sku: str) -> SkuPrice | None:
        """What the SKU costs, also when it is withdrawn; None: it never had a price."""
        found = self._prices.get(sku)
        return found[0] if found is not None and found[0].is_priced else None

    def version(self, sku: str) -> int:
        """The event sequence of the SKU's price; 0: unknown."""
        found = self._prices.get(sku)
        return 0 if found is None else found[1]

    async def version_of(self, sku: str, _at_least: int) -> int:
        """Like `version`."""
        return self.version(sku)

    def on_sale(self, sku: str) -> SkuPrice | None:
        """What the SKU costs, if it can be bought."""
        price = self.get(sku)
        return None if price is None or price.withdrawn else price

    def bundles_with(self, sku: str) -> list[str]:
        """The bundles that a SKU is a part of."""
        bundles = list(self._bundles.items())  # a copy: the thread may write meanwhile
        return [name for name, bundle in bundles if any(part.sku == sku for part in bundle.components)]

    async def find_on_sale(self, sku: str) -> SkuPrice | None:
        """Like `on_sale`, but a SKU that is not here yet may come within the grace."""
        deadline = asyncio.get_running_loop().time() + GRACE_SECONDS
        while (price := self.on_sale(sku)) is None and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        return price

    async def reach(self, sku: str, version: int, seconds_max: float) -> None:
        """Wait until the SKU's price is here as it was at that version, or the time is up."""
        deadline = asyncio.get_running_loop().time() + seconds_max
        while self.version(sku) < version and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    # --- the thread ---

    def keep(self, key: str, part: str, record: Record, version: int) -> None:
        """A price."""
        if not isinstance(record, SkuPrice):
            return
        if record.components:
            self._bundles[key] = record
        else:
            self._bundles.pop(key, None)
        self._prices[key] = (record, version)
        metrics.PRICES.set(len(self._prices))

    def drop(self, key: str, part: str) -> None:
        """It has no row any more."""
        self._prices.pop(key, None)
        self._bundles.pop(key, None)
