"""How the edge conducts itself, whatever the path."""

from __future__ import annotations

import secrets

import httpx

from tests.e2e.edge_clients import Edge, key, problem

JSON = {"Content-Type": "application/json"}
ADDRESS = {"name": "Ada", "line1": "12 St James's Square", "city": "London", "postcode": "SW1Y 4JH", "country": "GB"}
CHECKOUT = {
    "email": "ada@example.co.uk",
    "shipping_address": ADDRESS,
    "delivery_method": "standard",
    "expected_total": {"amount_minor": 4145, "currency": "GBP"},
}


def test_what_does_not_exist_is_a_problem_too(edge: Edge) -> None:
    guest = edge.guest()
    assert problem(guest.get("/v1/unicorns")) == (404, "not_found")
    refused = guest.patch("/v1/carts")
    assert problem(refused) == (405, "method_not_allowed")
    assert refused.headers["Allow"] == "POST"


def test_a_body_that_cannot_be_read_is_told_so(edge: Edge) -> None:
    shopper = edge.shopper()
    path = f"{shopper.cart}/lines/VASE"

    def put(content: bytes, headers: dict[str, str]) -> tuple[int, str]:
        return problem(shopper.client.put(path, content=content, headers=headers))

    assert put(b'{"quantity": 1', JSON) == (400, "json_malformed")
    assert put(b"\xff", JSON) == (400, "json_malformed")
    assert put(b"[" * 60_000, JSON) == (400, "json_malformed")
    assert put(b"quantity=1", {"Content-Type": "application/x-www-form-urlencoded"}) == (
        415,
        "content_type_unsupported",
    )
    assert put(b'{"quantity": 1}', {"Content-Type": "text/json"}) == (415, "content_type_unsupported")
    assert put(b'{"quantity": 1, "colour": "blue"}', JSON) == (422, "validation_failed")
    assert put(b'{"quantity": %s}' % (b"9" * 5_000), JSON)[0] in (400, 422)
    assert put(b'{"quantity": 1}' + b" " * 70_000, JSON) == (413, "body_too_large")


def test_head_is_answered_wherever_get_is(edge: Edge) -> None:
    sku, shopper = edge.sells(), edge.shopper()
    for path in (f"/v1/stock/{sku}", f"/v1/prices/{sku}", shopper.cart, "/openapi.json", "/docs", "/v1/unicorns"):
        seen, head = shopper.client.get(path), shopper.client.head(path)
        assert (head.status_code, head.content) == (seen.status_code, b"")
        assert head.headers["Content-Length"] == seen.headers["Content-Length"]
    assert shopper.client.patch(shopper.cart).headers["Allow"] == "GET, HEAD"


def test_a_body_that_hides_its_length_is_counted(edge: Edge) -> None:
    chunks = (b" " * 1_000 for _ in range(100))
    refused = edge.guest().post("/v1/carts", content=chunks, headers=JSON | key())
    assert problem(refused) == (413, "body_too_large")


def test_every_answer_has_its_id_and_the_security_headers(edge: Edge) -> None:
    guest = edge.guest()
    answers = [guest.get("/v1/unicorns"), guest.post("/v1/carts", headers=key() | {"X-Request-Id": "till-7.4711"})]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert answers[1].headers["X-Request-Id"] == "till-7.4711"
    assert answers[1].headers["X-Correlation-Id"]
    unsafe = guest.get("/v1/unicorns", headers={"X-Request-Id": "a b<script>"})
    assert unsafe.headers["X-Request-Id"] != "a b<script>"


def test_an_id_that_is_none_of_ours_is_refused_before_the_log(edge: Edge) -> None:
    staff = edge.staff()
    for no_id in ("\0", "", "a b", "c@d", "x" * 65, "c\n"):
        begun = staff.post("/v1/checkouts", json=CHECKOUT | {"cart_id": no_id}, headers=key())
        assert problem(begun) == (422, "validation_failed"), no_id
        assert begun.json()["errors"][0]["field"] == "cart_id"
    for path in ("/v1/carts/%00", "/v1/orders/a%20b", "/v1/checkouts/..%2f", "/v1/stock/%C3%A9", "/v1/prices/A@B"):
        assert problem(staff.get(path)) in [(422, "validation_failed"), (404, "not_found")], path


def test_a_position_that_is_never_reached_is_told_so(edge: Edge) -> None:
    shopper = edge.shopper()
    far = {"Bloomfield-Position": f"cart:{shopper.cart_id}:999999"}
    behind = shopper.client.get(shopper.cart, headers=far)
    assert problem(behind) == (503, "view_behind")
    assert behind.headers["Retry-After"] == "1"
    for text in ("nonsense", "cart:x:-1", "mars:x:1"):
        malformed = shopper.client.get(shopper.cart, headers={"Bloomfield-Position": text})
        assert problem(malformed) == (400, "header_malformed")


def test_whoever_asks_too_often_is_told_when_to_come_back(edge: Edge) -> None:
    def ask(client: httpx.Client) -> httpx.Response:
        return client.get("/v1/prices/NO-SUCH-THING")

    greedy, other = edge.guest(), edge.guest()
    limited = next((answer for answer in (ask(greedy) for _ in range(2_000)) if answer.status_code == 429), None)
    assert limited is not None, "2 000 requests in a few seconds, and no limit"
    assert problem(limited) == (429, "rate_limited")
    assert int(limited.headers["Retry-After"]) >= 1
    assert problem(ask(other)) == (404, "unknown_sku")
    token = {"Authorization": f"Bearer {edge.token}"}
    assert problem(greedy.get("/v1/prices/NO-SUCH-THING", headers=token)) == (404, "unknown_sku")


def test_a_household_is_one_caller(edge: Edge) -> None:
    household = f"2001:db8:{secrets.randbelow(2**16):x}:{secrets.randbelow(2**16):x}"
    client = edge.guest()

    def ask(number: int) -> int:
        return client.get(
            "/v1/prices/NO-SUCH-THING", headers={"X-Forwarded-For": f"{household}::{number:x}"}
        ).status_code

    assert 429 in (ask(number) for number in range(1, 2_000))


def test_those_who_run_it_see_that_it_is_well(edge: Edge) -> None:
    guest = edge.guest()
    edge.shopper()
    assert guest.get("/healthz").text == "alive\n"
    assert guest.get("/readyz").text == "ready\n"
    metrics = guest.get("/metrics").text
    assert 'bloomfield_edge_requests_total{method="POST",route="/v1/carts",status="201"}' in metrics
    assert guest.get("/openapi.json").json()["openapi"].startswith("3.1")
