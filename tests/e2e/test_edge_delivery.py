"""How and when something can be delivered, and an order for a day with a card."""

from __future__ import annotations

from typing import Any

import msgspec

from api.checkout.responses import CheckoutDetailsResponse
from api.delivery.responses import DeliveryOptionsResponse
from tests.e2e.edge_clients import ADDRESS, Edge, gbp, problem

PATH = "/v1/delivery-options"
GIFT = {"message": "Happy birthday, Ada!\nFrom all of us", "sender": "Charles"}


def options(edge: Edge, postcode: str, skus: str) -> dict[str, Any]:
    answer = edge.guest().get(PATH, params={"postcode": postcode, "skus": skus})
    msgspec.json.decode(answer.content, type=DeliveryOptionsResponse)
    return {each["method"]: each for each in answer.json()["options"]}


def test_ways_and_days_of_delivery_are_told_before_anything_is_in_a_cart(edge: Edge) -> None:
    cheap, dear = edge.sells(price=1250), edge.sells(price=2600)
    london = options(edge, "sw1y4jh", f"{cheap},{dear}*2")
    assert london["standard"]["charge"] == gbp(0), "6450 pence are enough for free delivery"
    assert options(edge, "SW1Y 4JH", cheap)["standard"]["charge"] == gbp(395)
    assert all(each["days"] and each["reason"] is None for each in london.values())
    skye = options(edge, "IV51 9XX", cheap)
    assert skye["express"]["days"] == []
    assert "Highlands" in skye["express"]["reason"]
    jersey = options(edge, "JE2 3AB", cheap)
    assert "Jersey" in jersey["standard"]["reason"]
    assert jersey["collect"]["days"]


def test_what_cannot_be_asked_is_refused_by_name(edge: Edge) -> None:
    guest, sku = edge.guest(), edge.sells()
    assert problem(guest.get(PATH, params={"postcode": "nowhere", "skus": sku})) == (422, "validation_failed")
    assert problem(guest.get(PATH, params={"postcode": "SW1Y 4JH", "skus": f"{sku}*0"})) == (422, "validation_failed")
    assert problem(guest.get(PATH, params={"postcode": "SW1Y 4JH", "skus": "NO-SUCH-THING"})) == (404, "unknown_sku")


def test_a_checkout_is_for_a_day_and_says_what_the_card_says(edge: Edge) -> None:
    shopper, sku = edge.shopper(), edge.sells(price=1250)
    shopper.wants(sku, 1)
    day = options(edge, "SW1Y 4JH", sku)["express"]["days"][1]["date"]
    begun = shopper.checks_out(1250 + 695, delivery_method="express", deliver_on=day, gift=GIFT)
    assert begun.is_success, begun.text
    seen = shopper.client.get(f"/v1/checkouts/{begun.json()['id']}")
    msgspec.json.decode(seen.content, type=CheckoutDetailsResponse)
    assert seen.json()["deliver_on"] == day
    assert seen.json()["contact"]["gift"] == GIFT


def test_a_day_that_cannot_be_had_is_refused_with_those_that_can(edge: Edge) -> None:
    shopper, sku = edge.shopper(), edge.sells(price=1250)
    shopper.wants(sku, 1)
    for day in ("2020-01-02", "2031-01-06"):
        refused = shopper.checks_out(1250 + 395, delivery_method="standard", deliver_on=day)
        assert problem(refused) == (409, "delivery_day_unavailable")
        assert refused.json()["days"], "what to choose instead"
    far = shopper.body(1250 + 695, delivery_method="express", deliver_on="2031-01-06")
    far["shipping_address"] = ADDRESS | {"postcode": "ZE1 0AA"}
    refused = shopper.checks_out(0, **far)
    assert problem(refused) == (409, "delivery_day_unavailable")
    assert "Highlands" in refused.json()["detail"]
    assert shopper.checks_out(1250 + 395, delivery_method="standard").is_success, "nothing was changed"
