"""Idempotency keys: how they are written, and what counts as the same request."""

from __future__ import annotations

import asyncio
from typing import Annotated

import httpx
import pytest
from fastapi import Body, FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.fields import StrictModel
from api.http.idempotency import IdempotencyKey, Key, ReplayCipher, fingerprint, once, parse_key, require_unguessable
from api.http.problems import Problem
from connectors.redis.edge import IdempotencyStore, Replay


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("8e03978e-40d5", "8e03978e-40d5"),
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ('  "a b" ', "a b"),
        (r'"say \"hi\" \\"', r'say "hi" \ '.strip()),
        ("k" * 255, "k" * 255),
    ],
)
def test_a_key_is_bare_or_a_quoted_string(header: str, key: str) -> None:
    assert parse_key(header) == key


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "idempotency_key_missing"),
        ('""', "idempotency_key_missing"),
        ("k" * 256, "header_malformed"),
        ('"half', "header_malformed"),
        ("é", "header_malformed"),
    ],
)
def test_what_is_no_key_is_refused(header: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_key(header)
    assert refused.value.code == code


def test_the_same_request_is_the_same_path_channel_and_body() -> None:
    path, body = "/v1/orders/1/cancel", b'{"reason":"late"}'
    one = fingerprint(path, "web", body)
    assert one == fingerprint(path, "web", body)
    others = [("/v1/orders/2/cancel", "web", body), (path, "ios", body), (path, "web", b"{}"), (path, "web", b"")]
    assert len({one, *(fingerprint(*other) for other in others)}) == 5


class Shop:
    """A route that is done once, and what Redis remembers of it."""

    def __init__(self) -> None:
        self.decided: list[str] = []  # command ids in the order of their decisions
        self.kept: dict[str, Replay] = {}
        self.app = FastAPI()
        self.app.state.parts = {IdempotencyStore: self, ReplayCipher: ReplayCipher("a" * 32)}
        self.app.post("/orders/{order_id}/refunds")(self.refund)
        self.app.exception_handler(Problem)(_as_answer)

    async def refund(
        self, request: Request, order_id: str, key: IdempotencyKey, body: Annotated[Gift | None, Body()] = None
    ) -> Response:
        async def act(command_id: str) -> Response:
            self.decided.append(command_id)
            return Response(f"{order_id}: {body}", 201)

        return await once(request, Key(key, "ada"), act)

    async def claim(self, name: str, _fingerprint: str) -> Replay | None:
        return self.kept.get(name)

    async def keep(self, name: str, replay: Replay) -> None:
        self.kept[name] = replay

    def asks(self, order_id: str = "A", content: bytes = b"", **headers: str) -> tuple[int, str]:
        """Status, and the id that the command has or would have had."""

        async def send() -> httpx.Response:
            edge = httpx.ASGITransport(_named(self.app))
            async with httpx.AsyncClient(transport=edge, base_url="http://edge") as client:
                given = {"Idempotency-Key": "k", "Content-Type": "application/json", **headers}
                return await client.post(f"/orders/{order_id}/refunds", content=content, headers=given)

        answer = asyncio.run(send())
        return answer.status_code, answer.headers["x-command-id"]


class Gift(StrictModel):
    """A body with a field that a later release may have added."""

    pounds: int
    note: str = "added later"


def _named(app: ASGIApp) -> ASGIApp:
    """What the middleware does for commands: it gives them a place to say their id, and shows it."""

    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {}

        async def shown(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-command-id", scope["state"]["command_id"].encode()))
            await send(message)

        await app(scope, receive, shown)

    return named


async def _as_answer(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem.response(request.url.path)


def test_a_request_that_is_repeated_is_one_command_and_another_is_another_whatever_redis_remembers() -> None:
    shop = Shop()
    first = shop.asks("A", b'{"pounds": 1, "note": "sorry"}')
    requests: list[tuple[str, bytes, dict[str, str]]] = [
        ("B", b'{"pounds": 1, "note": "sorry"}', {}),
        ("A", b'{"pounds": 5, "note": "sorry"}', {}),
        ("A", b'{"pounds": 1}', {}),
        ("A", b"", {}),
        ("A", b'{"pounds": 1, "note": "sorry"}', {"Bloomfield-Channel": "ios"}),
    ]
    assert [shop.asks(order, body, **more)[0] for order, body, more in requests] == [422] * 5, "while Redis remembers"
    assert shop.asks("A", b'{ "note":"sorry","pounds":1 }') == first, "the same, spaced and ordered otherwise"
    assert shop.decided == [first[1]]
    seen = {first[1]}
    for order, body, more in requests:
        shop.kept.clear()
        status, command_id = shop.asks(order, body, **more)
        assert (status, command_id in seen) == (201, False)
        seen.add(command_id)
    shop.kept.clear()
    assert shop.asks("A", b'{"pounds": 1, "note": "sorry"}') == first


def test_a_field_that_a_release_adds_does_not_make_another_command_of_a_retry() -> None:
    """The same bytes, read by the release before and by the one that gives a note to every gift."""
    shop, later = Shop(), Shop()
    later.app.router.routes.clear()

    @later.app.post("/orders/{order_id}/refunds")
    async def refund(request: Request, order_id: str, key: IdempotencyKey, body: LaterGift) -> Response:
        async def act(_: str) -> Response:
            return Response(f"{order_id}: {body}", 201)

        return await once(request, Key(key, "ada"), act)

    assert shop.asks("A", b'{"pounds": 1}') == later.asks("A", b'{"pounds": 1}')


class LaterGift(Gift):
    wrapped: bool = False


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_whatever_encoding_was_taken_for_json_has_a_fingerprint(encoding: str) -> None:
    shop = Shop()
    assert shop.asks("A", '{"pounds": 1}'.encode(encoding)) == shop.asks("A", b'{"pounds": 1}')


@pytest.mark.parametrize("key", ["1", "cart-1", "k" * 36, "ab" * 20, "1764110000123456789", "0" * 32])
def test_a_key_that_somebody_else_may_have_too_is_refused_where_the_answer_is_a_secret(key: str) -> None:
    with pytest.raises(Problem) as refused:
        require_unguessable(key)
    assert (refused.value.code, refused.value.kind.status) == ("idempotency_key_weak", 422)


@pytest.mark.parametrize("key", ["8e03978e-40d5-43dd-bc93-6894a57f9324", '"9f86d081884c7d65"', "Zm9vYmFyYmF6cXV4MTIz"])
def test_a_random_key_is_taken(key: str) -> None:
    require_unguessable(key)


def test_what_redis_keeps_shows_no_secret_and_opens_for_the_same_command_alone() -> None:
    cipher, answer = ReplayCipher("a" * 32), b'{"secret": "s3cr3t"}'
    kept = cipher.encrypt("command-1", answer)
    assert "s3cr3t" not in kept
    assert kept != cipher.encrypt("command-1", answer)
    assert cipher.decrypt("command-1", kept) == answer
    for other, name, text in (
        (cipher, "command-2", kept),
        (ReplayCipher("b" * 32), "command-1", kept),
        (cipher, "command-1", answer.decode()),
        (cipher, "command-1", "AAAA"),
        (cipher, "command-1", ""),
    ):
        assert other.decrypt(name, text) is None
