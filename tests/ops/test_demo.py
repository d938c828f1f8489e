"""The demonstration keeps its promises, also on the data of the one before."""

from __future__ import annotations

import asyncio
import os
import re
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from rich.console import Console

from ops.demo.cli import demonstrate
from ops.demo.journeys import UnexpectedTurn, hears_thrice
from ops.demo.shop import SCARCE
from ops.servers.stack import Stack
from ops.servers.workspace import Workspace
from ops.shoppers import Answer, session

HOLD_SECONDS = "15"


def test_a_second_demonstration_finds_the_first_ones_orders_in_order(workspace: Workspace) -> None:
    stack = Stack(workspace, foreign={}, environment={"BLOOMFIELD_HOLD_SECONDS": HOLD_SECONDS}, owner=os.getpid())
    try:
        for _ in range(2):
            out = Console(width=200, record=True)
            as_promised, text = demonstrate(stack, 7, 1, 40, out), out.export_text()
            assert as_promised, text
            assert re.search(f"409 insufficient_stock: {SCARCE}: 5 wanted, [02] left", text), text
            assert re.search(r"`roses` in stock: [0-9]+ products; .*Roses [0-9]+", text), "facets have titles"
            assert re.search(r"[0-9]+ renditions, e.g. http", text)
            assert re.search(r"live +[0-9]+ left\n(.*\n)+? +live +[0-9]+ left", text), "it falls while others buy"
            assert "0 <= held <= on hand at every offset" in text, "what was proved"
    finally:
        stack.down()


class Payer:
    """A shopper whose purchase succeeds whatever Stripe delivers."""

    def __init__(self, http: ClientSession, stripe: str) -> None:
        self.http, self.stripe = http, stripe
        self.checkout = {"client_secret": "pi_1_secret", "status": "completed", "failure": None}

    async def nothing(self, *_: object) -> Any:
        return Answer("GET /", 200, {}, b"")

    async def order(self) -> dict[str, Any]:
        return {"id": "12345678-9", "status": "confirmed", "captured": {"amount_minor": 5}}

    async def finished(self) -> dict[str, Any]:
        return self.checkout

    fill = begin = payable = pay = nothing


def delivery(times: int, at: float) -> dict[str, Any]:
    return {"state": "acknowledged", "attempts_total": times, "attempts": [{"at": at}] * times}


@pytest.mark.parametrize(
    ("deliveries", "complaint"),
    [
        ([delivery(3, 2.0), delivery(3, 1.0)], ""),
        ([delivery(3, 2.0), delivery(1, 1.0)], "not 3 times each"),
        ([delivery(3, 1.0), delivery(3, 2.0)], "came in order"),
    ],
)
def test_webhooks_that_come_once_or_in_order_prove_nothing(deliveries: list[dict[str, Any]], complaint: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"deliveries": deliveries})

    async def journey() -> int:
        app = web.Application()
        app.router.add_route("*", "/_double/{what}", answer)
        async with TestServer(app) as stripe, session() as http:
            payer = Payer(http, str(stripe.make_url("")))
            return await hears_thrice(payer, {}, lambda _: None)  # type: ignore[arg-type]

    if complaint:
        with pytest.raises(UnexpectedTurn, match=complaint):
            asyncio.run(journey())
    else:
        assert asyncio.run(journey()) == 5
