"""A small shop in the rooms: goods, carts, checkouts; and the audit of what is left when all is quiet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from schemas.cart.messages import CartLine, CartStatus, CreateCart, SetCartLine
from schemas.checkout.messages import CheckoutStep, StartCheckout
from schemas.checkout.uses import Proposal, ProposedUse
from schemas.envelope import derive_id
from schemas.inventory.messages import ReceiveStock
from schemas.orders.messages import OrderStatus
from schemas.prices.messages import Component, SetPrice
from schemas.promotions.messages import SetPromotion, UseReserved
from schemas.promotions.terms import CodeKind, Limits, Rule, RuleKind, Target, TargetKind, Terms
from tests.fake_provider import FakeProvider, Shopper
from tests.rooms import Rooms

PRICE = 60_00  # from £50 on, standard delivery is free: totals are easy to see
CODE = "SPRING"
TENTH_OFF = Terms(
    title="A tenth off",
    rule=Rule(kind=RuleKind.PERCENTAGE, basis_points=1_000),
    target=Target(kind=TargetKind.BASKET),
    codes=CodeKind.SHARED,
    code=CODE,
)
PATIENCE_MS = 3 * 3_600_000  # every timer of a checkout and of its holds has fired by then


class Shop:
    """The rooms with goods on their shelves, and a provider."""

    def __init__(self, seed: int = 0, *, shoppers: Iterable[Shopper] = (Shopper.PAYS,), ordered: bool = True) -> None:
        self.provider = FakeProvider(seed, shoppers)
        self.rooms = Rooms(seed, outside=self.provider, ordered=ordered)
        self.received: Counter[str] = Counter()

    def sells(self, sku: str, *, price: int = PRICE, vat: int = 2000, parts: Mapping[str, int] | None = None) -> None:
        """Put a SKU on sale, as of now."""
        components = tuple(Component(sku=part, quantity=units) for part, units in (parts or {}).items())
        price_now = SetPrice(sku=sku, title=sku, unit_price_minor=price, vat_basis_points=vat, components=components)
        self.rooms.send(price_now)
        self.rooms.run()

    def promotes(self, promotion_id: str = "spring", *, terms: Terms = TENTH_OFF, **limits: int) -> ProposedUse:
        """Set a promotion; returns it as a checkout proposes it."""
        self.rooms.send(SetPromotion(promotion_id=promotion_id, terms=replace(terms, limits=Limits(**limits))))
        self.rooms.run()
        return ProposedUse(promotion_id=promotion_id, code=terms.code)

    def receives(self, sku: str, quantity: int, location: str = "warehouse") -> None:
        """Put units on a shelf."""
        self.received[sku] += quantity
        self.rooms.send(ReceiveStock(sku=sku, location=location, quantity=quantity))
        self.rooms.run()

    def cart(self, cart_id: str, lines: Mapping[str, int]) -> None:
        """Make a cart."""
        self.rooms.send(CreateCart(cart_id=cart_id, channel="web"))
        self.rooms.run()
        for sku, quantity in lines.items():
            self.rooms.send(SetCartLine(cart_id=cart_id, line=CartLine(sku=sku, quantity=quantity)))
            self.rooms.run()

    def start(
        self,
        cart_id: str,
        total: int,
        *,
        name: str = "first",
        method: str = "standard",
        promotions: tuple[ProposedUse, ...] = (),
    ) -> str:
        """Send a checkout of the cart; returns its id. Nothing is delivered yet."""
        checkout_id = derive_id(cart_id, name)
        self.rooms.send(
            StartCheckout(
                checkout_id=checkout_id,
                cart_id=cart_id,
                expected_total_minor=total,
                delivery_method=method,
                channel="web",
                contact=b"sealed",
                hold_seconds=900,
                postcode_area="SW",
                proposal=Proposal(promotions=promotions),
            )
        )
        return checkout_id

    def buy(self, cart_id: str, total: int, **how: Any) -> Any:
        """Check a cart out and wait until all is quiet, timers included; returns the checkout's state."""
        checkout_id = self.start(cart_id, total, **how)
        self.rooms.run(patience_ms=PATIENCE_MS)
        return self.checkout(checkout_id)

    def checkout(self, checkout_id: str) -> Any:
        """The state of a checkout."""
        return self.rooms.state("checkout", checkout_id)

    def rows(self, room: str) -> list[Any]:
        """Every row of a room."""
        return [state for (name, _), state in self.rooms.states.items() if name == room]

    def on_hand(self, sku: str) -> int:
        """Units of a SKU in all locations."""
        shelves = self.rooms.states.items()
        return sum(row.on_hand for (room, key), row in shelves if room == "inventory" and key.split("@")[0] == sku)

    # --- the audit ---

    def audit(self) -> None:
        """Nothing is held, charged or locked that should not be; stock and money agree with the orders."""
        assert all(not row.holds for row in self.rows("inventory")), "a hold was forgotten"
        self._audit_stock()
        self._audit_money()
        self._audit_promotions()
        for checkout in self.rows("checkout"):
            self._audit_checkout(checkout)
        for cart in self.rows("cart"):
            assert cart.status not in (CartStatus.LOCKED, CartStatus.SEALED), "a cart was left locked"

    def _audit_stock(self) -> None:
        sold: Counter[str] = Counter()
        for order in self.rows("orders"):
            if order.status is not OrderStatus.CANCELLED:
                sold.update({each.sku: each.quantity for each in order.allocations})
        for sku, units in self.received.items():
            assert self.on_hand(sku) + sold[sku] == units, f"{sku}: units were lost or made"

    def _audit_money(self) -> None:
        owed = {
            order.payment_id: order.total_minor
            for order in self.rows("orders")
            if order.status is not OrderStatus.CANCELLED and order.total_minor
        }
        for payment_id, intent in self.provider.intents.items():
            assert intent.captured - intent.refunded == owed.get(payment_id, 0), "money does not agree with the orders"
            assert intent.status != "requires_capture", "money was left reserved"
        assert owed.keys() <= self.provider.intents.keys(), "an order that nobody pays"

    def _audit_promotions(self) -> None:
        """A completed checkout has used what its total rests on, once; nothing else is used or kept."""
        used = Counter(
            each.promotion_id
            for checkout in self.rows("checkout")
            if checkout.step is CheckoutStep.COMPLETED
            for each in checkout.promotions
        )
        for row in self.rows("promotions"):
            standing, limits = row.head.standing, row.head.terms.limits
            assert (standing.reserved, standing.reserved_units) == (0, 0), "a use was left reserved"
            assert standing.redeemed == used[row.head.promotion_id], "uses do not agree with the orders"
            assert not limits.uses or standing.redeemed <= limits.uses
        for event in self.rooms.events:
            if not isinstance(event, UseReserved):
                continue
            after, most = event.after, event.terms.limits.uses
            assert not most or after.reserved + after.redeemed <= most, "used more often than may be"

    def _audit_checkout(self, checkout: Any) -> None:
        assert checkout.step in (CheckoutStep.COMPLETED, CheckoutStep.FAILED), f"left in {checkout.step}"
        order = self.rooms.state("orders", checkout.order_id)
        cart = self.rooms.state("cart", checkout.cart_id)
        if checkout.step is CheckoutStep.COMPLETED:
            assert order.status in (OrderStatus.CONFIRMED, OrderStatus.CANCELLED), "completed without its order"
            assert cart.status is CartStatus.ORDERED, "the cart of an order can still change"
        else:
            assert order.status in (OrderStatus.UNKNOWN, OrderStatus.CANCELLED), "an order of a failed checkout"
