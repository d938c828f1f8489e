"""`/v1/live`: stock, carts, checkouts and orders as they change, over a WebSocket or as server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect

from api.http import metrics
from api.http.auth import CartSecret
from api.http.docs import REF, VIEWS, problems
from api.http.fields import StrictModel
from api.http.limits import RateLimit
from api.http.parts import part
from api.http.problems import Problem, validation_problem
from api.http.responses import moment
from api.live.hub import Hub, LiveClient
from api.live.messages import (
    CartTold,
    CheckoutTold,
    HeartbeatTold,
    OrderTold,
    RefusedTold,
    StockTold,
    Subscribe,
    SubscribedTold,
    Unsubscribe,
)
from api.live.session import encoded
from connectors.postgres.connection import OperationalError

router = APIRouter(prefix="/v1/live", tags=["live"])

HEARTBEAT_SECONDS = 20.0
READ_SECONDS_MAX = 20.0  # a client that takes nothing for so long is dropped
TRY_AGAIN_LATER, UNSUPPORTED = 1013, 1003  # close codes (RFC 6455 and IANA)
SAID: TypeAdapter[Subscribe | Unsubscribe] = TypeAdapter(
    Annotated[Subscribe | Unsubscribe, Field(discriminator="type")]
)
ROOMS = {"carts": "cart", "checkouts": "checkout", "orders": "orders"}


@router.websocket("")
async def live(socket: WebSocket) -> None:
    """Tell what is watched. The client sends `subscribe` and `unsubscribe`; the shapes are in api/live/messages.py."""
    try:
        client = part(socket, Hub).join(socket)
    except Problem as problem:
        await socket.send_denial_response(problem.response("/v1/live"))
        return
    await socket.accept()
    halves = [asyncio.create_task(_send(socket, client)), asyncio.create_task(_listen(socket, client))]
    try:
        await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for half in halves:
            half.cancel()
        ended = await asyncio.gather(*halves, return_exceptions=True)
        part(socket, Hub).leave(client)
    for error in ended:
        # A client that has gone is no news; starlette says RuntimeError to whoever sends to it after that.
        if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect | RuntimeError):
            raise error


async def _send(socket: WebSocket, client: LiveClient) -> None:
    try:
        while True:
            message = await client.session.next(HEARTBEAT_SECONDS) or _heartbeat()
            async with asyncio.timeout(READ_SECONDS_MAX):
                await socket.send_text(message.decode())
    except TimeoutError:
        metrics.LIVE_DROPPED.inc()
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await socket.close(TRY_AGAIN_LATER, "slow_consumer: it read nothing for 20 s. Connect again")


async def _listen(socket: WebSocket, client: LiveClient) -> None:
    """Hear one message after the other. Raises WebSocketDisconnect."""
    while True:
        await client.session.room()
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        if (text := message.get("text")) is None:
            await socket.close(UNSUPPORTED, "send text")
            return
        if (wait := await _too_often(socket)) > 0:
            problem = Problem("rate_limited", f"Too many messages and requests. Go on in {wait} s.")
            client.session.say(_refused("", problem))
        else:
            await _hear(client, text)


async def _too_often(socket: WebSocket) -> int:
    """A message counts as a request of its caller; returns the seconds after which there may be another."""
    limit = part(socket, RateLimit)
    if socket.scope["state"]["staff"] is not None or not limit.per_minute:
        return 0
    return await limit.take(socket.client.host if socket.client else "", time.monotonic())


async def _hear(client: LiveClient, text: str) -> None:
    try:
        said = SAID.validate_python(orjson.loads(text))
    except orjson.JSONDecodeError:
        client.session.say(_refused("", Problem("json_malformed", "Send one JSON object a message.")))
        return
    except ValidationError as error:
        client.session.say(_refused("", validation_problem(_as_body(error))))
        return
    if isinstance(said, Unsubscribe):
        for sku in said.stock:
            client.unwatch_stock(sku)
        for name, room in ROOMS.items():
            for key in getattr(said, name):
                client.unwatch_document(room, key)
    else:
        await _subscribe(client, said)
    client.session.say(SubscribedTold(type="subscribed", subscriptions=len(client)))


async def _subscribe(client: LiveClient, wanted: Subscribe) -> None:
    for watched in wanted.stock:
        try:
            await client.watch_stock(watched.sku, watched.versions)
        except (Problem, OperationalError) as error:
            client.session.say(_refused(f"stock/{watched.sku}", _as_problem(error)))
    for name, room in ROOMS.items():
        for document in getattr(wanted, name):
            try:
                await client.watch_document(room, document.id, document.secret, document.version)
            except (Problem, OperationalError) as error:
                client.session.say(_refused(f"{name}/{document.id}", _as_problem(error)))


def _as_problem(error: Problem | OperationalError) -> Problem:
    if isinstance(error, Problem):
        return error
    return Problem("view_unavailable", "The views cannot be read. Subscribe again in a second.")


def _as_body(error: ValidationError) -> list[dict[str, Any]]:
    return [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]


def _refused(subject: str, problem: Problem) -> RefusedTold:
    return RefusedTold(type="refused", subject=subject, problem=problem.document("/v1/live"))


def _heartbeat() -> bytes:
    return encoded(HeartbeatTold(type="heartbeat", at=moment(time.time_ns() // 1_000_000)))


# --- server-sent events ---

Ids = Annotated[str, Field(max_length=8_000, description="Ids with commas between.", examples=["VASE,ROSE-12"])]


TOLD = (StockTold, CartTold, CheckoutTold, OrderTold, SubscribedTold, RefusedTold, HeartbeatTold)
EVENTS: dict[int | str, Any] = {
    200: {
        "description": "Events that never end: after `data: ` the JSON of one of these.",
        "content": {
            "text/event-stream": {"schema": {"anyOf": [{"$ref": REF.format(name=each.__name__)} for each in TOLD]}}
        },
    }
}


class LiveQuery(StrictModel):
    """What to watch."""

    stock: Ids = ""
    carts: Ids = ""
    checkouts: Ids = ""
    orders: Ids = ""


@router.get(
    "",
    response_class=StreamingResponse,
    responses=EVENTS | problems("too_many_connections", "too_many_subscriptions", *VIEWS),
)
async def live_events(request: Request, query: Annotated[LiveQuery, Query()], cart_secret: CartSecret = "") -> Response:
    """What the WebSocket at this path tells, for clients without one. After a break all is told as it is by then.

    Carts, checkouts and orders are those of the cart whose secret is sent, or any for staff.
    """
    wanted = _wanted(query, cart_secret)
    client = part(request, Hub).join(request)
    try:
        await _subscribe(client, wanted)
    except BaseException:
        part(request, Hub).leave(client)
        raise
    client.session.say(SubscribedTold(type="subscribed", subscriptions=len(client)))
    return StreamingResponse(
        _events(part(request, Hub), client), headers={"cache-control": "no-cache", "x-accel-buffering": "no"},
        media_type="text/event-stream",
    )  # fmt: skip


def _wanted(query: LiveQuery, secret: str) -> Subscribe:
    """What the query asks for. Raises Problem."""
    documents = {name: [{"id": each, "secret": secret} for each in _ids(query, name)] for name in ROOMS}
    stock = [{"sku": sku} for sku in _ids(query, "stock")]
    try:
        return Subscribe.model_validate({"type": "subscribe", "stock": stock, **documents})
    except ValidationError as error:
        raise validation_problem([{**each, "loc": ("query", *each["loc"])} for each in error.errors()]) from error


def _ids(query: LiveQuery, name: str) -> list[str]:
    return [each for each in getattr(query, name).split(",") if each]


async def _events(hub: Hub, client: LiveClient) -> AsyncIterator[bytes]:
    try:
        while True:
            yield b"data: %s\n\n" % (await client.session.next(HEARTBEAT_SECONDS) or _heartbeat())
    finally:
        hub.leave(client)
