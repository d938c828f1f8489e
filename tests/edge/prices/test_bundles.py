"""Prices: what a bundle may be made of."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.app import build_app
from api.http.auth import Tokens, issue
from api.http.options import Options
from api.http.problems import Problem
from api.prices.bundles import require_single_things, require_stocked
from api.prices.prices import Prices
from process.settings import Settings
from schemas.prices.messages import Component, SkuPrice

NOWHERE = Settings(
    kafka="", registry="", postgres="", redis="", api="", stripe="", s3="", s3_public="", secrets=Path(),
    topic_prefix="", hold_seconds=1,
)  # fmt: skip
SECRET = "s" * 32


def sets_price(*parts: str) -> httpx.Response:
    """The answer to a price of the bundle `SET`; its edge has no way to the log."""
    app = build_app(NOWHERE, Options(slot=0))
    app.state.parts = {Tokens: Tokens(SECRET), Prices: SimpleNamespace(get=lambda _: None)}
    body: dict[str, Any] = {
        "title": "A set", "unit_price": {"amount_minor": 1, "currency": "GBP"}, "vat_basis_points": 2000,
        "components": [{"sku": part, "quantity": 1} for part in parts],
    }  # fmt: skip
    token = issue(SECRET, name="ada", role="staff", minutes=1)

    async def put() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
            return await client.put("/v1/admin/prices/SET", json=body, headers={"Authorization": f"Bearer {token}"})

    return asyncio.run(put())


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        (["SET"], ["components.0.sku"]),
        (["VASE", "SET"], ["components.1.sku"]),
        (["VASE", "BOWL", "VASE"], ["components.2.sku"]),
        (["SET", "VASE", "VASE", "VASE"], ["components.0.sku", "components.2.sku", "components.3.sku"]),
    ],
)
def test_a_bundle_is_no_part_of_itself_and_names_each_part_once(parts: list[str], fields: list[str]) -> None:
    problem = sets_price(*parts)
    assert (problem.status_code, problem.json()["code"]) == (422, "validation_failed")
    assert [(one["in"], one["field"]) for one in problem.json()["errors"]] == [("body", field) for field in fields]
    assert problem.json()["detail"].startswith(f"{fields[0]}: ")


def test_a_bundle_of_other_skus_goes_on_to_be_decided() -> None:
    assert sets_price("VASE", "BOWL").status_code == 500, "there is no log here"


def product(sku: str, *parts: str) -> SkuPrice:
    components = tuple(Component(sku=part, quantity=1) for part in parts)
    return SkuPrice(sku=sku, title=sku, unit_price_minor=1, components=components, withdrawn=False)


SHOP = {"VASE": product("VASE"), "BOWL": product("BOWL"), "SET": product("SET", "VASE", "BOWL")}


def refusal_of(sku: str, *parts: str, stocked: dict[str, int] | None = None) -> list[tuple[str, str]]:
    """The fields and reasons for which a bundle is refused, in the shop above."""
    bundles = [name for name, known in SHOP.items() if sku in [part.sku for part in known.components]]
    body = product(sku, *parts).components
    try:
        require_single_things(sku, body, price_of=SHOP.get, stocked=stocked or {}, bundles_with=bundles)
    except Problem as problem:
        assert problem.code == "validation_failed"
        return [(error["field"], error["reason"]) for error in problem.members["errors"]]
    return []


def test_a_bundle_that_could_never_be_sold_is_refused_with_every_part_that_is_wrong() -> None:
    [(field, why)] = refusal_of("BOX", "VASE", "SET")
    assert (field, why) == ("components.1.sku", "SET is itself a bundle; name what is in it instead")
    assert [field for field, _ in refusal_of("BOX", "NO", "VASE", "NEITHER")] == [
        "components.0.sku",
        "components.2.sku",
    ]
    # VASE is a part of SET: were it a bundle (of SET, or of anything), SET could no longer be sold.
    for parts in (("BOWL",), ("STOCKED",)):
        assert refusal_of("VASE", *parts, stocked={"STOCKED": 0}) == [("components", "VASE is a part of SET")]
    assert refusal_of("VASE", "SET")[0][0] == "components.0.sku", "itself, through another"


def test_what_has_units_of_its_own_is_made_no_bundle_and_a_bundle_is_received_as_its_parts() -> None:
    [(field, why)] = refusal_of("VASE2", "VASE", stocked={"VASE2": 5})
    assert field == "components" and why.startswith("VASE2 has 5 units of its own")
    assert refusal_of("VASE2", stocked={"VASE2": 5}) == [], "it is no bundle"
    require_stocked(SHOP.get, "VASE")
    require_stocked(SHOP.get, "UNKNOWN")
    with pytest.raises(Problem, match="receive VASE, BOWL"):
        require_stocked(SHOP.get, "SET")


def test_a_bundle_of_single_things_is_taken_also_when_they_are_sold_in_bundles_only() -> None:
    assert refusal_of("BOX", "VASE", "RIBBON", stocked={"RIBBON": 0}) == []
    assert refusal_of("SET", "VASE") == refusal_of("VASE") == refusal_of("SET") == []
