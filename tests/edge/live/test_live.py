"""What a live client is sent when it reads slowly, and what is kept for those who come while the views are behind."""

from __future__ import annotations

import asyncio
import json

from api.http.responses import moment
from api.live.feed import Change
from api.live.messages import HeartbeatTold
from api.live.recent import Recent
from api.live.session import UNSENT_MAX, Session

STOCK, ORDERS = ("inventory.events", 0), ("orders.events", 1)


def change(key: str, version: int, offset: int, partition: tuple[str, int] = STOCK) -> Change:
    return Change("inventory", key, version, b"", partition, offset, at=0)


def test_a_slow_client_misses_steps_and_never_the_last_one() -> None:
    async def reads_late() -> list[bytes | None]:
        session = Session()
        for number in range(1_000):
            session.put("stock/VASE", b"%d" % number)
            session.put(f"stock/OTHER-{number % 3}", b"other %d" % number)
        return [await session.next(0.01) for _ in range(5)]

    assert asyncio.run(reads_late()) == [b"999", b"other 999", b"other 997", b"other 998", None]


def test_what_was_asked_for_is_answered_in_order_and_not_replaced() -> None:
    async def asks_twice() -> list[str]:
        session = Session()
        for number in range(2):
            session.say(HeartbeatTold(type="heartbeat", at=moment(number)))
        found = [await session.next(0.01) for _ in range(2)]
        return [json.loads(each or b"")["at"] for each in found]

    assert asyncio.run(asks_twice()) == ["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.001Z"]


def test_who_asks_without_reading_is_not_heard_until_some_of_it_is_read() -> None:
    async def asks_on() -> tuple[bool, bool]:
        session = Session()
        for number in range(UNSENT_MAX):
            session.say(HeartbeatTold(type="heartbeat", at=moment(number)))
        waiting = asyncio.create_task(session.room())
        await asyncio.sleep(0)
        was_done = waiting.done()
        await session.next(0.01)
        await waiting
        return was_done, waiting.done()

    assert asyncio.run(asks_on()) == (False, True)


def test_changes_are_kept_until_the_views_have_them() -> None:
    recent = Recent()
    recent.put(change("VASE@warehouse", 7, 100))
    recent.put(change("VASE@warehouse", 8, 105))
    recent.put(change("order", 1, 3, ORDERS))
    recent.forget({STOCK: 105})  # the next one that they read: they have not read it
    kept = recent.get("inventory", "VASE@warehouse")
    assert kept is not None
    assert kept.version == 8
    recent.forget({STOCK: 106})
    assert recent.get("inventory", "VASE@warehouse") is None
    assert len(recent) == 1


def test_what_could_not_be_kept_is_said_until_the_views_have_it() -> None:
    recent = Recent(changes_max=2)
    for number in range(3):
        recent.put(change(f"S-{number}@warehouse", 1, number))
    assert not recent.complete
    recent.put(change("S-1@warehouse", 2, 3))  # known already: it takes no more room
    recent.forget({STOCK: 2})
    assert not recent.complete
    recent.forget({STOCK: 3})
    assert recent.complete
