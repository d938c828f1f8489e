"""Checkouts through the edge, as far as the payment; what follows is told by the payment tests."""

from __future__ import annotations

import msgspec
import redis

from api.checkout.responses import CheckoutDetailsResponse, CheckoutResponse
from ops.servers.stack import Stack
from tests.e2e.edge_clients import ADDRESS, Edge, Shopper, gbp, key, position, problem
from tests.waiting import eventually


def filled(edge: Edge, *, price: int = 1250, units: int = 10, quantity: int = 2) -> tuple[str, Shopper]:
    sku, shopper = edge.sells(price=price, units=units), edge.shopper()
    assert shopper.wants(sku, quantity).status_code == 200
    return sku, shopper


def free(edge: Edge, sku: str) -> int:
    return int(edge.guest().get(f"/v1/stock/{sku}").json()["available"])


def test_a_checkout_holds_the_stock_and_can_be_read_and_cancelled(edge: Edge) -> None:
    sku, shopper = filled(edge)
    begun = shopper.checks_out(2500)
    assert begun.status_code in (201, 202), begun.text
    location = begun.headers["Location"]

    def awaits_payment() -> bool:
        seen = shopper.client.get(location)
        return seen.status_code == 200 and seen.json()["status"] == "awaiting_payment"

    eventually(awaits_payment)
    seen = shopper.client.get(location)
    msgspec.json.decode(seen.content, type=CheckoutDetailsResponse)
    assert seen.json()["total"] == gbp(2500)
    assert seen.json()["client_secret"]
    assert seen.json()["contact"]["shipping_address"] == ADDRESS | {"postcode": "SW1Y 4JH", "line2": None}
    eventually(lambda: free(edge, sku) == 8)
    assert problem(edge.shopper().client.get(location)) == (404, "checkout_not_found")
    ended = shopper.client.delete(location)
    msgspec.json.decode(ended.content, type=CheckoutResponse)
    assert (ended.json()["status"], ended.json()["failure"]) == ("failed", "cancelled")
    assert shopper.client.delete(location).status_code == 200  # as asked already
    eventually(lambda: free(edge, sku) == 10)


def test_a_total_that_is_not_what_was_shown_is_answered_with_the_right_one(edge: Edge) -> None:
    _, shopper = filled(edge)
    refused = shopper.checks_out(2499)
    assert problem(refused) == (409, "cart_changed")
    assert refused.json()["current_total"] == gbp(2500)


def test_too_little_stock_names_the_line_and_holds_nothing(edge: Edge) -> None:
    sku, shopper = filled(edge, units=1)
    refused = shopper.checks_out(2500)
    assert problem(refused) == (409, "insufficient_stock")
    assert refused.json()["lines"] == [{"sku": sku, "requested": 2, "available": 1}]
    assert free(edge, sku) == 1


def test_an_empty_cart_and_somebody_elses_are_refused(edge: Edge) -> None:
    assert problem(edge.shopper().checks_out(0)) == (409, "cart_empty")
    _, shopper = filled(edge)
    assert problem(shopper.checks_out(2500, cart_id=edge.shopper().cart_id)) == (404, "cart_not_found")


def test_a_repeated_checkout_answers_the_same_and_a_changed_one_is_refused(edge: Edge) -> None:
    _, shopper = filled(edge)
    once = key()
    refused = shopper.checks_out(1, headers=once)
    again = shopper.checks_out(1, headers=once)
    assert (again.status_code, again.content) == (refused.status_code, refused.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert problem(shopper.checks_out(2500, headers=once)) == (422, "idempotency_key_reused")


def test_what_redis_has_forgotten_the_log_still_decides_once(edge: Edge, stack: Stack) -> None:
    sku, shopper = filled(edge)
    once = key()
    first = shopper.checks_out(2500, headers=once)
    with redis.Redis.from_url(stack.addresses.redis) as store:
        store.flushall()
    again = shopper.checks_out(2500, headers=once)
    assert again.status_code in (201, 202), again.text
    assert again.headers["Location"] == first.headers["Location"]
    eventually(lambda: free(edge, sku) == 8)


def test_a_cart_survives_the_loss_of_redis(edge: Edge, stack: Stack) -> None:
    sku, shopper = filled(edge)
    reached = position(shopper.last)
    shown = shopper.client.get(shopper.cart, headers=reached)
    with redis.Redis.from_url(stack.addresses.redis) as store:
        store.flushall()

    def rebuilt() -> bool:
        return shopper.client.get(shopper.cart, headers=reached).content == shown.content

    eventually(rebuilt)
    assert shopper.wants(sku, 3).status_code == 200


def test_without_redis_everything_goes_on(edge: Edge, stack: Stack) -> None:
    sku, shopper = filled(edge)
    stack.stop("redis")
    try:
        assert shopper.wants(sku, 1).status_code == 200
        eventually(lambda: shopper.client.get(shopper.cart, headers=position(shopper.last)).json()["lines"])
        begun = shopper.checks_out(1250)
        assert begun.status_code in (201, 202), begun.text
        assert edge.guest().post("/v1/carts", headers=key()).status_code == 201
    finally:
        stack.restart("redis")


def test_a_total_that_no_card_can_pay_is_told_with_what_would_help(edge: Edge) -> None:
    sku, shopper = edge.sells(price=29), edge.shopper()
    shopper.wants(sku, 1)
    refused = shopper.checks_out(29)
    assert problem(refused) == (409, "total_too_small")
    assert refused.json()["current_total"] == gbp(29)
