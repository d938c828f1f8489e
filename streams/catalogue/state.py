"""What is known of one product, and what each event makes of it."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from schemas.catalogue.messages import (
    CatalogueEvent,
    ImageAdded,
    ImageRejected,
    ImageRendered,
    ImagesArranged,
    ImageUploaded,
    ProductArchived,
    ProductDescribed,
    ProductPublished,
    ProductRefused,
    ProductScheduled,
    ProductState,
    ProductStatus,
)
from streams.catalogue.images import images_after


def evolve(product: ProductState, event: CatalogueEvent) -> ProductState:
    """The product after the event."""
    if isinstance(event, ProductRefused):
        return product
    assert event.version == product.version + 1, "an event was lost or came twice"
    assert product.product_id in ("", event.product_id), "another product's event"
    changed = replace(product, product_id=event.product_id, version=event.version, changed_at=event.at)
    match event:
        case ProductDescribed(facts=facts):
            status = ProductStatus.DRAFT if product.status is ProductStatus.UNKNOWN else product.status
            return replace(changed, status=status, facts=facts)
        case ProductScheduled(shown_from=shown_from, shown_until=until):
            return replace(changed, status=ProductStatus.SCHEDULED, shown_from=shown_from, shown_until=until)
        case ProductPublished(shown_until=until):
            return replace(changed, status=ProductStatus.PUBLISHED, shown_from=None, shown_until=until)
        case ProductArchived():
            return replace(changed, status=ProductStatus.ARCHIVED, shown_from=None, shown_until=None)
        case ImageAdded() | ImageUploaded() | ImageRendered() | ImageRejected() | ImagesArranged():
            return replace(changed, images=images_after(product.images, event))
        case _:
            assert_never(event)
