"""What a client of `/v1/live` is told, over a WebSocket and as server-sent events."""

from __future__ import annotations

import json
import re
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import httpx
import msgspec
import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.uri import parse_uri

from api.http.options import RATE_PER_MINUTE
from api.live.hub import CONNECTIONS_PER_CALLER_MAX
from api.live.messages import SUBSCRIPTIONS_MAX, CartTold, CheckoutTold, StockTold
from tests.e2e.edge_clients import Edge, gbp, key
from tests.waiting import PATIENCE_SECONDS, eventually

Json = dict[str, Any]


@contextmanager
def live(edge: Edge, **headers: str) -> Iterator[ClientConnection]:
    address = edge.url.replace("http://", "ws://") + "/v1/live"
    with connect(address, additional_headers=headers, compression=None, close_timeout=1) as socket:
        yield socket


def say(socket: ClientConnection, **said: Any) -> list[Json]:
    """Say it, and what is told up to the answer."""
    socket.send(json.dumps(said))
    return told(socket, lambda message: message["type"] == "subscribed")


def told(socket: ClientConnection, last: Callable[[Json], bool]) -> list[Json]:
    """What is told, up to the message wanted; heartbeats left out."""
    seen: list[Json] = []
    while not (seen and last(seen[-1])):
        message = json.loads(socket.recv(PATIENCE_SECONDS))
        if message["type"] != "heartbeat":
            seen.append(message)
    return seen


def receive(edge: Edge, sku: str, units: int) -> None:
    body = {"location": "warehouse", "quantity": units}
    edge.staff().post(f"/v1/admin/stock/{sku}/receipts", json=body, headers=key()).raise_for_status()


def test_stock_is_told_as_it_is_and_then_as_it_changes(edge: Edge) -> None:
    vase, other = edge.sells(units=3), edge.sells(units=1)
    with live(edge) as socket:
        first, done = say(socket, type="subscribe", stock=[{"sku": vase}])
        msgspec.convert(first, StockTold)
        assert first["stock"]["available"] == 3
        assert done == {"type": "subscribed", "subscriptions": 1}
        receive(edge, other, 5)  # which nobody watches
        receive(edge, vase, 2)
        [news] = told(socket, lambda message: True)
        assert news["stock"]["available"] == 5
        assert news["versions"][f"{vase}@warehouse"] > first["versions"][f"{vase}@warehouse"]
        assert say(socket, type="unsubscribe", stock=[vase])[-1]["subscriptions"] == 0


def test_who_comes_back_is_told_only_what_is_newer(edge: Edge) -> None:
    vase, bowl = edge.sells(units=3), edge.sells(units=4)
    with live(edge) as socket:
        *first, _ = say(socket, type="subscribe", stock=[{"sku": vase}, {"sku": bowl}])
    known = [{"sku": each["sku"], "versions": each["versions"]} for each in first]
    receive(edge, bowl, 1)
    with live(edge) as socket:
        # The view of this socket's process may be behind what the other was told; it is never told as older news.
        say(socket, type="subscribe", stock=known)
        news = say(socket, type="subscribe", stock=[{"sku": bowl}])
        assert [each["sku"] for each in news if each["type"] == "stock"] == [bowl]
        assert news[0]["stock"]["available"] == 5


def test_a_bundle_changes_with_its_parts_and_with_what_it_is_made_of(edge: Edge) -> None:
    vase, candle = edge.sells(units=6), edge.sells(units=9)
    bundle = edge.sells(units=0, components=[{"sku": vase, "quantity": 2}])
    with live(edge) as socket:
        assert say(socket, type="subscribe", stock=[{"sku": bundle}])[0]["stock"]["available"] == 3
        receive(edge, vase, 2)
        assert told(socket, lambda message: True)[-1]["stock"]["available"] == 4
        price = {"title": "Box", "unit_price": gbp(900), "vat_basis_points": 2000}
        parts = {"components": [{"sku": candle, "quantity": 1}]}
        edge.staff().put(f"/v1/admin/prices/{bundle}", json=price | parts).raise_for_status()
        assert told(socket, lambda message: True)[-1]["stock"]["available"] == 9


def test_a_cart_is_told_to_whoever_has_its_secret_and_to_nobody_else(edge: Edge) -> None:
    guest, sku = edge.guest(), edge.sells(units=5)
    cart = guest.post("/v1/carts", headers=key()).json()
    with live(edge) as socket, live(edge) as stranger:
        mine = {"id": cart["id"], "secret": cart["secret"]}
        first, _ = say(socket, type="subscribe", carts=[mine])
        msgspec.convert(first, CartTold)
        [refused, none] = say(stranger, type="subscribe", carts=[{"id": cart["id"], "secret": "guessed"}])
        assert (refused["type"], refused["problem"]["code"]) == ("refused", "cart_not_found")
        assert none["subscriptions"] == 0
        own = {"Cart-Secret": cart["secret"]}
        guest.put(f"/v1/carts/{cart['id']}/lines/{sku}", json={"quantity": 2}, headers=own).raise_for_status()
        [news] = told(socket, lambda message: True)
        assert news["cart"]["lines"][0]["quantity"] == 2
        assert news["version"] > first["version"]


