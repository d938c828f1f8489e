"""Thousands of random schedules of the real deciders and the real commit code (see simulated.py)."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from schemas.envelope import begin, derive_id
from schemas.inventory.holds import CommitHold, HoldStock, ReleaseHold, ReleaseReason
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock
from schemas.outcomes import OutcomeSegment
from schemas.placing import partition_of
from schemas.record import Record
from schemas.topics import PARTITIONS
from streams.inventory.room import INVENTORY
from streams.inventory.state import Stock
from streams.runtime.rows import Table
from tests.cases import every
from tests.runtime.simulated import CODEC, Log, Schedule
from tests.seeds import some

SEEDS = some(3_000)
SKUS = ("A", "B", "C")


def send(log: Log, key: str, command: Record, command_id: str, at: int) -> None:
    envelope = begin(command_id=command_id, occurred_at=at, actor="guest", channel="web")
    log.append(
        "inventory.commands", partition_of(key, PARTITIONS), key.encode(), CODEC.encode(command), envelope.headers()
    )


def make_feed(seed: int) -> Any:
    """Commands of a few carts over a little stock; a quarter of them is sent again, at once or much later."""
    sent: list[tuple[str, Record, str, int]] = []

    def feed(log: Log, random: Random) -> None:
        sku = random.choice(SKUS)
        key = stock_key(sku, "warehouse")
        cart = f"cart-{random.randrange(6)}"
        checkout = f"{cart}-{random.randrange(2)}"
        common = {"sku": sku, "location": "warehouse", "cart_id": cart, "answer_to": f"checkout/{checkout}"}
        match random.randrange(8):
            case 0:
                command: Record = ReceiveStock(sku=sku, location="warehouse", quantity=random.randrange(1, 4))
            case 1 | 2 | 3:
                expires_at = log.now + random.randrange(1, 20_000)
                command = HoldStock(**common, quantity=random.randrange(1, 4), expires_at=expires_at)
            case 4 | 5:
                command = CommitHold(**common, order_id=f"order-{checkout}")
            case 6:
                command = ReleaseHold(**common, reason=ReleaseReason.CANCELLED)
            case _:
                if sent:
                    again = random.choice(sent)
                    send(log, *again)
                return
        command = (key, command, derive_id(str(seed), f"{len(sent)}"), log.now)
        sent.append(command)
        send(log, *command)

    return feed, sent


def check(log: Log, sent: list[tuple[str, Record, str, int]]) -> StockStates:
    """No unit is sold twice, no command decided twice or never, and the table is what the events say."""
    states: dict[str, Stock] = {}
    event_ids: Counter[bytes] = Counter()
    for partition in range(PARTITIONS):
        for record in log.topics.get(("inventory.events", partition), ()):
            event = CODEC.decode(record.value)
            key = record.key.decode() if record.key else ""
            event_ids[dict(record.headers)["event-id"]] += 1
            assert 0 <= event.held_after <= event.on_hand_after, f"oversold at {record.offset}: {event}"  # type: ignore[attr-defined]
            states[key] = INVENTORY.evolve(states.get(key, Stock()), event)
    assert max(event_ids.values(), default=1) == 1, "an event was written twice"
    outcomes: Counter[str] = Counter()
    rows: dict[str, Stock] = {}
    for partition in range(PARTITIONS):
        latest = {record.key: record for record in log.topics.get(("inventory.state", partition), ())}
        read_back = Table(INVENTORY, CODEC, partition)
        for raw_key, record in latest.items():
            assert raw_key is not None
            read_back.restore(raw_key, record.value, int(dict(record.headers)["version"]), None)
            value = None if record.value is None else CODEC.decode(record.value)
            if isinstance(value, OutcomeSegment):
                outcomes.update(outcome.command_id for outcome in value.outcomes)
        read_back.restored()
        rows |= {key: read_back.row(key).state for key in read_back.rows}
    assert outcomes == Counter({command_id: 1 for _, _, command_id, _ in sent}), "a command has not exactly one outcome"
    assert rows == {key: state for key, state in states.items() if key in rows}
    assert all(state == Stock() for key, state in states.items() if key not in rows)
    return rows


StockStates = dict[str, Stock]


@every("seed", range(SEEDS))
def test_whatever_crashes_each_command_is_decided_once_and_nothing_is_oversold(seed: int) -> None:
    log = Log()
    feed, sent = make_feed(seed)
    Schedule(seed, log, {"inventory": INVENTORY}, feed).run(80)
    check(log, sent)
