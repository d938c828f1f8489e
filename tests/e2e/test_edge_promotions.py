"""Promotions through the edge: set and stopped by staff, codes on carts, what a cart and an order say of them."""

from __future__ import annotations

import secrets
from typing import Any

from tests.e2e.edge_clients import Edge, gbp, key, position, problem
from tests.waiting import eventually

TENTH = {"kind": "percentage", "basis_points": 1000}


def promotion(**more: Any) -> dict[str, Any]:
    return {"title": "A tenth off", "rule": TENTH, "target": {"kind": "basket"}} | more


def named(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(4)}"


def test_staff_set_read_change_and_stop_a_promotion(edge: Edge) -> None:
    staff, name = edge.staff(), named("spring")
    path, code = f"/v1/admin/promotions/{name}", named("CODE").upper()
    made = staff.put(path, json=promotion(code=code, valid_until="2030-04-30", limits={"uses": 10}))
    assert (made.status_code, made.headers["etag"]) == (200, '"1"'), made.text
    seen = staff.get(path, headers=position(made)).json()
    assert seen == made.json()
    assert (seen["code"], seen["valid_until"]) == (code, "2030-04-30T23:00:00.000Z")
    assert seen["explanation"] == "10 % off the basket"
    assert seen["standing"] == {"reserved": 0, "redeemed": 0, "reserved_units": 0, "redeemed_units": 0}
    stale = staff.put(path, json=promotion(code=code, title="Another"), headers={"If-Match": '"7"'})
    assert problem(stale) == (412, "version_mismatch")
    changed = staff.put(path, json=promotion(code=code, title="Another"), headers={"If-Match": made.headers["etag"]})
    assert (changed.json()["title"], changed.json()["version"]) == ("Another", 2)
    stopped = staff.delete(path)
    assert (stopped.json()["stopped"], stopped.json()["version"]) == (True, 3)
    listed = staff.get("/v1/admin/promotions", params={"limit": 100}, headers=position(stopped)).json()
    assert name in [each["id"] for each in listed["promotions"]]


def test_what_cannot_be_is_refused_by_name_and_who_may_not_is_told_so(edge: Edge) -> None:
    staff, guest, path = edge.staff(), edge.guest(), f"/v1/admin/promotions/{named('wrong')}"
    incomplete = staff.put(path, json=promotion(rule={"kind": "buy_x_get_y", "buy": 1}))
    assert problem(incomplete) == (422, "validation_failed")
    assert incomplete.json()["errors"][0]["field"] == "rule"
    backwards = staff.put(path, json=promotion(valid_from="2030-03-31", valid_until="2030-03-30T12:00"))
    assert backwards.json()["errors"][0]["field"] == "valid_until"
    assert problem(staff.put(path, json=promotion(code="!"))) == (422, "validation_failed")
    assert problem(staff.get(path)) == (404, "not_found")
    assert problem(staff.delete(path)) == (404, "not_found")
    assert problem(guest.put(path, json=promotion())) == (401, "token_missing")


def test_a_code_takes_something_off_the_cart_and_its_end_restores_every_charge(edge: Edge) -> None:
    staff, sku, shopper = edge.staff(), edge.sells(price=20_00), edge.shopper()
    name, code = named("vases"), named("CODE").upper()
    target = {"kind": "skus", "skus": [sku]}
    staff.put(f"/v1/admin/promotions/{name}", json=promotion(code=code, target=target)).raise_for_status()
    before = shopper.wants(sku, 2).json()
    assert problem(shopper.client.put(f"{shopper.cart}/codes/NOBODYS-CODE")) == (404, "unknown_code")
    typed = shopper.client.put(f"{shopper.cart}/codes/%20{code.lower()}")
    cart = typed.json()
    assert (typed.status_code, cart["codes"]) == (200, [code])
    [line], [said] = cart["lines"], [each for each in cart["promotions"] if each["id"] == name]
    assert (line["discount"], line["total"]) == (gbp(4_00), gbp(36_00))
    assert line["discounts"] == [{"promotion_id": name, "amount": gbp(4_00)}]
    assert (said["applied"], said["discount"], said["reason"]) == (True, gbp(4_00), None)
    assert said["explanation"] == f"£4.00 off: 10 % off {sku}, with the code {code}"
    assert (cart["goods_total"], cart["discount_total"]) == (gbp(36_00), gbp(4_00))
    assert cart["delivery"]["standard"]["total"] == gbp(36_00 + 3_95)
    without = shopper.client.delete(f"{shopper.cart}/codes/{code}").json()
    for each in (before, without):
        each.pop("version")
    assert without == before


def test_a_promotion_for_a_category_is_for_what_is_below_it(edge: Edge) -> None:
    staff, flowers, roses = edge.staff(), named("flowers"), named("roses")
    for name, parent in ((flowers, None), (roses, flowers)):
        body = {"title": name, "parent": parent}
        assert staff.put(f"/v1/admin/categories/{name}", json=body).is_success
    sku, slug = edge.sells(price=20_00), named("rose")
    product = {"title": "Rose", "categories": [roses], "variants": [{"sku": sku}]}
    assert staff.put(f"/v1/admin/products/{slug}", json=product).is_success
    code = named("CODE").upper()
    target = {"kind": "categories", "categories": [flowers]}
    made = staff.put(f"/v1/admin/promotions/{named('spring')}", json=promotion(code=code, target=target))
    assert made.json()["target"]["categories"] == [flowers, roses], made.text
    shopper = edge.shopper()
    shopper.wants(sku, 1)

    def cheaper() -> bool:
        shopper.client.put(f"{shopper.cart}/codes/{code}")
        return bool(shopper.client.get(shopper.cart).json()["goods_total"] == gbp(18_00))

    eventually(cheaper)


def test_five_codes_are_enough(edge: Edge) -> None:
    staff, shopper = edge.staff(), edge.shopper()
    for number in range(6):
        code = named("CODE").upper()
        staff.put(f"/v1/admin/promotions/{named('p')}", json=promotion(code=code)).raise_for_status()
        added = shopper.client.put(f"{shopper.cart}/codes/{code}")
        assert added.status_code == (200 if number < 5 else 409), added.text
    assert problem(added) == (409, "too_many_codes")


def test_codes_for_one_order_are_made_by_staff(edge: Edge) -> None:
    staff, sku, shopper, name = edge.staff(), edge.sells(), edge.shopper(), named("gift")
    staff.put(f"/v1/admin/promotions/{name}", json=promotion(single_use_codes=True)).raise_for_status()
    made = staff.post(f"/v1/admin/promotions/{name}/codes", json={"count": 3}, headers=key())
    codes = made.json()["codes"]
    assert (made.status_code, len(set(codes))) == (201, 3)
    shopper.wants(sku, 1)
    cart = shopper.client.put(f"{shopper.cart}/codes/{codes[0]}").json()
    assert cart["discount_total"] == gbp(1_25)
    shared = staff.put(f"/v1/admin/promotions/{named('shared')}", json=promotion(code=named("C").upper())).json()
    refused = staff.post(f"/v1/admin/promotions/{shared['id']}/codes", json={"count": 3}, headers=key())
    assert problem(refused) == (422, "validation_failed")
