"""What a command to a product leads to. Every event that changes it raises its version by one."""

from __future__ import annotations

from typing import assert_never

from schemas.catalogue.messages import (
    AddImage,
    ArchiveProduct,
    ArrangeImages,
    CatalogueCommand,
    CatalogueEvent,
    ConfirmUpload,
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
    RecordRenditions,
    RejectImage,
    TurnProduct,
)
from streams.catalogue.images import decide_image
from streams.catalogue.refusal import refusal

Events = tuple[CatalogueEvent, ...]


def decide(command: CatalogueCommand, product: ProductState, at: int) -> Events:
    """The events that the command leads to; none when what it asks for is so already."""
    if reason := refusal(command, product, at):
        return (ProductRefused(product_id=command.product_id, command=type(command).__name__, reason=reason),)
    version = product.version + 1
    match command:
        case DescribeProduct(product_id=product_id, facts=facts):
            if product.version and facts == product.facts:
                return ()
            refiled = _refiled(product.facts, facts)
            return (ProductDescribed(product_id=product_id, facts=facts, refiled=refiled, version=version, at=at),)
        case PublishProduct():
            return _publish(command, product, at)
        case ArchiveProduct(product_id=product_id):
            if product.status is ProductStatus.ARCHIVED:
                return ()
            return (ProductArchived(product_id=product_id, version=version, at=at),)
        case TurnProduct():
            return _turn(command, product, at)
        case AddImage() | ConfirmUpload() | ArrangeImages() | RecordRenditions() | RejectImage():
            return decide_image(command, product, at)
        case _:
            assert_never(command)


def _refiled(before: ProductFacts, after: ProductFacts) -> tuple[str, ...]:
    """The SKUs whose categories are others after it."""
    filed_before = {variant.sku: before.categories for variant in before.variants}
    filed = {variant.sku: after.categories for variant in after.variants}
    skus = sorted(filed_before.keys() | filed.keys())
    return tuple([sku for sku in skus if filed_before.get(sku, ()) != filed.get(sku, ())])


def next_timer_at(product: ProductState) -> int | None:
    """When it is to be shown, or archived."""
    return product.shown_from if product.status is ProductStatus.SCHEDULED else product.shown_until


def _publish(command: PublishProduct, product: ProductState, at: int) -> Events:
    version, until = product.version + 1, command.shown_until
    if command.shown_from > at:
        if (product.status, product.shown_from, product.shown_until) == (
            ProductStatus.SCHEDULED, command.shown_from, until,
        ):  # fmt: skip
            return ()
        return (
            ProductScheduled(
                product_id=command.product_id, shown_from=command.shown_from, shown_until=until, version=version, at=at
            ),
        )
    if (product.status, product.shown_until) == (ProductStatus.PUBLISHED, until):
        return ()
    return (ProductPublished(product_id=command.product_id, shown_until=until, version=version, at=at),)


def _turn(command: TurnProduct, product: ProductState, at: int) -> Events:
    due = next_timer_at(product)
    if due is None or due > command.due_at:
        return ()  # Said otherwise since the timer was set.
    version = product.version + 1
    if product.status is ProductStatus.SCHEDULED:
        return (
            ProductPublished(product_id=command.product_id, shown_until=product.shown_until, version=version, at=at),
        )
    return (ProductArchived(product_id=command.product_id, version=version, at=at),)
