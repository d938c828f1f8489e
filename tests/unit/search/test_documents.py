"""What the index has of a product, and how new that is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.opensearch.documents import (
    PRICE_VERSIONS_MAX,
    PRODUCT_VERSION_MAX,
    STOCK_VERSIONS_MAX,
    ProductDocument,
    version,
)
from connectors.opensearch.rows import Rows
from schemas.catalogue.images import ImageFile, ImageStatus, ProductImage
from schemas.catalogue.messages import ProductStatus
from schemas.record import Record
from tests.cases import every
from tests.unit.search.examples import price, product, stock, variant


def rows(*known: tuple[str, Record]) -> Rows:
    found = Rows()
    for number, (key, row) in enumerate(known, 1):
        found.take(key, row, number)
    return found


def shown(found: Rows, product_id: str = "vase") -> ProductDocument:
    document = found.document(product_id).document
    assert document is not None
    return document


def test_a_product_is_one_document_with_its_variants_inside() -> None:
    blue, green = variant("V-BLUE", options={"colour": "blue"}, barcode="5012345678900"), variant("V.GREEN-1")
    found = shown(
        rows(
            ("vase", product("vase", blue, green, glaze="matt", handmade=True, fragile=False, height_cm=24)),
            ("V-BLUE", price("V-BLUE", 1_850)),
            ("V.GREEN-1", price("V.GREEN-1", 1_600)),
            ("V-BLUE@warehouse", stock(2, held=1)),
        )
    )
    assert (found.id, found.price, found.in_stock) == ("vase", 1_600, True)
    assert [(each.sku, each.price, each.in_stock) for each in found.variants] == [
        ("V-BLUE", 1_850, True),
        ("V.GREEN-1", 1_600, False),
    ]
    assert found.codes == ("v-blue", "5012345678900", "v.green-1")
    assert found.attributes == ("glaze=matt", "handmade=true", "fragile=false", "height_cm=24", "colour=blue")
    assert found.facts == "matt; handmade; blue"
    assert found.category_words == "vases; for any day"


def test_the_first_picture_that_is_ready_is_shown_with_it() -> None:
    file = ImageFile(sha256="0" * 64, content_type="image/png", size_bytes=1)
    images = tuple(
        ProductImage(image_id=name, file=file, alt=name, status=status)
        for name, status in (("a", ImageStatus.REJECTED), ("b", ImageStatus.READY), ("c", ImageStatus.READY))
    )
    state = product("vase", variant("V"))
    found = shown(rows(("vase", replace(state, images=images)), ("V", price("V"))))
    assert found.image == images[1]
    assert shown(rows(("vase", state), ("V", price("V")))).image is None


@every("status", [each for each in ProductStatus if each is not ProductStatus.PUBLISHED])
def test_what_is_not_published_is_not_in_the_index(status: ProductStatus) -> None:
    found = rows(("vase", product(status=status)), ("VASE", price("VASE")))
    assert found.document("vase").document is None


def test_a_variant_that_is_withdrawn_or_has_no_price_is_not_shown_and_a_product_of_none_neither() -> None:
    two = product("vase", variant("A"), variant("B", withdrawn=True))
    assert [each.sku for each in shown(rows(("vase", two), ("A", price("A")), ("B", price("B")))).variants] == ["A"]
    for known in ([], [("A", price("A", withdrawn=True))], [("B", price("B"))]):
        assert rows(("vase", two), *known).document("vase").document is None


@every(
    "stocked,can_be_bought",
    [
        ({}, False),
        ({"A@warehouse": (2, 2), "B@warehouse": (5, 0)}, False),
        ({"A@warehouse": (1, 0), "A@popup-soho": (1, 0), "B@warehouse": (5, 0)}, False),
        ({"A@popup-soho": (2, 0), "B@warehouse": (1, 0)}, True),
        ({"A@closed": (2, 0), "B@warehouse": (1, 0)}, False),
    ],
)
def test_a_bundle_can_be_bought_when_all_its_parts_can(
    stocked: dict[str, tuple[int, int]], can_be_bought: bool
) -> None:
    found = rows(
        ("vase", product("vase", variant("SET"))),
        ("SET", price("SET", A=2, B=1)),
        *((key, stock(*units)) for key, units in stocked.items()),
    )
    assert shown(found).in_stock is can_be_bought


def test_a_change_touches_every_product_that_shows_it() -> None:
    found = rows(
        ("vase", product("vase", variant("A"))),
        ("gift", product("gift", variant("SET"), variant("A"))),
        ("SET", price("SET", A=1, B=2)),
    )
    assert found.take("A", price("A"), 9) == {"vase", "gift"}
    assert found.take("B@warehouse", stock(1), 9) == {"gift"}
    assert found.take("SET", price("SET", C=1), 10) == {"gift"}
    assert found.take("B@warehouse", stock(2), 10) == set(), "the bundle has no such part any more"
    assert found.take("vase", product("vase", variant("D")), 11) == {"vase"}
    assert found.take("A@warehouse", stock(3), 11) == {"gift"}


changes = st.lists(
    st.one_of(
        st.tuples(st.just("vase"), st.sets(st.sampled_from("AB"), min_size=1)),
        st.tuples(st.sampled_from("AB"), st.sets(st.sampled_from("XY"))),
        st.tuples(st.sampled_from(["A@warehouse", "X@warehouse", "Y@popup-soho"]), st.integers(0, 3)),
    ),
    max_size=40,
)


@given(changes)
def test_a_document_that_differs_has_a_higher_version_whatever_changes(told: list[tuple[str, object]]) -> None:
    """Variants come and go, bundles change their parts: what is left has fewer events behind it, and is newer."""
    found, versions, seen = rows(("vase", product("vase", variant("A")))), dict[str, int](), []
    versions["vase"] = 1
    for key, what in told:
        versions[key] = versions.get(key, 0) + 1
        if key == "vase":
            row: Record = product("vase", *map(variant, sorted(what)))  # type: ignore[call-overload]
        elif "@" in key:
            row = stock(int(str(what)))
        else:
            row = price(key, **dict.fromkeys(what, 1))  # type: ignore[call-overload]
        if found.take(key, row, versions[key]):
            seen.append(found.document("vase"))
    for before, after in pairwise(seen):
        assert before == after or before.version < after.version


def test_a_version_that_is_beyond_the_number_is_refused() -> None:
    largest = version(product=PRODUCT_VERSION_MAX, prices=PRICE_VERSIONS_MAX, stock=STOCK_VERSIONS_MAX)
    assert largest == 2**63 - 1
    for beyond in ((PRODUCT_VERSION_MAX + 1, 0, 0), (0, PRICE_VERSIONS_MAX + 1, 0), (0, 0, STOCK_VERSIONS_MAX + 1)):
        product_version, prices, stocked = beyond
        with pytest.raises(ValueError, match="beyond"):
            version(product=product_version, prices=prices, stock=stocked)
