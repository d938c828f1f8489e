"""The catalogue over the edge's own paths: whatever they refuse is refused here, by the same words.

What is so already changes nothing, so that an import may be run again; after a kill it goes on where it was.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from ops.products import files
from ops.products.files import Numbered, Product
from ops.shoppers import StaffClient

AT_ONCE = 16
BATCH = 64  # products after which an import notes how far it is
PAGE = 100
SET_APART = ("id", "status", "shown_from", "shown_until")
OF_PRICE = ("price_minor", "vat_basis_points", "components", "schedule")
OF_SCHEDULE = ("unit_price", "channel", "valid_from", "valid_until")


class Refusal(NamedTuple):
    """A product that was not taken whole."""

    line: int
    id: str
    reason: str


class ImportProgress:
    """How many products of a file are done and which were refused, in a file beside it that says which file it was."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.progress")
        with path.open("rb") as file:
            self._file = hashlib.file_digest(file, "sha256").hexdigest()

    def begun(self) -> tuple[int, list[Refusal]]:
        """What an earlier run of the same file came to before it was killed: products done, and those refused."""
        try:
            found = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return 0, []
        if found["file"] != self._file:
            return 0, []
        return int(found["done"]), [Refusal(*each) for each in found["refused"]]

    def note(self, done: int, refused: list[Refusal]) -> None:
        """So many are done, and these refused, whatever happens next."""
        waiting = self._path.with_suffix(".new")
        waiting.write_text(json.dumps({"file": self._file, "done": done, "refused": refused}))
        waiting.replace(self._path)

    def end(self) -> None:
        """The whole file was gone through: a next run begins anew."""
        self._path.unlink(missing_ok=True)


async def load(staff: StaffClient, path: Path, progress: ImportProgress, step: Callable[[int], None]) -> list[Refusal]:
    """Describe, price and publish every product of a file; returns those that were refused, by their lines.

    `step` is told how many more are done. Raises what `files.read` raises, and Unanswered.
    """
    done, refused = progress.begun()
    step(done)
    for batch in _batches(files.read(path), skipped=done):
        for each in await asyncio.gather(*(_take(staff, number, product) for number, product in batch)):
            refused += each
        done += len(batch)
        progress.note(done, refused)
        step(len(batch))
    progress.end()
    return refused


async def every_product(staff: StaffClient) -> AsyncIterator[Product]:
    """The whole catalogue in the order of ids, as `load` takes it. Raises Unanswered."""
    after = ""
    while True:
        query = f"?limit={PAGE}" + (f"&after={after}" if after else "")
        page = (await staff.call("GET", f"/v1/admin/products{query}")).raise_for_status().json()
        for product in page["products"]:
            yield _exported(product)
        if page["next"] is None:
            return
        after = page["next"]


def _batches(products: Iterator[Numbered], *, skipped: int) -> Iterator[list[Numbered]]:
    batch: list[Numbered] = []
    for number, each in enumerate(products):
        if number >= skipped:
            batch.append(each)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _take(staff: StaffClient, line: int, product: Product | str) -> list[Refusal]:
    if isinstance(product, str):
        return [Refusal(line, "", product)]
    name = str(product.get("id", ""))
    try:
        return [Refusal(line, name, reason) for reason in await _say(staff, name, product)]
    except (KeyError, TypeError, AttributeError, UnicodeEncodeError) as error:
        return [Refusal(line, name, f"it is not in the shape of a product: {error!r}")]


async def _say(staff: StaffClient, name: str, product: Product) -> list[str]:
    """Prices first, so that what is published has one; returns why something of it was refused."""
    variants = product.get("variants", [])
    asked: list[tuple[str, Product | None]] = []
    for each in variants:
        price = f"/v1/admin/prices/{quote(each['sku'], safe='')}"
        if "price_minor" in each:
            asked.append((price, _price(product, each)))
        if "schedule" in each:
            asked.append((f"{price}/schedule", {"prices": each["schedule"]}))
    body = {key: value for key, value in product.items() if key not in SET_APART}
    body["variants"] = [{key: value for key, value in each.items() if key not in OF_PRICE} for each in variants]
    path = f"/v1/admin/products/{quote(name, safe='')}"
    asked.append((path, body))
    if product.get("status") in ("published", "scheduled"):
        times = {key: product[key] for key in ("shown_from", "shown_until") if product.get(key)}
        asked.append((f"{path}/publication", times))
    elif product.get("status") == "archived":
        asked.append((f"{path}/publication", None))
    for path, said in asked:
        answer = await staff.decided("DELETE" if said is None else "PUT", path, said)
        if not answer.is_success:
            return [f"{path.removeprefix('/v1/admin/')}: {answer.json().get('detail', answer.text)}"]
    return []


def _price(product: Product, variant: Product) -> Product:
    options = ", ".join(str(value) for value in variant.get("options", {}).values())
    return {
        "title": f"{product['title']}, {options}" if options else product["title"],
        "unit_price": {"amount_minor": variant["price_minor"], "currency": "GBP"},
        "vat_basis_points": variant["vat_basis_points"],
        "components": variant.get("components", []),
    }


def _exported(product: dict[str, Any]) -> Product:
    kept = ("id", "title", "description", "brand", "categories", "attributes", "status")
    times = {name: product[name] for name in ("shown_from", "shown_until") if product[name] is not None}
    return {name: product[name] for name in kept} | times | {"variants": [_variant(v) for v in product["variants"]]}


def _variant(variant: dict[str, Any]) -> Product:
    made: Product = {"sku": variant["sku"], "options": variant["options"], "withdrawn": variant["withdrawn"]}
    made |= {name: variant[name] for name in ("barcode", "weight_grams") if variant[name] is not None}
    if variant["price"] is not None:
        made |= {"price_minor": variant["price"]["amount_minor"], "vat_basis_points": variant["vat_basis_points"]}
    if variant["schedule"]:
        made["schedule"] = [{name: each[name] for name in OF_SCHEDULE} for each in variant["schedule"]]
    return made | ({"components": variant["components"]} if variant["components"] else {})
