"""Whatever bytes somebody sends, on whatever path: they are answered, and never with a fault of ours."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.edge_clients import Edge, key
from tests.e2e.test_edge_conduct import ADDRESS, CHECKOUT

Request = tuple[bytes, dict[bytes, bytes], bytes]  # target, headers, body
WORDS = (
    b"\xff", b"%00", b"%", b"9" * 5_000, b"[" * 3_000, b"t=1,v1=\xe9", b"t=\xb2,v1=a", b'"\xe9"', b",;=",
    b"t=" + b"9" * 5_000 + b",v1=a", b"cart:\xe9:1", b"application/json; charset=\xff", b"WyJcdTAwMDAiLDFd", b"\xb2",
    b"Bearer " + b"W1tb" * 3_000 + b".e30.AA", b"WyJcXHVkODAwIiwxXQ",
)  # fmt: skip
KINDS = ("path", "query", "header")
ODD: tuple[Any, ...] = (
    "\0", "\ud800", "\u202e", "x" * 5_000, "a@\xad.b", "a@xn--a.b", -1, 2**64, 10**400, 1.5, float("nan"), None, True,
    ["\ud800"], {"\ud800": 1},
)  # fmt: skip
RAW = (
    b"",
    b"[" * 30_000,
    b'{"a":' * 10_000,
    b"9" * 10_000,
    b'{"quantity":' + b"9" * 5_000 + b"}",
    b'"\\ud800"',
    b"null",
)
RAW += (b"\xff\xfe{\0}\0", b"\xef\xbb\xbf{}", b'{"\\ud800":1}', b'{"":{"\\udfff":[]}}', b"{}", b"[]", b"\xff")
PRICE = {"amount_minor": 100, "currency": "GBP"}
STOCK = {"location": "warehouse", "quantity": 1, "reference": "DN-1"}
GOOD: dict[str, dict[str, Any]] = {  # by the end of the path; what is sent when it is not the body that is odd
    "/lines/{sku}": {"quantity": 0},  # of a SKU without a price more would wait for one
    "/v1/checkouts": CHECKOUT | {"cart_id": "c", "billing_address": ADDRESS},
    "/v1/admin/prices/{sku}": {"title": "t", "unit_price": PRICE, "vat_basis_points": 2000, "components": []},
    "/v1/admin/products/{slug}": {
        "title": "t",
        "description": "d",
        "brand": None,
        "categories": ["c"],
        "attributes": {"height_cm": 1.5},
        "variants": [{"sku": "c", "options": {"colour": "blue"}, "barcode": "", "weight_grams": 1}],
    },
    "/publication": {"shown_from": "2026-11-30T12:00:00Z", "shown_until": None},
    "/receipts": STOCK,
    "/adjustments": {"location": "warehouse", "delta": 1, "reason": "count", "reference": ""},
    "/transfers": {"source": "warehouse", "target": "popup-soho", "quantity": 1},
    "/threshold": {"location": "warehouse", "threshold": 1},
    "/advance": {"status": "picking"},
    "/refunds": {"amount": PRICE, "reason": "goodwill"},
    "/cancel": {"reason": "changed_mind"},
}


def with_one_odd(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same but for one leaf, or with a field that nobody knows."""
    for name in (*value, "colour", "\ud800"):
        inner = value.get(name)
        yield from ({**value, name: odd} for odd in ODD)
        if isinstance(inner, dict):
            yield from ({**value, name: each} for each in with_one_odd(inner))


