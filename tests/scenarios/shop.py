"""What the scenarios are told with: shoppers and staff over HTTP, Stripe's double, and a look into the views."""

from __future__ import annotations

import asyncio
import functools
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import psycopg
from aiohttp import ClientSession
from stripe import WebhookSignature

from connectors.postgres.connection import dsn
from ops import audit
from ops.rebuild import wait_until_caught_up
from ops.servers.stack import Stack
from ops.shoppers import Answer, Shopper, StaffClient, send, session
from tests.waiting import PATIENCE_SECONDS, async_eventually

Json = dict[str, Any]

AUTHORISED, SUCCEEDED = "payment_intent.amount_capturable_updated", "payment_intent.succeeded"


def played(scenario: Callable[[WholeShop], Awaitable[None]]) -> Callable[[WholeShop], None]:
    """Play an `async` scenario from its beginning to its end."""

    @functools.wraps(scenario)
    def play(whole_shop: WholeShop) -> None:
        async def all_of_it() -> None:
            async with session() as http:
                whole_shop.http = http
                await scenario(whole_shop)

        asyncio.run(all_of_it())

    return play


def gbp(minor: int) -> Json:
    return {"amount_minor": minor, "currency": "GBP"}


def pence(money: Json) -> int:
    return int(money["amount_minor"])


