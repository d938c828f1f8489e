"""One response for each Idempotency-Key: draft-ietf-httpapi-idempotency-key-header, kept for 24 hours.

Redis remembers responses, by caller, route and key: a key that comes again with another path or body is refused. The
log remembers decisions, by the command's id. That follows from the same and from the request as it was sent, so when
Redis has forgotten, or cannot be reached, a retry decides nothing twice, and another request under an old key is
decided as what it is, not mistaken for the old one. Responses have secrets of carts and payments: in Redis they are
encrypted, and can be read only under the command's id that the same caller's same request makes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, NamedTuple

import orjson
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Header, Request, Response

from api.http.fields import Channel
from api.http.metrics import went_on_without_redis
from api.http.parts import part
from api.http.problems import Problem
from connectors.redis.edge import IdempotencyStore, RedisError, Replay
from schemas.envelope import derive_id

KEY_CHARACTERS_MAX = 255
NONCE_BYTES = 12
UNGUESSABLE_CHARACTERS_MIN, UNGUESSABLE_DISTINCT_MIN = 16, 6
KEPT_HEADERS = frozenset({"location", "etag", "bloomfield-position", "content-type", "x-correlation-id"})
QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')  # RFC 8941 string
BARE = re.compile(r"[\x21\x23-\x7e][\x20-\x7e]*")

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="A fresh random value for each request, e.g. a UUID, bare or as a quoted string; the same one when "
        "it is repeated. Responses are kept for 24 hours.",
        examples=['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ),
]


class ReplayCipher:
    """Encrypts what Redis keeps: nonce and AES-256-GCM, bound to the id of the command."""

    def __init__(self, *signing_secrets: str) -> None:
        # Keys of their own, like those of the cart secrets. The first encrypts.
        self._ciphers = [
            AESGCM(hmac.digest(each.encode(), b"bloomfield replays", "sha256")) for each in signing_secrets
        ]

    def encrypt(self, command_id: str, body: bytes) -> str:
        """As it is kept."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return b64encode(nonce + self._ciphers[0].encrypt(nonce, body, command_id.encode())).decode()

    def decrypt(self, command_id: str, kept: str) -> bytes | None:
        """What was encrypted; None when it was not by us, or of another command."""
        try:
            sealed = b64decode(kept, validate=True)
        except ValueError:
            return None
        for cipher in self._ciphers:
            with suppress(ValueError, InvalidTag):
                return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], command_id.encode())
        return None


def parse_key(header: str) -> str:
    """The key in the header, quoted (a structured-field string) or bare. Raises Problem."""
    text = header.strip()
    quoted = QUOTED.fullmatch(text)
    key = re.sub(r'\\(["\\])', r"\1", quoted[1]) if quoted else text
    if not key:
        raise Problem("idempotency_key_missing", "The Idempotency-Key is empty. Send a fresh UUID.")
    if len(key) > KEY_CHARACTERS_MAX or not (quoted or BARE.fullmatch(text)):
        raise Problem(
            "header_malformed",
            f"Idempotency-Key must have 1 to {KEY_CHARACTERS_MAX} printable ASCII characters, bare or as a quoted "
            "string. Send a UUID.",
        )
    return key


def require_unguessable(header: str) -> None:
    """For responses with a secret: who sends the same key from the same address gets them again. Raises Problem."""
    key = parse_key(header)
    if len(key) < UNGUESSABLE_CHARACTERS_MIN or len(set(key)) < UNGUESSABLE_DISTINCT_MIN or key.isdecimal():
        raise Problem(
            "idempotency_key_weak",
            "The response has a secret, and two shoppers with the same key could get the same one. The Idempotency-Key "
            f"must be random, of at least {UNGUESSABLE_CHARACTERS_MIN} characters and not a number. Send a fresh UUID.",
        )


class Key(NamedTuple):
    """The header Idempotency-Key, and within whose requests it names one."""

    header: str
    caller: str


def fingerprint(path: str, channel: str, body: bytes) -> str:
    """What makes two requests the same: path, channel and the canonical body."""
    return hashlib.sha256(f"{path}\n{channel}\n".encode() + body).hexdigest()


async def _fingerprint(request: Request) -> str:
    # Of the body as it was sent, whatever its spacing and order, not as our model completes it: once a release has
    # added a field with a default, a retry from before must still make the same command.
    body = orjson.dumps(await request.json(), option=orjson.OPT_SORT_KEYS) if await request.body() else b""
    return fingerprint(request.url.path, request.headers.get("bloomfield-channel", Channel.WEB), body)


async def once(request: Request, key: Key, act: Callable[[str], Awaitable[Response]]) -> Response:
    """What `act(command_id)` returns, or what it returned before.

    Raises Problem when the key was used for another request, or its first request is still in flight.
    """
    name = derive_id(f"{key.caller} {request.method} {request.scope['route'].path}", parse_key(key.header))
    own = await _fingerprint(request)
    command_id = derive_id(name, own)  # the same for the same request alone
    begin_command(request, command_id)
    known = await _claim(request, name, own)
    if known is not None and (replayed := _replay(request, command_id, known, own)):
        return replayed
    response: Response | None = None
    try:
        response = await act(command_id)
    except Problem as problem:
        response = problem.response(request.url.path)
    finally:
        await _keep(request, name, command_id, own, response)
    return response


def begin_command(request: Request, command_id: str) -> None:
    """Name the command in every log line of this request, and in its response."""
    request.scope["state"]["command_id"] = command_id
    structlog.contextvars.bind_contextvars(command_id=command_id, correlation_id=command_id)


async def _claim(request: Request, name: str, own: str) -> Replay | None:
    try:
        return await part(request, IdempotencyStore).claim(name, own)
    except (RedisError, OSError) as error:
        went_on_without_redis("claim", error)
        return None


async def _keep(request: Request, name: str, command_id: str, own: str, response: Response | None) -> None:
    replays = part(request, IdempotencyStore)
    try:
        if response is None or response.status_code >= 500 or response.status_code == 202:
            # Nothing is decided yet, or nothing for good: a retry may learn more.
            await replays.release(name)
            return
        headers = {key: value for key, value in response.headers.items() if key in KEPT_HEADERS}
        body = part(request, ReplayCipher).encrypt(command_id, bytes(response.body))
        await replays.keep(name, Replay(own, response.status_code, headers, body))
    except (RedisError, OSError) as error:
        went_on_without_redis("keep", error)


def _replay(request: Request, command_id: str, known: Replay, own: str) -> Response | None:
    """The response as it was; None when it cannot be read: then the log is asked again, which remembers as well."""
    if known.fingerprint != own:
        raise Problem(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another path, channel or body. Use a fresh key for a new request; to "
            "repeat the old one, send exactly the same.",
        )
    if known.status == 0:
        raise Problem(
            "request_in_flight",
            "The first request with this Idempotency-Key is still being worked on. Try again in a second.",
            headers={"Retry-After": "1"},
        )
    body = part(request, ReplayCipher).decrypt(command_id, known.body)
    if body is None:
        return None
    return Response(body, known.status, {**known.headers, "Idempotent-Replayed": "true"})
