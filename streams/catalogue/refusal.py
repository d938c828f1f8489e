"""Why a command to a product is refused."""

from __future__ import annotations

from schemas.catalogue.messages import (
    CatalogueCommand,
    CatalogueRefusal,
    DescribeProduct,
    ProductFacts,
    ProductState,
    PublishProduct,
    TurnProduct,
    Variant,
)
from schemas.catalogue.rules import (
    ATTRIBUTES_MAX,
    CATEGORIES_MAX,
    DESCRIPTION_LENGTH_MAX,
    OPTIONS_MAX,
    TITLE_LENGTH_MAX,
    VARIANTS_MAX,
    WEIGHT_GRAMS_MAX,
    is_ean13,
    is_slug,
)


def refusal(command: CatalogueCommand, product: ProductState, at: int) -> CatalogueRefusal | None:
    """The first reason that applies, by descending precedence."""
    if isinstance(command, TurnProduct):
        return None
    if not product.version and not isinstance(command, DescribeProduct):
        return CatalogueRefusal.PRODUCT_UNKNOWN
    if command.expected_version not in (None, product.version):
        return CatalogueRefusal.VERSION_MISMATCH
    if isinstance(command, DescribeProduct):
        return _of_facts(command.facts) if is_slug(command.product_id) else CatalogueRefusal.SLUG_MALFORMED
    if isinstance(command, PublishProduct):
        if all(variant.withdrawn for variant in product.facts.variants):
            return CatalogueRefusal.NO_VARIANT
        if command.shown_until is not None and command.shown_until <= max(command.shown_from, at):
            return CatalogueRefusal.NEVER_SHOWN
    return None


def _of_facts(facts: ProductFacts) -> CatalogueRefusal | None:
    if max(len(facts.title), len(facts.brand)) > TITLE_LENGTH_MAX or len(facts.description) > DESCRIPTION_LENGTH_MAX:
        return CatalogueRefusal.TEXT_TOO_LONG
    if (
        len(facts.variants) > VARIANTS_MAX
        or len(facts.attributes) > ATTRIBUTES_MAX
        or len(facts.categories) > CATEGORIES_MAX
        or any(len(variant.options) > OPTIONS_MAX for variant in facts.variants)
    ):
        return CatalogueRefusal.TOO_MANY
    return _of_variants(facts.variants)


def _of_variants(variants: tuple[Variant, ...]) -> CatalogueRefusal | None:
    if len({variant.sku for variant in variants}) < len(variants):
        return CatalogueRefusal.SKUS_NOT_DISTINCT
    if len({frozenset(variant.options) for variant in variants}) > 1:
        return CatalogueRefusal.OPTIONS_DIFFER
    if len({frozenset(variant.options.items()) for variant in variants}) < len(variants):
        return CatalogueRefusal.OPTIONS_NOT_DISTINCT
    if not all(variant.barcode == "" or is_ean13(variant.barcode) for variant in variants):
        return CatalogueRefusal.BARCODE_WRONG
    if not all(0 <= variant.weight_grams <= WEIGHT_GRAMS_MAX for variant in variants):
        return CatalogueRefusal.WEIGHT_OUT_OF_RANGE
    return None
