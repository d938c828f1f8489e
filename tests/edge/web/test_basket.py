"""The basket's forms while `/v1`, here an application that misbehaves, is not well, or the cart is a former one."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from api.web.storefront import routes

OLD, NEW = "old", "new"


class V1:
    """Carts as `/v1` has them, and what it was asked to change."""

    def __init__(self, *, status: int = 200, cart: str = "open") -> None:
        self.app, self.status, self.cart, self.made, self.wanted = FastAPI(), status, cart, 0, dict[str, Any]()
        self.app.get("/v1/carts/{cart_id}")(self.read)
        self.app.post("/v1/carts")(self.make)
        self.app.put("/v1/carts/{cart_id}/lines/{sku}")(self.want)
        self.app.router.routes.extend(routes.router.routes)

    async def read(self, cart_id: str) -> Response:
        lines = [{"sku": "VASE", "quantity": 2}]
        return JSONResponse({"id": cart_id, "status": self.cart, "lines": lines, "detail": ""}, self.status)

    async def make(self) -> Response:
        self.made += 1
        return JSONResponse({"id": NEW, "secret": "secret"}, 201)

    async def want(self, request: Request, cart_id: str, sku: str) -> Response:
        self.wanted = {"cart": cart_id, "sku": sku, **await request.json()}
        return JSONResponse({})

    def adds(self, cookie: str = f"{OLD}.secret") -> httpx.Response:
        """What a browser with this cookie is answered when it adds a vase."""
        return asyncio.run(self._adds({"cart": cookie} if cookie else {}))

    async def _adds(self, cookies: dict[str, str]) -> httpx.Response:
        site = "http://shop"
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=site, cookies=cookies
        ) as browser:
            form = {"sku": "VASE", "quantity": "1", "add": "1"}
            return await browser.post("/basket", data=form, headers={"Origin": site})


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_basket_that_cannot_be_read_is_kept_and_no_other_takes_its_place(status: int) -> None:
    v1 = V1(status=status)
    answer = v1.adds()
    assert answer.status_code == 503 and "your basket is as it was" in answer.text
    assert "set-cookie" not in answer.headers
    assert (v1.made, v1.wanted) == (0, {})


@pytest.mark.parametrize("cart", ["ordered", "expired"])
def test_what_was_in_a_former_cart_does_not_count_in_the_next_one(cart: str) -> None:
    v1 = V1(cart=cart)
    assert v1.adds().status_code == 303
    assert v1.wanted == {"cart": NEW, "sku": "VASE", "quantity": 1}


@pytest.mark.parametrize("status", [404, 422])
def test_a_cookie_that_is_no_carts_gives_way_to_a_new_cart(status: int) -> None:
    v1 = V1(status=status)
    assert v1.adds().status_code == 303
    assert v1.wanted == {"cart": NEW, "sku": "VASE", "quantity": 1}


def test_one_more_is_one_more_than_there_are() -> None:
    v1 = V1()
    assert v1.adds().status_code == 303
    assert (v1.made, v1.wanted) == (0, {"cart": OLD, "sku": "VASE", "quantity": 3})


def test_the_first_thing_begins_a_cart() -> None:
    v1 = V1()
    answer = v1.adds(cookie="")
    assert v1.wanted == {"cart": NEW, "sku": "VASE", "quantity": 1}
    assert f"cart={NEW}.secret" in answer.headers["set-cookie"]
