"""Where goods are sold to at UK VAT: told by the postcode, at the edge and in the decision alike."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from api.checkout.requests import NewCheckout, destination_of
from api.http.problems import Problem
from schemas.checkout.messages import CheckoutRefusal, CheckoutRefused, CheckoutStarted, CheckoutState
from schemas.territory import INSIDE, OUTSIDE, area_of
from streams.checkout.decide import decide
from tests.unit.checkout.examples import AT, start

DELIVERED = {
    "SW1Y 4JH": "GB",
    "BT1 5GS": "GB",
    "IM1 1AA": "IM",
    "BF1 2AU": "GB",
    "BFPO 801": "GB",
    "ZE1 0AA": "GB",
    "TR21 0LP": "GB",
    "GIR 0AA": "GB",
    "HS1 2AA": "GB",
}
NOT_DELIVERED = {"JE2 3AB": "JE", "GY1 1AA": "GG", "GY9 3AA": "GG", "GX11 1AA": "GI", "UU1 1AA": "GB", "HK1 1AA": "GB"}


def address(written: str, country: str) -> dict[str, Any]:
    return {"name": "Ada", "line1": "1 High Street", "city": "Town", "postcode": written, "country": country}


def request(
    written: str, country: str = "GB", method: str = "standard", billing: dict[str, Any] | None = None
) -> NewCheckout:
    return NewCheckout.model_validate(
        {
            "cart_id": "c",
            "email": "ada@example.co.uk",
            "shipping_address": address(written, country),
            "billing_address": billing,
            "delivery_method": method,
            "expected_total": {"amount_minor": 4145, "currency": "GBP"},
        }
    )


def test_the_edge_takes_what_we_deliver_to() -> None:
    for written, country in DELIVERED.items():
        for named in {"GB", country}:
            assert destination_of(request(written, named)) == area_of(written)


def test_the_edge_refuses_a_destination_outside_uk_vat_by_its_field_and_reason() -> None:
    for written, country in NOT_DELIVERED.items():
        for named in {"GB", country}:
            with pytest.raises(Problem) as refused:
                destination_of(request(written.lower(), named))
            assert refused.value.code == "validation_failed"
            [error] = refused.value.members["errors"]
            assert (error["field"], error["rule"]) == ("shipping_address.postcode", "territory")
            assert OUTSIDE.get(area_of(written), "no postcode area") in error["reason"]


def test_what_is_collected_goes_nowhere_and_a_bill_may_go_anywhere() -> None:
    assert destination_of(request("JE2 3AB", "JE", "collect")) == ""
    assert destination_of(request("SW1Y 4JH", billing=address("GY1 1AA", "GG"))) == "SW"


def test_a_country_that_is_not_the_postcodes_is_refused() -> None:
    for written, country in {
        "SW1Y 4JH": "JE",
        "IM1 1AA": "GG",
        "JE2 3AB": "IM",
        "GX11 1AA": "JE",
        "M1 1AE": "FR",
    }.items():
        with pytest.raises(ValidationError) as refused:
            request(written, country)
        assert refused.value.errors()[0]["loc"] == ("shipping_address", "country")


def test_the_decision_holds_whoever_asks() -> None:
    for area in (*OUTSIDE, "", "ZZ", "sw", "SW1", "\0"):
        [refused] = decide(start(postcode_area=area), CheckoutState(), AT)
        assert isinstance(refused, CheckoutRefused) and refused.reason is CheckoutRefusal.DESTINATION_NOT_SERVED, area
        [begun] = decide(start(postcode_area=area, delivery_method="collect"), CheckoutState(), AT)
        assert isinstance(begun, CheckoutStarted)
    for written in DELIVERED:
        [begun] = decide(start(postcode_area=area_of(written)), CheckoutState(), AT)
        assert isinstance(begun, CheckoutStarted)


def test_the_areas_are_royal_mails_and_none_is_on_both_sides() -> None:
    assert len(INSIDE - {"GIR", "BF", "BFPO", "IM"}) == 121
    assert not INSIDE & set(OUTSIDE)


def test_a_day_is_chosen_in_time_or_not_at_all() -> None:
    [started] = decide(start(deliver_on="2026-12-24", order_by=AT), CheckoutState(), AT)
    assert isinstance(started, CheckoutStarted) and started.deliver_on == "2026-12-24"
    [refused] = decide(start(deliver_on="2026-12-24", order_by=AT - 1), CheckoutState(), AT)
    assert isinstance(refused, CheckoutRefused) and refused.reason is CheckoutRefusal.DELIVERY_DAY_PASSED
