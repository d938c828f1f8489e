"""A shopper and a member of staff as HTTP clients: what demonstration, race, imports, benchmark and tests drive."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

import aiohttp
import orjson
from aiohttp import ClientSession, ClientTimeout, TCPConnector
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_exponential,
    wait_fixed,
)
from tenacity.wait import wait_base
from yarl import URL

from api.http.auth import issue
from process.settings import Settings

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}
ENDED = {"completed", "failed"}
PASSING = (429, 500, 502, 503, 504)  # statuses of an edge that is busy, or starts again
PATIENCE_SECONDS = 180.0  # for a fact; processes may be restarting on a busy machine: an end of hope, not a measure
ANSWER_SECONDS_MAX = 30.0
POSITION = "Bloomfield-Position"
BROKEN = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError)  # no whole answer has arrived

Json = dict[str, Any]
T = TypeVar("T")


class Unanswered(Exception):
    """The edge gave no answer in time; the message says to what."""


class EdgeRefused(Exception):
    """The answer was no; the message says to what, and which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    asked: str  # method and path
    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        return orjson.loads(self.content)

    def raise_for_status(self) -> Self:
        """Itself. Raises EdgeRefused unless it is a success."""
        if not self.is_success:
            raise EdgeRefused(str(self))
        return self

    def __str__(self) -> str:
        return f"{self.asked}: {self.status_code} {self.text[:200]}"


def session(connections: int = 100) -> ClientSession:
    """Kept-alive connections, at most so many at once; 0: as many as requests are under way."""
    return ClientSession(
        connector=TCPConnector(limit=connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=ANSWER_SECONDS_MAX, sock_read=ANSWER_SECONDS_MAX),
    )


async def send(http: ClientSession, method: str, url: str | URL, **how: Any) -> Answer:
    """One request, once; `how` is aiohttp's. Redirects are not followed. Raises one of BROKEN, or InvalidURL."""
    async with http.request(method, url, allow_redirects=False, **how) as answer:
        return Answer(f"{method} {answer.url.path}", answer.status, answer.headers, await answer.read())


async def eventually(
    ask: Callable[[], Awaitable[T]],
    good: Callable[[T], object],
    what: str,
    *,
    wait: wait_base,
    seconds_max: float = PATIENCE_SECONDS,
) -> T:
    """Ask until the answer is good, and return it. Raises Unanswered, with what was asked for and last seen."""

    async def attempt() -> T:
        return await ask()

    def never(last: RetryCallState) -> T:
        outcome = last.outcome
        assert outcome is not None  # noqa: S101 - there was an attempt
        raise Unanswered(f"{what}: {outcome.exception() or outcome.result()!s:.300}")

    return await AsyncRetrying(
        retry=retry_if_exception_type(BROKEN) | retry_if_result(lambda answer: not good(answer)),
        wait=wait,
        stop=stop_after_delay(seconds_max),
        retry_error_callback=never,
    )(attempt)


def growing(first: float, most: float) -> wait_base:
    """Pauses in seconds, each half as long again as the one before."""
    return wait_exponential(multiplier=first, exp_base=1.5, max=most)


