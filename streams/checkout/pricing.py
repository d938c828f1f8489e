"""What a checkout costs. Pence are integers throughout; nothing here is ever rounded twice.

VAT is decided per line, to the nearest penny (HMRC VATREC12010). Required delivery is one supply with
the goods and follows their rates; over a mixed basket it is apportioned by value (Notice 700/24).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import asdict

from schemas.cart.messages import CartLine
from schemas.delivery import DeliveryMethod, delivery_charge_minor
from schemas.orders.messages import DeliveryCharge, OrderLine
from schemas.payments.ledger import VatShare
from schemas.prices.messages import Price


def vat_in(gross_minor: int, vat_basis_points: int) -> int:
    """VAT contained in a gross amount, to the nearest penny, a half upwards."""
    whole = 10_000 + vat_basis_points
    return (2 * gross_minor * vat_basis_points + whole) // (2 * whole)


def priced_lines(lines: Iterable[CartLine], prices: Mapping[str, Price]) -> tuple[OrderLine, ...]:
    """The lines of a cart with their prices frozen and their VAT decided."""
    return tuple(_priced(line, prices[line.sku]) for line in lines)


def _priced(line: CartLine, price: Price) -> OrderLine:
    gross = line.quantity * price.unit_price_minor
    return OrderLine(
        **asdict(line),
        title=price.title,
        unit_price_minor=price.unit_price_minor,
        gross_minor=gross,
        vat_basis_points=price.vat_basis_points,
        vat_minor=vat_in(gross, price.vat_basis_points),
    )


def delivery_charge(method: str, lines: Sequence[OrderLine]) -> DeliveryCharge:
    """What this way of delivery costs for these goods."""
    gross = delivery_charge_minor(DeliveryMethod(method), _goods(lines))
    vat = sum(vat_in(share, rate) for rate, share in _delivery_by_rate(gross, lines).items())
    return DeliveryCharge(method=method, gross_minor=gross, vat_minor=vat)


def total(lines: Sequence[OrderLine], delivery: DeliveryCharge) -> int:
    """What the shopper pays, in pence."""
    return _goods(lines) + delivery.gross_minor


def vat_shares(lines: Sequence[OrderLine], delivery: DeliveryCharge) -> tuple[VatShare, ...]:
    """The total by VAT rate, highest first; the shares sum to the total, their VAT to that of lines and delivery."""
    of_delivery = _delivery_by_rate(delivery.gross_minor, lines)
    vat_of_goods: Counter[int] = Counter()
    for line in lines:
        vat_of_goods[line.vat_basis_points] += line.vat_minor
    return tuple(
        VatShare(
            vat_basis_points=rate,
            gross_minor=goods + of_delivery[rate],
            vat_minor=vat_of_goods[rate] + vat_in(of_delivery[rate], rate),
        )
        for rate, goods in _goods_by_rate(lines).items()
    )


def apportion(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to weights so that the parts sum to it: the largest remainders get the odd pence.

    Of equal remainders the earlier one is first, so the split is the same on every worker.
    """
    whole = sum(weights)
    if not whole:
        return (amount, *(0 for _ in weights[1:]))  # Nothing to go by (all goods are free): the first bears it.
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -(amount * weights[index] % whole))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return tuple(parts)


def _goods(lines: Iterable[OrderLine]) -> int:
    return sum(line.gross_minor - line.discount_minor for line in lines)


def _goods_by_rate(lines: Sequence[OrderLine]) -> dict[int, int]:
    goods: dict[int, int] = {}
    for line in lines:
        goods[line.vat_basis_points] = goods.get(line.vat_basis_points, 0) + line.gross_minor - line.discount_minor
    return {rate: goods[rate] for rate in sorted(goods, reverse=True)}


def _delivery_by_rate(gross_minor: int, lines: Sequence[OrderLine]) -> dict[int, int]:
    goods = _goods_by_rate(lines)
    return dict(zip(goods, apportion(gross_minor, tuple(goods.values())), strict=True))
