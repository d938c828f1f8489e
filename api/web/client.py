"""The one client through which pages use `/v1`: what any other front end would send, and nothing else.

By address where one is set (`BLOOMFIELD_WEB_API`), else within this process, without a socket. A request is made for
somebody: the edge counts it for the address that the page was asked from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import orjson
import structlog
from fastapi import Request

HERE = "http://edge"  # of requests that never leave this process
SECONDS_MAX = 10.0
POSITION = "Bloomfield-Position"

Json = dict[str, Any]
Query = Sequence[tuple[str, str]]
Headers = Mapping[str, str]
NO_HEADERS: Headers = {}


class ApiUnanswered(Exception):
    """`/v1` gave no answer; the message says to what."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What `/v1` answered. `body` is empty when it is no JSON object."""

    status: int
    body: Json
    position: str  # of what was read or decided, for reads that are to show it

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def detail(self) -> str:
        """What a problem says, in words for people."""
        return str(self.body.get("detail", ""))


class Api:
    """`/v1`, for one page. Use as a context manager."""

    def __init__(self, request: Request, base: str | None) -> None:
        caller = (request.client.host, request.client.port) if request.client else ("", 0)
        transport = httpx.ASGITransport(request.app, client=caller) if base is None else None
        # A proxy's own header: the edge believes it of an address that it trusts, and of no other.
        headers = {} if base is None else {"x-forwarded-for": caller[0]}
        if request_id := structlog.contextvars.get_contextvars().get("request_id"):
            headers["x-request-id"] = request_id  # one name for the page and for what it asked
        self._http = httpx.AsyncClient(
            transport=transport, base_url=base or HERE, headers=headers, timeout=SECONDS_MAX, trust_env=False
        )

    async def __aenter__(self) -> Api:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, query: Query = (), headers: Headers = NO_HEADERS) -> ApiAnswer:
        """Read. Raises ApiUnanswered."""
        return await self._send("GET", path, params=list(query), headers=headers)

    async def send(self, method: str, path: str, body: Json | None = None, headers: Headers = NO_HEADERS) -> ApiAnswer:
        """Ask for a change; a POST has a key of its own. Raises ApiUnanswered."""
        keyed = {"Idempotency-Key": str(uuid4()), **headers} if method == "POST" else headers
        return await self._send(method, path, json=body, headers=keyed)

    async def _send(self, method: str, path: str, headers: Headers, **how: Any) -> ApiAnswer:
        try:
            answer = await self._http.request(method, path, headers=headers, **how)
        except httpx.HTTPError as error:
            raise ApiUnanswered(f"{method} {path}: {error!r}") from error
        try:
            found = orjson.loads(answer.content)
        except orjson.JSONDecodeError:
            found = None
        return ApiAnswer(answer.status_code, found if isinstance(found, dict) else {}, answer.headers.get(POSITION, ""))
