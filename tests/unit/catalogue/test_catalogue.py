"""What commands to a product lead to."""

from __future__ import annotations

from functools import reduce
from typing import Any

from msgspec.structs import replace

from schemas.catalogue.messages import (
    ArchiveProduct,
    CatalogueCommand,
    CatalogueEvent,
    CatalogueRefusal,
    DescribeProduct,
    ProductArchived,
    ProductDescribed,
    ProductFacts,
    ProductPublished,
    ProductRefused,
    ProductScheduled,
    ProductState,
    ProductStatus,
    PublishProduct,
    Variant,
)
from schemas.catalogue.rules import VARIANTS_MAX, is_ean13, is_slug
from schemas.prices.messages import FileSku
from streams.catalogue.room import CATALOGUE

NOW = 1_800_000_000_000
ID = "stoneware-vase"
BLUE = Variant(sku="VASE-BLUE", options={"colour": "blue"}, barcode="5012345678900", weight_grams=900)
GREEN = Variant(sku="VASE-GREEN", options={"colour": "green"})
FACTS = ProductFacts(title="Stoneware vase", variants=(BLUE, GREEN))
DESCRIBE = DescribeProduct(product_id=ID, facts=FACTS)
R, S = CatalogueRefusal, ProductStatus


def decided(
    product: ProductState, *commands: CatalogueCommand, at: int = NOW
) -> tuple[ProductState, tuple[CatalogueEvent, ...]]:
    """The product after the commands, and all their events."""
    events: tuple[CatalogueEvent, ...] = ()
    for command in commands:
        new = CATALOGUE.decide(command, product, at)
        product, events = reduce(CATALOGUE.evolve, new, product), events + new
    return product, events


def rung(product: ProductState, late: int = 0) -> ProductState:
    """The product after its next timer, decided so much later than it was due."""
    due = CATALOGUE.next_timer_at(product)
    assert due is not None
    after, _ = decided(product, CATALOGUE.on_timer(ID, product, due), at=due + late)
    assert CATALOGUE.next_timer_at(after) != due, "else it would ring for ever"
    return after


def publish(**when: Any) -> PublishProduct:
    return PublishProduct(product_id=ID, **({"shown_from": NOW} | when))


MADE = decided(ProductState(), DESCRIBE)[0]


def test_what_nobody_knows_becomes_a_draft_and_the_same_again_is_no_change() -> None:
    product, events = decided(ProductState(), DESCRIBE, DESCRIBE)
    assert events == (ProductDescribed(product_id=ID, facts=FACTS, version=1, at=NOW),)
    assert (product.status, product.facts, product.version, product.changed_at) == (S.DRAFT, FACTS, 1, NOW)


def test_a_product_is_published_changed_while_it_is_shown_archived_and_published_again() -> None:
    renamed = DescribeProduct(product_id=ID, facts=replace(FACTS, title="Vase"))
    archive = ArchiveProduct(product_id=ID)
    shown, events = decided(MADE, publish(), publish(), renamed)
    assert [type(event) for event in events] == [ProductPublished, ProductDescribed]
    assert (shown.status, shown.facts.title) == (S.PUBLISHED, "Vase")
    gone, events = decided(shown, archive, archive)
    assert events == (ProductArchived(product_id=ID, version=4, at=NOW),)
    assert decided(gone, publish())[0].status is S.PUBLISHED


def test_a_product_is_shown_and_archived_at_the_times_that_were_said() -> None:
    later = publish(shown_from=NOW + 1_000, shown_until=NOW + 5_000)
    waiting, events = decided(MADE, later, later)
    [scheduled] = events
    assert isinstance(scheduled, ProductScheduled)
    assert (waiting.status, CATALOGUE.next_timer_at(waiting)) == (S.SCHEDULED, NOW + 1_000)
    shown = rung(waiting)
    assert (shown.status, CATALOGUE.next_timer_at(shown)) == (S.PUBLISHED, NOW + 5_000)
    assert rung(shown).status is S.ARCHIVED
    late = rung(rung(waiting, late=9_000))
    assert (late.status, CATALOGUE.next_timer_at(late)) == (S.ARCHIVED, None), "nobody decided meanwhile"


