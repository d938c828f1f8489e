"""The commands that a checkout sends to cart, prices, payments and orders, each made of nothing but its state."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.cart.messages import CompleteCart, LockCart, SealCart, UnlockCart
from schemas.checkout.messages import CheckoutState
from schemas.orders.messages import CancelOrder, ConfirmOrder, PlaceOrder
from schemas.payments.messages import CancelPayment, CapturePayment, RequestPayment
from schemas.prices.messages import QuotePrice
from schemas.pricing.vat import ROUNDING, vat_shares
from schemas.record import Record
from streams.checkout.stock_sends import allocations, here, keep_holds
from streams.checkout.uses import keep_uses


def lock_cart(state: CheckoutState) -> Iterator[Record]:
    """Ask for the lines."""
    yield LockCart(cart_id=state.cart_id, checkout_id=state.checkout_id, answer_to=here(state))


def unlock_cart(state: CheckoutState) -> Iterator[Record]:
    """Let the shopper change the cart again."""
    yield UnlockCart(cart_id=state.cart_id, checkout_id=state.checkout_id)


def seal_cart(state: CheckoutState) -> Iterator[Record]:
    """Close the cart, and keep the holds and promotions from ending while the stock is committed."""
    yield SealCart(cart_id=state.cart_id, checkout_id=state.checkout_id, answer_to=here(state))
    yield from keep_holds(state)
    yield from keep_uses(state)


def quote_prices(state: CheckoutState) -> Iterator[Record]:
    """Ask for the price of every SKU, once each."""
    for sku in dict.fromkeys(line.sku for line in state.cart_lines):
        yield QuotePrice(sku=sku, channel=state.channel, answer_to=here(state))


def request_payment(state: CheckoutState) -> Iterator[Record]:
    """Have the shopper pay the total."""
    assert state.delivery is not None, "asked to pay for what has no price"
    yield RequestPayment(
        payment_id=state.payment_id,
        answer_to=here(state),
        order_id=state.order_id,
        amount_minor=state.total_minor,
        vat_shares=vat_shares(state.lines, state.delivery),
    )


def cancel_payment(state: CheckoutState) -> Iterator[Record]:
    """End the payment, however far it is; what costs nothing has none."""
    if state.total_minor:
        yield CancelPayment(payment_id=state.payment_id, reason=_reason(state))


def take_money(state: CheckoutState) -> Iterator[Record]:
    """Take the money, if it costs any; the cart is an order now."""
    if state.total_minor:
        yield CapturePayment(payment_id=state.payment_id)
    yield CompleteCart(cart_id=state.cart_id, checkout_id=state.checkout_id, order_id=state.order_id)


def place_order(state: CheckoutState) -> Iterator[Record]:
    """Write the order; from here on the stock and the payment are the order's."""
    assert state.delivery is not None, "an order of what has no price"
    yield PlaceOrder(
        order_id=state.order_id,
        checkout_id=state.checkout_id,
        answer_to=here(state),
        cart_id=state.cart_id,
        payment_id=state.payment_id,
        channel=state.channel,
        lines=state.lines,
        allocations=allocations(state),
        delivery=state.delivery,
        total_minor=state.total_minor,
        contact=state.contact,
        promotions=state.promotions,
        vat_rounding=ROUNDING,
    )


def cancel_order(state: CheckoutState) -> Iterator[Record]:
    """Cancel the order, which returns its stock and ends its payment."""
    yield CancelOrder(order_id=state.order_id, reason=_reason(state))


def confirm_order(state: CheckoutState) -> Iterator[Record]:
    """The order is paid."""
    yield ConfirmOrder(order_id=state.order_id)


def _reason(state: CheckoutState) -> str:
    assert state.failure, "undone without having failed"
    return f"checkout_{state.failure.value}"
