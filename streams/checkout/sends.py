"""The commands that a checkout sends to cart, catalogue, payments and orders, each made of nothing but its state."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.cart.messages import CompleteCart, LockCart, SealCart, UnlockCart
from schemas.catalogue.messages import QuotePrice
from schemas.checkout.messages import CheckoutState
from schemas.orders.messages import CancelOrder, ConfirmOrder, PlaceOrder
from schemas.payments.messages import CancelPayment, CapturePayment, RequestPayment
from schemas.record import Record
from schemas.topics import CART, CATALOGUE, ORDERS, PAYMENTS
from streams.checkout.pricing import vat_shares
from streams.checkout.stock_sends import allocations, keep_holds
from streams.runtime.decider import Send


def lock_cart(state: CheckoutState) -> Iterator[Send]:
    """Ask for the lines."""
    yield _to_cart(state, LockCart(cart_id=state.cart_id, checkout_id=state.checkout_id))


def unlock_cart(state: CheckoutState) -> Iterator[Send]:
    """Let the shopper change the cart again."""
    yield _to_cart(state, UnlockCart(cart_id=state.cart_id, checkout_id=state.checkout_id))


def seal_cart(state: CheckoutState) -> Iterator[Send]:
    """Close the cart, and keep the holds from ending while the stock is committed."""
    yield _to_cart(state, SealCart(cart_id=state.cart_id, checkout_id=state.checkout_id))
    yield from keep_holds(state)


def quote_prices(state: CheckoutState) -> Iterator[Send]:
    """Ask for the price of every SKU, once each."""
    for sku in dict.fromkeys(line.sku for line in state.cart_lines):
        yield Send(CATALOGUE, sku, QuotePrice(sku=sku, checkout_id=state.checkout_id))


def request_payment(state: CheckoutState) -> Iterator[Send]:
    """Have the shopper pay the total."""
    assert state.delivery is not None, "asked to pay for what has no price"
    command = RequestPayment(
        payment_id=state.payment_id,
        checkout_id=state.checkout_id,
        order_id=state.order_id,
        amount_minor=state.total_minor,
        vat_shares=vat_shares(state.lines, state.delivery),
    )
    yield Send(PAYMENTS, state.payment_id, command)


def cancel_payment(state: CheckoutState) -> Iterator[Send]:
    """End the payment, however far it is."""
    yield Send(PAYMENTS, state.payment_id, CancelPayment(payment_id=state.payment_id, reason=_reason(state)))


def take_money(state: CheckoutState) -> Iterator[Send]:
    """Take the money; the cart is an order now."""
    yield Send(PAYMENTS, state.payment_id, CapturePayment(payment_id=state.payment_id))
    yield _to_cart(state, CompleteCart(cart_id=state.cart_id, checkout_id=state.checkout_id, order_id=state.order_id))


def place_order(state: CheckoutState) -> Iterator[Send]:
    """Write the order; from here on the stock and the payment are the order's."""
    assert state.delivery is not None, "an order of what has no price"
    command = PlaceOrder(
        order_id=state.order_id,
        checkout_id=state.checkout_id,
        cart_id=state.cart_id,
        payment_id=state.payment_id,
        channel=state.channel,
        lines=state.lines,
        allocations=allocations(state),
        delivery=state.delivery,
        total_minor=state.total_minor,
        contact=state.contact,
    )
    yield Send(ORDERS, state.order_id, command)


def cancel_order(state: CheckoutState) -> Iterator[Send]:
    """Cancel the order, which returns its stock and ends its payment."""
    yield Send(ORDERS, state.order_id, CancelOrder(order_id=state.order_id, reason=_reason(state)))


def confirm_order(state: CheckoutState) -> Iterator[Send]:
    """The order is paid."""
    yield Send(ORDERS, state.order_id, ConfirmOrder(order_id=state.order_id))


def _reason(state: CheckoutState) -> str:
    assert state.failure, "undone without having failed"
    return f"checkout_{state.failure.value}"


def _to_cart(state: CheckoutState, command: Record) -> Send:
    return Send(CART, state.cart_id, command)
