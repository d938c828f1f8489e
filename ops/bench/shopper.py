"""A shopper's way through the edge, timed request by request, and the shelves that are filled before."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from api.http.auth import issue
from ops.bench.wire import FORM, Answer, Wire
from ops.servers.stack import Stack

CONTACT = {
    "email": "ada@example.co.uk",
    "shipping_address": {
        "name": "Ada Lovelace",
        "line1": "12 St James's Square",
        "city": "London",
        "postcode": "SW1Y 4JH",
        "country": "GB",
    },
}
UNDECIDED = ("unknown", "locking", "pricing", "holding")
FIRST_LOOK_SECONDS = 0.2
LOOK_AGAIN_SECONDS = 0.4
ORDER_SECONDS_MAX = 60.0
PENCE = 20_00


class Refused(Exception):
    """The edge said no, or nothing in time; the message says to what."""


@dataclass(slots=True)
class Tally:
    """What all shoppers met."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # by route
    refusals: Counter[str] = field(default_factory=Counter)
    ordered: list[float] = field(default_factory=list)  # seconds from paying to a confirmed order


class Shopper:
    """One visit."""

    def __init__(self, edge: Wire, stripe: Wire, tally: Tally) -> None:
        self._edge, self._stripe, self._tally = edge, stripe, tally
        self._secret = b""
        self.cart: dict[str, Any] = {}
        self.checkout: dict[str, Any] = {}
        self.first_status = 0  # of the answer to the checkout

    async def visit(self, lines: dict[str, int]) -> None:
        """The whole way, from a new cart to a confirmed order. What went wrong is in the tally."""
        try:
            await self.fill(lines)
            if await self.begin():
                await self.pay()
            else:
                self._tally.refusals["sold out"] += 1
        except (Refused, OSError, TimeoutError) as error:
            self._tally.refusals[str(error) or type(error).__name__] += 1

    async def fill(self, lines: dict[str, int]) -> None:
        made = await self._call("POST", "/v1/carts", "/v1/carts", {}, accept=(201,))
        self.cart = made.json()
        self._secret = b"Cart-Secret: %s\r\n" % self.cart["secret"].encode()
        for sku, quantity in lines.items():
            path = f"/v1/carts/{self.cart['id']}/lines/{sku}"
            seen = await self._call("PUT", path, "/v1/carts/{id}/lines/{sku}", {"quantity": quantity}, accept=(200,))
            self.cart |= seen.json()

    async def begin(self) -> bool:
        """Begin the checkout at the total shown, and follow a 202 until there is an answer. False: sold out."""
        body = CONTACT | {
            "cart_id": self.cart["id"],
            "delivery_method": "standard",
            "expected_total": self.cart["delivery"]["standard"]["total"],
        }
        answer = await self._call("POST", "/v1/checkouts", "/v1/checkouts", body, accept=(201, 202, 409))
        self.first_status = answer.status
        said = answer.json()
        if answer.status == 409:
            return self._sold_out(said["code"])
        self.checkout = said
        if answer.status == 202:
            await self._until("begun", lambda seen: seen["status"] not in UNDECIDED)
        return self.checkout["status"] != "failed" or self._sold_out(self.checkout["failure"])

    @staticmethod
    def _sold_out(reason: str) -> bool:
        if reason != "insufficient_stock":
            raise Refused(f"checkout: {reason}")
        return False

    async def pay(self) -> None:
        """Confirm with Stripe as the browser does, and look at the checkout until it is completed."""
        if not self.checkout.get("client_secret"):
            await self._until("payable", lambda seen: bool(seen["client_secret"]))
        secret = self.checkout["client_secret"]
        form = {"client_secret": secret, "payment_method": "pm_card_visa", "key": "pk_test_bloomfield"}
        path = f"/v1/payment_intents/{secret.split('_secret')[0]}/confirm"
        began = time.perf_counter()
        answer = await self._stripe.call("POST", path, urlencode(form).encode(), kind=FORM)
        if answer.status != 200:
            raise Refused(f"Stripe's confirm: {answer.status}")
        await self._until("completed", lambda seen: seen["status"] == "completed")
        self._tally.ordered.append(time.perf_counter() - began)

    async def _until(self, what: str, done: Any) -> None:
        path, wait = f"/v1/checkouts/{self.checkout['id']}", FIRST_LOOK_SECONDS
        deadline = time.monotonic() + ORDER_SECONDS_MAX
        while time.monotonic() < deadline:
            await asyncio.sleep(wait)
            wait = LOOK_AGAIN_SECONDS
            answer = await self._call("GET", path, "GET /v1/checkouts/{id}", None, accept=(200, 503))
            if answer.status == 200:
                self.checkout = answer.json()
                if done(self.checkout):
                    return
                if self.checkout["status"] == "failed":
                    raise Refused(f"checkout: {self.checkout['failure']}")
        raise Refused(f"not {what} within {ORDER_SECONDS_MAX} s")

    async def _call(
        self, method: str, path: str, route: str, body: dict[str, Any] | None, *, accept: tuple[int, ...]
    ) -> Answer:
        headers = self._secret
        if method == "POST":
            headers += b"Idempotency-Key: %s\r\n" % str(uuid.uuid4()).encode()
        began = time.perf_counter()
        answer = await self._edge.call(method, path, b"" if body is None else orjson.dumps(body), headers=headers)
        self._tally.seconds[route if route.startswith("GET") else f"{method} {route}"].append(
            time.perf_counter() - began
        )
        if answer.status not in accept:
            raise Refused(f"{method} {route}: {answer.status}")
        return answer


async def fill_shelves(stack: Stack, edge: Wire, skus: list[str], units: int) -> None:
    """Put the SKUs on sale and on the shelf."""
    token = issue(stack.settings().secret("staff_signing"), name="bench", role="staff", minutes=60)
    headers = b"Authorization: Bearer %s\r\n" % token.encode()
    price = {"title": "A thing", "unit_price": {"amount_minor": PENCE, "currency": "GBP"}, "vat_basis_points": 2000}
    receipt = {"location": "warehouse", "quantity": units}
    for sku in skus:
        key = b"Idempotency-Key: %s\r\n" % str(uuid.uuid4()).encode()
        priced = await edge.call("PUT", f"/v1/admin/prices/{sku}", orjson.dumps(price), headers=headers)
        received = await edge.call(
            "POST", f"/v1/admin/stock/{sku}/receipts", orjson.dumps(receipt), headers=headers + key
        )
        if priced.status not in (200, 202) or received.status not in (201, 202):
            raise Refused(f"{sku} could not be put on sale: {priced.status}, {received.status}")


async def crowd(rate: float, seconds: float, edge: Wire, stripe: Wire, skus: list[str]) -> tuple[Tally, float]:
    """Shoppers arrive at this rate whatever becomes of those before them; returns how late the latest was, too."""
    tally, chance = Tally(), random.Random(int(rate))  # noqa: S311 - a crowd, not a secret
    loop, late, visits = asyncio.get_running_loop(), 0.0, []
    began = due = loop.time()
    while (due := due + chance.expovariate(rate)) < began + seconds:
        await asyncio.sleep(max(due - loop.time(), 0))
        late = max(late, loop.time() - due)
        lines = dict.fromkeys(chance.sample(skus, 2), 1)
        visits.append(asyncio.create_task(Shopper(edge, stripe, tally).visit(lines)))
    await asyncio.gather(*visits)
    return tally, late
