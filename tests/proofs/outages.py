"""`make outages`: kill each server, connector and the edge in turn while five shoppers buy; what do they hear?

Everybody is served in the end, the edge answers nothing but 503 with `Retry-After` while it lacks something, and the
books are in order, with Stripe's.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from aiohttp import ClientSession

from ops.proof import SAY, audit_shop, end
from ops.servers.own import own_stack
from ops.servers.stack import Stack
from ops.shoppers import BROKEN, Answer, EdgeRefused, Shopper, StaffClient, Unanswered, session

SHOPPERS = 5
SKU, UNITS = "OUTAGE", 100_000
VICTIMS = (
    "postgres",
    "redis",
    "registry",
    "kafka",
    "s3",
    "stripe-double",
    "edge-0",
    "connector-postgres",
    "connector-redis",
    "connector-s3",
    "connector-stripe",
)
SERVER_ERROR, UNAVAILABLE = 500, 503


@dataclass(slots=True)
class Heard:
    """What the shoppers were told."""

    confirmed: int = 0
    let_down: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)  # errors of the server that are no 503 with Retry-After
    over: bool = False

    def note(self, answer: Answer) -> None:
        """One answer of the edge."""
        self.answers[answer.status_code] += 1
        told_when = answer.status_code == UNAVAILABLE and "retry-after" in answer.headers
        if answer.status_code >= SERVER_ERROR and not told_when:
            self.wrong.append(f"{answer.asked}: {answer.status_code}")


class Listener(Shopper):
    """Notes every answer, also those after which a patient client tries again."""

    heard: Heard

    async def send(self, *what: Any, **how: Any) -> Answer:
        answer = await super().send(*what, **how)
        self.heard.note(answer)
        return answer


async def shop(stack: Stack, http: ClientSession, heard: Heard) -> None:
    """Buy, again and again, until it is over."""
    settings = stack.settings()
    while not heard.over:
        shopper = Listener(settings, http)
        shopper.heard = heard
        try:
            await shopper.fill({SKU: 1})
            (await shopper.begin()).raise_for_status()
            await shopper.payable()
            while True:
                try:
                    await shopper.pay()
                    break
                except BROKEN:
                    await asyncio.sleep(0.5)  # Stripe is away: a shopper presses the button again
            await shopper.finished()
            heard.confirmed += (await shopper.order())["status"] == "confirmed"
        except (Unanswered, EdgeRefused, KeyError) as error:
            heard.let_down.append(f"{type(error).__name__}: {error}")


async def prove(stack: Stack, rounds: int) -> Heard:
    """Kill them one by one; between two kills everybody who is shopping gets an order."""
    heard, settings = Heard(), stack.settings()
    async with session() as http:
        staff = StaffClient(settings, http, "outages")
        await staff.price(SKU, "A thing", 1999)
        await staff.receive(SKU, UNITS)
        shopping = [asyncio.create_task(shop(stack, http, heard)) for _ in range(SHOPPERS)]
        for victim in VICTIMS * rounds:
            wanted = heard.confirmed + SHOPPERS
            while heard.confirmed < wanted and not heard.let_down:
                await asyncio.sleep(0.1)
            killed = stack.pid(victim)
            await asyncio.to_thread(stack.kill, victim)
            while stack.pid(victim) in (None, killed):  # until its successor runs, the old answers count for nothing
                await asyncio.sleep(0.1)
            await asyncio.to_thread(stack.wait_ready, victim)
            SAY.print(f"  killed {victim:18} {heard.confirmed:>4} orders, answers {dict(heard.answers)}")
        heard.over = True
        await asyncio.gather(*shopping)
    return heard


def main(rounds: Annotated[int, typer.Option(help="How often each is killed.")] = 1) -> None:
    """Everybody is served, nothing but 503 is heard, and the audit is green."""
    with own_stack("outages", {"BLOOMFIELD_RATE_PER_MINUTE": "0"}) as stack:
        stack.up()
        heard = asyncio.run(prove(stack, rounds))
        verdict = audit_shop(stack)
    tally = {
        "confirmed": heard.confirmed,
        "let_down": len(heard.let_down),
        "wrong_answers": len(heard.wrong),
        "answers": {str(status): count for status, count in sorted(heard.answers.items())},
    }
    faults = (*heard.let_down[:5], *sorted(set(heard.wrong))[:10])
    end(tally, verdict, passed=not faults, faults=faults)


if __name__ == "__main__":
    typer.run(main)
