"""Commands for one table, and the records that their transaction writes."""

from __future__ import annotations

from typing import Any

from schemas.cart.messages import LockCart
from schemas.envelope import begin, derive_id
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock
from schemas.placing import partition_of
from schemas.record import Record
from schemas.topics import PARTITIONS
from streams.inventory.room import INVENTORY
from streams.runtime.decider import Decider
from streams.runtime.deciding import Deciding
from streams.runtime.records import Output
from streams.runtime.rows import Table
from tests.runtime.simulated import CODEC, IDENTITY, Logged

NOW = 1_790_000_000_000
KEY = stock_key("VASE", "warehouse")
PLACE = partition_of(KEY, PARTITIONS)
RECEIVE = ReceiveStock(sku="VASE", location="warehouse", quantity=5)
LOCK = LockCart(cart_id="c", checkout_id="k", answer_to="checkout/k")


def table(decider: Decider[Any, Any, Any] = INVENTORY, partition: int = PLACE) -> Table:
    return Table(decider, CODEC, partition)


def record(
    command: Record = RECEIVE,
    *,
    key: str = KEY,
    offset: int = 0,
    name: str = "one",
    at: int = NOW,
    reply_to: int | None = None,
) -> Logged:
    envelope = begin(
        command_id=derive_id("test", name), occurred_at=at, actor="guest", channel="web", reply_to=reply_to
    )
    return Logged(offset, at, key.encode(), CODEC.encode(command), envelope.headers())


def decide(stock: Table, *records: Logged, now: int = NOW) -> tuple[dict[str, list[Output]], Deciding]:
    deciding = Deciding({(stock.room.name, stock.partition): stock}, CODEC, IDENTITY)
    for each in records:
        deciding.take(stock, each)
    by_topic: dict[str, list[Output]] = {}
    for output in deciding.finish(now):
        by_topic.setdefault(output[0], []).append(output)
    return by_topic, deciding


def read_back(written: list[Output]) -> Table:
    """The table of the next worker, from what this one wrote."""
    copy = table()
    for _, _, key, value, headers in written:
        named = dict(headers)
        due = named.get("due")
        copy.restore(key or b"", value, int(named["version"]), None if due is None else int(due))
    copy.restored()
    return copy
