"""Prices through the edge: what is scheduled is shown, charged and gone again, and its history tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.e2e.edge_clients import Edge, gbp, position, problem
from tests.waiting import eventually


def test_a_sale_of_a_channel_is_shown_charged_and_ends_by_itself(edge: Edge) -> None:
    sku = edge.sells(price=20_00, units=5)
    staff, guest, path = edge.staff(), edge.guest(), f"/v1/admin/prices/{sku}"
    product = {"title": "Vase", "variants": [{"sku": sku}]}
    slug = sku.lower()
    assert staff.put(f"/v1/admin/products/{slug}", json=product).is_success
    assert staff.put(f"/v1/admin/products/{slug}/publication", json={}).is_success

    soon = (datetime.now(UTC) + timedelta(seconds=6)).isoformat()
    sale = {"unit_price": gbp(15_00), "channel": "web", "valid_until": soon}
    made = staff.put(f"{path}/schedule", json={"prices": [sale]})
    assert made.status_code == 200, made.text
    assert [each["in_force"] for each in made.json()["schedule"]] == [True]

    shown = guest.get(f"/v1/prices/{sku}", headers=position(made)).json()
    assert (shown["unit_price"], shown["regular_price"]) == (gbp(15_00), gbp(20_00))
    assert guest.get(f"/v1/prices/{sku}", params={"channel": "ios"}).json()["unit_price"] == gbp(20_00)
    [variant] = eventually(lambda: guest.get(f"/v1/products/{slug}")).json()["variants"]
    assert (variant["price"], variant["regular_price"]) == (gbp(15_00), gbp(20_00))
    shopper = edge.shopper()
    shopper.wants(sku, 2)
    assert shopper.last.json()["goods_total"] == gbp(30_00)
    begun = shopper.checks_out(30_00)
    assert begun.status_code in (201, 202), begun.text
    charged = eventually(lambda: shopper.client.get(begun.headers["Location"]).json().get("total"))
    assert charged == gbp(30_00), "what was shown"

    def over() -> bool:
        return bool(guest.get(f"/v1/prices/{sku}").json()["unit_price"] == gbp(20_00))

    eventually(over)
    [variant] = guest.get(f"/v1/products/{slug}").json()["variants"]
    assert (variant["price"], variant["regular_price"]) == (gbp(20_00), None)

    def told() -> list[str]:
        return [each["type"] for each in staff.get(f"{path}/history").json()["facts"]]

    eventually(lambda: told() == ["PricesTurned", "PricesScheduled", "PriceSet"])
    assert staff.get(path).json()["regular_price"] == gbp(20_00)


def test_a_schedule_that_cannot_be_is_refused_by_name_and_who_may_not_is_told_so(edge: Edge) -> None:
    sku, staff = edge.sells(), edge.staff()
    path = f"/v1/admin/prices/{sku}/schedule"
    backwards = {"unit_price": gbp(1), "valid_from": "2030-05-02", "valid_until": "2030-05-01T12:00"}
    for wrong in ({"prices": [backwards]}, {"prices": [{"unit_price": gbp(1), "channel": "pigeon"}]}, {}):
        answer = staff.put(path, json=wrong)
        assert problem(answer) == (422, "validation_failed"), answer.text
        assert answer.json()["errors"][0]["field"].startswith("prices")
    unknown = staff.put("/v1/admin/prices/NEVER-HEARD-OF/schedule", json={"prices": []})
    assert problem(unknown) == (404, "unknown_sku")
    assert problem(edge.guest().put(path, json={"prices": []})) == (401, "token_missing")
    assert staff.get(f"/v1/admin/prices/{sku}").json()["schedule"] == []
