"""The florist's shelves, and baskets of the sizes that real ones have."""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ops.demo import florist
from ops.products import categories, files, transfer
from ops.products.files import Product
from ops.products.transfer import Refusal
from ops.shoppers import EdgeRefused, StaffClient

PRODUCTS = Path(florist.__file__).parent / "products.ndjson"
CATEGORIES = PRODUCTS.with_name("categories.json")
# Basket sizes in lines: a few large wholesale baskets, most of a handful, as an online gift shop sees them.
BASKET_LINES = (1, 1, 2, 2, 3, 4, 6, 9, 14, 22, 35, 60)
SCARCE = "VASE-BRASS-BUD-BRASS-SMALL"  # the last two
UNITS_MIN, UNITS_SPREAD = 60, 120
SOLD_OUT_OF = 50  # one of so many variants is sold out, as it happens
ASKED_AT_ONCE = 100
RECEIVED_AT_ONCE = 16


def products(count: int) -> list[Product]:
    """So many of the florist's products, from all over the catalogue; the scarce one is among them."""
    every = [product for _, product in files.read(PRODUCTS) if not isinstance(product, str)]
    scarce = [product for product in every if SCARCE in skus([product])]
    step = max(1, len(every) // count)
    others = [product for product in every[::step] if product not in scarce]
    return scarce + others[: count - len(scarce)]


def skus(some: Iterable[Product]) -> list[str]:
    """Every variant of these products."""
    return [variant["sku"] for product in some for variant in product["variants"]]


def units(sku: str) -> int:
    """How many of a variant there are to begin with."""
    if sku == SCARCE:
        return 2
    chance = zlib.crc32(sku.encode())
    return 0 if chance % SOLD_OUT_OF == 0 else UNITS_MIN + chance % UNITS_SPREAD


def baskets(seed: int, some: Iterable[Product]) -> list[dict[str, int]]:
    """One basket per size, quantities mostly one and sometimes a dozen, of what there is plenty of."""
    chance = random.Random(seed)  # noqa: S311 - a picture, not a secret
    plenty = [sku for sku in skus(some) if units(sku) >= UNITS_MIN]
    return [
        {sku: chance.choice((1, 1, 1, 2, 2, 3, 6, 12)) for sku in chance.sample(plenty, lines)}
        for lines in BASKET_LINES
    ]


async def open_shop(staff: StaffClient, some: list[Product], say: Console) -> None:
    """Set the categories, load these products and fill the shelves; what is there already stays as it is.

    Raises EdgeRefused or Unanswered.
    """
    _all_taken(await categories.load(staff, CATEGORIES), "categories")
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=say) as bar:
        loading = bar.add_task("products described, priced, published", total=len(some))
        filling = bar.add_task("variants on the shelf", total=len(skus(some)))
        await _load(staff, some, lambda more: bar.advance(loading, more))
        await _fill(staff, skus(some), lambda more: bar.advance(filling, more))


async def _load(staff: StaffClient, some: list[Product], step: Callable[[int], None]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / PRODUCTS.name
        with files.writer(file, (), ()) as write:
            for product in some:
                write(product)
        _all_taken(await transfer.load(staff, file, transfer.ImportProgress(file), step), "products")


def _all_taken(refused: list[Refusal], what: str) -> None:
    if refused:
        raise EdgeRefused(f"{len(refused)} {what}, the first one {refused[0].id}: {refused[0].reason}")


async def _fill(staff: StaffClient, wanted: list[str], step: Callable[[int], None]) -> None:
    gate, waiting = asyncio.Semaphore(RECEIVED_AT_ONCE), iter(wanted)

    async def receive(sku: str) -> None:
        async with gate:
            await staff.receive(sku, units(sku))

    while asked := list(islice(waiting, ASKED_AT_ONCE)):
        empty = await _without_stock(staff, asked)
        await asyncio.gather(*(receive(sku) for sku in asked if sku in empty and units(sku)))
        step(len(asked))


async def restock_scarce(staff: StaffClient) -> None:
    """Two again, of that of which the shop has two."""
    there = (await staff.call("GET", f"/v1/stock/{SCARCE}")).raise_for_status().json()["available"]
    if there < units(SCARCE):
        await staff.receive(SCARCE, units(SCARCE) - there)


async def _without_stock(staff: StaffClient, asked: list[str]) -> set[str]:
    answer = (await staff.call("GET", f"/v1/stock?skus={','.join(asked)}")).raise_for_status().json()
    return {each["sku"] for each in answer["stock"] if not each["locations"]} | set(answer["unknown"])
