"""Clients of the edge as the outside has them: guests with a cart, and staff with a token."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

ADDRESS = {"name": "Ada", "line1": "12 St James's Square", "city": "London", "postcode": "sw1y4jh", "country": "GB"}


def gbp(minor: int) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": "GBP"}


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code; what is no problem document fails here."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    document = response.json()
    assert document["status"] == response.status_code
    assert document["type"].endswith(document["code"])
    assert {"title", "detail", "instance"} <= set(document)
    return response.status_code, document["code"]


@dataclass
class Edge:
    """The edge of a running stack. Every guest has an address of their own, so that no test meets another's limit."""

    url: str
    token: str
    clients: ExitStack  # closed with the test

    def guest(self) -> httpx.Client:
        address = ".".join(str(1 + secrets.randbelow(250)) for _ in range(4))
        return self._client({"X-Forwarded-For": address})

    def staff(self) -> httpx.Client:
        return self._client({"Authorization": f"Bearer {self.token}"})

    def _client(self, headers: dict[str, str]) -> httpx.Client:
        return self.clients.enter_context(httpx.Client(base_url=self.url, headers=headers, timeout=30))

    def sells(self, *, price: int = 1250, units: int = 10, **more: Any) -> str:
        """A fresh SKU with a price and stock in the warehouse."""
        sku = f"VASE-{secrets.token_hex(4)}"
        staff = self.staff()
        body = {"title": "Blue vase", "unit_price": gbp(price), "vat_basis_points": 2000, **more}
        assert staff.put(f"/v1/admin/prices/{sku}", json=body).is_success
        if units:
            receipt = {"location": "warehouse", "quantity": units}
            made = staff.post(f"/v1/admin/stock/{sku}/receipts", json=receipt, headers=key())
            assert made.is_success, made.text
            staff.get(f"/v1/stock/{sku}", headers=position(made))
        return sku

    def shopper(self) -> Shopper:
        client = self.guest()
        made = client.post("/v1/carts", headers=key())
        assert made.status_code == 201, made.text
        client.headers["Cart-Secret"] = made.json()["secret"]
        return Shopper(client, made.json()["id"], made)


def position(response: httpx.Response) -> dict[str, str]:
    """What makes a GET show this write."""
    return {"Bloomfield-Position": response.headers["Bloomfield-Position"]}


@dataclass
class Shopper:
    """A guest with a cart."""

    client: httpx.Client
    cart_id: str
    made: httpx.Response
    last: httpx.Response = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.made

    @property
    def cart(self) -> str:
        return f"/v1/carts/{self.cart_id}"

    def wants(self, sku: str, quantity: object, **headers: str) -> httpx.Response:
        self.last = self.client.put(f"{self.cart}/lines/{sku}", json={"quantity": quantity}, headers=headers)
        return self.last

    def body(self, total: int, **changed: Any) -> dict[str, Any]:
        return {
            "cart_id": self.cart_id,
            "email": "ada@example.co.uk",
            "shipping_address": ADDRESS,
            "delivery_method": "collect",
            "expected_total": gbp(total),
        } | changed

    def checks_out(self, total: int, headers: dict[str, str] | None = None, **changed: Any) -> httpx.Response:
        return self.client.post("/v1/checkouts", json=self.body(total, **changed), headers=headers or key())
