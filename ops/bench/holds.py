"""What a stock command costs on a SKU with ten thousand holds, beside one with ten: a worker's own CPU, and bytes.

No server takes part. Batches of both take turns, so that whatever else the machine does meets both; the median counts.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from uuid import uuid4

from ops.bench.figures import at_most
from ops.bench.harness import Harness
from ops.bench.stock import LOCATION
from schemas.codec import Codec
from schemas.envelope import begin, derive_id
from schemas.inventory.holds import CommitHold, Hold, HoldStock
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock, StockState
from schemas.log import LogIdentity
from schemas.placing import partition_of
from schemas.record import Record
from schemas.room import address
from schemas.rooms import MESSAGES
from schemas.topics import PARTITIONS
from streams.inventory.room import INVENTORY
from streams.inventory.state import whole
from streams.runtime.deciding import Deciding
from streams.runtime.rows import Table

PART = "holds"
FEW, MANY = 10, 10_000
BATCHES, PAIRS = 60, 50  # of each; a pair is a hold and the commit of the oldest
RATIO_MAX = 1.25
HOLD_MS = 900_000
LOG = LogIdentity(id=str(uuid4()), partitions=PARTITIONS, cluster="none", begun_at=0, after="", reason="a bench")


@dataclass(slots=True, kw_only=True)
class ConsumedCommand:
    """A command as the consumer would hand it over."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Shelf:
    """One SKU with so many holds, on a table of its own."""

    def __init__(self, count: int) -> None:
        self.sku, self.codec = f"flash-{count}", Codec.offline(MESSAGES)
        self.key = stock_key(self.sku, LOCATION)
        self.table = Table(INVENTORY, self.codec, partition_of(self.key, PARTITIONS))
        self.micros: list[float] = []  # CPU of a command, batch by batch
        self.state_bytes: list[float] = []  # on the state topic, of each command
        self._newest = self._oldest = self._offset = 0
        self.decide([ReceiveStock(sku=self.sku, location=LOCATION, quantity=1_000_000)])
        self.decide([self._hold() for _ in range(count)])
        self.micros, self.state_bytes = [], []

    def one_batch(self) -> None:
        """Holds and commits in turn, in one transaction each: the number of holds stays as it is."""
        self.decide([command for _ in range(PAIRS) for command in (self._hold(), self._commit())])

    def decide(self, commands: Iterable[Record]) -> None:
        """Decide the commands one transaction each, as when they come one by one."""
        waiting = [self._waiting(command) for command in commands]
        began = time.process_time_ns()
        written = 0
        for each in waiting:
            deciding = Deciding({(INVENTORY.room.name, self.table.partition): self.table}, self.codec, LOG)
            deciding.take(self.table, each)
            written += sum(
                len(key or b"") + len(value or b"")
                for topic, _, key, value, _ in deciding.finish(each.timestamp)
                if topic == INVENTORY.room.topic("state")
            )
        self.micros.append((time.process_time_ns() - began) / 1_000 / len(waiting))
        self.state_bytes.append(written / len(waiting))

    def _hold(self) -> HoldStock:
        cart, self._newest = f"{self._newest:036d}", self._newest + 1
        asker, ends = address("checkout", cart), HOLD_MS + 2 * self._newest
        return HoldStock(sku=self.sku, location=LOCATION, cart_id=cart, answer_to=asker, quantity=1, expires_at=ends)

    def _commit(self) -> CommitHold:
        cart, self._oldest = f"{self._oldest:036d}", self._oldest + 1
        asker = address("checkout", cart)
        return CommitHold(sku=self.sku, location=LOCATION, cart_id=cart, answer_to=asker, order_id=cart)

    def _waiting(self, command: Record) -> ConsumedCommand:
        offset, self._offset = self._offset, self._offset + 1
        envelope = begin(command_id=derive_id(self.key, offset), occurred_at=1, actor="bench", channel="system")
        return ConsumedCommand(
            offset=offset,
            timestamp=1,
            key=self.key.encode(),
            value=self.codec.encode(command),
            headers=envelope.headers(),
        )


def measure() -> tuple[Shelf, Shelf]:
    """Both shelves, measured in turns."""
    few, many = Shelf(FEW), Shelf(MANY)
    for _ in range(BATCHES):
        few.one_batch()
        many.one_batch()
    return few, many


def memory_bytes() -> float:
    """What a hold keeps of a worker's memory, its strings included."""
    head = StockState(on_hand=MANY, held=MANY, hold_count=MANY)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        holds = (
            (uuid(), Hold(quantity=1, expires_at=HOLD_MS + n, answer_to=address("checkout", uuid())))
            for n in range(MANY)
        )
        stock = whole(head, dict(holds))
        return (tracemalloc.get_traced_memory()[0] - before) / len(stock.holds)
    finally:
        tracemalloc.stop()


def uuid() -> str:
    return str(uuid4())


def run(harness: Harness) -> None:
    with harness.window() as window:
        few, many = measure()
    facts = {
        f"cpu_micros_with_{FEW}": round(median(few.micros), 1),
        f"cpu_micros_with_{MANY}": round(median(many.micros), 1),
        f"state_bytes_with_{FEW}": round(median(few.state_bytes)),
        f"state_bytes_with_{MANY}": round(median(many.state_bytes)),
        "memory_bytes_of_a_hold": round(memory_bytes()),
    }
    name = f"CPU of a stock command with {MANY} holds on its SKU, beside {FEW}"
    ratio = median(many.micros) / median(few.micros)
    harness.report.add(PART, window.conditions, name, ratio, "times", at_most(RATIO_MAX), **facts)
