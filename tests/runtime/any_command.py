"""Commands as nobody would send them: every field at its limits, well-formed all the same."""

from __future__ import annotations

import enum
import types
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from schemas.cart.messages import CreateCart, SetCartLine
from schemas.checkout.messages import CancelCheckout, StartCheckout
from schemas.inventory.messages import AdjustStock, ReceiveStock, SetReorderThreshold, TransferStock
from schemas.orders.messages import AdvanceOrder, CancelOrder
from schemas.payments.messages import RecordCapture, RecordIntent, RecordIntentFailed, RecordStripeEvent, RecordVoid
from schemas.payments.refunds import RecordRefund, RefundPayment
from schemas.prices.messages import SetPrice
from schemas.record import Record

LONG_MAX = 2**63 - 1
NUMBERS = st.sampled_from([-LONG_MAX - 1, -LONG_MAX, -1, 0, 1, 2, 999_999_999, 10**12, LONG_MAX - 1, LONG_MAX])
WORDS = st.sampled_from(["", "c", "k", "VASE", "warehouse", "VASE@warehouse", "\0outcomes/000000000001", "x" * 300])
IDS = st.one_of(st.sampled_from(["c", "k", "VASE", "warehouse", "x" * 64]), WORDS)  # mostly some: else all is set aside


@cache
def values(wanted: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        return st.one_of(*(values(each) for each in arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    if wanted is type(None):
        return st.none()
    if issubclass(wanted, enum.Enum):
        return st.sampled_from(list(wanted))
    if issubclass(wanted, Record):
        return records(wanted)
    return {int: NUMBERS, str: WORDS, bool: st.booleans(), bytes: st.binary(max_size=3)}[wanted]


@cache
def records(cls: type[Record]) -> st.SearchStrategy[Any]:
    """Any record of a class."""
    hints = get_type_hints(cls)
    fields = {
        field.name: IDS if is_marked(field.type) else values(hints[field.name]) for field in msgspec.structs.fields(cls)
    }
    return st.builds(cls, **fields)


def is_marked(wanted: Any) -> bool:
    """Whether a field must hold an id of ours."""
    return any("id" in (mark.extra or {}) for mark in getattr(wanted, "__metadata__", ()))


# What edge, tills and connectors send. The rest the rooms send each other: they may rely on what those decided.
FROM_OUTSIDE = (
    SetPrice, ReceiveStock, AdjustStock, TransferStock, SetReorderThreshold, CreateCart, SetCartLine, StartCheckout,
    CancelCheckout, RecordIntent, RecordIntentFailed, RecordStripeEvent, RecordCapture, RecordVoid, RefundPayment,
    RecordRefund, AdvanceOrder, CancelOrder,
)  # fmt: skip


def commands() -> st.SearchStrategy[Any]:
    """Any command from outside."""
    return st.one_of(*(records(cls) for cls in FROM_OUTSIDE))
