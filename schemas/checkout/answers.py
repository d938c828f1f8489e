"""What the other rooms answer a checkout."""

from __future__ import annotations

from schemas.cart.messages import CartLocked, CartLockLost, CartRefused, CartSealed
from schemas.inventory.holds import HoldCommitted, HoldExpired, StockHeld
from schemas.inventory.messages import StockRefused
from schemas.orders.messages import OrderPlaced
from schemas.payments.messages import (
    AlreadyCaptured,
    CaptureFailed,
    PaymentActionRequired,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentFailed,
    PaymentIntentCreated,
    PaymentRefused,
    PaymentVoided,
)
from schemas.prices.messages import PriceQuoted
from schemas.promotions.messages import UseExpired, UseRedeemed, UseRefused, UseReserved

CartAnswer = CartLocked | CartLockLost | CartSealed | CartRefused

PaymentAnswer = (
    PaymentIntentCreated
    | PaymentActionRequired
    | PaymentDeclined
    | PaymentAuthorised
    | PaymentCaptured
    | AlreadyCaptured
    | PaymentFailed
    | PaymentVoided
    | CaptureFailed
    | PaymentRefused
)

UseAnswer = UseReserved | UseRedeemed | UseRefused | UseExpired
CheckoutAnswer = (
    CartAnswer
    | PriceQuoted
    | UseAnswer
    | StockHeld
    | HoldCommitted
    | HoldExpired
    | StockRefused
    | PaymentAnswer
    | OrderPlaced
)
