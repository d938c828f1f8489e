"""Judged sets: products, queries, and how well each product answers each query; and what a ranking is worth.

The measure is NDCG@10 (Järvelin and Kekäläinen, 2002) with the gain 2^rating - 1 and the discount log2(rank + 1); the
ideal is made of all judged products of a query.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from connectors.opensearch.documents import ProductDocument, document
from schemas.catalogue.messages import Attribute, ProductFacts, ProductState, ProductStatus, Variant
from schemas.prices.messages import SkuPrice

FLORIST = Path(__file__).parent / "florist" / "queries.yaml"
FLORIST_PRODUCTS = Path(__file__).parents[1] / "demo" / "florist" / "products.ndjson"
DEPTH = 10
Ratings = Mapping[str, int]  # by product id


class NoJudgedSet(Exception):
    """A folder has no judged set; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Products, and by query the ratings of products: 0 is wrong, 3 is right."""

    products: Callable[[], Iterator[ProductDocument]]
    queries: Mapping[str, Ratings]


def ndcg(found: Sequence[str], ratings: Ratings, *, judged_only: bool = False) -> float:
    """What a ranking is worth, from 0 to 1. `judged_only`: as if what nobody rated were not there."""
    ranked = [each for each in found if each in ratings] if judged_only else found
    ideal = _gain(sorted(ratings.values(), reverse=True))
    return _gain([ratings.get(each, 0) for each in ranked]) / ideal if ideal else 0.0


def _gain(ratings: Sequence[int]) -> float:
    return sum(float(2**rating - 1) / math.log2(rank + 1) for rank, rating in enumerate(ratings[:DEPTH], 1))


def florist() -> JudgedSet:
    """The demonstration's catalogue, and the queries that were written for it."""
    products = [json.loads(line) for line in FLORIST_PRODUCTS.read_text().splitlines()]
    asked: dict[str, dict[int, list[str]] | None] = yaml.safe_load(FLORIST.read_text())
    queries = {
        query: {each["id"]: rating for each in products if (rating := _rating(each, grades or {}))}
        for query, grades in asked.items()
    }
    return JudgedSet(lambda: filter(None, map(_of_florist, products)), queries)


def folder(path: Path) -> JudgedSet:
    """A set of files: `products.ndjson` (or `.gz`), `judgments.csv` (query, product_id, rating). Raises NoJudgedSet."""
    products = next((each for each in (path / "products.ndjson.gz", path / "products.ndjson") if each.exists()), None)
    judgments = path / "judgments.csv"
    if products is None or not judgments.exists():
        raise NoJudgedSet(f"{path} has no products.ndjson or no judgments.csv: name a folder with both")
    queries: dict[str, dict[str, int]] = {}
    with judgments.open(newline="") as file:
        for row in csv.DictReader(file):
            queries.setdefault(row["query"], {})[row["product_id"]] = int(row["rating"])
    opened = gzip.open if products.suffix == ".gz" else open

    def read() -> Iterator[ProductDocument]:
        with opened(products, "rt", encoding="utf-8") as lines:
            yield from filter(None, (_of_icecat(json.loads(line)) for line in lines))

    return JudgedSet(read, queries)


# --- the florist's ---


def _of_florist(row: Mapping[str, Any]) -> ProductDocument | None:
    variants = tuple(
        Variant(sku=each["sku"], options=each["options"], barcode=each["barcode"]) for each in row["variants"]
    )
    attributes = {name: _attribute(value) for name, value in row["attributes"].items()}
    prices = {each["sku"]: each["price_minor"] for each in row["variants"]}
    facts = ProductFacts(
        title=row["title"], description=row["description"], brand=row["brand"], categories=tuple(row["categories"]),
        attributes=attributes, variants=variants,
    )  # fmt: skip
    return _document(row["id"], facts, prices)


def _rating(product: Mapping[str, Any], grades: Mapping[int, Sequence[str]]) -> int:
    found = [grade for grade, selectors in grades.items() if any(_selected(product, each) for each in selectors)]
    return max(found, default=0)


def _selected(product: Mapping[str, Any], selector: str) -> bool:
    """Whether all conditions hold; a value may have spaces, so a condition begins where there is a `name=`."""
    parts: list[str] = []
    for word in selector.split(" "):
        if "=" in word:
            parts.append(word)
        else:
            parts[-1] += f" {word}"
    return all(_holds(product, *part.split("=", 1)) for part in parts)


def _holds(product: Mapping[str, Any], name: str, wanted: str) -> bool:
    attributes = product["attributes"]
    match name:
        case "id":
            has = {product["id"]}
        case "category":
            has = set(product["categories"])
        case "colour":
            has = {attributes.get("colour", ""), *str(attributes.get("colours", "")).split(", ")}
            has |= {each["options"].get("colour", "") for each in product["variants"]}
        case "plant":  # a garden rose is a rose
            plant = str(attributes.get("plant", ""))
            has = {plant, plant.rpartition(" ")[2]}
        case _:
            has = set(str(attributes.get(name, "")).lower().split(", "))
    return any(value in has for value in wanted.split(","))


# --- Icecat's, as the Chorus project has them: id, name, title, short_description, supplier, ean, price, attr_* ---


def _of_icecat(row: Mapping[str, Any]) -> ProductDocument | None:
    attributes = {
        name.removeprefix("attr_").partition("_")[2]: _attribute(value)
        for name, value in row.items()
        if name.startswith("attr_") and value is not None
    }
    variant = Variant(sku=row["name"], barcode=(row.get("ean") or [""])[0])
    facts = ProductFacts(
        title=row["title"], description=row.get("short_description") or "", brand=row.get("supplier") or "",
        attributes=attributes, variants=(variant,),
    )  # fmt: skip
    return _document(row["id"], facts, {variant.sku: int(row.get("price") or 0)})


def _attribute(value: object) -> Attribute:
    if isinstance(value, bool):
        return Attribute(flag=value)
    return Attribute(number=f"{value:g}") if isinstance(value, int | float) else Attribute(text=str(value))


def _document(product_id: str, facts: ProductFacts, prices: Mapping[str, int]) -> ProductDocument | None:
    state = ProductState(product_id=product_id, status=ProductStatus.PUBLISHED, facts=facts)

    def price_of(sku: str) -> SkuPrice:
        return SkuPrice(sku=sku, title=facts.title, unit_price_minor=prices[sku], withdrawn=False)

    return document(state, price_of, lambda _sku, _price: True)
