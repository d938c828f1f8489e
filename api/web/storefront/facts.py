"""What machines read of a page: structured data (schema.org), the site map (sitemaps.org), robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape

from api.web.client import Json

CONTEXT = "https://schema.org"
AVAILABLE, SOLD_OUT = f"{CONTEXT}/InStock", f"{CONTEXT}/OutOfStock"
SITE_MAP_MAX = 50_000  # addresses in one file
NOT_FOR_ROBOTS = "/search", "/basket", "/v1/"


def product_address(base: str, slug: str) -> str:
    return f"{base}/p/{quote(slug, safe='')}"


def product_data(product: Json, units: Mapping[str, int] | None, base: str) -> Json:
    """A product with an offer for each variant. Without `units` nothing is said of stock."""
    address = product_address(base, product["id"])
    offers = [
        {
            "@type": "Offer",
            "sku": each["sku"],
            "url": f"{address}?sku={quote(each['sku'], safe='')}",
            "price": f"{each['price']['amount_minor'] // 100}.{each['price']['amount_minor'] % 100:02}",
            "priceCurrency": each["price"]["currency"],
        }
        | ({} if units is None else {"availability": AVAILABLE if units.get(each["sku"]) else SOLD_OUT})
        | ({"gtin13": each["barcode"]} if each["barcode"] else {})
        for each in product["variants"]
    ]
    pictures = [each["renditions"][-1]["jpeg"] for each in product["images"] if each["renditions"]]
    return (
        {
            "@context": CONTEXT,
            "@type": "Product",
            "name": product["title"],
            "description": product["description"],
            "url": address,
            "offers": offers,
        }
        | ({"brand": {"@type": "Brand", "name": product["brand"]}} if product["brand"] else {})
        | ({"image": pictures} if pictures else {})
    )


def breadcrumb_data(way: Sequence[Json], base: str) -> Json:
    """The way from the home page, as search engines show it."""
    steps = [("Home", f"{base}/"), *((each["title"], f"{base}/c/{quote(each['id'], safe='')}") for each in way)]
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": address}
            for number, (name, address) in enumerate(steps, 1)
        ],
    }


def site_map(addresses: Iterable[str]) -> str:
    """The addresses of pages that may be found by a search engine."""
    lines = "".join(f"<url><loc>{escape(each)}</loc></url>\n" for each in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
    )


def robots(base: str) -> str:
    """What robots may not fetch, and where the site map is."""
    return (
        "User-agent: *\n" + "".join(f"Disallow: {each}\n" for each in NOT_FOR_ROBOTS) + f"Sitemap: {base}/sitemap.xml\n"
    )