def sent(edge: Edge, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    """The answer to a request as it stands, which no HTTP client would agree to send."""
    where = urlsplit(edge.url)
    length = [] if method == b"GET" else [(b"content-length", b"%d" % len(body))]
    lines = [b"%s %s HTTP/1.1" % (method, target), b"host: x", b"connection: close"]
    lines += [name + b": " + value for name, value in (*headers, *length)]
    answer = b""
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(b"\r\n".join([*lines, b"", b""]) + (b"" if method == b"GET" else body))
        while (some := line.recv(65_536)) and b"text/event-stream" not in answer:  # else it would never end
            answer += some
    return answer


@pytest.fixture
def routes(edge: Edge) -> list[tuple[bytes, str, dict[str, Any]]]:
    """Every method and path, with what the contract says of it."""
    paths = edge.guest().get("/openapi.json").json()["paths"]
    return [(method.upper().encode(), path, of) for path, methods in paths.items() for method, of in methods.items()]


def test_no_header_that_every_path_reads_makes_the_edge_fail(edge: Edge) -> None:
    token = b"Bearer " + edge.token.encode()
    for name in (
        b"x-request-id",
        b"x-forwarded-for",
        b"content-type",
        b"accept",
        b"authorization",
        b"transfer-encoding",
    ):
        for word in WORDS:
            headers = {b"authorization": token, name: word}
            answer = sent(edge, b"PUT", b"/v1/carts/c/lines/c", list(headers.items()), b'{"quantity":0}')
            assert answer.startswith(b"HTTP/1.1 4"), (name, word, answer)


def requests_with_one_odd_thing(path: str, contract: dict[str, Any], usual: dict[bytes, bytes]) -> Iterator[Request]:
    """Of a request that is right one thing is odd: so it comes as far as it can."""
    right = re.sub(r"{\w+}", "c", path).encode()
    good = next((body for end, body in GOOD.items() if path.endswith(end)), {})
    body = json.dumps(good).encode()
    named = {
        kind: [each["name"].encode() for each in contract.get("parameters", ()) if each["in"] == kind] for kind in KINDS
    }
    for word in WORDS:
        yield from ((right, usual | {name.lower(): word}, body) for name in named["header"])
        for shown in (b"".join(b"%%%02x" % byte for byte in word), word.replace(b" ", b"")):
            yield from ((right + b"?" + name + b"=" + shown, usual, body) for name in named["query"])
            if named["path"]:
                yield re.sub(rb"/c(?=/|$)", lambda _, shown=shown: b"/" + shown, right), usual, body
    if contract.get("requestBody"):
        yield from ((right, usual, json.dumps(each).encode()) for each in with_one_odd(good))
        yield from ((right, usual, each) for each in RAW)


def test_no_bytes_make_the_edge_fail(edge: Edge, routes: list[tuple[bytes, str, dict[str, Any]]]) -> None:
    token = b"Bearer " + edge.token.encode()
    failed: list[Any] = []
    for method, path, contract in routes:
        fresh = key()["Idempotency-Key"].encode()
        usual = {b"authorization": token, b"idempotency-key": fresh, b"content-type": b"application/json"}
        for target, headers, body in requests_with_one_odd_thing(path, contract, usual):
            answer = sent(edge, method, target, list(headers.items()), body)
            if not answer.startswith(b"HTTP/1.1 ") or answer.startswith(b"HTTP/1.1 500"):
                failed.append((method, target, headers, body[:200], answer[-300:]))
    assert not failed, f"{len(failed)}: {failed[:5]}"


def test_no_signature_makes_the_webhook_fail(edge: Edge) -> None:
    for signature in (
        b"t=1,v1=\xe9",
        b"\xff",
        b"t=\xb2,v1=a",
        b"t=" + b"9" * 1_000 + b",v1=a",
        b"=,=,=",
        b"t=1,v1=" * 200,
    ):
        for body in (b"{}", b"\xff", b"[" * 30_000, b""):
            answer = sent(edge, b"POST", b"/v1/webhooks/stripe", [(b"stripe-signature", signature)], body)
            assert answer.startswith(b"HTTP/1.1 400"), (signature, answer)
            assert b"signature_invalid" in answer


def test_no_token_makes_a_path_fail(edge: Edge) -> None:
    for token in (b"\xe9.\xe9.\xe9", b"a.b.c", b"W1tb" * 5_000 + b".e30.AA", b"e30.e30.AA", b"bnVsbA.bnVsbA.AA"):
        answer = sent(edge, b"GET", b"/v1/admin/orders", [(b"authorization", b"Bearer " + token)], b"")
        assert answer.startswith(b"HTTP/1.1 401"), (token, answer)
