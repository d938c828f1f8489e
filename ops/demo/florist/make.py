"""Writes products.ndjson and categories.json: `python -m ops.demo.florist.make`. The same material, the same bytes."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
import zlib
from pathlib import Path
from typing import Any

from ops.demo.florist.material import bouquets, cut, garden, gifts, indoors
from ops.demo.florist.material.goods import DemoProduct

HERE = Path(__file__).parent
PRODUCTS, CATEGORIES = HERE / "products.ndjson", HERE / "categories.json"

# (id, title, parent), parents first.
TREE = (
    ("flowers", "Flowers", None),
    ("bouquets", "Bouquets", "flowers"),
    ("cut-flowers", "Flowers by the stem", "flowers"),
    ("roses", "Roses", "cut-flowers"),
    ("tulips", "Tulips", "cut-flowers"),
    ("dried-flowers", "Dried flowers", "flowers"),
    ("wreaths", "Wreaths", "flowers"),
    ("plants", "Plants", None),
    ("house-plants", "House plants", "plants"),
    ("flowering-plants", "Flowering house plants", "house-plants"),
    ("pet-safe-plants", "Safe with pets", "house-plants"),
    ("garden-plants", "Garden plants", "plants"),
    ("herbs-and-vegetables", "Herbs and vegetables", "plants"),
    ("bulbs", "Bulbs, corms and tubers", "plants"),
    ("seeds", "Seeds", "plants"),
    ("flower-seeds", "Flower seeds", "seeds"),
    ("kitchen-garden-seeds", "Kitchen garden seeds", "seeds"),
    ("home", "Home and garden", None),
    ("vases", "Vases and jugs", "home"),
    ("pots", "Pots", "home"),
    ("candles", "Candles", "home"),
    ("garden-tools", "Garden tools", "home"),
    ("gifts", "Gifts", None),
    ("gift-sets", "Gift sets", "gifts"),
    ("cards", "Cards", "gifts"),
    ("books", "Books", "gifts"),
    ("ribbons-and-wrap", "Ribbons and wrap", "gifts"),
    ("occasions", "Occasions", None),
    ("for-any-day", "Any day", "occasions"),
    ("for-anniversary", "Anniversary", "occasions"),
    ("for-birthday", "Birthday", "occasions"),
    ("for-christmas", "Christmas", "occasions"),
    ("for-congratulations", "Congratulations", "occasions"),
    ("for-get-well", "Get well", "occasions"),
    ("for-mothers-day", "Mother's Day", "occasions"),
    ("for-new-baby", "New baby", "occasions"),
    ("for-sympathy", "Sympathy", "occasions"),
    ("for-thank-you", "Thank you", "occasions"),
    ("for-thinking-of-you", "Thinking of you", "occasions"),
    ("for-wedding", "Weddings", "occasions"),
)


def slug(text: str) -> str:
    """A text as it stands in the address of a page."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def ean13(sku: str) -> str:
    """A barcode of the range 200 to 299, which GS1 leaves to shops; made from the SKU, so that it stays."""
    digits = f"2{zlib.crc32(sku.encode()) % 10**11:011d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def priced(pence: float) -> int:
    """A price as shops write it: ending in 25, 50, 75, 95 or 00 below ten pounds, in 50, 95 or 00 above."""
    step = 25 if pence < 1000 else 50 if pence < 5000 else 100
    whole = max(step, round(pence / step) * step)
    return whole - 5 if whole % 1000 == 0 else whole


def stem_of(title: str) -> str:
    """The first part of a SKU: what it is, then which."""
    words = slug(title).upper().split("-")
    return "-".join([words[-1], *words[:-1]]) if len(words) > 1 else words[0]


def variants(goods: DemoProduct) -> list[dict[str, Any]]:
    """Every combination of the options, in the order of their values."""
    found = []
    for chosen in itertools.product(*(option.values for option in goods.options)):
        price, weight = float(goods.pence), float(goods.grams)
        for _, _, dearer, heavier in chosen:
            price, weight = price * dearer, weight * heavier
        sku = "-".join([stem_of(goods.title), *(code for _, code, _, _ in chosen)])
        found.append({
            "sku": sku,
            "options": {option.name: value[0] for option, value in zip(goods.options, chosen, strict=True)},
            "barcode": ean13(sku),
            "weight_grams": max(1, round(weight)),
            "price_minor": priced(price),
            "vat_basis_points": goods.vat,
        })  # fmt: skip
    return found


def product(goods: DemoProduct) -> dict[str, Any]:
    """One line of the file, as `bloomfield products import` takes it."""
    return {
        "id": slug(goods.title),
        "title": goods.title,
        "description": goods.text,
        "brand": goods.maker,
        "categories": list(goods.categories),
        "attributes": goods.attributes,
        "status": "published",
        "variants": variants(goods),
    }


def products() -> list[dict[str, Any]]:
    """All products, counter by counter."""
    counters = (bouquets, cut, indoors, garden, gifts)
    return [product(each) for counter in counters for each in counter.goods()]


def products_text() -> str:
    """products.ndjson."""
    return "".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "\n" for each in products())


def categories_text() -> str:
    """categories.json."""
    tree = [{"id": name, "title": title, "parent": parent} for name, title, parent in TREE]
    return json.dumps(tree, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Write both files."""
    PRODUCTS.write_text(products_text(), encoding="utf-8")
    CATEGORIES.write_text(categories_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