def test_a_checkout_is_told_until_it_can_be_paid(edge: Edge) -> None:
    shopper = edge.shopper()
    shopper.wants(edge.sells(units=2, price=1250), 1)
    begun = shopper.checks_out(1250).json()
    mine = {"id": begun["id"], "secret": shopper.client.headers["Cart-Secret"]}
    with live(edge) as socket:
        socket.send(json.dumps({"type": "subscribe", "checkouts": [mine]}))
        seen = told(socket, lambda message: message.get("checkout", {}).get("status") == "awaiting_payment")
        msgspec.convert(seen[-1], CheckoutTold)
        shopper.client.delete(f"/v1/checkouts/{begun['id']}").raise_for_status()
        told(socket, lambda message: message.get("checkout", {}).get("status") == "failed")


def test_what_cannot_be_understood_is_answered_and_changes_nothing(edge: Edge) -> None:
    with live(edge) as socket:
        for text in ("{", "[]", '{"type":"shout"}', '{"type":"subscribe","stock":[{"sku":"no sku"}]}'):
            socket.send(text)
            [answer] = told(socket, lambda message: True)
            assert answer["type"] == "refused", text
            assert answer["problem"]["code"] in ("json_malformed", "validation_failed"), text
        [refused, _] = say(socket, type="subscribe", stock=[{"sku": "NEVER-HEARD-OF"}])
        assert refused["problem"]["code"] == "unknown_sku"


def test_one_connection_watches_so_much_and_one_caller_has_so_many(edge: Edge) -> None:
    sku = edge.sells(units=1)
    with live(edge) as socket:
        parts = [{"id": f"nobody-{number}"} for number in range(SUBSCRIPTIONS_MAX + 1)]
        socket.send(json.dumps({"type": "subscribe", "orders": parts}))
        assert told(socket, lambda message: True)[0]["problem"]["code"] == "validation_failed"
    with ExitStack() as sockets:
        first = sockets.enter_context(live(edge))
        with pytest.raises(InvalidStatus) as refused:
            for _ in range(CONNECTIONS_PER_CALLER_MAX):
                sockets.enter_context(live(edge))
        assert refused.value.response.status_code == 429
        assert json.loads(refused.value.response.body or b"")["code"] == "too_many_connections"
        assert say(first, type="subscribe", stock=[{"sku": sku}])[0]["stock"]["available"] == 1


def test_a_guest_who_says_too_much_is_told_to_wait(edge: Edge) -> None:
    with live(edge, **{"X-Forwarded-For": "203.0.113.77"}) as socket:
        for _ in range(RATE_PER_MINUTE + 50):
            socket.send('{"type":"unsubscribe"}')
            answer = told(socket, lambda message: True)[0]
            if answer["type"] == "refused":
                assert answer["problem"]["code"] == "rate_limited"
                return
    raise AssertionError("nobody was told to wait")


def test_a_client_that_asks_and_never_reads_is_dropped_and_its_connection_ended(edge: Edge) -> None:
    def dropped() -> float:
        metrics = httpx.get(f"{edge.url}/metrics").text
        [count] = re.findall(r"^bloomfield_edge_live_dropped_total ([0-9.]+)$", metrics, re.MULTILINE)
        return float(count)

    before, address = dropped(), edge.url.replace("http://", "ws://") + "/v1/live"
    client = ClientProtocol(parse_uri(address))
    asks = client.connect()
    asks.headers["Authorization"] = f"Bearer {edge.token}"  # staff may ask as fast as they like
    client.send_request(asks)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)  # soon full
        line.connect((httpx.URL(edge.url).host, httpx.URL(edge.url).port))
        line.settimeout(2)
        line.sendall(b"".join(client.data_to_send()))
        client.receive_data(line.recv(1_000))
        with suppress(TimeoutError):  # it is no longer heard
            while True:
                client.send_text(b'{"type":"shout"}')
                line.sendall(b"".join(client.data_to_send()))
        eventually(lambda: dropped() == before + 1)
        broken = select.poll()
        broken.register(line, select.POLLHUP)
        assert broken.poll(PATIENCE_SECONDS * 1000), "ended, though what was sent is never taken"


def test_server_sent_events_tell_the_same(edge: Edge) -> None:
    sku = edge.sells(units=2)
    with httpx.stream("GET", f"{edge.url}/v1/live", params={"stock": sku}, timeout=PATIENCE_SECONDS) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = (json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: "))
        assert next(events)["stock"]["available"] == 2
        assert next(events) == {"type": "subscribed", "subscriptions": 1}
        receive(edge, sku, 3)
        assert next(events)["stock"]["available"] == 5
