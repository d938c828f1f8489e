"""What must hold between rooms once the folds are complete: stock, orders and money tell one story.

While commands wait or events are not settled, the keys concerned prove nothing and are passed over; with
`settled` nothing is passed over, and all that was asked for must be done.
"""

from __future__ import annotations

from collections import Counter

from ops.audit import incomplete
from ops.audit.findings import Findings, LogPosition
from ops.audit.folds.inventory import well_above
from ops.audit.folds.orders import DISPUTE_OVER
from ops.audit.folds.payments import charged_back, fees, going_back, owed, refunded, withdrawn
from ops.audit.model import AuditRow, Model, State
from schemas.inventory.keys import stock_key
from schemas.room import parted

PAID = {
    "confirmed", "picking", "packed", "part_despatched", "despatched", "delivery_failed", "delivered", "returned",
    "refunded",
}  # fmt: skip
MAY_HAVE_RETURNED = {"returned", "refunded"}


def check(model: Model, findings: Findings, *, settled: bool) -> None:
    """Make every check between rooms."""
    _transfers(model, findings, settled=settled)
    _missing_warnings(model, findings, settled=settled)
    _unique_orders(model, findings)
    _orders(model, findings, settled=settled)
    _payments(model, findings, settled=settled)
    _unordered_stock(model, findings, settled=settled)
    _promotions(model, findings, settled=settled)
    _ledger(model, findings)
    if settled:
        incomplete.check(model, findings)


def _transfers(model: Model, findings: Findings, *, settled: bool) -> None:
    findings.checked("stock.transfers", len(model.transfers_out))
    for accepted_by, out in model.transfers_out.items():
        arrived = model.transfers_in.get(accepted_by)
        if arrived is None:
            if settled or (out.settled and accepted_by not in model.waiting_ids):
                findings.fail(
                    "stock.transfers", out.position, expected=f"arrival by command {accepted_by}", found="none"
                )
        elif arrived.what != out.what:
            findings.fail("stock.transfers", arrived.position, expected=out.what, found=arrived.what)
    for accepted_by, arrived in model.transfers_in.items():
        # Somebody may have sent AcceptTransfer by hand: then there are units that left nowhere.
        if accepted_by not in model.transfers_out:
            findings.fail("stock.transfers", arrived.position, expected="a transfer that left", found="none")


def _missing_warnings(model: Model, findings: Findings, *, settled: bool) -> None:
    for _, row in model.live("inventory"):
        available = row.state["on_hand"] - row.state["held"]
        if available < row.state["threshold"] and not row.state["low"] and (settled or not row.moving):
            expected = f"StockLow: {available} is below {row.state['threshold']}"
            findings.fail("stock.low", row.position, expected=expected, found="no warning")
        if row.state["low"] and well_above(row.state) and (settled or not row.moving):
            expected = f"StockRecovered: {available} is well above {row.state['threshold']}"
            findings.fail("stock.low", row.position, expected=expected, found="low all the same")


def _unique_orders(model: Model, findings: Findings) -> None:
    for name in ("checkout_id", "cart_id"):
        seen: dict[str, str] = {}
        for key, row in model.live("orders"):
            findings.checked("orders.unique")
            first = seen.setdefault(row.state.get(name, key), key)
            if first != key:
                found = f"{first} and {key}"
                findings.fail("orders.unique", row.position, expected=f"one order of {name}", found=found)


def _orders(model: Model, findings: Findings, *, settled: bool) -> None:
    for key, row in model.live("orders"):
        order = row.state
        if "allocations" not in order:
            continue  # never placed: reported as an impossible event
        if not settled and _order_moves(model, key, order):
            model.counts["orders_in_motion"] += 1
            continue
        payment = model.rooms["payments"].get(order["payment_id"])
        findings.checked("orders.money")
        if not order["total_minor"]:
            wrong = "a payment for nothing" if payment is not None and payment.changed else None
        else:
            wrong = "no payment" if payment is None or not payment.changed else _money(order, payment.state)
        if wrong:
            expected = f"the money of an order that is {order['status']}, total {order['total_minor']}"
            findings.fail("orders.money", row.position, expected=expected, found=wrong)
        _order_stock(model, findings, key, row)


def _order_moves(model: Model, key: str, order: State) -> bool:
    stock = (stock_key(each.sku, each.location) for each in order["allocations"])
    return (
        model.in_motion("orders", key)
        or model.in_motion("payments", order["payment_id"])
        or model.in_motion("checkout", order["checkout_id"])
        or any(model.in_motion("inventory", each) for each in stock)
    )


def _money(order: State, payment: State) -> str | None:
    """What is wrong with the money of an order; None when nothing is."""
    total = order["total_minor"]
    if payment.get("order_id") != order["order_id"] or payment.get("amount_minor") != total:
        return f"a payment of {payment.get('amount_minor')} for order {payment.get('order_id')}"
    vat = sum(line.vat_minor for line in order["lines"]) + order["delivery"].vat_minor
    if sum(share.vat_minor for share in payment["vat_shares"]) != vat:
        return f"a payment with {sum(share.vat_minor for share in payment['vat_shares'])} of VAT, the order has {vat}"
    return _recorded_otherwise(order, payment) or _wrong_for(order["status"], total, payment)


def _recorded_otherwise(order: State, payment: State) -> str | None:
    """One fact in both rooms: what the order knows of its money is what the payment says."""
    disputes, money = payment["disputes"].values(), order["money"]
    facts = {
        "captured": (payment["captured_minor"], money.captured_minor),
        "refunded": (refunded(payment), money.refunded_minor),
        "going back": (going_back(payment), money.refund_pending_minor),
        "owed": (owed(payment), money.owed_minor),
        "disputed": (sum(each.amount_minor for each in disputes if is_open(each.status)), money.disputed_minor),
        "lost": (sum(each.withdrawn_minor for each in disputes if each.status == "lost"), money.lost_minor),
        "held by a dispute": (any(is_open(each.status) for each in disputes), is_open(money.dispute_status)),
    }
    for name, (said, known) in facts.items():
        if said != known:
            return f"{name} {said}, of which the order knows {known}"
    return None


