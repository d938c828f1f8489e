"""What prices are told of a product: the categories of its SKUs, for promotions that are for them."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.catalogue.messages import CatalogueCommand, CatalogueEvent, ProductDescribed, ProductState
from schemas.prices.messages import FileSku
from schemas.record import Record


def react(_command: CatalogueCommand, product: ProductState, events: tuple[CatalogueEvent, ...]) -> Iterator[Record]:
    """A command for each SKU whose categories are others now; those of a variant that is gone are none."""
    known = {variant.sku for variant in product.facts.variants}
    for event in events:
        if isinstance(event, ProductDescribed):
            for sku in event.refiled:
                yield FileSku(sku=sku, categories=event.facts.categories if sku in known else ())
