"""Prices: what a bundle may be made of."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from api.app import build_app
from api.auth import Tokens, issue
from api.options import Options
from connectors.settings import Settings

NOWHERE = Settings(
    kafka="", registry="", postgres="", redis="", api="", stripe="", secrets=Path(), topic_prefix="", hold_seconds=1
)  # fmt: skip
SECRET = "s" * 32


def sets_price(*parts: str) -> httpx.Response:
    """The answer to a price of the bundle `SET`; its edge has no way to the log."""
    app = build_app(NOWHERE, Options(slot=0))
    app.state.edge = SimpleNamespace(tokens=Tokens(SECRET))
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
