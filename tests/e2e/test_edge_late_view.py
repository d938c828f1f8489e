"""While a view is late, a position is waited for where the path reads: no path shows less than was written."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from ops.servers.stack import Stack
from tests.e2e.edge_clients import Edge, gbp, key, position, problem
from tests.waiting import eventually


@contextmanager
def late(stack: Stack) -> Iterator[None]:
    """PostgreSQL's views stand still."""
    stack.kill("connector-postgres", signal.SIGSTOP)
    try:
        yield
    finally:
        stack.kill("connector-postgres", signal.SIGCONT)


def test_what_was_just_written_is_shown_or_said_to_be_behind(edge: Edge, whole_stack: Stack) -> None:
    sku, staff, guest = edge.sells(), edge.staff(), edge.guest()
    slug = sku.lower()
    product = {"title": "Vase", "variants": [{"sku": sku}]}
    price = {"title": "Vase", "unit_price": gbp(701), "vat_basis_points": 2000}
    receipt = {"location": "warehouse", "quantity": 1}
    made = staff.put(f"/v1/admin/products/{slug}", json=product)
    eventually(lambda: guest.get("/v1/products", headers=position(made)).status_code == 200)
    with late(whole_stack):
        priced = staff.put(f"/v1/admin/prices/{sku}", json=price)
        described = staff.put(f"/v1/admin/products/{slug}", json=product | {"title": "Jug"})
        received = staff.post(f"/v1/admin/stock/{sku}/receipts", json=receipt, headers=key())
        assert guest.get(f"/v1/prices/{sku}", headers=position(priced)).json()["unit_price"] == gbp(701)
        for write, path in (
            (priced, f"/v1/admin/prices/{sku}/history"),
            (described, f"/v1/products/{slug}"),
            (described, "/v1/products"),
            (described, f"/v1/admin/products/{slug}"),
            (described, "/v1/admin/products"),
            (received, f"/v1/stock/{sku}"),
            (received, f"/v1/admin/stock/{sku}/history?location=warehouse"),
        ):
            assert problem(staff.get(path, headers=position(write))) == (503, "view_behind"), path

    def newest() -> int:
        facts = staff.get(f"/v1/admin/prices/{sku}/history", headers=position(priced)).raise_for_status().json()
        return int(facts["facts"][0]["event"]["unit_price_minor"])

    assert eventually(lambda: newest() == 701)
