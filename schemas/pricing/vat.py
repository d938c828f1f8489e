"""VAT and the splitting of pence. Amounts are integers throughout; nothing is ever rounded twice.

VAT is decided per line, to the nearest penny (HMRC VATREC12010). Required delivery is one supply with
the goods and follows their rates; over a mixed basket it is apportioned by value (Notice 700/24).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from schemas.orders.messages import DeliveryCharge, OrderLine
from schemas.payments.ledger import VatShare

ROUNDING = "vatrec12010_line_nearest"  # per line, to the nearest penny, a half upwards


def vat_in(gross_minor: int, vat_basis_points: int) -> int:
    """VAT contained in a gross amount, to the nearest penny, a half upwards."""
    return nearest(gross_minor * vat_basis_points, 10_000 + vat_basis_points)


def nearest(dividend: int, divisor: int) -> int:
    """The quotient to the nearest penny, a half upwards; nothing of nothing is nothing."""
    return (2 * dividend + divisor) // (2 * divisor) if divisor else 0


def apportion(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to weights so that the parts sum to it: the largest remainders get the odd pence.

    Of equal remainders the earlier one is first, so the split is the same on every worker. An amount that is no more
    than the weights together gives no part more than its weight.
    """
    whole = sum(weights)
    if not whole:
        return (amount, *(0 for _ in weights[1:]))  # Nothing to go by (all goods are free): the first bears it.
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: -(amount * weights[index] % whole))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return tuple(parts)


def net_of_line(line: OrderLine) -> int:
    """What is paid for a line, in pence."""
    return line.gross_minor - line.discount_minor


def paid_for(line: OrderLine, units: int) -> int:
    """What was paid for so many units of a line, in pence; for some of them rounded down, so that parts never sum to
    more than was paid for all."""
    return net_of_line(line) * units // line.quantity


def net_of_delivery(delivery: DeliveryCharge) -> int:
    """What is paid for the delivery, in pence."""
    return delivery.gross_minor - delivery.discount_minor


def net_of_lines(lines: Iterable[OrderLine]) -> int:
    """What is paid for all lines, in pence."""
    return sum(map(net_of_line, lines))


def vat_of_delivery(net_minor: int, lines: Sequence[OrderLine]) -> int:
    """VAT contained in what is paid for the delivery of these goods."""
    if not net_minor:
        return 0  # Collected, or free: the most usual case, and a cart shows three ways.
    return sum(vat_in(share, rate) for rate, share in _delivery_by_rate(net_minor, lines).items())


def vat_shares(lines: Sequence[OrderLine], delivery: DeliveryCharge) -> tuple[VatShare, ...]:
    """The total by VAT rate, highest first; the shares sum to the total, their VAT to that of lines and delivery."""
    of_delivery = _delivery_by_rate(net_of_delivery(delivery), lines)
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


def _goods_by_rate(lines: Sequence[OrderLine]) -> dict[int, int]:
    goods: dict[int, int] = {}
    for line in lines:
        goods[line.vat_basis_points] = goods.get(line.vat_basis_points, 0) + net_of_line(line)
    return {rate: goods[rate] for rate in sorted(goods, reverse=True)}


def _delivery_by_rate(net_minor: int, lines: Sequence[OrderLine]) -> dict[int, int]:
    goods = _goods_by_rate(lines)
    if not goods:
        return {}  # of an empty cart, for which a quote is shown all the same
    return dict(zip(goods, apportion(net_minor, tuple(goods.values())), strict=True))
