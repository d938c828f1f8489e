"""The legal moves of an order, in one table.

pending → confirmed → picking → packed → part-despatched? → despatched → delivered
pending, confirmed, picking → cancelled: once packed, a parcel may have gone; then it is a return
packed → cancelled: only once all the money is going back, for then no parcel can have gone
part-despatched → returned: what had gone came back, and the rest does not go
despatched → delivery-failed → despatched again, or returned
delivered → returned → refunded: when all the money is back, and returned again should a refund fail later

The money guards the goods (ops/decisions/0010): none move on towards the customer while a dispute is open, or once all
the money is going back.
"""

from __future__ import annotations

from schemas.orders.messages import (
    AdvanceOrder,
    CancelOrder,
    ConfirmOrder,
    OrdersCommand,
    OrderStatus,
    PlaceOrder,
    RecordOrderMoney,
)

# From each status: where to, and by which command alone. Nobody may claim by hand that an order is paid or refunded.
MOVES: dict[OrderStatus, dict[OrderStatus, type[OrdersCommand]]] = {
    OrderStatus.UNKNOWN: {OrderStatus.PENDING: PlaceOrder},
    OrderStatus.PENDING: {OrderStatus.CONFIRMED: ConfirmOrder, OrderStatus.CANCELLED: CancelOrder},
    OrderStatus.CONFIRMED: {OrderStatus.PICKING: AdvanceOrder, OrderStatus.CANCELLED: CancelOrder},
    OrderStatus.PICKING: {OrderStatus.PACKED: AdvanceOrder, OrderStatus.CANCELLED: CancelOrder},
    OrderStatus.PACKED: {
        OrderStatus.PART_DESPATCHED: AdvanceOrder,
        OrderStatus.DESPATCHED: AdvanceOrder,
        OrderStatus.CANCELLED: CancelOrder,
    },
    OrderStatus.PART_DESPATCHED: {OrderStatus.DESPATCHED: AdvanceOrder, OrderStatus.RETURNED: AdvanceOrder},
    OrderStatus.DESPATCHED: {OrderStatus.DELIVERED: AdvanceOrder, OrderStatus.DELIVERY_FAILED: AdvanceOrder},
    OrderStatus.DELIVERY_FAILED: {OrderStatus.DESPATCHED: AdvanceOrder, OrderStatus.RETURNED: AdvanceOrder},
    OrderStatus.DELIVERED: {OrderStatus.RETURNED: AdvanceOrder},
    OrderStatus.RETURNED: {OrderStatus.REFUNDED: RecordOrderMoney},
    OrderStatus.REFUNDED: {OrderStatus.RETURNED: RecordOrderMoney},
    OrderStatus.CANCELLED: {},
}
TOWARDS_THE_CUSTOMER = frozenset(
    {OrderStatus.PICKING, OrderStatus.PACKED, OrderStatus.PART_DESPATCHED, OrderStatus.DESPATCHED}
)
CANCELLABLE_ONCE_REFUNDED = OrderStatus.PACKED  # until then a parcel may have gone
assert MOVES.keys() == set(OrderStatus)


def may_move(status: OrderStatus, target: OrderStatus, by: type[OrdersCommand]) -> bool:
    """Does this command lead from one status to the other?"""
    return MOVES[status].get(target) is by
