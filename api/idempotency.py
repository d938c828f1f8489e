"""One answer for each Idempotency-Key: draft-ietf-httpapi-idempotency-key-header, kept for 24 hours.

Redis remembers answers; the log remembers decisions. The command's id follows from caller, route and key, so a
retry decides nothing twice even when Redis has forgotten, or cannot be reached.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel

from api.answers import begin_command, edge_of, went_on_without_redis
from api.errors import Problem
from connectors.edge_redis import RedisError, Replay
from schemas.envelope import derive_id

KEY_CHARACTERS_MAX = 255
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


def fingerprint(path: str, body: BaseModel | None) -> str:
    """What makes two requests the same: path and meaning of the body, not its spacing."""
    text = path + "\n" + ("" if body is None else body.model_dump_json())
    return hashlib.sha256(text.encode()).hexdigest()


async def once(
    request: Request, header: str, caller: str, body: BaseModel | None, act: Callable[[str], Awaitable[Response]]
) -> Response:
    """Answer with what `act(command_id)` answers, or with what it answered before.

    Raises Problem when the key was used for another request, or its first request is still in flight.
    """
    scope = f"{caller} {request.method} {request.scope['route'].path}"
    command_id = derive_id(scope, parse_key(header))
    begin_command(request, command_id)
    print_ = fingerprint(request.url.path, body)
    known = await _claim(request, command_id, print_)
    if known is not None:
        return _again(known, print_)
    answer: Response | None = None
    try:
        answer = await act(command_id)
    except Problem as problem:
        answer = problem.response(request.url.path)
    finally:
        await _settle(request, command_id, print_, answer)
    return answer


async def _claim(request: Request, name: str, print_: str) -> Replay | None:
    try:
        return await edge_of(request).replays.claim(name, print_)
    except (RedisError, OSError) as error:
        went_on_without_redis("claim", error)
        return None


async def _settle(request: Request, name: str, print_: str, answer: Response | None) -> None:
    replays = edge_of(request).replays
    try:
        if answer is None or answer.status_code >= 500 or answer.status_code == 202:
            await replays.release(name)  # nothing is decided yet, or nothing for good: a retry may learn more
            return
        headers = {key: value for key, value in answer.headers.items() if key in KEPT_HEADERS}
        kept = Replay(print_, answer.status_code, headers, bytes(answer.body).decode())
        await replays.keep(name, kept)
    except (RedisError, OSError) as error:
        went_on_without_redis("keep", error)


def _again(known: Replay, print_: str) -> Response:
    if known.fingerprint != print_:
        raise Problem(
            "idempotency_key_reused",
            "This Idempotency-Key was used for another path or body. Use a fresh key for a new wish; to repeat the "
            "old one, send exactly the same body.",
        )
    if known.status == 0:
        raise Problem(
            "request_in_flight",
            "The first request with this Idempotency-Key is still being worked on. Try again in a second.",
            headers={"Retry-After": "1"},
        )
    return Response(known.body, known.status, {**known.headers, "Idempotent-Replayed": "true"})
