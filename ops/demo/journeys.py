"""The shoppers of the demonstration: each journey says what happens to it as it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.demo.shop import SCARCE
from ops.shoppers import PATIENCE_SECONDS, Shopper, eventually, growing, send

Say = Callable[[str], None]
COPIES = 3  # of each webhook, where Stripe is told to repeat itself
DELIVERIES_SECONDS_MAX = 30.0


@dataclass(slots=True)
class JourneyReport:
    """What became of one journey."""

    name: str
    outcome: str = ""
    pence: int = 0
    steps: list[str] = field(default_factory=list)


class UnexpectedTurn(Exception):
    """A journey did not end as the demonstration promises; the message says how it went."""


def _pounds(pence: int) -> str:
    return f"£{pence / 100:,.2f}"


async def buys(
    shopper: Shopper, lines: Mapping[str, int], say: Say, *, card: str = "pm_card_visa", code: str = ""
) -> int:
    """Fill, check out, pay, wait for the confirmed order; returns the pence that were captured."""
    cart = await shopper.fill(lines)
    if code:
        cart = await shopper.add_code(code)
        for each in cart["promotions"]:
            say(each["explanation"])
    total = cart["delivery"]["standard"]["total"]["amount_minor"]
    say(f"cart of {len(lines)} lines, {_pounds(total)} with delivery")
    begun = await shopper.begin()
    if not begun.is_success:
        raise UnexpectedTurn(f"checkout answered {begun.status_code}: {begun.text[:200]}")
    await shopper.payable()
    say(f"stock held, checkout {shopper.checkout['status']}")
    intent = await shopper.pay(card)
    if intent.get("status") == "requires_action":
        say("the bank asks for 3-D Secure; the shopper completes it")
        await shopper.pass_challenge(intent)
    checkout = await shopper.finished()
    if checkout["status"] != "completed":
        raise UnexpectedTurn(f"checkout {checkout['status']}: {checkout['failure']}")
    order = await shopper.order()
    say(f"order {order['id'][:8]} {order['status']}, {_pounds(order['captured']['amount_minor'])} captured")
    return int(order["captured"]["amount_minor"])


async def declined(shopper: Shopper, lines: Mapping[str, int], say: Say) -> int:
    """The card is declined and the shopper gives up."""
    await shopper.fill(lines)
    (await shopper.begin()).raise_for_status()
    await shopper.payable()
    said = await shopper.pay("pm_card_chargeDeclined")
    say(f"the card is declined: {said['error']['decline_code']}")
    answer = await shopper.call("DELETE", f"/v1/checkouts/{shopper.checkout['id']}")
    say(f"the shopper gives up: {answer.status_code}")
    checkout = await shopper.finished()
    say(f"checkout {checkout['status']} ({checkout['failure']}); the stock is free again")
    if checkout["status"] != "failed":
        raise UnexpectedTurn(f"a declined checkout is {checkout['status']}")
    return 0


async def sold_out(shopper: Shopper, say: Say) -> int:
    """Wants five of something of which there are two."""
    await shopper.fill({SCARCE: 5})
    answer = await shopper.begin()
    problem = answer.json()
    short = [
        f"{line['sku']}: {line['requested']} wanted, {line['available']} left" for line in problem.get("lines", ())
    ]
    say(f"{answer.status_code} {problem.get('code')}: {'; '.join(short)}")
    if answer.status_code != 409 or problem.get("code") != "insufficient_stock":
        raise UnexpectedTurn(f"a sold-out basket was answered {answer.status_code}: {answer.text[:200]}")
    return 0


async def dawdles(shopper: Shopper, hold_seconds: int, say: Say) -> int:
    """Holds the last two and never pays: the hold ends by itself."""
    await shopper.fill({SCARCE: 2})
    (await shopper.begin()).raise_for_status()
    say(f"holds the last two for {hold_seconds} s and goes to make tea")
    checkout = await shopper.finished(seconds_max=hold_seconds + PATIENCE_SECONDS)
    say(f"checkout {checkout['status']} ({checkout['failure']})")
    if checkout["failure"] != "expired":
        raise UnexpectedTurn(f"an unpaid checkout ended as {checkout['failure']}")
    return 0


async def hears_thrice(shopper: Shopper, lines: Mapping[str, int], say: Say) -> int:
    """Stripe delivers every webhook of this payment three times, and a decline after the payment that followed it."""
    await shopper.fill(lines)
    (await shopper.begin()).raise_for_status()
    await shopper.payable()
    intent = shopper.checkout["client_secret"].split("_secret")[0]
    thrice = {"repeat": {"times": COPIES}}
    late = {"types": ["payment_intent.payment_failed"], "webhooks": thrice | {"reorder": {"seconds_max": 10.0}}}
    for order in (late, {"times": 20, "webhooks": thrice}):
        orders = f"{shopper.stripe}/_double/overrides"
        (await send(shopper.http, "POST", orders, json={"target": intent} | order)).raise_for_status()
    say("Stripe will deliver each webhook three times, and hold back the news of a decline")
    await shopper.pay("pm_card_chargeDeclined")
    await shopper.pay()
    checkout = await shopper.finished()
    if checkout["status"] != "completed":
        raise UnexpectedTurn(f"checkout {checkout['status']}: {checkout['failure']}")
    placed = await shopper.order()
    heard = await _acknowledged(shopper, intent)
    times = [each["attempts_total"] for each in heard]
    say(f"order {placed['id'][:8]} {placed['status']} once, after {sum(times)} deliveries of {len(heard)} events")
    if min(times, default=0) < COPIES:
        raise UnexpectedTurn(f"the events of the payment came {times} times, not {COPIES} times each")
    began = [each["attempts"][0]["at"] for each in heard]  # in the order in which they happened
    if began == sorted(began):
        raise UnexpectedTurn("the events of the payment came in order")
    return int(placed["captured"]["amount_minor"])


async def _acknowledged(shopper: Shopper, intent: str) -> list[dict[str, Any]]:
    """The deliveries of a payment's events, all made. Raises Unanswered."""

    async def deliveries() -> list[dict[str, Any]]:
        url = f"{shopper.stripe}/_double/webhooks"
        found = await send(shopper.http, "GET", url, params={"intent": intent})
        return list(found.raise_for_status().json()["deliveries"])

    return await eventually(
        deliveries,
        lambda found: found and all(each["state"] == "acknowledged" for each in found),
        "webhooks are not acknowledged",
        wait=growing(0.1, 1.0),
        seconds_max=DELIVERIES_SECONDS_MAX,
    )
