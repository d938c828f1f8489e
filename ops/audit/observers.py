"""What single events say beyond their own row: stock of orders, transfers, the ledger, the price of an order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ops.audit import ledger
from ops.audit.findings import Findings
from ops.audit.folds.payments import refunded
from ops.audit.ledger import nearest
from ops.audit.log import LoggedEvent
from ops.audit.model import Model, State, TransferHalf
from schemas.envelope import derive_id
from schemas.inventory import messages as stock
from schemas.inventory.holds import HoldCommitted
from schemas.orders.messages import DeliveryCharge, OrderAdvanced, OrderCancelled, OrderLine, OrderPlaced
from schemas.payments import messages as pay
from schemas.payments.disputes import Dispute
from schemas.payments.refunds import RefundFailed, RefundSucceeded
from schemas.promotions.messages import UseGivenBack, UseRedeemed

Observe = Callable[[LoggedEvent, State, Model, Findings], None]


def inventory(event: LoggedEvent, _state: State, model: Model, _findings: Findings) -> None:
    """Keep what leaves for an order, comes back from it, or moves between locations."""
    body = event.body
    match body:
        case HoldCommitted():
            _add(model.committed, body, event, model)
        case stock.StockReturned():
            _add(model.returned, body, event, model)
        case stock.StockTransferredOut():
            what = (body.sku, body.location, body.target, body.quantity)
            accepted_by = derive_id(event.command_id, "send/0")  # the one command that a transfer sends
            model.transfers_out[accepted_by] = TransferHalf(event.position, event.settled, what)
        case stock.StockTransferredIn():
            what = (body.sku, body.source, body.location, body.quantity)
            model.transfers_in[event.command_id] = TransferHalf(event.position, event.settled, what)


def _add(units: dict[str, Counter[tuple[str, str]]], body: Any, event: LoggedEvent, model: Model) -> None:
    units.setdefault(body.order_id, Counter())[(body.sku, body.location)] += body.quantity
    model.stock_positions[body.order_id] = event.position


def promotions(event: LoggedEvent, _state: State, model: Model, _findings: Findings) -> None:
    """Keep what each checkout has redeemed."""
    body = event.body
    if isinstance(body, UseRedeemed):
        model.redeemed.setdefault(body.checkout_id, set()).add(body.promotion_id)
        model.redeemed_at[body.checkout_id] = event.position
    elif isinstance(body, UseGivenBack) and body.checkout_id in model.redeemed:
        model.redeemed[body.checkout_id].discard(body.promotion_id)


def orders(event: LoggedEvent, _state: State, _world: Model, findings: Findings) -> None:
    """Add the order up again, line by line."""
    order = event.body
    if isinstance(order, OrderAdvanced | OrderCancelled):
        findings.checked("orders.held")  # by the fold, before the move
    if not isinstance(order, OrderPlaced):
        return
    findings.checked("orders.total")
    findings.checked("orders.vat")
    goods = sum(line.gross_minor - line.discount_minor for line in order.lines)
    delivery = order.delivery.gross_minor - order.delivery.discount_minor
    if goods + delivery != order.total_minor:
        expected = f"{goods} of goods and {delivery} of delivery"
        findings.fail("orders.total", event.position, expected=expected, found=f"a total of {order.total_minor}")
    for line in order.lines:
        gross = line.quantity * line.unit_price_minor
        if line.gross_minor != gross or not 0 <= line.discount_minor <= gross:
            expected = f"a gross of {gross}, a discount within"
            found = f"{line.gross_minor}, discount {line.discount_minor}"
            findings.fail("orders.total", event.position, expected=expected, found=f"{line.sku}: {found}")
        expected_vat = nearest_vat(line.gross_minor - line.discount_minor, line.vat_basis_points)
        if line.vat_minor != expected_vat:
            found = f"{line.vat_minor} on {line.sku}"
            findings.fail("orders.vat", event.position, expected=f"{expected_vat} of VAT", found=found)
    _delivery_vat(event, order, goods, delivery, findings)
    _discounts(event, order, findings)


def _discounts(event: LoggedEvent, order: OrderPlaced, findings: Findings) -> None:
    """What each promotion takes off, added up again over the lines and the delivery."""
    findings.checked("orders.discounts")
    off: Counter[int] = Counter()
    charges: tuple[OrderLine | DeliveryCharge, ...] = (*order.lines, order.delivery)
    for charge in charges:
        taken = [each.amount_minor for each in charge.discounts]
        within = all(each > 0 for each in taken) and charge.discount_minor <= charge.gross_minor
        if sum(taken) != charge.discount_minor or not within:
            found = f"{charge.discount_minor} off {charge.gross_minor}, by promotions {taken}"
            findings.fail("orders.discounts", event.position, expected="the sum of what promotions take", found=found)
        if isinstance(charge, OrderLine):
            off.update({each.promotion: each.amount_minor for each in charge.discounts})
    delivery = {each.promotion: each.amount_minor for each in order.delivery.discounts}
    for place, applied in enumerate(order.promotions):
        said, found_off = (applied.goods_minor, applied.delivery_minor), (off.pop(place, 0), delivery.pop(place, 0))
        if said != found_off or not sum(said):
            expected = f"{said} off goods and delivery by {applied.promotion_id}"
            findings.fail("orders.discounts", event.position, expected=expected, found=found_off)
    if off or delivery:
        unknown = f"promotions {[*off, *delivery]} that it does not name"
        findings.fail("orders.discounts", event.position, expected="promotions of the order", found=unknown)


def nearest_vat(gross_minor: int, rate: int) -> int:
    """VAT contained in a gross amount to the nearest penny, halves up."""
    return nearest(Fraction(gross_minor * rate, 10_000 + rate))


def _delivery_vat(event: LoggedEvent, order: OrderPlaced, goods: int, delivery: int, findings: Findings) -> None:
    """Within a penny for each VAT rate of the goods that the delivery is apportioned to."""
    rates = {line.vat_basis_points for line in order.lines}
    parts = (
        Fraction(delivery * (line.gross_minor - line.discount_minor), goods)
        * Fraction(line.vat_basis_points, 10_000 + line.vat_basis_points)
        for line in order.lines
        if goods
    )
    exact = sum(parts, Fraction(0))
    too_far = goods and abs(order.delivery.vat_minor - exact) > len(rates)
    if too_far or not 0 <= order.delivery.vat_minor <= delivery:
        expected = f"about {float(exact):.2f} of VAT in the delivery"
        findings.fail("orders.vat", event.position, expected=expected, found=order.delivery.vat_minor)


def payments(event: LoggedEvent, state: State, model: Model, findings: Findings) -> None:
    """Book the entries, and compare them with what the event says has happened."""
    body = event.body
    if isinstance(body, pay.DisputeRecorded):
        before = state.setdefault("_disputes", {}).get(body.dispute.dispute_id)
        state["_disputes"][body.dispute.dispute_id] = body.dispute
        model.disputed_minor += _taken(body.dispute) - (_taken(before) if before else 0)
        _book(event, model, findings, ledger.of_dispute(before, body.dispute))
        return
    match body:
        case pay.PaymentCaptured():
            moved = body.amount_minor
            model.captured_minor += moved
        case RefundSucceeded():
            moved = -body.amount_minor
            model.refunded_minor += body.amount_minor
        case RefundFailed():
            # It books back what an earlier success of the same refund booked; the fold tells by the totals.
            moved = state.get("_refunded", 0) - body.refunded_total_minor
            model.refunded_minor -= moved
        case _:
            return
    state["_refunded"] = getattr(body, "refunded_total_minor", state.get("_refunded", 0))
    kept = state["captured_minor"] - refunded(state)
    expected = ledger.movement(state.get("vat_shares", ()), before=kept - moved, after=kept)
    _book(event, model, findings, expected)


def _taken(dispute: Dispute) -> int:
    return dispute.withdrawn_minor + dispute.fee_minor


def _book(event: LoggedEvent, model: Model, findings: Findings, expected: ledger.Books) -> None:
    findings.checked("ledger.balanced")
    entries = event.body.entries
    for entry in entries:
        model.accounts[entry.account.value] += entry.amount_minor
    booked = ledger.booked(entries)
    if booked != expected:
        findings.fail(
            "ledger.balanced", event.position, expected=ledger.in_words(expected), found=ledger.in_words(booked)
        )


OBSERVERS: dict[str, Observe] = {
    "inventory": inventory, "orders": orders, "payments": payments, "promotions": promotions,
}  # fmt: skip
