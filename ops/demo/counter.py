"""A counter on a product page: what `/v1/live` tells while others buy."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from aiohttp import ClientSession


def most_wanted(baskets: Iterable[Mapping[str, int]]) -> str:
    """The SKU that stands in most baskets; of several the first."""
    counted = Counter(sku for lines in baskets for sku in lines)
    return max(sorted(counted), key=lambda sku: counted[sku])


@asynccontextmanager
async def counting(http: ClientSession, api: str, sku: str, tell: Callable[[int], None]) -> AsyncIterator[list[int]]:
    """Tell what is available of a SKU, now and at each change; gives the list of all that was told."""
    seen: list[int] = []
    async with http.ws_connect(f"{api}/v1/live") as socket:

        async def listen() -> None:
            await socket.send_json({"type": "subscribe", "stock": [{"sku": sku}]})
            async for message in socket:
                said = message.json()
                if said["type"] == "stock" and said["stock"]["available"] not in seen[-1:]:
                    seen.append(said["stock"]["available"])
                    tell(seen[-1])

        listening = asyncio.create_task(listen())
        try:
            yield seen
        finally:
            listening.cancel()
