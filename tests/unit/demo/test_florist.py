"""The demonstration's catalogue: the shop takes every line of it, and every variant has a picture of its own."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from PIL import Image

from api.catalogue.requests import NewProduct
from ops.demo.florist import make
from ops.demo.florist.drawing.colour import COLOURS
from ops.demo.florist.originals import png, write
from ops.demo.florist.plates import plate
from schemas.catalogue.messages import DescribeProduct, ProductDescribed, ProductState
from schemas.catalogue.rules import is_ean13, is_slug
from schemas.prices.rules import PRICE_MAX_MINOR
from streams.catalogue.decide import decide
from tests.cases import every

Product = dict[str, Any]

PRODUCTS: list[Product] = [json.loads(line) for line in make.PRODUCTS.read_text(encoding="utf-8").splitlines()]
VARIANTS = [variant for product in PRODUCTS for variant in product["variants"]]
PLATE_BYTES_MAX = 60_000
MONEY = ("price_minor", "vat_basis_points")  # of a variant: what the room prices is told, not the catalogue


def body_of(product: Product) -> NewProduct:
    """What staff would put at /v1/admin/products/{id}."""
    variants = [{name: value for name, value in each.items() if name not in MONEY} for each in product["variants"]]
    facts = {name: value for name, value in product.items() if name not in ("id", "status")}
    return NewProduct.model_validate_json(json.dumps(facts | {"variants": variants}))


def test_the_files_are_what_the_script_writes() -> None:
    assert make.PRODUCTS.read_text(encoding="utf-8") == make.products_text()
    assert make.CATEGORIES.read_text(encoding="utf-8") == make.categories_text()


def test_there_is_a_shop_full() -> None:
    assert len(PRODUCTS) >= 290
    assert len(VARIANTS) >= 1150


@every("product", PRODUCTS, ids=lambda product: product["id"])
def test_the_catalogue_takes_every_product(product: Product) -> None:
    command = DescribeProduct(product_id=product["id"], facts=body_of(product).facts())
    [event] = decide(command, ProductState(), at=0)
    assert isinstance(event, ProductDescribed)


def test_nothing_has_the_name_of_another() -> None:
    for names in (
        [product["id"] for product in PRODUCTS],
        [product["title"].casefold() for product in PRODUCTS],
        [product["description"] for product in PRODUCTS],
        [variant["sku"] for variant in VARIANTS],
        [variant["barcode"] for variant in VARIANTS],
    ):
        assert [name for name, times in Counter(names).items() if times > 1] == []


def test_ids_are_slugs_and_barcodes_are_of_the_range_that_shops_may_use() -> None:
    assert all(is_slug(product["id"]) for product in PRODUCTS)
    assert all(is_ean13(variant["barcode"]) and variant["barcode"][0] == "2" for variant in VARIANTS)


def test_every_price_can_be_charged_and_only_food_plants_and_books_are_zero_rated() -> None:
    for product in PRODUCTS:
        zero = product["attributes"].get("edible", False) or product["attributes"]["kind"] == "book"
        for variant in product["variants"]:
            assert 100 <= variant["price_minor"] <= PRICE_MAX_MINOR
            assert variant["vat_basis_points"] == (0 if zero else 2000)


def test_every_category_is_in_the_tree_and_every_parent_comes_first() -> None:
    known: set[str] = set()
    for category in json.loads(make.CATEGORIES.read_text(encoding="utf-8")):
        assert category["parent"] is None or category["parent"] in known
        known.add(category["id"])
    assert {name for product in PRODUCTS for name in product["categories"]} <= known


def test_an_attribute_has_one_type_and_a_colour_is_one_of_the_palette() -> None:
    types: dict[str, set[type]] = {}
    for product in PRODUCTS:
        for name, value in product["attributes"].items():
            types.setdefault(name, set()).add(type(value))
    assert {name: found for name, found in types.items() if len(found) > 1} == {}
    said = [variant["options"].get("colour") for variant in VARIANTS]
    said += [product["attributes"].get("colour") for product in PRODUCTS]
    assert {colour for colour in said if colour} <= COLOURS.keys()


@every("product", PRODUCTS, ids=lambda product: product["id"])
def test_every_plate_is_small_and_well_formed(product: Product) -> None:
    for variant in product["variants"]:
        drawn = plate(product, variant)
        assert len(drawn.encode()) < PLATE_BYTES_MAX
        ids = [each.get("id") for each in ElementTree.fromstring(drawn).iter() if each.get("id")]  # noqa: S314 - ours
        assert len(ids) == len(set(ids))
        used = {each.get("href", "")[1:] for each in ElementTree.fromstring(drawn).iter() if each.get("href")}  # noqa: S314
        assert used <= set(ids)


def test_a_plate_is_the_same_each_time() -> None:
    for product in PRODUCTS[::20]:
        assert plate(product, product["variants"][-1]) == plate(product, product["variants"][-1])


def painted(product: Product, variant: dict[str, Any]) -> str:
    """The plate of a variant as if it had the SKU of the first: what then differs, it says itself."""
    return plate(product, variant | {"sku": product["variants"][0]["sku"]})


@every(
    "product",
    [each for each in PRODUCTS if "colour" in each["variants"][0]["options"]],
    ids=lambda product: product["id"],
)
def test_another_colour_is_another_picture(product: Product) -> None:
    first = product["variants"][0]
    rest = {name: value for name, value in first["options"].items() if name != "colour"}
    alike = [each for each in product["variants"] if rest.items() <= each["options"].items()]
    pictures = {painted(product, each).split("</title>")[1] for each in alike}
    assert len(alike) > 1
    assert len(pictures) == len(alike)


def test_a_plate_is_delivered_as_a_png_that_is_not_made_twice(tmp_path: Path) -> None:
    image = Image.open(io.BytesIO(png(PRODUCTS[0], width=240)))
    assert (image.format, image.size) == ("PNG", (240, 300))
    assert len(image.convert("RGB").getcolors(maxcolors=100_000) or ()) > 500, "something is drawn on it"
    there = tmp_path / f"{PRODUCTS[0]['id']}.png"
    there.write_bytes(b"drawn before")
    assert list(write(tmp_path, 1)) == [there] and there.read_bytes() == b"drawn before"