def test_a_timer_of_what_was_said_otherwise_since_does_nothing() -> None:
    waiting, _ = decided(MADE, publish(shown_from=NOW + 1_000))
    for command in (publish(shown_from=NOW + 9_000), publish(), ArchiveProduct(product_id=ID)):
        other, _ = decided(waiting, command)
        assert decided(other, CATALOGUE.on_timer(ID, other, NOW + 1_000), at=NOW + 1_000)[1] == ()


def described(*variants: Variant, **facts: Any) -> DescribeProduct:
    return DescribeProduct(product_id=ID, facts=replace(FACTS, variants=variants or FACTS.variants, **facts))


def test_the_first_reason_that_applies_is_given_and_nothing_changes() -> None:
    withdrawn, _ = decided(MADE, described(replace(BLUE, withdrawn=True)))
    many = tuple(Variant(sku=f"S{number}", options={"size": str(number)}) for number in range(VARIANTS_MAX + 1))
    for before, command, reason in (
        (ProductState(), publish(expected_version=7), R.PRODUCT_UNKNOWN),
        (ProductState(), ArchiveProduct(product_id=ID), R.PRODUCT_UNKNOWN),
        (MADE, replace(described(title="x" * 121), expected_version=7), R.VERSION_MISMATCH),
        (ProductState(), DescribeProduct(product_id="Vase_1", facts=FACTS), R.SLUG_MALFORMED),
        (MADE, described(title="x" * 121), R.TEXT_TOO_LONG),
        (MADE, described(*many), R.TOO_MANY),
        (MADE, described(BLUE, replace(GREEN, sku=BLUE.sku)), R.SKUS_NOT_DISTINCT),
        (MADE, described(BLUE, replace(GREEN, options={"size": "L"})), R.OPTIONS_DIFFER),
        (MADE, described(BLUE, replace(GREEN, options=BLUE.options)), R.OPTIONS_NOT_DISTINCT),
        (MADE, described(replace(BLUE, barcode="5012345678901")), R.BARCODE_WRONG),
        (MADE, described(replace(BLUE, weight_grams=-1)), R.WEIGHT_OUT_OF_RANGE),
        (withdrawn, publish(shown_until=NOW), R.NO_VARIANT),
        (MADE, publish(shown_until=NOW), R.NEVER_SHOWN),
        (MADE, publish(shown_from=NOW + 5, shown_until=NOW + 5), R.NEVER_SHOWN),
    ):
        after, events = decided(before, command)
        assert events == (
            ProductRefused(product_id=command.product_id, command=type(command).__name__, reason=reason),
        ), reason
        assert after == before
    assert decided(MADE, replace(publish(), expected_version=1))[0].status is S.PUBLISHED


def test_what_an_id_and_a_barcode_look_like() -> None:
    assert [text for text in ("vase", "a-1", "", "-a", "a-", "a--b", "A", "a_b", "a" * 65) if is_slug(text)] == [
        "vase",
        "a-1",
    ]
    codes = ("5012345678900", "4006381333931", "5012345678901", "501234567890", "50123456789OO", "٥012345678900")
    assert [code for code in codes if is_ean13(code)] == ["5012345678900", "4006381333931"]


def test_prices_are_told_the_categories_of_each_variant_that_is_new_or_gone_or_filed_otherwise() -> None:
    a, b, c = (Variant(sku=sku, options={"size": sku}) for sku in "ABC")
    vases = ProductFacts(title="Vase", categories=("vases",), variants=(a, b))
    gifts = replace(vases, categories=("gifts",), variants=(b, c))
    product = CATALOGUE.initial
    for facts, filed in (
        (vases, {"A": ("vases",), "B": ("vases",)}),
        (replace(vases, title="A vase"), {}),
        (gifts, {"A": (), "B": ("gifts",), "C": ("gifts",)}),
    ):
        command = DescribeProduct(product_id=ID, facts=facts)
        events = CATALOGUE.decide(command, product, NOW)
        product = reduce(CATALOGUE.evolve, events, product)
        told = list(CATALOGUE.react(command, product, events))
        assert told == [FileSku(sku=sku, categories=categories) for sku, categories in filed.items()]
