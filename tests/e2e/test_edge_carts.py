"""Carts through the edge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from api.cart.responses import CartResponse, CreatedCartResponse
from tests.e2e.edge_clients import Edge, gbp, key, position, problem


def test_a_cart_is_made_filled_and_read_with_its_totals(edge: Edge) -> None:
    sku, shopper = edge.sells(price=1250), edge.shopper()
    msgspec.json.decode(shopper.made.content, type=CreatedCartResponse)
    assert shopper.made.headers["Location"] == shopper.cart
    written = shopper.wants(sku, 3)
    shown = shopper.client.get(shopper.cart, headers=position(written))
    msgspec.json.decode(shown.content, type=CartResponse)
    line = {"sku": sku, "title": "Blue vase", "quantity": 3, "unit_price": gbp(1250), "total": gbp(3750)}
    line |= {"discount": gbp(0), "discounts": []}
    assert written.json()["lines"] == [line | {"availability": None}], "a write waits for no view"
    assert shown.json()["lines"] == [line | {"availability": {"status": "available", "available": 10}}]
    assert shown.json() | {"lines": []} == written.json() | {"lines": []}
    standard = {"charge": gbp(395), "discount": gbp(0), "promotions": [], "total": gbp(4145)}
    assert shown.json()["delivery"]["standard"] == standard
    assert shopper.wants(sku, 0).json()["lines"] == []


def test_somebody_elses_cart_is_not_there(edge: Edge) -> None:
    mine, other = edge.shopper(), edge.shopper()
    assert problem(other.client.get(mine.cart)) == (404, "cart_not_found")
    assert problem(edge.guest().get(mine.cart)) == (404, "cart_not_found")
    assert problem(edge.guest().get("/v1/carts/made-up")) == (404, "cart_not_found")
    assert problem(other.client.put(f"{mine.cart}/lines/X", json={"quantity": 1})) == (404, "cart_not_found")


def test_an_etag_guards_against_lost_changes_and_saves_a_body(edge: Edge) -> None:
    sku, shopper = edge.sells(), edge.shopper()
    first = shopper.made.headers["ETag"]
    second = shopper.wants(sku, 1, **{"If-Match": first})
    assert second.status_code == 200
    assert problem(shopper.wants(sku, 2, **{"If-Match": first})) == (412, "version_mismatch")
    assert problem(shopper.wants(sku, 2, **{"If-Match": "soon"})) == (400, "header_malformed")
    seen = shopper.client.get(shopper.cart, headers=position(second))
    same = {"If-None-Match": seen.headers["ETag"]}
    unchanged = shopper.client.get(shopper.cart, headers=same)
    assert unchanged.status_code == 304
    assert position(unchanged) == position(seen)
    assert shopper.client.get(shopper.cart, headers={"If-None-Match": first}).status_code == 200
    assert shopper.client.get(shopper.cart, headers={"If-None-Match": "*"}).status_code == 304


def test_an_etag_changes_with_the_price(edge: Edge) -> None:
    sku, shopper = edge.sells(price=1250), edge.shopper()
    before = shopper.wants(sku, 1)
    new = {"title": "Blue vase", "unit_price": gbp(1500), "vat_basis_points": 2000}
    staff = edge.staff()
    assert staff.put(f"/v1/admin/prices/{sku}", json=new).status_code == 200
    after = shopper.client.get(shopper.cart, headers={"If-None-Match": before.headers["ETag"]} | position(before))
    assert after.status_code == 200
    assert after.json()["goods_total"] == gbp(1500)


def test_an_etag_changes_with_the_stock_and_guards_the_cart_alone(edge: Edge) -> None:
    sku, shopper, other = edge.sells(units=5), edge.shopper(), edge.shopper()
    written = shopper.wants(sku, 5)
    before = shopper.client.get(shopper.cart, headers=position(written))
    other.wants(sku, 1)
    held = other.checks_out(1250)
    assert held.status_code == 201, held.text
    taken = {"Bloomfield-Position": f"inventory:{sku}@warehouse:2"}
    after = shopper.client.get(shopper.cart, headers={"If-None-Match": before.headers["ETag"]} | taken)
    assert after.status_code == 200
    assert after.json()["lines"][0]["availability"] == {"status": "insufficient", "available": 4}
    assert shopper.wants(sku, 4, **{"If-Match": before.headers["ETag"]}).status_code == 200


def test_what_is_not_for_sale_cannot_be_put_in_and_is_pointed_out(edge: Edge) -> None:
    sku, shopper = edge.sells(), edge.shopper()
    assert problem(shopper.wants("NO-SUCH-THING", 1)) == (404, "unknown_sku")
    shopper.wants(sku, 2)
    gone = {"title": "Blue vase", "unit_price": gbp(1250), "vat_basis_points": 2000, "withdrawn": True}
    staff = edge.staff()
    staff.put(f"/v1/admin/prices/{sku}", json=gone)
    assert problem(shopper.wants(sku, 3)) == (404, "unknown_sku")
    shown = shopper.client.get(shopper.cart, headers=position(shopper.made)).json()
    assert shown["unavailable"] == [{"sku": sku, "quantity": 2, "reason": "not_for_sale"}]
    assert shown["goods_total"] == gbp(0)
    assert shopper.wants(sku, 0).json()["unavailable"] == []


@pytest.mark.parametrize("quantity", [-1, 10_000, 1.5, 1.0, "1", True, None])
def test_a_quantity_that_is_none_is_refused_without_an_event(edge: Edge, quantity: object) -> None:
    shopper = edge.shopper()
    assert problem(shopper.wants("VASE", quantity)) == (422, "validation_failed")


def test_parallel_changes_are_all_applied(edge: Edge) -> None:
    skus, shopper = [edge.sells(units=0) for _ in range(8)], edge.shopper()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda sku: shopper.wants(sku, 2), skus))
    assert [answer.status_code for answer in answers] == [200] * 8
    newest = max(answers, key=lambda answer: answer.json()["version"])
    shown = shopper.client.get(shopper.cart, headers=position(newest)).json()
    assert sorted(line["sku"] for line in shown["lines"]) == sorted(skus)


def test_the_same_key_makes_one_cart_and_another_body_is_refused(edge: Edge) -> None:
    guest, once = edge.guest(), key()
    first, again = guest.post("/v1/carts", headers=once), guest.post("/v1/carts", headers=once)
    assert again.content == first.content
    assert again.status_code == first.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    quoted = {"Idempotency-Key": f'"{once["Idempotency-Key"]}"'}
    assert guest.post("/v1/carts", headers=quoted).json()["id"] == first.json()["id"]
    assert problem(guest.post("/v1/carts", headers=once, json={})) == (422, "idempotency_key_reused")
    assert edge.guest().post("/v1/carts", headers=once).json()["id"] != first.json()["id"]
    assert problem(guest.post("/v1/carts")) == (400, "idempotency_key_missing")
    other_channel = once | {"Bloomfield-Channel": "ios"}
    assert problem(guest.post("/v1/carts", headers=other_channel)) == (422, "idempotency_key_reused")


def test_two_guests_behind_one_address_never_get_the_same_secret_by_a_key_that_both_could_think_of(edge: Edge) -> None:
    guest = edge.guest()
    for made_up in ("1", "cart", "0000000000000000", "1764110000123456789"):
        refused = guest.post("/v1/carts", headers={"Idempotency-Key": made_up})
        assert problem(refused) == (422, "idempotency_key_weak")
        assert "UUID" in refused.json()["detail"]
