"""The rows that the index is made of: products, prices, stock, synonyms; and which products a change touches. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.opensearch.documents import Made, document, version
from schemas.catalogue.messages import ProductState
from schemas.inventory.messages import StockState
from schemas.prices.messages import SkuPrice
from schemas.record import Record
from schemas.sourcing import most_at_one_location, taken_by, whole_ones
from schemas.synonyms.messages import SynonymsState


class Rows:
    """The newest row of every product, price and stock, each with its version."""

    def __init__(self) -> None:
        self._products: dict[str, tuple[ProductState, int]] = {}
        self._prices: dict[str, tuple[SkuPrice, int]] = {}
        self._stock: dict[str, dict[str, tuple[int, int]]] = {}  # by SKU and location: what is available, version
        self._synonyms: dict[str, tuple[str, ...]] = {}  # words by group
        self._products_with: dict[str, set[str]] = {}  # by the SKU of a variant
        self._bundles_with: dict[str, set[str]] = {}  # by the SKU of a part

    def take(self, key: str, row: Record, number: int) -> set[str]:
        """Keep a row; returns the products that it touches. Raises TypeError for a row of another room."""
        match row:
            case ProductState():
                return self._take_product(key, row, number)
            case SkuPrice():
                return self._take_price(key, row, number)
            case StockState():
                sku, _, location = key.rpartition("@")
                self._stock.setdefault(sku, {})[location] = (row.on_hand - row.held, number)
                return self._touched_by_stock(sku)
            case SynonymsState():
                self._synonyms[key] = row.words
                return set()  # no document has them: they are in force once the index is made anew
        raise TypeError(f"{type(row).__name__} of {key} is no product, price, stock or group of synonyms")

    def synonyms(self) -> list[str]:
        """The groups that staff set, as the index takes them."""
        return [", ".join(words) for _, words in sorted(self._synonyms.items()) if words]

    def ids(self) -> Iterable[str]:
        """Every product there is a row of."""
        return self._products.keys()

    def document(self, product_id: str) -> Made:
        """What the index should have of a product. Raises KeyError, ValueError."""
        product, number = self._products[product_id]
        prices = 0
        taken: set[str] = set()
        for each in product.facts.variants:
            price, price_version = self._prices.get(each.sku, (SkuPrice(), 0))
            prices += price_version
            taken |= taken_by(each.sku, price.components).keys()
        stock = sum(of for sku in taken for _, of in self._stock.get(sku, {}).values())
        made = document(product, self._price, self._can_be_bought)
        return Made(product_id, made, version(product=number, prices=prices, stock=stock))

    def documents(self, ids: Iterable[str]) -> Iterator[Made]:
        """The same of several."""
        return map(self.document, ids)

    def _price(self, sku: str) -> SkuPrice | None:
        found = self._prices.get(sku)
        return None if found is None else found[0]

    def _can_be_bought(self, sku: str, price: SkuPrice) -> bool:
        taken = taken_by(sku, price.components)
        return whole_ones(taken, {part: self._most(part) for part in taken}) > 0

    def _most(self, sku: str) -> int:
        return most_at_one_location({place: units for place, (units, _) in self._stock.get(sku, {}).items()})

    def _take_product(self, product_id: str, row: ProductState, number: int) -> set[str]:
        before = self._products.get(product_id)
        for each in before[0].facts.variants if before else ():
            self._products_with[each.sku].discard(product_id)
        self._products[product_id] = (row, number)
        for each in row.facts.variants:
            self._products_with.setdefault(each.sku, set()).add(product_id)
        return {product_id}

    def _take_price(self, sku: str, row: SkuPrice, number: int) -> set[str]:
        before = self._prices.get(sku)
        for part in before[0].components if before else ():
            self._bundles_with[part.sku].discard(sku)
        self._prices[sku] = (row, number)
        for part in row.components:
            self._bundles_with.setdefault(part.sku, set()).add(sku)
        return set(self._products_with.get(sku, ()))

    def _touched_by_stock(self, sku: str) -> set[str]:
        skus = (sku, *self._bundles_with.get(sku, ()))
        return {product_id for each in skus for product_id in self._products_with.get(each, ())}
