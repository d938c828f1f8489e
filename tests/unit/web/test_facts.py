"""What search engines read."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from api.web.storefront import facts

VASE: dict[str, Any] = {
    "id": "blue vase",
    "title": "Vase",
    "description": "Thrown by hand.",
    "brand": None,
    "images": [],
    "variants": [
        {"sku": "V&1", "price": {"amount_minor": 1_205, "currency": "GBP"}, "barcode": "5012345678900"},
        {"sku": "V2", "price": {"amount_minor": 99, "currency": "GBP"}, "barcode": None},
    ],
}


def test_an_offer_says_its_price_and_whether_it_can_be_bought() -> None:
    data = facts.product_data(VASE, {"V&1": 3, "V2": 0}, "https://shop.example")
    first, second = data["offers"]
    assert (first["price"], first["priceCurrency"], first["gtin13"]) == ("12.05", "GBP", "5012345678900")
    assert (first["url"], first["availability"]) == ("https://shop.example/p/blue%20vase?sku=V%261", facts.AVAILABLE)
    assert (second["price"], second["availability"], "gtin13" in second) == ("0.99", facts.SOLD_OUT, False)
    assert "brand" not in data and "image" not in data


def test_nothing_is_said_of_stock_that_could_not_be_read() -> None:
    assert "availability" not in facts.product_data(VASE, None, "https://shop.example")["offers"][0]


def test_the_way_begins_at_home_and_is_numbered() -> None:
    steps = facts.breadcrumb_data([{"id": "vases", "title": "Vases"}], "https://shop.example")["itemListElement"]
    assert [(each["position"], each["name"], each["item"]) for each in steps] == [
        (1, "Home", "https://shop.example/"),
        (2, "Vases", "https://shop.example/c/vases"),
    ]


def test_a_site_map_is_xml_whatever_an_address_has() -> None:
    root = ElementTree.fromstring(facts.site_map(["https://shop.example/?a=1&b=<2>"]))  # noqa: S314 - our own text
    assert [each.text for each in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")] == [
        "https://shop.example/?a=1&b=<2>"
    ]
