"""What staff do through the edge."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from api.inventory.responses import HistoryPage, StockLevelResponse, StockResponse
from api.orders.responses import OrderPage
from api.prices.responses import PriceResponse
from tests.e2e.edge_clients import Edge, gbp, key, position, problem


def test_stock_is_received_corrected_moved_and_explained(edge: Edge) -> None:
    sku = edge.sells(units=10)
    path = f"/v1/admin/stock/{sku}"
    staff = edge.staff()
    adjust = {"location": "warehouse", "delta": -1, "reason": "damage", "reference": "C-1"}
    assert staff.post(f"{path}/adjustments", json=adjust, headers=key()).json()["on_hand"] == 9
    move = {"source": "warehouse", "target": "popup-soho", "quantity": 4}
    moved = staff.post(f"{path}/transfers", json=move, headers=key())
    msgspec.json.decode(moved.content, type=StockLevelResponse)
    assert moved.json()["on_hand"] == 5
    watched = staff.put(f"{path}/threshold", json={"location": "warehouse", "threshold": 2})
    assert watched.status_code == 200
    facts: list[str] = []
    page: dict[str, Any] = {"next": None}
    while page["next"] or not facts:
        query = {"location": "warehouse", "limit": 2} | ({"after": page["next"]} if page["next"] else {})
        answer = staff.get(f"{path}/history", params=query, headers=position(watched))
        page = msgspec.to_builtins(msgspec.json.decode(answer.content, type=HistoryPage))
        facts += [fact["type"] for fact in page["movements"]]
    assert facts == ["ReorderThresholdSet", "StockTransferredOut", "StockAdjusted", "StockReceived"]
    shown = edge.guest().get(f"/v1/stock/{sku}", headers=position(watched))
    msgspec.json.decode(shown.content, type=StockResponse)


def test_more_than_there_is_cannot_be_taken_away(edge: Edge) -> None:
    sku = edge.sells(units=1)
    staff = edge.staff()
    body = {"location": "warehouse", "delta": -2, "reason": "theft"}
    refused = staff.post(f"/v1/admin/stock/{sku}/adjustments", json=body, headers=key())
    assert problem(refused) == (409, "insufficient_stock")
    assert refused.json()["lines"] == [{"sku": sku, "requested": 2, "available": 1}]


def test_a_receipt_that_is_sent_twice_counts_once(edge: Edge) -> None:
    sku, once = edge.sells(units=0), key()
    body = {"location": "warehouse", "quantity": 5}
    staff = edge.staff()
    answers = [staff.post(f"/v1/admin/stock/{sku}/receipts", json=body, headers=once) for _ in range(3)]
    assert [answer.json()["on_hand"] for answer in answers] == [5, 5, 5]


def test_a_bundle_is_available_as_often_as_its_scarcest_part(edge: Edge) -> None:
    vase, candle = edge.sells(units=7), edge.sells(units=3)
    parts = [{"sku": vase, "quantity": 2}, {"sku": candle, "quantity": 1}]
    bundle = edge.sells(units=0, components=parts)
    assert edge.guest().get(f"/v1/stock/{bundle}").json() == {"sku": bundle, "available": 3, "locations": []}


def test_a_bundle_that_could_never_be_sold_is_refused(edge: Edge) -> None:
    vase, bowl = edge.sells(), edge.sells()
    bundle = edge.sells(units=0, components=[{"sku": vase, "quantity": 1}])
    staff = edge.staff()

    def sets(sku: str, part: str) -> tuple[int, str]:
        price = {"title": "t", "unit_price": gbp(100), "vat_basis_points": 2000}
        return problem(
            staff.put(f"/v1/admin/prices/{sku}", json=price | {"components": [{"sku": part, "quantity": 1}]})
        )

    for sku, part in ((f"{vase}-BOX", bundle), (vase, bundle), (vase, bowl), (f"{vase}-BOX", "NO-SUCH-THING")):
        assert sets(sku, part) == (422, "validation_failed"), (sku, part)
    assert edge.guest().get(f"/v1/prices/{vase}").json()["components"] == []


def test_a_price_is_shown_as_it_was_set(edge: Edge) -> None:
    sku = edge.sells(price=999, units=0)
    shown = edge.guest().get(f"/v1/prices/{sku}")
    msgspec.json.decode(shown.content, type=PriceResponse)
    assert shown.json()["unit_price"] == gbp(999)
    assert problem(edge.guest().get("/v1/prices/NO-SUCH-THING")) == (404, "unknown_sku")
    assert problem(edge.guest().get("/v1/stock/NO-SUCH-THING")) == (404, "unknown_sku")


def test_orders_are_listed_for_staff(edge: Edge) -> None:
    staff = edge.staff()
    page = staff.get("/v1/admin/orders", params={"limit": 5, "status": "confirmed"})
    msgspec.json.decode(page.content, type=OrderPage)
    assert problem(staff.get("/v1/admin/orders", params={"after": "!"})) == (422, "validation_failed")
    assert problem(staff.get("/v1/admin/orders", params={"colour": "blue"})) == (422, "validation_failed")
    body = {"status": "picking"}
    unknown = staff.post("/v1/admin/orders/made-up/advance", json=body, headers=key())
    assert problem(unknown) == (404, "order_not_found")
    refund = {"amount": gbp(1), "reason": "goodwill"}
    unknown = staff.post("/v1/admin/orders/made-up/refunds", json=refund, headers=key())
    assert problem(unknown) == (404, "order_not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/admin/orders"),
        ("PUT", "/v1/admin/prices/VASE"),
        ("POST", "/v1/admin/stock/VASE/receipts"),
        ("GET", "/v1/admin/stock/VASE/history?location=warehouse"),
        ("POST", "/v1/admin/orders/made-up/advance"),
    ],
)
def test_nobody_else_may(edge: Edge, method: str, path: str) -> None:
    guest = edge.guest()
    assert problem(guest.request(method, path)) == (401, "token_missing")
    forged = {"Authorization": f"Bearer {edge.token[:-2]}xx"}
    assert problem(guest.request(method, path, headers=forged)) == (401, "token_invalid")
