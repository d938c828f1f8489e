"""From an event's time on the log to the sockets of those who watch; and what many open sockets cost in memory."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from datetime import datetime

import uvloop
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from api.http.auth import issue
from ops.bench.figures import at_most, percentile
from ops.bench.harness import Harness
from ops.bench.machine import usage_by_name
from ops.bench.shopper import fill_shelves
from ops.shoppers import send, session

PART = "live"
SKUS = [f"live-{number}" for number in range(200)]
UNITS = 1_000_000
WATCHERS, WATCHED = 1_000, 20
CHANGES_A_SECOND, SECONDS = 20, 20.0
HELD_OPEN = 5_000
OPENED_AT_ONCE = 50
SETTLE_SECONDS = 5.0  # what is sent last arrives


def run(harness: Harness) -> None:
    """1 000 sockets on 20 of 200 SKUs each, 20 changes a second; then 5 000 sockets held open."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(harness))


async def _run(harness: Harness) -> None:
    settings = harness.stack.settings()
    token = issue(settings.secret("staff_signing"), name="bench", role="staff", minutes=60)
    staff = {"Authorization": f"Bearer {token}"}  # staff may have any number of connections
    async with session(connections=0) as http:
        await fill_shelves(settings, http, SKUS, UNITS)
        before = _memory(harness)
        sockets, chance = await _opened(http, settings.api, staff, WATCHERS), random.Random(1)  # noqa: S311
        for socket in sockets:
            wanted = [{"sku": sku} for sku in chance.sample(SKUS, WATCHED)]
            await socket.send_json({"type": "subscribe", "stock": wanted})
        lags: list[float] = []
        readers = [asyncio.create_task(_read(socket, lags)) for socket in sockets]
        await asyncio.sleep(SETTLE_SECONDS)
        with harness.window() as window:
            await _change(http, settings.api, staff, chance)
            await asyncio.sleep(SETTLE_SECONDS)
        facts = {f"p{share}_ms": round(percentile(lags, share / 100), 1) for share in (50, 95, 99)}
        facts |= {"messages": len(lags), "sockets": WATCHERS, "changes_a_second": CHANGES_A_SECOND}
        figure = f"from the log to {WATCHERS} sockets on {WATCHED} SKUs each, p99"
        harness.report.add(PART, window.conditions, figure, percentile(lags, 0.99), "ms", at_most(150), **facts)
        sockets += await _opened(http, settings.api, staff, HELD_OPEN - WATCHERS)
        whole = _memory(harness)
        figure = f"memory of the edge for {HELD_OPEN} open sockets"
        harness.report.add(PART, window.conditions, figure, whole - before, "MB", at_most(400), whole=round(whole))
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*(socket.close() for socket in sockets))


def _memory(harness: Harness) -> float:
    """Megabytes of the edge."""
    return usage_by_name(harness.stack)["edge-0"].memory_bytes / 2**20


async def _opened(http: ClientSession, api: str, headers: dict[str, str], count: int) -> list[ClientWebSocketResponse]:
    sockets: list[ClientWebSocketResponse] = []
    while len(sockets) < count:
        some = range(min(OPENED_AT_ONCE, count - len(sockets)))
        sockets += await asyncio.gather(*(http.ws_connect(f"{api}/v1/live", headers=headers) for _ in some))
    return sockets


async def _read(socket: ClientWebSocketResponse, lags: list[float]) -> None:
    """Note after how many milliseconds each change arrives."""
    async for message in socket:
        told = json.loads(message.data) if message.type is WSMsgType.TEXT else {}
        if told.get("type") == "stock" and (at := told["at"]):
            lags.append((time.time() - datetime.fromisoformat(at).timestamp()) * 1000)


async def _change(http: ClientSession, api: str, staff: dict[str, str], chance: random.Random) -> None:
    """Receipts at a steady pace, whether or not they are answered."""
    began, sent = time.monotonic(), []
    body = {"location": "warehouse", "quantity": 1}
    for number in range(round(CHANGES_A_SECOND * SECONDS)):
        await asyncio.sleep(max(0.0, began + number / CHANGES_A_SECOND - time.monotonic()))
        url = f"{api}/v1/admin/stock/{chance.choice(SKUS)}/receipts"
        headers = {**staff, "Idempotency-Key": str(uuid.uuid4())}
        sent.append(asyncio.create_task(send(http, "POST", url, json=body, headers=headers)))
    for answer in await asyncio.gather(*sent):
        answer.raise_for_status()
