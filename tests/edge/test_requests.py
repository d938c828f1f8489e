"""What is checked before anything is published."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from api.cart.requests import WantedLine
from api.checkout.requests import NewCheckout
from api.http.fields import LOCATIONS, StrictModel, postcode
from api.inventory.requests import Adjustment, Receipt, Transfer
from api.orders.requests import Move, NewRefund, OrderQuery
from api.prices.requests import NewPrice
from schemas.prices.rules import PRICE_MAX_MINOR

ADDRESS = {"name": "Ada", "line1": "12 St James's Square", "city": "London", "postcode": "SW1Y 4JH", "country": "GB"}
CHECKOUT: dict[str, Any] = {
    "cart_id": "c",
    "email": "ada@example.co.uk",
    "shipping_address": ADDRESS,
    "delivery_method": "standard",
    "expected_total": {"amount_minor": 4145, "currency": "GBP"},
}


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("m11ae", "M1 1AE"),
        ("B33 8TH", "B33 8TH"),
        ("cr2  6xh", "CR2 6XH"),
        ("DN551PT", "DN55 1PT"),
        ("w1a 0ax", "W1A 0AX"),
        ("EC1A1BB", "EC1A 1BB"),
        (" gir 0aa ", "GIR 0AA"),
        ("bfpo 801", "BFPO 801"),
    ],
)
def test_a_postcode_is_printed_as_royal_mail_prints_it(written: str, printed: str) -> None:
    assert postcode(written) == printed


@pytest.mark.parametrize(
    "wrong", ["", "12345", "SW1Y", "Q1 1AA", "AI1 1AA", "SW1Y 4CH", "A1I 1AA", "EC1C 1BB", "M1 1A", "BFPO", "É1 1AA"]
)
def test_what_no_postcode_looks_like_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="postcode"):
        postcode(wrong)


@pytest.mark.parametrize("quantity", [-1, 10_000, 1.0, "1", True, None, 10**9, [], {}])
def test_a_quantity_is_a_whole_number_in_range(quantity: object) -> None:
    with pytest.raises(ValidationError):
        WantedLine.model_validate({"quantity": quantity})


@pytest.mark.parametrize(
    "changed",
    [
        {"colour": "blue"},
        {"delivery_method": "pigeon"},
        {"expected_total": 4145},
        {"expected_total": {"amount_minor": 41.45, "currency": "GBP"}},
        {"expected_total": {"amount_minor": -1, "currency": "GBP"}},
        {"expected_total": {"amount_minor": 1, "currency": "EUR"}},
        {"shipping_address": ADDRESS | {"country": "FR"}},
        {"shipping_address": ADDRESS | {"line1": " "}},
        {"shipping_address": ADDRESS | {"city": "Lon\x00don"}},
        {"shipping_address": ADDRESS | {"city": "Lon\x85don"}},
        {"shipping_address": ADDRESS | {"name": "\u202eadA"}},
        {"shipping_address": ADDRESS | {"line2": "Flat 2\u2028Mars"}},
        {"shipping_address": ADDRESS | {"line1": "\u2800"}},
        {"shipping_address": ADDRESS | {"city": "Lon\u200bdon"}},
        {"email": "a..b@example.com"},
        {"shipping_address": ADDRESS | {"planet": "Earth"}},
        {"email": "ada"},
        {"email": "\ud800@b.uk"},
    ],
)
def test_a_checkout_that_is_not_quite_one_is_refused(changed: dict[str, object]) -> None:
    NewCheckout.model_validate(CHECKOUT)
    with pytest.raises(ValidationError):
        NewCheckout.model_validate(CHECKOUT | changed)


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (Receipt, {"location": "mars", "quantity": 1}),
        (Receipt, {"location": "warehouse", "quantity": 0}),
        (Receipt, {"location": "warehouse", "quantity": 1_000_001}),
        (Adjustment, {"location": "warehouse", "delta": 0, "reason": "count"}),
        (Adjustment, {"location": "warehouse", "delta": 1, "reason": "unknown"}),
        (Transfer, {"source": "warehouse", "target": "warehouse", "quantity": 1}),
    ],
)
def test_a_movement_of_stock_that_makes_no_sense_is_refused(shape: type[StrictModel], body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        shape.model_validate(body)


def test_an_unknown_location_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValidationError) as refused:
        Receipt.model_validate({"location": "mars", "quantity": 1})
    assert all(name in str(refused.value) for name in LOCATIONS)


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        (Adjustment, {"location": "warehouse", "delta": 1, "reason": "unknown"}),
        (Adjustment, {"location": "warehouse", "delta": 1, "reason": "because"}),
        (Move, {"status": "unknown"}),
        (Move, {"status": ["picking"]}),
        (OrderQuery, {"status": "unknown"}),
    ],
)
def test_unknown_is_for_older_readers_and_no_request_has_it(body: type[StrictModel], changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        body.model_validate(changed)
    [error] = refused.value.errors()
    assert "known are" in error["msg"]
    assert "unknown" not in error["msg"].split("known are")[1]
    assert "unknown" not in str(body.model_json_schema()["properties"])


def test_a_price_that_the_edge_takes_is_one_that_its_room_takes() -> None:
    price = {"title": "Vase", "vat_basis_points": 2000}
    NewPrice.model_validate(price | {"unit_price": {"amount_minor": PRICE_MAX_MINOR, "currency": "GBP"}})
    with pytest.raises(ValidationError) as refused:
        NewPrice.model_validate(price | {"unit_price": {"amount_minor": PRICE_MAX_MINOR + 1, "currency": "GBP"}})
    assert refused.value.errors()[0]["loc"] == ("unit_price", "amount_minor")


def test_a_refund_of_nothing_is_refused_by_its_field() -> None:
    with pytest.raises(ValidationError) as refused:
        NewRefund.model_validate({"amount": {"amount_minor": 0, "currency": "GBP"}, "reason": "goodwill"})
    assert refused.value.errors()[0]["loc"] == ("amount",)
