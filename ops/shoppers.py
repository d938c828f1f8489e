"""A shopper and a member of staff as HTTP clients: what the demonstration, the chaos over HTTP and the tests drive."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}
ENDED = {"completed", "failed"}
PATIENCE_SECONDS = 180.0  # for a fact; processes may be restarting on a busy machine: an end of hope, not a measure

POSITION = "Bloomfield-Position"

Json = dict[str, Any]


class Unanswered(Exception):
    """The edge gave no answer in time; the message says to what."""


class Client:
    """HTTP with patience: retries what failed to arrive or met a restart, under the same idempotency key.

    Whatever it has read or written it sees from then on: each request carries the position of the last answer.
    """

    def __init__(self, base: str, http: httpx.AsyncClient, headers: Mapping[str, str] | None = None) -> None:
        self.base, self.http, self.headers = base, http, dict(headers or {})

    async def call(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> httpx.Response:
        """One request, answered at last. A key is made for POSTs that have none. Raises Unanswered."""
        headers = dict(self.headers)
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        deadline, pause, last = time.monotonic() + PATIENCE_SECONDS, 0.05, ""
        while time.monotonic() < deadline:
            try:
                answer = await self.http.request(method, self.base + path, json=body, headers=headers)
                if answer.status_code not in (429, 500, 502, 503, 504) and not _in_flight(answer):
                    self._seen(answer)
                    return answer
                last = answer.text[:200]
            except httpx.TransportError as error:
                last = repr(error)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 1.0)
        raise Unanswered(f"{method} {path}: {last}")

    async def decided(
        self, method: str, path: str, body: Json | None = None, *, key: str | None = None
    ) -> httpx.Response:
        """The decision: while there is none, the request is repeated under the same key. Raises Unanswered."""
        key, deadline = key or str(uuid.uuid4()), time.monotonic() + PATIENCE_SECONDS
        while (answer := await self.call(method, path, body, key=key)).status_code == 202:
            if time.monotonic() > deadline:
                raise Unanswered(f"{method} {path} stays accepted but undecided: {answer.headers.get('location')}")
            await asyncio.sleep(0.1)
        return answer

    def _seen(self, answer: httpx.Response) -> None:
        if position := answer.headers.get(POSITION):
            self.headers[POSITION] = position


def _in_flight(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and answer.json().get("code") == "request_in_flight"


class Shopper(Client):
    """Fills a cart, checks out, pays; keeps what the edge said."""

    def __init__(self, base: str, stripe: str, http: httpx.AsyncClient) -> None:
        super().__init__(base, http)
        self.stripe = stripe
        self.cart: Json = {}
        self.checkout: Json = {}

    async def fill(self, lines: Mapping[str, int]) -> Json:
        """A new cart with these lines; returns the cart as last seen."""
        self.cart = (await self.call("POST", "/v1/carts")).raise_for_status().json()
        self.headers["Cart-Secret"] = self.cart["secret"]
        for sku, quantity in lines.items():
            path = f"/v1/carts/{self.cart['id']}/lines/{sku}"
            self.cart |= (await self.decided("PUT", path, {"quantity": quantity})).raise_for_status().json()
        return self.cart

    async def begin(
        self, *, delivery: str = "standard", total: Json | None = None, key: str | None = None
    ) -> httpx.Response:
        """Begin the checkout at the total shown; returns the decision: while there is none, the request is repeated."""
        body = {
            "cart_id": self.cart["id"],
            "email": "ada@example.co.uk",
            "shipping_address": ADDRESS,
            "delivery_method": delivery,
            "expected_total": total or self.cart["delivery"][delivery]["total"],
        }
        answer = await self.decided("POST", "/v1/checkouts", body, key=key)
        if answer.is_success:
            self.checkout = answer.json()
        return answer

    async def payable(self, seconds_max: float = PATIENCE_SECONDS) -> Json:
        """Wait until the checkout can be paid, or has failed; returns it."""
        return await self.until(lambda seen: seen["client_secret"] or seen["status"] in ENDED, seconds_max)

    async def finished(self, seconds_max: float = PATIENCE_SECONDS) -> Json:
        """Wait until the checkout is completed or has failed; returns it."""
        return await self.until(lambda seen: seen["status"] in ENDED, seconds_max)

    async def until(self, done: Any, seconds_max: float) -> Json:
        """Ask for the checkout until `done(checkout)`. Raises Unanswered."""
        deadline, pause = time.monotonic() + seconds_max, 0.02
        while not done(self.checkout):
            if time.monotonic() > deadline:
                raise Unanswered(f"checkout {self.checkout['id']} is still {self.checkout['status']}")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)
            answer = await self.call("GET", f"/v1/checkouts/{self.checkout['id']}")
            if answer.is_success:
                self.checkout = answer.json()
        return self.checkout

    async def pay(self, card: str = "pm_card_visa") -> Json:
        """What Stripe.js does with the client secret; returns Stripe's intent, or its error."""
        secret = self.checkout["client_secret"]
        intent = secret.split("_secret")[0]
        answer = await self.http.post(
            f"{self.stripe}/v1/payment_intents/{intent}/confirm",
            data={
                "client_secret": secret,
                "payment_method": card,
                "key": "pk_test_bloomfield",
                "return_url": f"{self.base}/",
            },
        )
        said: Json = answer.json()
        return said

    async def pass_challenge(self, intent: Json) -> None:
        """Press COMPLETE on the bank's page."""
        page = intent["next_action"]["redirect_to_url"]["url"]
        answer = await self.http.post(page, data={"outcome": "pass"})
        if answer.is_error:
            answer.raise_for_status()  # a redirect back to the shop is what a browser would follow

    async def order(self) -> Json:
        """The order of the completed checkout."""
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.02
        while True:
            answer = await self.call("GET", f"/v1/orders/{self.checkout['order_id']}")
            if answer.is_success and answer.json()["status"] != "pending":
                return dict(answer.json())
            if time.monotonic() > deadline:
                raise Unanswered(f"order {self.checkout['order_id']}: {answer.status_code} {answer.text[:100]}")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.5)


class Staff(Client):
    """Sets prices and receives stock."""

    def __init__(self, base: str, http: httpx.AsyncClient, token: str) -> None:
        super().__init__(base, http, {"Authorization": f"Bearer {token}"})

    async def price(self, sku: str, title: str, pence: int, vat_basis_points: int = 2000) -> None:
        """Put a SKU on sale."""
        body = {
            "title": title,
            "unit_price": {"amount_minor": pence, "currency": "GBP"},
            "vat_basis_points": vat_basis_points,
        }
        (await self.decided("PUT", f"/v1/admin/prices/{sku}", body)).raise_for_status()

    async def receive(self, sku: str, quantity: int, location: str = "warehouse") -> None:
        """Put units on the shelf."""
        body = {"location": location, "quantity": quantity}
        (await self.decided("POST", f"/v1/admin/stock/{sku}/receipts", body)).raise_for_status()

    async def until_stock(self, sku: str, available: int, seconds_max: float = PATIENCE_SECONDS) -> Json:
        """Wait until the stock view shows so many available units; returns it. Raises Unanswered."""
        deadline, seen = time.monotonic() + seconds_max, {}
        while time.monotonic() < deadline:
            answer = await self.call("GET", f"/v1/stock/{sku}")
            seen = answer.json()
            if answer.is_success and seen["available"] == available:
                return dict(seen)
            await asyncio.sleep(0.1)
        raise Unanswered(f"stock of {sku} is {seen}, not {available}")
