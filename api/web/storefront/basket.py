"""A guest's basket: which cart the browser has, and what its forms change.

The cart's id and secret are in a cookie that no script can read and no other site can make the browser send with a
form; neither is ever in an address. Another site's form is refused by the Origin that every browser sends with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Request, Response

from api.web.client import Api, ApiAnswer, ApiUnanswered

CART, SEEN = "cart", "seen"  # cookies: the cart, and the position of what was last changed
CART_SECONDS, SEEN_SECONDS = 30 * 86_400, 60
QUANTITY_MAX: Final = 999
CLOSED = "ordered", "expired"
NONE = ApiAnswer(404, {}, "")


@dataclass(frozen=True, slots=True)
class Basket:
    """The cart that a browser has; `id` is empty when it has none."""

    id: str = ""
    secret: str = ""
    seen: str = ""  # a position: what is read must show at least that

    @staticmethod
    def of(request: Request) -> Basket:
        """From its cookies. One that cannot be a cart's is none."""
        cart_id, _, secret = request.cookies.get(CART, "").partition(".")
        return Basket(cart_id, secret, request.cookies.get(SEEN, "")) if secret else Basket()

    @property
    def path(self) -> str:
        return f"/v1/carts/{quote(self.id, safe='')}"

    def headers(self) -> dict[str, str]:
        return {"Cart-Secret": self.secret} | ({"Bloomfield-Position": self.seen} if self.seen else {})

    async def read(self, api: Api) -> ApiAnswer:
        """The cart as it is now; 404 for one that is ordered or expired: nothing is put into it any more.

        Raises ApiUnanswered.
        """
        if not self.id:
            return NONE
        answer = await api.get(self.path, headers=self.headers())
        if answer.status == 503 and self.seen:  # its view is late: rather a moment old than nothing
            answer = await api.get(self.path, headers={"Cart-Secret": self.secret})
        return NONE if answer.ok and answer.body["status"] in CLOSED else answer

    async def wants(self, api: Api, sku: str, quantity: int) -> ApiAnswer:
        """Want so many of a SKU from now on. Raises ApiUnanswered."""
        path = f"{self.path}/lines/{quote(sku, safe='')}"
        return await api.send("PUT", path, {"quantity": quantity}, self.headers())

    async def code(self, api: Api, code: str, *, wanted: bool) -> ApiAnswer:
        """Buy with a promotion's code, or without it. Raises ApiUnanswered."""
        path = f"{self.path}/codes/{quote(code, safe='')}"
        return await api.send("PUT" if wanted else "DELETE", path, headers=self.headers())


async def made(api: Api) -> Basket:
    """A new cart; an empty basket when `/v1` made none, or did not answer."""
    try:
        answer = await api.send("POST", "/v1/carts")
    except ApiUnanswered:
        return Basket()  # the page says so
    if not answer.ok:
        return Basket()
    return Basket(str(answer.body["id"]), str(answer.body["secret"]), answer.position)


def units(answer: ApiAnswer) -> int:
    """How many things are in the basket."""
    return sum(int(line["quantity"]) for line in answer.body.get("lines", ())) if answer.ok else 0


def quantity_of(answer: ApiAnswer, sku: str) -> int:
    """How many of a SKU are in the basket."""
    return next((int(line["quantity"]) for line in answer.body.get("lines", ()) if line["sku"] == sku), 0)


def keep(request: Request, response: Response, basket: Basket, position: str) -> Response:
    """The response, which tells the browser which cart is its own and what of it must be seen."""
    secure = request.url.scheme == "https"  # the proxy in front says so
    common = {"httponly": True, "samesite": "lax", "secure": secure}
    response.set_cookie(CART, f"{basket.id}.{basket.secret}", CART_SECONDS, **common)  # type: ignore[arg-type]
    if position:
        response.set_cookie(SEEN, position, SEEN_SECONDS, **common)  # type: ignore[arg-type]
    return response


def from_elsewhere(request: Request) -> bool:
    """Whether a form may be another site's: its Origin (RFC 6454) is not the host that was asked."""
    return urlsplit(request.headers.get("origin", "")).netloc != request.headers.get("host", "")


async def form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name. The body is bounded by the edge."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def wanted_units(given: str) -> int | None:
    """A quantity as it was typed, 0 to QUANTITY_MAX; None: it is none."""
    typed = given.strip()
    if not typed.isascii() or not typed.isdigit() or int(typed[:6]) > QUANTITY_MAX:
        return None
    return int(typed[:6])