def code(answer: Answer) -> tuple[int, str]:
    """Status and code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, str(answer.json()["code"])


class WholeShop:
    """One stack, and everybody around it."""

    http: ClientSession

    def __init__(self, stack: Stack) -> None:
        self.stack, self.settings = stack, stack.settings()
        self.hurried = f"http://127.0.0.1:{stack.ports['edge-1']}"  # the edge whose holds are short
        self._secrets: dict[str, str] = {}  # client secrets by checkout; an ended one shows none

    # --- people ---

    @property
    def staff(self) -> StaffClient:
        return StaffClient(self.settings, self.http, "ada")

    async def sells(
        self, units: int = 10, *, price: int = 60_00, vat: int = 2000, parts: Mapping[str, int] | None = None
    ) -> str:
        """A fresh SKU with a price and stock."""
        sku, staff = f"S-{secrets.token_hex(5)}", self.staff
        body = {"title": "Blue vase", "unit_price": gbp(price), "vat_basis_points": vat}
        if parts:
            body["components"] = [{"sku": part, "quantity": quantity} for part, quantity in parts.items()]
        (await staff.decided("PUT", f"/v1/admin/prices/{sku}", body)).raise_for_status()
        if units:
            await staff.receive(sku, units)
            await staff.until_stock(sku, units)
        return sku

    async def shopper(self, *skus: str) -> Shopper:
        """A shopper with one of each in the cart."""
        return await self.shopper_with(dict.fromkeys(skus, 1))

    async def shopper_with(self, lines: Mapping[str, int]) -> Shopper:
        shopper = Shopper(self.settings, self.http)
        await shopper.fill(lines)
        return shopper

    async def begins(self, shopper: Shopper, **how: Any) -> Answer:
        """The decision about a checkout that is collected unless told otherwise: 201 or a problem."""
        return await shopper.begin(**({"delivery": "collect"} | how))

    async def ready_to_pay(self, *skus: str) -> Shopper:
        shopper = await self.shopper(*skus)
        await self.may_pay(shopper)
        return shopper

    async def may_pay(self, shopper: Shopper, **how: Any) -> None:
        begun = await self.begins(shopper, **how)
        assert begun.status_code == 201, begun.text
        assert (await shopper.payable())["status"] == "awaiting_payment", shopper.checkout
        self._secrets[shopper.checkout["id"]] = shopper.checkout["client_secret"]

    async def buys(self, lines: Mapping[str, int], **how: Any) -> tuple[Shopper, Json]:
        """A shopper with a paid order."""
        shopper = await self.shopper_with(lines)
        await self.may_pay(shopper, **how)
        await shopper.pay()
        assert (await shopper.finished())["status"] == "completed", shopper.checkout
        return shopper, await shopper.order()

    async def wants(self, shopper: Shopper, sku: str, quantity: int) -> None:
        """Change a line, and see the cart as it is then."""
        path = f"/v1/carts/{shopper.cart['id']}/lines/{sku}"
        shopper.cart |= (await shopper.decided("PUT", path, {"quantity": quantity})).raise_for_status().json()

    async def advance(self, order_id: str, *statuses: str) -> None:
        for status in statuses:
            path = f"/v1/admin/orders/{order_id}/advance"
            moved = await self.staff.decided("POST", path, {"status": status})
            assert moved.status_code == 200, moved.text

    async def available(self, sku: str) -> int:
        return int((await self.staff.call("GET", f"/v1/stock/{sku}")).json()["available"])

    async def availability(self, shopper: Shopper) -> dict[str, tuple[str, int]]:
        """What the cart says of each line's stock."""
        cart = (await shopper.call("GET", f"/v1/carts/{shopper.cart['id']}")).raise_for_status().json()
        told = {line["sku"]: line["availability"] for line in cart["lines"]}
        return {sku: (one["status"], one["available"]) for sku, one in told.items()}

    # --- Stripe ---

    def intent_of(self, shopper: Shopper) -> str:
        return self._secrets[shopper.checkout["id"]].split("_secret")[0]

    async def pays_too_late(self, shopper: Shopper) -> Json:
        """Pay with the client secret of old, which is not shown any more; returns what Stripe says."""
        shopper.checkout = shopper.checkout | {"client_secret": self._secrets[shopper.checkout["id"]]}
        return await shopper.pay()

    async def double(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = await send(self.http, method, f"{self.settings.stripe}/_double/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def orders_misbehaviour(self, shopper: Shopper, **order: Any) -> None:
        """An order to the double, about the intent of this shopper alone."""
        await self.double("POST", "overrides", {"target": self.intent_of(shopper)} | order)

    async def money(self, intent: str) -> Json:
        """What Stripe says was authorised, held, captured, released and refunded."""
        return dict((await self.double("GET", "totals"))["intents"][intent])

    async def until_money(self, intent: str, **wanted: int) -> None:
        async def so() -> bool:
            seen = await self.money(intent)
            assert {name: seen[name] for name in wanted} == wanted
            return True

        await async_eventually(so)

    async def deliveries(self, intent: str, kind: str = "") -> list[Json]:
        query = f"webhooks?intent={intent}" + (f"&type={kind}" if kind else "")
        return list((await self.double("GET", query))["deliveries"])

    async def until_delivered(self, intent: str, kind: str) -> list[Json]:
        async def so() -> list[Json]:
            found = await self.deliveries(intent, kind)
            return found if found and all(one["state"] == "acknowledged" for one in found) else []

        return await async_eventually(so)

    async def signed(self, event: Json, *, altered: bool = False, secret: str = "", seconds_ago: int = 0) -> Answer:
        """Deliver an event as Stripe does, or as a forger would."""
        raw = orjson.dumps(event)
        secret = secret or self.settings.secret("stripe_webhook")
        header = WebhookSignature.generate_signature_header(raw.decode(), secret, int(time.time()) - seconds_ago)
        content = raw + b" " if altered else raw
        path = f"{self.settings.api}/v1/webhooks/stripe"
        return await send(self.http, "POST", path, data=content, headers={"Stripe-Signature": header})

    # --- the books ---

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the views show of all that is on the log now."""
        with psycopg.connect(dsn(self.settings), autocommit=True) as connection:
            wait_until_caught_up(self.settings, connection, seconds_max=PATIENCE_SECONDS)
        return self.rows_now(query, *values)

    def rows_now(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(dsn(self.settings), autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def orders_of(self, *carts: str) -> list[tuple[Any, ...]]:
        query = "SELECT order_id, status, total_minor, money_captured_minor FROM orders WHERE cart_id = ANY(%s)"
        return self.rows(query, list(carts))

    def payments_of(self, *carts: str) -> list[tuple[Any, ...]]:
        query = (
            "SELECT payments.payment_id, payments.status, captured_minor FROM payments"
            " JOIN checkout ON answer_to = 'checkout/' || checkout_id WHERE cart_id = ANY(%s)"
        )
        return self.rows(query, list(carts))

    async def facts(self, sku: str) -> list[Json]:
        """Every movement of a SKU in the warehouse, oldest first."""
        path = f"/v1/admin/stock/{sku}/history?location=warehouse&limit=100"
        return list(reversed((await self.staff.call("GET", path)).raise_for_status().json()["movements"]))

    def audit(self) -> None:
        """The whole log folded anew, compared with the views and with Stripe."""
        settings = self.settings
        verdict = audit.run(settings, postgres=True, settled=False, stripe=settings.stripe)
        assert verdict.ok, verdict.witnesses
