"""The stock of every SKU that somebody watches: read once from the view, then kept up by the events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from api.http.positions import behind
from api.inventory.responses import StockResponse
from api.live.feed import Change
from api.live.recent import Recent
from api.prices.prices import Prices
from connectors.postgres.reads import StockRow, Views
from schemas.codec import Codec
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.locations import LOCATIONS
from schemas.sourcing import Taken, taken_by

Versions = dict[str, int]  # by key of the stock, e.g. `VASE@warehouse`


class StockBook:
    """Rows by SKU and key. Of a row that is told twice, the one with the higher version counts."""

    def __init__(self, views: Views, prices: Prices, codec: Codec, recent: Recent) -> None:
        self._views, self._prices, self._codec, self._recent = views, prices, codec, recent
        self._rows: dict[str, dict[str, StockRow]] = {}
        self._watched: Counter[str] = Counter()

    def taken(self, sku: str) -> Taken:
        """The stock that a SKU takes, by SKU: its own, or its parts'."""
        price = self._prices.get(sku)
        return taken_by(sku, price.components if price else ())

    async def watch(self, skus: Iterable[str]) -> None:
        """Keep the stock of these from now on; `unwatch` as often.

        Raises psycopg.OperationalError or, while the view is written again from the log, Problem; keeps none then.
        """
        skus = list(skus)
        new = [sku for sku in skus if sku not in self._rows]
        for sku in new:
            self._rows[sku] = {}  # takes changes from now on, so that none falls between them and the view
        self._watched.update(skus)
        try:
            rows = await self._views.stock(*new) if new else []
            if {row.sku for row in rows} != set(new) and await self._views.rebuilding():
                raise behind()
        except BaseException:
            self.unwatch(skus)
            raise
        for row in rows:
            self._put(row)
        for sku in new:
            for location in LOCATIONS:
                if (change := self._recent.get(INVENTORY.name, stock_key(sku, location))) is not None:
                    self.take(change)

    def unwatch(self, skus: Iterable[str]) -> None:
        """Forget these, unless others watch them."""
        for sku in skus:
            self._watched[sku] -= 1
            if self._watched[sku] <= 0:
                del self._watched[sku]
                self._rows.pop(sku, None)

    def take(self, change: Change) -> str | None:
        """Take an event of the stock. Returns the SKU if it is watched and this was news. Raises DecodeError."""
        sku, _, location = change.key.rpartition("@")
        rows = self._rows.get(sku)
        if rows is None or not change.version:
            return None
        event: Any = self._codec.decode(change.value)
        row = StockRow(
            sku=sku, location=location, on_hand=event.on_hand_after, held=event.held_after, version=change.version
        )
        return sku if self._put(row) else None

    def shown(self, sku: str) -> tuple[Versions, StockResponse] | None:
        """The stock of a SKU and the versions of the rows that it is made of; None: a part is not watched."""
        taken = self.taken(sku)
        if any(part not in self._rows for part in taken):
            return None
        rows = [row for part in taken for _, row in sorted(self._rows[part].items())]
        versions = {stock_key(row.sku, row.location): row.version for row in rows}
        return versions, StockResponse.of_rows(sku, taken, rows)

    def known(self, sku: str) -> bool:
        """Whether anybody ever priced it or put it anywhere."""
        return self._prices.get(sku) is not None or bool(self._rows.get(sku))

    def _put(self, row: StockRow) -> bool:
        rows = self._rows.get(row.sku)
        known = rows.get(row.location) if rows is not None else None
        if rows is None or (known is not None and known.version >= row.version):
            return False
        rows[row.location] = row
        return True
