"""The cart cache against a real broker and Redis."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import redis as redis_library

from connectors.kafka.log_identity import required
from connectors.redis.connection import cart_key
from process.settings import Settings
from schemas.cart.messages import CartState, CartStatus
from tests.connectors.broker import Broker, Sent
from tests.connectors.conftest import Start
from tests.unit.cart.examples import cart_lines
from tests.waiting import eventually


@pytest.fixture
def store(redis: str) -> Iterator[redis_library.Redis]:
    with redis_library.Redis.from_url(redis, decode_responses=True) as client:
        yield client


def state(broker: Broker, cart_id: str, version: int, lines: dict[str, int] | None) -> Sent:
    """A record of the state topic; no lines: a tombstone."""
    value = None
    if lines is not None:
        wanted = cart_lines(lines)
        cart = CartState(
            cart_id=cart_id,
            status=CartStatus.OPEN,
            channel="web",
            lines=wanted,
            version=version - 1,
            touched_at=version,
        )
        value = broker.codec.encode(cart)
    return ("cart.state", cart_id, value, [("version", b"%d" % version), ("due", b"99")])


log_of = functools.cache(required)  # the broker is asked once a test, not once a cart


def key_of(settings: Settings, cart_id: str) -> str:
    return cart_key(settings, log_of(settings), cart_id)


def kept(store: redis_library.Redis, settings: Settings, cart_id: str) -> dict[str, Any]:
    """What Redis has of a cart."""
    return dict(orjson.loads(store.get(key_of(settings, cart_id)) or "{}"))  # type: ignore[arg-type]


def test_the_newest_state_of_each_cart_is_kept_for_a_day(
    topic_settings: Settings, broker: Broker, start: Start, store: redis_library.Redis
) -> None:
    connector = start("redis").wait_ready()
    bookkeeping = ("cart.state", "\0outcomes/000000000001", b"anything", [("version", b"1")])
    for version in range(1, 40):
        carts = [state(broker, f"cart-{number}", version, {"VASE": version}) for number in range(30)]
        broker.send([bookkeeping, *carts])
    eventually(lambda: all(kept(store, topic_settings, f"cart-{n}").get("version") == 39 for n in range(30)))
    assert kept(store, topic_settings, "cart-7") == {
        "version": 39,
        "state": {
            "cart_id": "cart-7", "status": "open", "channel": "web", "codes": [], "answer_to": "",
            "lines": {"VASE": {"sku": "VASE", "quantity": 39}}, "checkout_id": None,
            "order_id": None, "version": 38, "touched_at": 39,
        },
    }  # fmt: skip
    assert 86_000 < int(str(store.ttl(key_of(topic_settings, "cart-7")))) <= 86_400
    assert not list(store.scan_iter(f"{topic_settings.topic_prefix}*outcomes*"))
    broker.send([state(broker, "cart-7", 40, None)])
    eventually(lambda: kept(store, topic_settings, "cart-7") == {})
    assert connector.stop() == 0


def test_an_older_state_does_not_replace_a_newer_cart(
    topic_settings: Settings, broker: Broker, start: Start, store: redis_library.Redis
) -> None:
    written = {"version": 9, "state": {"by": "edge"}}
    store.set(key_of(topic_settings, "one"), orjson.dumps(written))
    broker.send([state(broker, "one", 8, {"VASE": 1}), state(broker, "two", 1, {})])
    start("redis")
    eventually(lambda: kept(store, topic_settings, "two").get("version") == 1)
    assert kept(store, topic_settings, "one") == written
    broker.send([state(broker, "one", 10, {"VASE": 1})])
    eventually(lambda: kept(store, topic_settings, "one").get("version") == 10)


def test_carts_come_back_after_kills_and_a_flush(
    topic_settings: Settings, broker: Broker, start: Start, store: redis_library.Redis
) -> None:
    for version in range(1, 4):
        connector = start("redis").wait_ready()
        broker.send([state(broker, f"cart-{n}", version, {"VASE": n + 1}) for n in range(300)])
        eventually(lambda: any(kept(store, topic_settings, f"cart-{n}") for n in range(300)))
        connector.kill()
    start("redis").wait_ready()
    eventually(lambda: all(kept(store, topic_settings, f"cart-{n}").get("version") == 3 for n in range(300)))
    store.delete(*store.scan_iter(f"{topic_settings.topic_prefix}*"))
    broker.send([state(broker, "cart-5", 4, {"VASE": 9})])
    eventually(lambda: kept(store, topic_settings, "cart-5").get("version") == 4)
    assert kept(store, topic_settings, "cart-5")["state"]["lines"] == {"VASE": {"sku": "VASE", "quantity": 9}}


def test_it_stops_before_a_state_that_it_cannot_read(topic_settings: Settings, broker: Broker, start: Start) -> None:
    connector = start("redis").wait_ready()
    broker.send([("cart.state", "one", b"nonsense", [("version", b"1")])])
    eventually(lambda: "halted" in connector.ready()[1])
    assert connector.stop() == 1
