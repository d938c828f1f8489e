"""The ASGI application: one call from its bytes to its bytes.

Hand-written, because a load test on two cores must spend its time in the product and not in its test double.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from tests.doubles.stripe import challenge
from tests.doubles.stripe.calls import CORS, Call, Dropped, Reply, serve
from tests.doubles.stripe.control import control
from tests.doubles.stripe.double import Account, Double

BODY_BYTES_MAX = 1_000_000
Scope = dict[str, Any]


class Application:
    def __init__(self, account: Account) -> None:
        self.double = Double(account)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.double.resume()
            else:
                self.double.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _http(self, scope: Scope, receive: Any, send: Any) -> None:
        method, path = scope["method"], scope["path"]
        body = await _body(receive)
        if path.startswith("/_double/"):
            status, content = control(self.double, method, path, scope["query_string"], body)
            await respond(send, Reply(status, orjson.dumps(content), {"Content-Type": "application/json"}))
        elif path.startswith(challenge.PREFIX):
            await respond(send, _page(challenge.answer(self.double, method, path, body)))
        elif method == "OPTIONS":
            await respond(send, Reply(200, b"", dict(CORS)))
        else:
            await self._api(scope, body, receive, send)

    async def _api(self, scope: Scope, body: bytes, receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(scope["method"], scope["path"], scope["query_string"], headers, body)
        try:
            reply = await serve(self.double, call)
        except Dropped as dropped:
            if dropped.hang:
                while (await receive())["type"] != "http.disconnect":
                    pass
            else:
                scope["extensions"]["double.abort"]["transport"].abort()
                while (await receive())["type"] != "http.disconnect":
                    await asyncio.sleep(0)
            self.double.webhooks.start(dropped.deliveries)
            return
        await respond(send, reply)
        self.double.webhooks.start(reply.deliveries)


async def respond(send: Any, reply: Reply) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def build(**account: Any) -> Application:
    return Application(Account(**account))


def _page(answer: challenge.Answer) -> Reply:
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if answer.location:
        headers["Location"] = answer.location
    return Reply(answer.status, answer.html.encode(), headers)


async def _body(receive: Any) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > BODY_BYTES_MAX:
            return body
