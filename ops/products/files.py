"""Products in files: NDJSON, a product a line, or CSV, a variant a row. Read and written one product at a time.

A product is the body of `PUT /v1/admin/products/{id}` with its `id` and `status`; each variant has its `price_minor`,
`vat_basis_points` and, of a bundle, `components` as well; `schedule` has its prices for a while, as
`PUT /v1/admin/prices/{sku}/schedule` takes them. In CSV lists are parted by `|`, a schedule is JSON, and a column
`attribute.NAME` or `option.NAME` stands for each attribute and option; the rows of a product follow each other.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

Product = dict[str, Any]
Numbered = tuple[int, Product | str]  # line of the file, and what stands there, or why it is none

OF_PRODUCT = ("id", "title", "description", "brand", "categories", "status", "shown_from", "shown_until")
OF_VARIANT = (
    "sku",
    "barcode",
    "weight_grams",
    "withdrawn",
    "price_minor",
    "vat_basis_points",
    "components",
    "schedule",
)
NUMBERS = ("weight_grams", "price_minor", "vat_basis_points")


class UnknownFormat(Exception):
    """The name of a file ends in neither .ndjson nor .csv."""


def read(path: Path) -> Iterator[Numbered]:
    """The products of a file, with the line on which each begins. Raises UnknownFormat, OSError, UnicodeDecodeError."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from (_read_csv if _is_csv(path) else _read_ndjson)(file)


@contextmanager
def writer(path: Path, attributes: Iterable[str], options: Iterable[str]) -> Iterator[Callable[[Product], None]]:
    """Writes products one by one; the same products are the same bytes. CSV needs to know every name beforehand.

    Raises UnknownFormat, OSError.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        if _is_csv(path):
            yield _csv_writer(file, sorted(attributes), sorted(options))
        else:
            yield lambda product: print(json.dumps(product, ensure_ascii=False, sort_keys=True), file=file)


def _is_csv(path: Path) -> bool:
    if path.suffix not in (".ndjson", ".csv"):
        raise UnknownFormat(f"{path.name} ends in neither .ndjson nor .csv: say which it is by its name")
    return path.suffix == ".csv"


def _read_ndjson(file: TextIO) -> Iterator[Numbered]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            product = json.loads(line)
        except ValueError as error:
            yield number, f"it is no JSON: {error}"
            continue
        yield number, product if isinstance(product, dict) else "it is no JSON object"


def _read_csv(file: TextIO) -> Iterator[Numbered]:
    rows = enumerate(csv.DictReader(file), 2)
    for _, of_one in groupby(rows, key=lambda row: row[1].get("id")):
        [(number, first), *others] = of_one
        try:
            product: Product = {name: first[name] for name in OF_PRODUCT if first.get(name)}
            product["categories"] = _list(first.get("categories"))
            product["attributes"] = {name: _value(text) for name, text in _named(first, "attribute.")}
            product["variants"] = [_variant(row) for row in (first, *(row for _, row in others)) if row.get("sku")]
        except ValueError as error:
            yield number, str(error)
            continue
        yield number, product


def _csv_writer(file: TextIO, attributes: Iterable[str], options: Iterable[str]) -> Callable[[Product], None]:
    columns = (*OF_PRODUCT, *(f"attribute.{name}" for name in attributes), *OF_VARIANT)
    rows = csv.DictWriter(file, (*columns, *(f"option.{name}" for name in options)), lineterminator="\n")
    rows.writeheader()

    def write(product: Product) -> None:
        common = {name: _text(product.get(name)) for name in OF_PRODUCT}
        common |= {"categories": "|".join(product["categories"])}
        common |= {f"attribute.{name}": _text(value) for name, value in product["attributes"].items()}
        for variant in product["variants"] or [{}]:
            parts = "|".join(f"{each['sku']}*{each['quantity']}" for each in variant.get("components", ()))
            own = {name: _text(variant.get(name)) for name in OF_VARIANT} | {"components": parts}
            own["schedule"] = json.dumps(variant["schedule"]) if variant.get("schedule") else ""
            rows.writerow(common | own | {f"option.{name}": text for name, text in variant.get("options", {}).items()})

    return write


def _variant(row: Mapping[str, str | None]) -> Product:
    variant: Product = {name: row[name] for name in ("sku", "barcode") if row.get(name)}
    for name in NUMBERS:
        if text := row.get(name):
            if not text.lstrip("-").isdecimal():
                raise ValueError(f"{name}: {text!r} is no whole number")
            variant[name] = int(text)
    variant["withdrawn"] = row.get("withdrawn") == "true"
    variant["options"] = dict(_named(row, "option."))
    if parts := _list(row.get("components")):
        variant["components"] = [_component(part) for part in parts]
    if text := row.get("schedule"):
        try:
            variant["schedule"] = json.loads(text)
        except ValueError as error:
            raise ValueError(f"schedule: it is no JSON: {error}") from error
    return variant


def _component(text: str) -> Product:
    sku, _, quantity = text.partition("*")
    if not quantity.isdecimal():
        raise ValueError(f"components: {text!r} is not like `VASE-01*2`")
    return {"sku": sku, "quantity": int(quantity)}


def _named(row: Mapping[str, str | None], prefix: str) -> Iterator[tuple[str, str]]:
    return ((name.removeprefix(prefix), text) for name, text in row.items() if name.startswith(prefix) and text)


def _list(text: str | None) -> list[str]:
    return [each for each in (text or "").split("|") if each]


def _value(text: str) -> bool | int | float | str:
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text) if "." in text else text
    except ValueError:
        return text


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
