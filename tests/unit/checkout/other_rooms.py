"""The rooms that checkouts of one cart ask, as a shadow: what each did, and what it answers.

They are honest and moody: whoever is asked may be unwilling at any time, but never says what is not so. What they
are asked and what they answer waits in one bag, from which it is taken in any order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from msgspec.structs import replace

from schemas.cart.messages import CartRefusal, CompleteCart, LockCart, SealCart, UnlockCart
from schemas.checkout.answers import CheckoutAnswer
from schemas.inventory.holds import CommitHold, ExtendHold, HoldStock, ReleaseHold
from schemas.inventory.messages import ReturnStock, StockRefusal
from schemas.orders.messages import CancelOrder, ConfirmOrder, PlaceOrder
from schemas.payments.messages import CancelPayment, CapturePayment, RequestPayment
from schemas.prices.messages import QuotePrice
from schemas.record import Record
from tests.unit.checkout import examples as w

OPEN, AUTHORISED, CAPTURED, RETURNED, ENDED = "open", "authorised", "captured", "returned", "ended"


@dataclass
class Payment:
    """One payment: who asked for it, how much, how far it is."""

    asker: str
    amount: int
    status: str = OPEN


@dataclass
class OtherRooms:
    """The cart, its holds, what was sold to its orders, those orders and their payments."""

    waiting: list[Record] = field(default_factory=list)  # for them, or for a checkout
    cart: str = "open"  # then locked, sealed, ordered
    owner: str = ""
    version: int = 0
    holds: dict[tuple[str, str], HoldStock] = field(default_factory=dict)  # by SKU and location
    sold: Counter[tuple[str, str, str, int]] = field(default_factory=Counter)  # order, SKU, location, units
    orders: dict[str, PlaceOrder] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)  # of orders: pending, then confirmed, cancelled
    payments: dict[str, Payment] = field(default_factory=dict)

    def do(self, command: Record, *, willing: bool) -> None:
        """What a room does about a command, and what it answers."""
        match command:
            case LockCart() | SealCart() | UnlockCart() | CompleteCart():
                self._do_to_cart(command, willing=willing)
            case QuotePrice(sku=sku, answer_to=asker):
                self.answer(asker, w.price(sku, _quote(sku, willing=willing)))
            case HoldStock() | ExtendHold() | CommitHold() | ReleaseHold():
                self._do_to_hold(command, willing=willing)
            case ReturnStock(order_id=order_id, sku=sku, location=location, quantity=quantity):
                self.sold[order_id, sku, location, quantity] -= 1
            case RequestPayment() | CapturePayment() | CancelPayment():
                self._do_to_payment(command, willing=willing)
            case PlaceOrder() | CancelOrder() | ConfirmOrder():
                self._do_to_order(command)
            case _:
                raise AssertionError(f"a checkout asks nobody for {command}")

    def answer(self, asker: str, answer: CheckoutAnswer) -> None:
        self.waiting.append(replace(answer, answer_to=asker))

    # --- what happens to them from outside ---

    def the_cart_is_changed(self) -> None:
        self.answer(f"checkout/{self.owner}", w.lock_lost())
        self.cart, self.owner, self.version = "open", "", self.version + 1

    def holds_end(self, now: int) -> None:
        for key, hold in list(self.holds.items()):
            if hold.expires_at <= now:
                del self.holds[key]
                self.answer(hold.answer_to, w.has_expired(*key))

    def is_paid(self, payment: Payment) -> None:
        if payment.status == OPEN:
            payment.status = AUTHORISED
            self.answer(payment.asker, w.AUTHORISED)

    def is_captured(self, payment: Payment) -> None:
        self.is_paid(payment)
        payment.status = CAPTURED
        self.answer(payment.asker, w.captured(payment.amount))

    def ends(self, payment: Payment, how: CheckoutAnswer = w.VOIDED) -> None:
        payment.status = ENDED
        self.answer(payment.asker, how)

    # --- what they do themselves ---

    def _do_to_cart(self, command: LockCart | SealCart | UnlockCart | CompleteCart, *, willing: bool) -> None:
        asks = command.checkout_id
        asker = f"checkout/{asks}"
        match command, self.cart:
            case LockCart(), "open" | "locked" if willing:
                if self.owner:
                    self.answer(f"checkout/{self.owner}", w.lock_lost(changed=False))
                self.cart, self.owner, self.version = "locked", asks, self.version + 1
                self.answer(asker, replace(w.LOCKED, version=self.version))
            case LockCart(), _:
                self.answer(asker, w.CART_REFUSED)
            case SealCart(), "locked" if self.owner == asks:
                self.cart = "sealed"
                self.answer(asker, w.SEALED)
            case SealCart(), _:
                self.answer(asker, replace(w.CART_REFUSED, reason=CartRefusal.CHECKOUT_SUPERSEDED))
            case UnlockCart(), "locked" | "sealed" if self.owner == asks:
                self.cart, self.owner = "open", ""
            case CompleteCart(), "sealed" if self.owner == asks:
                self.cart = "ordered"

    def _do_to_hold(self, command: HoldStock | ExtendHold | CommitHold | ReleaseHold, *, willing: bool) -> None:
        place, asker = (command.sku, command.location), command.answer_to
        hold = self.holds.get(place)
        mine = hold is not None and hold.answer_to == asker
        match command:
            case HoldStock() if hold and command.lock_version < hold.lock_version:
                self.answer(asker, w.is_refused(*place, reason=StockRefusal.HOLD_SUPERSEDED))
            case HoldStock() if willing:
                self.holds[place] = command
                self.answer(asker, w.is_held(*place))
            case HoldStock():
                self.answer(asker, w.is_refused(*place))
            case ReleaseHold():
                if mine:
                    del self.holds[place]
            case ExtendHold() | CommitHold() if not mine:
                why = StockRefusal.HOLD_SUPERSEDED if hold else StockRefusal.HOLD_UNKNOWN
                self.answer(asker, w.is_refused(*place, reason=why))
            case ExtendHold(expires_at=expires_at):
                assert hold
                self.holds[place] = replace(hold, expires_at=max(hold.expires_at, expires_at))
            case CommitHold(order_id=order_id):
                self.sold[order_id, *place, self.holds.pop(place).quantity] += 1
                self.answer(asker, w.is_committed(*place))

    def _do_to_payment(self, command: RequestPayment | CapturePayment | CancelPayment, *, willing: bool) -> None:
        if isinstance(command, RequestPayment):
            payment = self.payments[command.payment_id] = Payment(command.answer_to, command.amount_minor)
            if willing:
                self.answer(payment.asker, w.INTENT)
            else:
                self.ends(payment, w.PAYMENT_FAILED)
            return
        if (payment := self.payments.get(command.payment_id)) is None:
            return  # Its end overtook it.
        match command, payment.status:
            case CancelPayment(), "open" | "authorised":
                self.ends(payment)
            case CancelPayment(), "captured":
                payment.status = RETURNED
            case CapturePayment(), "authorised" if not willing:
                self.ends(payment, w.CAPTURE_FAILED)
            case CapturePayment(), "authorised" | "captured":
                self.is_captured(payment)
            case CapturePayment(), _:
                self.answer(payment.asker, w.CAPTURE_FAILED)

    def _do_to_order(self, command: PlaceOrder | CancelOrder | ConfirmOrder) -> None:
        order_id = command.order_id
        match command, self.statuses.get(order_id):
            case PlaceOrder(answer_to=asker), None:
                self.orders[order_id], self.statuses[order_id] = command, "pending"
                self.answer(asker, w.PLACED)
            case CancelOrder(reason=reason), "pending" | "confirmed":
                self.statuses[order_id] = "cancelled"
                order = self.orders[order_id]
                self.waiting.append(CancelPayment(payment_id=order.payment_id, reason=reason))
                for taken in order.allocations:
                    units = {"sku": taken.sku, "location": taken.location, "quantity": taken.quantity}
                    self.waiting.append(ReturnStock(**units, order_id=order_id))
            case ConfirmOrder(), "pending":
                self.statuses[order_id] = "confirmed"


def _quote(sku: str, *, willing: bool) -> object:
    """Unwilling, the vase is dearer than the shopper saw, and the book is not for sale."""
    sold = {"VASE": w.VASE, "BOOK": w.BOOK} if willing else {"VASE": replace(w.VASE, unit_price_minor=60_01)}
    return sold.get(sku)
