"""Which step of a checkout an event begins, and what a card can be charged with."""

from __future__ import annotations

from schemas.checkout import messages as m
from schemas.checkout.messages import CheckoutStep

# Stripe's, in GBP. Nothing at all is no payment, and goes without.
PAYABLE_MIN_MINOR, PAYABLE_MAX_MINOR = 30, 99_999_999

STEP_AFTER: dict[type[m.CheckoutEvent], CheckoutStep] = {
    m.CheckoutStarted: CheckoutStep.LOCKING,
    m.CheckoutCartLocked: CheckoutStep.PRICING,
    m.CheckoutPriced: CheckoutStep.HOLDING,
    m.CheckoutHeld: CheckoutStep.PREPARING_PAYMENT,
    m.CheckoutNothingToPay: CheckoutStep.SEALING,
    m.CheckoutAwaitingPayment: CheckoutStep.AWAITING_PAYMENT,
    m.CheckoutAuthorised: CheckoutStep.SEALING,
    m.CheckoutSealed: CheckoutStep.COMMITTING,
    m.CheckoutStockCommitted: CheckoutStep.PLACING,
    m.CheckoutOrderPlaced: CheckoutStep.CAPTURING,
    m.CheckoutCompleted: CheckoutStep.COMPLETED,
    m.CheckoutFailed: CheckoutStep.FAILED,
}
