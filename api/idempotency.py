"""One answer for each Idempotency-Key: draft-ietf-httpapi-idempotency-key-header, kept for 24 hours.

Redis remembers answers, by caller, route and key: a key that comes again with another path or body is refused. The
log remembers decisions, by the command's id. That follows from the same and from the request as it was sent, so when
Redis has forgotten, or cannot be reached, a retry decides nothing twice, and another wish under an old key is decided
as the wish that it is, not mistaken for the old one. Answers have secrets of carts and payments: in Redis they are
sealed, and open only under the command's id that the same caller's same request makes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Header, Request, Response

from api.answers import begin_command, edge_of, went_on_without_redis
from api.errors import Problem
from api.shapes import Channel
from connectors.edge_redis import RedisError, Replay
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
        description="A fresh random value for each wish, e.g. a UUID, bare or as a quoted string; the same one when "
        "the wish is repeated. Answers are kept for 24 hours.",
        examples=['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    ),
]


class Seals:
    """Seals what Redis keeps: nonce and AES-256-GCM, bound to the id of the command that was answered."""

    def __init__(self, signing_secret: str) -> None:
        # A key of its own, like that of the cart secrets.
        self._cipher = AESGCM(hmac.digest(signing_secret.encode(), b"bloomfield replays", "sha256"))

    def seal(self, name: str, body: bytes) -> str:
        """As it is kept."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return b64encode(nonce + self._cipher.encrypt(nonce, body, name.encode())).decode()

    def open(self, name: str, kept: str) -> bytes | None:
        """What was sealed; None when it was not by us, or under another name."""
        try:
            sealed = b64decode(kept, validate=True)
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
        except (ValueError, InvalidTag):
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
    """For answers with a secret: whoever sends the same key from the same address gets them again. Raises Problem."""
    key = parse_key(header)
    if len(key) < UNGUESSABLE_CHARACTERS_MIN or len(set(key)) < UNGUESSABLE_DISTINCT_MIN or key.isdecimal():
        raise Problem(
            "idempotency_key_weak",
            "The answer has a secret, and two shoppers with the same key could get the same one. The Idempotency-Key "
            f"must be random, of at least {UNGUESSABLE_CHARACTERS_MIN} characters and not a number. Send a fresh UUID.",
        )


class Wish(NamedTuple):
    """One request under its key."""

    name: str  # of what Redis keeps: caller, method, route and key
    fingerprint: str

    @property
    def command_id(self) -> str:
        """The same for the same request alone."""
        return derive_id(self.name, self.fingerprint)


def fingerprint(path: str, channel: str, body: bytes) -> str:
    """What makes two requests the same: path, channel and the canonical body."""
    return hashlib.sha256(f"{path}\n{channel}\n".encode() + body).hexdigest()


async def canonical_body(request: Request) -> bytes:
    """What a body that was found valid says, whatever its spacing and order; empty when there is none.

    As it was sent, not as our model completes it: once a release has added a field with a default, a retry from before
    must still make the same command.
    """
    return orjson.dumps(await request.json(), option=orjson.OPT_SORT_KEYS) if await request.body() else b""


async def once(request: Request, header: str, caller: str, act: Callable[[str], Awaitable[Response]]) -> Response:
    """Answer with what `act(command_id)` answers, or with what it answered before.

    Raises Problem when the key was used for another request, or its first request is still in flight.
    """
    wish = await _wish(request, header, caller)
    begin_command(request, wish.command_id)
    known = await _claim(request, wish)
    if known is not None and (replayed := _again(request, wish, known)):
        return replayed
    answer: Response | None = None
    try:
        answer = await act(wish.command_id)
    except Problem as problem:
        answer = problem.response(request.url.path)
    finally:
        await _settle(request, wish, answer)
    return answer


async def _wish(request: Request, header: str, caller: str) -> Wish:
    name = derive_id(f"{caller} {request.method} {request.scope['route'].path}", parse_key(header))
    channel = request.headers.get("bloomfield-channel", Channel.WEB)
    return Wish(name, fingerprint(request.url.path, channel, await canonical_body(request)))


async def _claim(request: Request, wish: Wish) -> Replay | None:
    try:
        return await edge_of(request).replays.claim(wish.name, wish.fingerprint)
    except (RedisError, OSError) as error:
        went_on_without_redis("claim", error)
        return None


async def _settle(request: Request, wish: Wish, answer: Response | None) -> None:
    replays = edge_of(request).replays
    try:
        if answer is None or answer.status_code >= 500 or answer.status_code == 202:
            # Nothing is decided yet, or nothing for good: a retry may learn more.
            await replays.release(wish.name)
            return
        headers = {key: value for key, value in answer.headers.items() if key in KEPT_HEADERS}
        body = edge_of(request).seals.seal(wish.command_id, bytes(answer.body))
        await replays.keep(wish.name, Replay(wish.fingerprint, answer.status_code, headers, body))
    except (RedisError, OSError) as error:
        went_on_without_redis("keep", error)


def _again(request: Request, wish: Wish, known: Replay) -> Response | None:
    """The answer as it was; None when it cannot be opened: then the log is asked again, which remembers as well."""
    if known.fingerprint != wish.fingerprint:
        raise Problem(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another path, channel or body. Use a fresh key for a new wish; to "
            "repeat the old one, send exactly the same.",
        )
    if known.status == 0:
        raise Problem(
            "request_in_flight",
            "The first request with this Idempotency-Key is still being worked on. Try again in a second.",
            headers={"Retry-After": "1"},
        )
    body = edge_of(request).seals.open(wish.command_id, known.body)
    if body is None:
        return None
    return Response(body, known.status, {**known.headers, "Idempotent-Replayed": "true"})
