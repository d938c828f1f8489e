"""HTTP/1.1 over kept-alive connections, as cheap as it can be: the shoppers share the cores with what they measure."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
import orjson

ANSWER_SECONDS_MAX = 30.0
JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    location: str
    body: bytes

    def json(self) -> dict[str, Any]:
        read = orjson.loads(self.body)
        return read if isinstance(read, dict) else {}


class Broken(Exception):
    """The connection ended before its answer was complete."""


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._begin()

    def _begin(self) -> None:
        self._body: list[bytes] = []
        self._location = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, _error: Exception | None) -> None:
        self.transport = None
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(Broken())

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"location":
            self._location = value.decode()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        answer = Answer(self._parser.get_status_code(), self._location, b"".join(self._body))
        self._begin()
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(answer)


class Wire:
    """One server. As many connections as requests are under way; they are kept for the next ones."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._named = f"{self._host}:{self._port}".encode()
        self._free: list[_Connection] = []

    async def call(
        self, method: str, path: str, body: bytes = b"", *, kind: bytes = JSON, headers: bytes = b""
    ) -> Answer:
        """Send a request and wait for its answer. `headers` are whole lines. Raises Broken or TimeoutError."""
        head = b"%s %s HTTP/1.1\r\nHost: %s\r\n%s" % (method.encode(), path.encode(), self._named, headers)
        if body:
            head += b"Content-Type: %s\r\n" % kind
        request = b"%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body)
        kept = bool(self._free)
        try:
            return await self._once(request)
        except Broken:
            if not kept:
                raise
            return await self._once(request)  # the server had hung up on a connection that was not in use

    def close(self) -> None:
        for connection in self._free:
            if connection.transport is not None:
                connection.transport.close()

    async def _once(self, request: bytes) -> Answer:
        connection = await self._connection()
        loop = asyncio.get_running_loop()
        connection.answer = loop.create_future()
        if connection.transport is None:
            raise Broken
        connection.transport.write(request)
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            answer = await connection.answer
        if connection.transport is not None:
            self._free.append(connection)
        return answer

    async def _connection(self) -> _Connection:
        while self._free:
            connection = self._free.pop()
            if connection.transport is not None:
                return connection
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, self._host, self._port)
        return connection
