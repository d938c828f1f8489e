"""Commands on one order of two lines, and a way to have them decided one after another."""

from __future__ import annotations

from typing import Any

from schemas.orders.messages import (
    AdvanceOrder,
    Allocation,
    CancelOrder,
    ConfirmOrder,
    DeliveryCharge,
    OrderLine,
    OrderMoney,
    OrdersCommand,
    OrdersEvent,
    OrderState,
    OrderStatus,
    PlaceOrder,
    RecordOrderMoney,
)
from schemas.payments.disputes import DisputeStatus
from streams.orders.room import ORDERS

NOW = 1_700_000_000_000
ORDER, CHECKOUT, PAYMENT = "ord-1", "chk-1", "pay-1"
TOTAL = 2_850
LINES = (
    OrderLine(
        sku="VASE",
        title="Vase",
        quantity=2,
        unit_price_minor=1_000,
        gross_minor=2_000,
        discount_minor=100,
        vat_basis_points=2000,
        vat_minor=317,
    ),
    OrderLine(
        sku="BOOK", title="Book", quantity=1, unit_price_minor=600, gross_minor=600, vat_basis_points=0, vat_minor=0
    ),
)
ALLOCATIONS = (
    Allocation(sku="BOOK", location="popup", quantity=1),
    Allocation(sku="VASE", location="warehouse", quantity=2),
)

# From a new order to each status, by legal commands alone.
S = OrderStatus
NEEDS_RESPONSE = DisputeStatus.NEEDS_RESPONSE
WAYS: dict[OrderStatus, tuple[OrderStatus, ...]] = {
    S.CONFIRMED: (),
    S.PICKING: (S.PICKING,),
    S.PACKED: (S.PICKING, S.PACKED),
    S.PART_DESPATCHED: (S.PICKING, S.PACKED, S.PART_DESPATCHED),
    S.DESPATCHED: (S.PICKING, S.PACKED, S.DESPATCHED),
    S.DELIVERY_FAILED: (S.PICKING, S.PACKED, S.DESPATCHED, S.DELIVERY_FAILED),
    S.DELIVERED: (S.PICKING, S.PACKED, S.DESPATCHED, S.DELIVERED),
    S.RETURNED: (S.PICKING, S.PACKED, S.DESPATCHED, S.DELIVERED, S.RETURNED),
}


def decided(state: OrderState, *commands: OrdersCommand) -> tuple[OrderState, tuple[OrdersEvent, ...]]:
    """The order after the commands, and all their events."""
    told: tuple[OrdersEvent, ...] = ()
    for command in commands:
        events = ORDERS.decide(command, state, NOW)
        for event in events:
            state = ORDERS.evolve(state, event)
        told += events
    return state, told


def order_in(status: OrderStatus) -> OrderState:
    """An order that came to this status by legal commands."""
    commands: tuple[OrdersCommand, ...]
    match status:
        case S.UNKNOWN:
            commands = ()
        case S.PENDING:
            commands = (place(),)
        case S.CANCELLED:
            commands = (place(), cancel())
        case S.REFUNDED:
            commands = (place(), money(1), confirm(), *(advance(step) for step in WAYS[S.RETURNED]), refunded(TOTAL))
        case _:
            commands = (place(), money(1), confirm(), *(advance(step) for step in WAYS[status]))
    state, _ = decided(OrderState(), *commands)
    assert state.status is status
    return state


def held(status: OrderStatus, dispute: DisputeStatus | None = None, refunded_minor: int = 0) -> OrderState:
    """An order at a status whose money is disputed, or going back."""
    stands = money(9, dispute_status=dispute, refunded_minor=refunded_minor)
    return decided(order_in(status), stands)[0]


def place(checkout: str = CHECKOUT, total: int = TOTAL) -> PlaceOrder:
    return PlaceOrder(
        order_id=ORDER,
        checkout_id=checkout,
        answer_to=f"checkout/{checkout}",
        cart_id="cart-1",
        payment_id=PAYMENT,
        channel="web",
        lines=LINES,
        allocations=ALLOCATIONS,
        delivery=DeliveryCharge(method="standard", gross_minor=350, vat_minor=44),
        total_minor=total,
        contact=b"sealed",
    )


def confirm() -> ConfirmOrder:
    return ConfirmOrder(order_id=ORDER)


def advance(status: OrderStatus) -> AdvanceOrder:
    return AdvanceOrder(order_id=ORDER, status=status)


def cancel() -> CancelOrder:
    return CancelOrder(order_id=ORDER, reason="changed_mind")


def money(sequence: int, **how: Any) -> RecordOrderMoney:
    """The captured money of the order, standing otherwise."""
    stands = OrderMoney(**({"sequence": sequence, "captured_minor": TOTAL} | how))
    return RecordOrderMoney(order_id=ORDER, money=stands)


def refunded(total: int, sequence: int = 2) -> RecordOrderMoney:
    return money(sequence, refunded_minor=total)
