"""While the views are being rebuilt, nothing that exists is said not to."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from connectors.postgres.connection import dsn
from ops.servers.stack import Stack
from tests.e2e.edge_clients import Edge, problem


@pytest.fixture
def rebuilding(stack: Stack, edge: Edge) -> Iterator[None]:
    """The mark of a rebuild, without the rebuild."""
    with psycopg.connect(dsn(stack.settings()), autocommit=True) as connection:
        connection.execute("UPDATE sink_positions SET rebuilding_until = next_offset + 1000000")
        yield
        connection.execute("UPDATE sink_positions SET rebuilding_until = NULL")


@pytest.mark.usefixtures("rebuilding")
def test_what_is_not_in_the_views_yet_is_behind_and_not_missing(edge: Edge) -> None:
    staff = edge.staff()
    paths = (
        "/v1/orders/o", "/v1/checkouts/c", "/v1/carts/c", "/v1/stock/X", "/v1/admin/orders",
        "/v1/admin/stock/X/history?location=warehouse",
    )  # fmt: skip
    for path in paths:
        answer = staff.get(path)
        assert problem(answer) == (503, "view_behind"), path
        assert answer.headers["Retry-After"] == "5"


def test_what_is_in_them_is_shown_all_the_same(edge: Edge, request: pytest.FixtureRequest) -> None:
    sku, shopper = edge.sells(), edge.shopper()
    shopper.wants(sku, 1)
    request.getfixturevalue("rebuilding")
    assert edge.guest().get(f"/v1/stock/{sku}").json()["available"] == 10
    shown = shopper.client.get(
        shopper.cart, headers={"Bloomfield-Position": shopper.last.headers["Bloomfield-Position"]}
    )
    assert shown.status_code == 200
    assert shown.json()["lines"][0]["availability"] is None
