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
