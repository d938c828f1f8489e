"""The shop window over HTTP: searches, suggestions, product and browse pages, by one client and by many."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import uvloop
from aiohttp import ClientSession

from ops.bench.figures import Goal, at_least, at_most, percentile
from ops.bench.harness import Harness
from ops.products import transfer
from ops.search.judged import FLORIST_PRODUCTS, florist
from ops.shoppers import StaffClient, eventually, growing, session

PART = "search"
CLIENTS = (1, 16, 64)
SECONDS, WARM_UP_SECONDS = 10.0, 10.0
# Measured on the same kind of machine: searches a second, and their p95, at 16 clients.
ELSEWHERE = {"Vendure 3.7": {"per_second": 54, "p95_ms": 472}}
GOALS: dict[tuple[str, int], tuple[Goal | None, Goal | None]] = {  # p95 in ms, requests a second
    ("search", 1): (at_most(50), None),
    ("suggest", 1): (at_most(15), None),
    ("search", 16): (None, at_least(108)),
    ("product page", 16): (None, at_least(1_500)),
}


def run(harness: Harness, variants: int) -> None:
    """Fill a shop with so many variants, then ask."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_measure(harness, variants))


def products(variants: int) -> Iterator[dict[str, Any]]:
    """The florist's catalogue again and again, under other ids and SKUs, until there are so many variants."""
    originals = [json.loads(line) for line in FLORIST_PRODUCTS.read_text().splitlines()]
    made = 0
    for number in itertools.count():
        for each in originals:
            if made >= variants:
                return
            made += len(each["variants"])
            skus = [one | {"sku": f"{one['sku']}-{number}"[-64:], "barcode": ""} for one in each["variants"]]
            yield each | {"id": f"{each['id']}-{number}", "title": f"{each['title']} {number}", "variants": skus}


async def _measure(harness: Harness, variants: int) -> None:
    settings = harness.stack.settings()
    async with session(connections=max(*CLIENTS, transfer.AT_ONCE)) as http:
        every = list(products(variants))
        with harness.window() as window:
            began = time.monotonic()
            shown = await _import(StaffClient(settings, http, "bench", minutes=600), every)
            loaded = time.monotonic()
            await _until_searched(http, settings.api, shown)
        rows, behind = sum(len(each["variants"]) for each in every), time.monotonic() - loaded
        facts = {"products": len(every), "refused": len(every) - shown, "seconds": round(loaded - began, 1)}
        harness.report.add(
            PART, window.conditions, f"import of {rows} variants", rows / (loaded - began), "rows/s", **facts
        )
        harness.report.add(PART, window.conditions, "the index behind the import at its end", behind, "s")
        queries = list(florist().queries)
        searches = [f"/v1/search?q={quote(query)}&attribute=scent:strong" for query in queries]
        begun = [f"/v1/search/suggest?q={quote(query[:end])}" for query in queries for end in (3, 6)]
        pages = [f"/v1/products/{each['id']}" for each in every[:: max(1, len(every) // 500)]]
        browse = [f"/v1/products?category={name}" for name in sorted({each["categories"][0] for each in every})]
        asked = {"search": searches, "suggest": begun, "product page": pages, "browse page": browse}
        for name, paths in asked.items():
            await _ask(http, settings.api, paths, clients=1, seconds=WARM_UP_SECONDS)
            for clients in CLIENTS:
                await _report(harness, http, name, paths, clients, variants)


async def _import(staff: StaffClient, every: list[dict[str, Any]]) -> int:
    """How many of the products are shown afterwards."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "products.ndjson"
        file.write_text("".join(json.dumps(each) + "\n" for each in every))
        refused = await transfer.load(staff, file, transfer.ImportProgress(file), lambda _done: None)
    return len(every) - len(refused)


async def _until_searched(http: ClientSession, api: str, products_shown: int) -> None:
    async def all_there() -> bool:
        async with http.get(f"{api}/v1/search") as answer:
            return bool((await answer.json())["total"] == products_shown)

    await eventually(all_there, bool, "the search", wait=growing(0.1, 1))


async def _report(
    harness: Harness, http: ClientSession, name: str, paths: list[str], clients: int, variants: int
) -> None:
    with harness.window() as window:
        seconds, errors = await _ask(http, harness.stack.settings().api, paths, clients=clients, seconds=SECONDS)
    p95, pace = percentile(seconds, 0.95) * 1000, len(seconds) / SECONDS
    facts = {f"p{part}_ms": round(percentile(seconds, part / 100) * 1000, 1) for part in (50, 95, 99)}
    facts |= {"per_second": round(pace), "errors": errors}
    slow, fast = GOALS.get((name, clients), (None, None))
    figure = f"{name}, {clients} clients, {variants} variants"
    harness.report.add(PART, window.conditions, f"{figure}, p95", p95, "ms", slow, **facts)
    if fast is not None:
        harness.report.add(
            PART, window.conditions, figure, pace, "/s", fast, elsewhere=ELSEWHERE if name == "search" else {}, **facts
        )


async def _ask(
    http: ClientSession, api: str, paths: list[str], *, clients: int, seconds: float
) -> tuple[list[float], int]:
    """How long each answer took, and how many were none: clients that ask again as soon as they are answered."""
    every, took, errors = itertools.cycle(paths), list[float](), 0
    end = time.monotonic() + seconds

    async def client() -> None:
        nonlocal errors
        while (began := time.monotonic()) < end:
            async with http.get(f"{api}{next(every)}") as answer:
                await answer.read()
            took.append(time.monotonic() - began)
            errors += answer.status != 200

    await asyncio.gather(*(client() for _ in range(clients)))
    return took, errors
