"""Which step of a checkout an event begins."""

from __future__ import annotations

from schemas.checkout.messages import (
    CheckoutAuthorised,
    CheckoutAwaitingPayment,
    CheckoutCartLocked,
    CheckoutCompleted,
    CheckoutEvent,
    CheckoutFailed,
    CheckoutHeld,
    CheckoutOrderPlaced,
    CheckoutPriced,
    CheckoutSealed,
    CheckoutStarted,
    CheckoutStep,
    CheckoutStockCommitted,
)

STEP_AFTER: dict[type[CheckoutEvent], CheckoutStep] = {
    CheckoutStarted: CheckoutStep.LOCKING,
    CheckoutCartLocked: CheckoutStep.PRICING,
    CheckoutPriced: CheckoutStep.HOLDING,
    CheckoutHeld: CheckoutStep.PREPARING_PAYMENT,
    CheckoutAwaitingPayment: CheckoutStep.AWAITING_PAYMENT,
    CheckoutAuthorised: CheckoutStep.SEALING,
    CheckoutSealed: CheckoutStep.COMMITTING,
    CheckoutStockCommitted: CheckoutStep.PLACING,
    CheckoutOrderPlaced: CheckoutStep.CAPTURING,
    CheckoutCompleted: CheckoutStep.COMPLETED,
    CheckoutFailed: CheckoutStep.FAILED,
}
