"""The base of every message: frozen, slotted, keyword-only, compiled by msgspec.

A message class is the one place where a message is written down, documentation included;
`bloomfield schemas render` writes the `.avsc` beside it and a test holds the two together
(ops/decisions/0002).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, dataclass_transform

import msgspec
from msgspec import Meta

from schemas.ids import an_address, an_id


@dataclass_transform(frozen_default=True, kw_only_default=True)  # what type checkers do not see through inheritance
class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One Avro record."""


def doc(text: str) -> Meta:
    """The `doc` of a field; every field of every message has one."""
    return Meta(description=text)


# Field types that several rooms share. Ids have the shape that ids.py says; times are UTC milliseconds; money is pence.
Millis = Annotated[
    int, Meta(description="UTC time in milliseconds since 1970.", extra={"logicalType": "timestamp-millis"})
]
Sku = Annotated[str, an_id("Stock keeping unit.")]
Location = Annotated[str, an_id("Where stock is kept: a warehouse or a pop-up store, e.g. `warehouse`.")]
CartId = Annotated[str, an_id("Id of the cart.")]
CheckoutId = Annotated[str, an_id("Id of the checkout.")]
OrderId = Annotated[str, an_id("Id of the order.")]
PaymentId = Annotated[str, an_id("Id of the payment.")]
AnswerTo = Annotated[
    str, an_address("Return address, `<room>/<key>`: the aggregate that is sent the answer. Empty: none is.")
]
LockVersion = Annotated[
    int, doc("Version of the cart when it was locked for this checkout: a later checkout's is higher; 0: not known.")
]
Pence = Annotated[int, doc("Amount in pence, VAT included.")]
VatBasisPoints = Annotated[int, doc("VAT rate in hundredths of a per cent: 2000 is 20 %.")]


def utc(at: int) -> str:
    """UTC milliseconds as people read them (RFC 3339); whatever is no time of ours as the number that it is."""
    try:
        return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError):
        return f"{at} ms"
