"""A small HTTP/1.1 client with kept-alive connections: general clients cost more than all the rest of the double."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

IDLE_SECONDS_MAX = 2.0  # Below any server's keep-alive time, lest a request meet a closing connection.
HEAD_BYTES_MAX = 64 * 1024
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class HttpClient:
    def __init__(self) -> None:
        self._idle: dict[tuple[str, int], list[tuple[float, Connection]]] = {}

    async def post(
        self, url: str, headers: dict[str, str], body: bytes, *, seconds_max: float, method: str = "POST"
    ) -> tuple[int, bytes]:
        """Status and body; OSError, EOFError or TimeoutError where there was no complete answer."""
        parts = urlsplit(url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        message = "\r\n".join([*lines, "", ""]).encode() + body
        async with asyncio.timeout(seconds_max):
            return await self._exchange((host, port), message)

    async def _exchange(self, address: tuple[str, int], message: bytes) -> tuple[int, bytes]:
        reader, writer = await self._connection(address)
        keep = False
        try:
            writer.write(message)
            status, headers = _parse_head(await reader.readuntil(b"\r\n\r\n"))
            answer = await _body(reader, headers)
            keep = headers.get("connection") != "close" and ("content-length" in headers or _chunked(headers))
        finally:
            if keep:
                self._idle.setdefault(address, []).append((time.monotonic(), (reader, writer)))
            else:
                writer.close()
        return status, answer

    async def _connection(self, address: tuple[str, int]) -> Connection:
        idle = self._idle.get(address, [])
        while idle:
            since, (reader, writer) = idle.pop()
            if time.monotonic() - since < IDLE_SECONDS_MAX and not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(*address, limit=HEAD_BYTES_MAX)

    def close(self) -> None:
        for connections in self._idle.values():
            for _, (_, writer) in connections:
                writer.close()
        self._idle.clear()


def _parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest if line)
    return int(first.split(" ", 2)[1]), {name.strip().lower(): value.strip().lower() for name, _, value in pairs}


def _chunked(headers: dict[str, str]) -> bool:
    return headers.get("transfer-encoding") == "chunked"


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    if not _chunked(headers):
        return await reader.read()
    chunks = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        chunks.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(chunks)
