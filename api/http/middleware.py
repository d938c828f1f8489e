"""What every request passes through: one plain ASGI layer around the routes.

It names the request, limits its size and number, adds the headers that every response has, counts, times and logs.
"""

from __future__ import annotations

import re
import time
from secrets import token_hex
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import metrics
from api.http.auth import Staff, Tokens
from api.http.limits import RateLimit
from api.http.problems import Problem

LOG = structlog.get_logger()
BODY_BYTES_MAX = 64 * 1024
WEBHOOK_PATH = "/v1/webhooks/stripe"
WEBHOOK_BODY_BYTES_MAX = 1024 * 1024  # Stripe's to choose; one that does not fit could never be taken in
REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
LENGTH = re.compile(rb"[0-9]{1,15}")
UNCOUNTED = frozenset({"/healthz", "/readyz", "/metrics"})
UNLIMITED = UNCOUNTED | {WEBHOOK_PATH}  # Stripe speaks from few addresses
STATIC = "/static/"  # style sheets and scripts, kept by browsers for ever
SECURITY_HEADERS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cache-control", b"no-store"),
]


class EveryRequest:
    """ASGI middleware: id, limits, headers, metrics and log line of every request but those for health and metrics."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._counted: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            scope.setdefault("state", {})["staff"] = _staff(scope, dict(scope["headers"]))
        if scope["type"] != "http" or scope["path"] in UNCOUNTED:
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        if scope["method"] == "HEAD":
            # Answered like GET; the server, which has the scope as it came, leaves the body out.
            scope = {**scope, "method": "GET"}
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if REQUEST_ID.fullmatch(given) else token_hex(16).encode()
        structlog.contextvars.bind_contextvars(request_id=request_id.decode())
        state = scope.setdefault("state", {})
        state["staff"], state["command_id"] = _staff(scope, headers), None
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_added(message["headers"]), (b"x-request-id", request_id)]
                if state["command_id"]:
                    message["headers"].append((b"x-correlation-id", state["command_id"].encode()))
            await send(message)

        try:
            await _admit(scope, headers)
            bounded = receive if b"content-length" in headers else _bounded(receive, body_bytes_max(scope["path"]))
            await self._app(scope, bounded, send_with_headers)
        except Problem as problem:
            await problem.response(scope["path"])(scope, receive, send_with_headers)
        except Exception:  # the last line: whatever it was, it is logged and the caller gets a problem
            LOG.exception("request_failed", method=scope["method"], path=scope["path"])
            if status:
                raise  # the response has begun already; the server breaks the connection
            fault = Problem("internal", "This is our fault. Tell us the X-Request-Id, and try again.")
            await fault.response(scope["path"])(scope, receive, send_with_headers)
        finally:
            self._account(scope, status, time.perf_counter() - began)

    def _account(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], getattr(scope.get("route"), "path", "unmatched")
        counter, histogram = self._metrics(method, route, status)
        counter.inc()
        histogram.observe(seconds)
        if method not in ("GET", "HEAD") or status >= 400:
            LOG.info(
                "request", method=method, route=route, path=scope["path"], status=status, ms=round(seconds * 1000, 1)
            )

    def _metrics(self, method: str, route: str, status: int) -> tuple[Any, Any]:
        key = (method, route, status)
        found = self._counted.get(key)
        if found is None:
            known = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE") else "other"
            found = (metrics.REQUESTS.labels(known, route, str(status)), metrics.SECONDS.labels(known, route))
            if known == method:
                self._counted[key] = found
        return found


async def _admit(scope: Scope, headers: dict[bytes, bytes]) -> None:
    length = headers.get(b"content-length", b"0")
    if not LENGTH.fullmatch(length) or int(length) > body_bytes_max(scope["path"]):
        raise too_large(scope["path"])
    if scope["state"]["staff"] is not None or scope["path"] in UNLIMITED or scope["path"].startswith(STATIC):
        return
    limit: RateLimit = scope["app"].state.parts[RateLimit]
    if not limit.per_minute:
        return
    client = scope.get("client")
    if seconds := await limit.take(client[0] if client else "", time.monotonic()):
        metrics.LIMITED.inc()
        raise Problem(
            "rate_limited",
            f"More than {limit.per_minute} requests a minute. Try again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )


def _staff(scope: Scope, headers: dict[bytes, bytes]) -> Staff | None:
    authorization = headers.get(b"authorization")
    if authorization is None:
        return None
    try:
        return scope["app"].state.parts[Tokens].read(authorization.decode("latin-1"))  # type: ignore[no-any-return]
    except Problem:
        return None  # said again by the paths that need it


def body_bytes_max(path: str) -> int:
    """How large a body may be."""
    return WEBHOOK_BODY_BYTES_MAX if path == WEBHOOK_PATH else BODY_BYTES_MAX


def too_large(path: str) -> Problem:
    """The body does not fit."""
    return Problem("body_too_large", f"The body may have {body_bytes_max(path)} bytes. Send less.")


def _added(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Those that the response has not said itself: a page says what it may load."""
    said = {name for name, _ in headers}
    return [each for each in SECURITY_HEADERS if each[0] not in said]


def _bounded(receive: Receive, bytes_max: int) -> Receive:
    """A body that does not say its length is counted as it comes."""
    taken = 0

    async def receive_counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > bytes_max:
            raise HTTPException(413)  # the one exception that FastAPI hands on while it reads a body
        return message

    return receive_counted