class Client:
    """HTTP with patience: retries what failed to arrive or met a restart, under the same idempotency key.

    Whatever it has read or written it sees from then on: each request carries the position of the last answer.
    """

    def __init__(self, base: str, http: ClientSession, headers: Mapping[str, str] | None = None) -> None:
        self.base, self.http, self.headers = base, http, dict(headers or {})

    async def send(
        self, method: str, path: str, body: Json | None = None, *, key: str | None = None, **headers: str
    ) -> Answer:
        """One request, once. A key is made for POSTs that have none. Raises one of BROKEN."""
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return await send(self.http, method, self.base + path, json=body, headers=self.headers | headers)

    async def call(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> Answer:
        """One request, answered at last. A key is made for POSTs that have none. Raises Unanswered."""
        key = key or str(uuid.uuid4())
        answer = await eventually(
            lambda: self.send(method, path, body, key=key),
            lambda seen: seen.status_code not in PASSING and not _in_flight(seen),
            f"{method} {path}",
            wait=growing(0.05, 1.0),
        )
        if position := answer.headers.get(POSITION):
            self.headers[POSITION] = position
        return answer

    async def decided(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> Answer:
        """The decision: while there is none, the request is repeated under the same key. Raises Unanswered."""
        key = key or str(uuid.uuid4())
        return await eventually(
            lambda: self.call(method, path, body, key=key),
            lambda seen: seen.status_code != 202,
            "accepted, but undecided",
            wait=wait_fixed(0.1),
        )


def _in_flight(answer: Answer) -> bool:
    return answer.status_code == 409 and answer.json().get("code") == "request_in_flight"


class Shopper(Client):
    """One shopper with one cart."""

    first_look_seconds: ClassVar = 0.02
    looks_again: ClassVar = growing(0.03, 0.5)

    def __init__(self, settings: Settings, http: ClientSession) -> None:
        super().__init__(settings.api, http)
        self.stripe = settings.stripe
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

    async def add_code(self, code: str) -> Json:
        """Give the cart a promotion's code; returns the cart. Raises EdgeRefused for a code that is none."""
        path = f"/v1/carts/{self.cart['id']}/codes/{code}"
        self.cart |= (await self.decided("PUT", path)).raise_for_status().json()
        return self.cart

    def request(self, delivery: str = "standard", total: Json | None = None) -> Json:
        """What a checkout asks for: the cart at the total shown."""
        return {
            "cart_id": self.cart["id"],
            "email": "ada@example.co.uk",
            "shipping_address": ADDRESS,
            "delivery_method": delivery,
            "expected_total": total or self.cart["delivery"][delivery]["total"],
        }

    async def begin(self, *, delivery: str = "standard", total: Json | None = None, key: str | None = None) -> Answer:
        """Begin the checkout at the total shown; returns the decision: while there is none, the request is repeated."""
        answer = await self.decided("POST", "/v1/checkouts", self.request(delivery, total), key=key)
        if answer.is_success:
            self.checkout = answer.json()
        return answer

    async def payable(self, seconds_max: float = PATIENCE_SECONDS) -> Json:
        """Wait until the checkout can be paid, or has failed; returns it."""
        return await self.until(lambda seen: seen["client_secret"] or seen["status"] in ENDED, seconds_max)

    async def finished(self, seconds_max: float = PATIENCE_SECONDS) -> Json:
        """Wait until the checkout is completed or has failed; returns it."""
        return await self.until(lambda seen: seen["status"] in ENDED, seconds_max)

    async def until(self, done: Callable[[Json], object], seconds_max: float) -> Json:
        """Ask for the checkout until `done(checkout)`. Raises Unanswered."""

        async def look() -> Json:
            answer = await self.call("GET", f"/v1/checkouts/{self.checkout['id']}")
            if answer.is_success:
                self.checkout = answer.json()
            return self.checkout

        if not done(self.checkout):
            await asyncio.sleep(self.first_look_seconds)
            await eventually(look, done, "checkout", wait=self.looks_again, seconds_max=seconds_max)
        return self.checkout

    async def pay(self, card: str = "pm_card_visa") -> Json:
        """What Stripe.js does with the client secret; returns Stripe's intent, or its error."""
        secret = self.checkout["client_secret"]
        form = {
            "client_secret": secret,
            "payment_method": card,
            "key": "pk_test_bloomfield",
            "return_url": f"{self.base}/",
        }
        path = f"/v1/payment_intents/{secret.split('_secret')[0]}/confirm"
        return dict((await send(self.http, "POST", self.stripe + path, data=form)).json())

    async def pass_challenge(self, intent: Json) -> None:
        """Press COMPLETE on the bank's page, which redirects a browser back to the shop."""
        page = intent["next_action"]["redirect_to_url"]["url"]
        answer = await send(self.http, "POST", page, data={"outcome": "pass"})
        if answer.status_code >= 400:
            raise EdgeRefused(str(answer))

    async def order(self) -> Json:
        """The order of the completed checkout."""
        answer = await eventually(
            lambda: self.call("GET", f"/v1/orders/{self.checkout['order_id']}"),
            lambda seen: seen.is_success and seen.json()["status"] != "pending",
            "order",
            wait=self.looks_again,
        )
        return dict(answer.json())


class StaffClient(Client):
    """Sets prices and receives stock."""

    def __init__(self, settings: Settings, http: ClientSession, name: str, *, minutes: int = 120) -> None:
        token = issue(settings.secret("staff_signing"), name=name, role="staff", minutes=minutes)
        super().__init__(settings.api, http, {"Authorization": f"Bearer {token}"})

    async def price(self, sku: str, title: str, pence: int, vat_basis_points: int = 2000) -> None:
        """Put a SKU on sale."""
        body = {
            "title": title,
            "unit_price": {"amount_minor": pence, "currency": "GBP"},
            "vat_basis_points": vat_basis_points,
        }
        (await self.decided("PUT", f"/v1/admin/prices/{sku}", body)).raise_for_status()

    async def promote(self, promotion_id: str, code: str, **more: Any) -> None:
        """Set a promotion: a tenth off the cart with this code, unless told otherwise."""
        tenth = {"kind": "percentage", "basis_points": 1_000}
        body = {"title": f"With {code}", "rule": tenth, "target": {"kind": "basket"}, "code": code} | more
        (await self.decided("PUT", f"/v1/admin/promotions/{promotion_id}", body)).raise_for_status()

    async def until_used(self, promotion_id: str, times: int) -> Json:
        """Wait until so many orders have used a promotion and nothing is reserved; returns how it is used."""
        answer = await eventually(
            lambda: self.call("GET", f"/v1/admin/promotions/{promotion_id}"),
            lambda seen: seen.is_success and _is_used(seen.json()["standing"], times),
            f"{times} uses of {promotion_id}",
            wait=wait_fixed(0.1),
        )
        return dict(answer.json()["standing"])

    async def receive(self, sku: str, quantity: int, location: str = "warehouse") -> None:
        """Put units on the shelf."""
        body = {"location": location, "quantity": quantity}
        (await self.decided("POST", f"/v1/admin/stock/{sku}/receipts", body)).raise_for_status()

    async def until_stock(self, sku: str, available: int, seconds_max: float = PATIENCE_SECONDS) -> Json:
        """Wait until the stock view shows so many available units; returns it. Raises Unanswered."""
        answer = await eventually(
            lambda: self.call("GET", f"/v1/stock/{sku}"),
            lambda seen: seen.is_success and seen.json()["available"] == available,
            f"{available} of {sku}",
            wait=wait_fixed(0.1),
            seconds_max=seconds_max,
        )
        return dict(answer.json())


def _is_used(standing: Json, times: int) -> bool:
    return (standing["reserved"], standing["redeemed"]) == (0, times)