def is_open(dispute_status: str | None) -> bool:
    """Whether a dispute of this status may still move money."""
    return dispute_status not in DISPUTE_OVER


def _wrong_for(status: str, total: int, payment: State) -> str | None:
    """What is wrong with the money of an order that is at this status."""
    captured, back = payment["captured_minor"], refunded(payment) + withdrawn(payment)
    if status in PAID and captured != total:
        return f"captured {captured}"
    if status == "pending" and captured:
        return f"captured {captured} already"
    if status == "pending" and payment["status"] not in ("authorised", "capturing"):
        return f"a payment that is {payment['status']}"
    if status == "cancelled":
        left = captured - back - going_back(payment)
        explained = charged_back(payment) or payment.get("_called", False)  # Stripe holds it, or a person has it
        if (left > 0 and not explained) or payment["status"] == "authorised":
            return f"captured {captured}, back {back}, {going_back(payment)} on the way, {payment['status']}"
    return None


def _order_stock(model: Model, findings: Findings, key: str, row: AuditRow) -> None:
    findings.checked("stock.orders")
    wanted: Counter[tuple[str, str]] = Counter()
    for each in row.state["allocations"]:
        wanted[(each.sku, each.location)] += each.quantity
    committed, returned = model.committed.get(key, Counter()), model.returned.get(key, Counter())
    position = model.stock_positions.get(key, row.position)
    if committed != wanted:
        findings.fail("stock.orders", position, expected=f"committed {dict(wanted)}", found=dict(committed))
    if row.state["status"] in MAY_HAVE_RETURNED:
        wrong = not returned <= committed
    else:
        wrong = returned != (committed if row.state["status"] == "cancelled" else Counter())
    if wrong:
        expected = f"returned as an order that is {row.state['status']} does, of {dict(committed)}"
        findings.fail("stock.orders", position, expected=expected, found=dict(returned))


def _unordered_stock(model: Model, findings: Findings, *, settled: bool) -> None:
    """Units committed for a checkout that failed before its order was placed are back on the shelf."""
    for key, row in model.live("checkout"):
        order_id = row.state.get("order_id", "")
        taken = model.committed.get(order_id)
        order = model.rooms["orders"].get(order_id)
        if taken is None or (order is not None and order.changed) or row.state["step"] not in ("failed", "completed"):
            continue
        places = [stock_key(*each) for each in taken]
        moving = model.in_motion("checkout", key) or any(model.in_motion("inventory", each) for each in places)
        if moving and not settled:
            continue
        findings.checked("stock.orders")
        if model.returned.get(order_id, Counter()) != taken:
            expected = f"{dict(taken)} returned: there is no order {order_id}"
            found = dict(model.returned.get(order_id, {}))
            findings.fail("stock.orders", model.stock_positions[order_id], expected=expected, found=found)


def _promotions(model: Model, findings: Findings, *, settled: bool) -> None:
    """What a completed checkout rests on it has redeemed; what failed, or is not that far, has redeemed nothing."""
    ended = {key: row for key, row in model.live("checkout") if row.state["step"] in ("completed", "failed")}
    for key, row in ended.items():
        used = model.redeemed.get(key, set())
        promotions = {each.promotion_id for each in row.state["promotions"]}
        moving = model.in_motion("checkout", key) or any(model.in_motion("promotions", each) for each in promotions)
        if moving and not settled:
            continue
        findings.checked("promotions.orders")
        wanted = promotions if row.state["step"] == "completed" else set()
        if used != wanted:
            position = model.redeemed_at.get(key, row.position)
            findings.fail("promotions.orders", position, expected=f"redeemed {sorted(wanted)}", found=sorted(used))


def _payments(model: Model, findings: Findings, *, settled: bool) -> None:
    for key, row in model.live("payments"):
        payment = row.state
        if not payment["captured_minor"]:
            continue
        findings.checked("payments.order")
        order = model.rooms["orders"].get(payment.get("order_id", ""))
        asker = payment.get("answer_to", "")
        checkout = model.checkout_at(asker)
        under_way = checkout is not None and checkout["step"] not in ("completed", "failed")
        moving = under_way or model.in_motion("payments", key) or model.in_motion("checkout", parted(asker)[1])
        kept = payment["captured_minor"] - refunded(payment) - going_back(payment) - withdrawn(payment)
        kept = 0 if charged_back(payment) or payment.get("_called") else kept
        if kept and not (order is not None and order.changed) and (settled or not moving):
            expected = f"order {payment.get('order_id')}, or the money on its way back"
            findings.fail("payments.order", row.position, expected=expected, found=f"{kept} kept without an order")


def _ledger(model: Model, findings: Findings) -> None:
    findings.checked("ledger.balance")
    position = LogPosition("payments.events", 0, -1, "all accounts")
    kept = model.captured_minor - model.refunded_minor - model.disputed_minor
    rows = [row.state for _, row in model.live("payments")]
    folded = sum(each["captured_minor"] - refunded(each) - withdrawn(each) - fees(each) for each in rows)
    balance, total = model.accounts["stripe_balance"], sum(model.accounts.values())
    if (balance, total) != (kept, 0) or folded != kept:
        expected = f"a Stripe balance of {kept} and accounts that sum to 0"
        found = f"{balance}, a sum of {total}; the payments keep {folded}"
        findings.fail("ledger.balance", position, expected=expected, found=found)
