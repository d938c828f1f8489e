"""Stripe's test cards (docs.stripe.com/testing): a number decides what the issuer will say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.doubles.stripe import errors

Object = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    number: str
    tokens: tuple[str, ...] = ()
    brand: str = "visa"
    country: str = "US"
    challenge: bool = False  # 3D Secure 2 asks the customer before anything is charged.
    decline: str = ""  # Key into DECLINES.
    refund: str = "succeeded"  # What a refund does in the end; "pending" and "failed" take their time.
    dispute: str = ""


# decline code -> (error code, message); docs.stripe.com/declines/codes
DECLINES: dict[str, tuple[str, str]] = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "stolen_card": ("card_declined", "Your card was declined."),
    "fraudulent": ("card_declined", "Your card was declined."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "authentication_required": (
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    ),
}
CARDS = (
    Card(number="4242424242424242", tokens=("pm_card_visa",)),
    Card(number="4000056655665556", tokens=("pm_card_visa_debit",)),
    Card(number="4000008260000000", tokens=("pm_card_gb",), country="GB"),
    Card(number="5555555555554444", tokens=("pm_card_mastercard",), brand="mastercard"),
    Card(number="378282246310005", tokens=("pm_card_amex",), brand="amex"),
    Card(number="4000002500003155", tokens=("pm_card_authenticationRequiredOnSetup",), challenge=True),
    Card(number="4000002760003184", tokens=("pm_card_authenticationRequired",), challenge=True),
    Card(number="4000000000003220", tokens=("pm_card_threeDSecure2Required",), challenge=True),
    Card(
        number="4000008260003178",
        tokens=("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",),
        challenge=True,
        decline="insufficient_funds",
    ),
    Card(
        number="4000000000000002",
        tokens=("pm_card_chargeDeclined", "pm_card_visa_chargeDeclined"),
        decline="generic_decline",
    ),
    Card(
        number="4000000000009995",
        tokens=("pm_card_chargeDeclinedInsufficientFunds", "pm_card_visa_chargeDeclinedInsufficientFunds"),
        decline="insufficient_funds",
    ),
    Card(
        number="4000000000009987",
        tokens=("pm_card_chargeDeclinedLostCard", "pm_card_visa_chargeDeclinedLostCard"),
        decline="lost_card",
    ),
    Card(
        number="4000000000009979",
        tokens=("pm_card_chargeDeclinedStolenCard", "pm_card_visa_chargeDeclinedStolenCard"),
        decline="stolen_card",
    ),
    Card(number="4000000000000341", tokens=("pm_card_chargeCustomerFail",), decline="generic_decline"),
    Card(number="4100000000000019", tokens=("pm_card_radarBlock",), decline="fraudulent"),
    Card(number="4000000000000069", tokens=("pm_card_chargeDeclinedExpiredCard",), decline="expired_card"),
    Card(number="4000000000000127", tokens=("pm_card_chargeDeclinedIncorrectCvc",), decline="incorrect_cvc"),
    Card(number="4000000000000119", tokens=("pm_card_chargeDeclinedProcessingError",), decline="processing_error"),
    Card(number="4000000000007726", tokens=("pm_card_pendingRefund",), refund="pending"),
    Card(number="4000000000005126", tokens=("pm_card_refundFail",), refund="failed"),
    Card(number="4000000000000259", tokens=("pm_card_createDispute",), dispute="fraudulent"),
    Card(
        number="4000000000002685", tokens=("pm_card_createDisputeProductNotReceived",), dispute="product_not_received"
    ),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {token: card for card in CARDS for token in card.tokens}


def lookup(number: str) -> Card:
    """Any other number is refused as Stripe refuses a live card in test mode; a bad check digit is incorrect."""
    if not number.isdigit() or not _luhn(number):
        detail = {"code": "incorrect_number", "message": "Your card number is incorrect.", "param": "number"}
        raise errors.card_error({**detail, "type": "card_error", "doc_url": f"{errors.DOCS}incorrect-number"})
    if number not in BY_NUMBER:
        message = "Your card was declined. Your request was in test mode, but used a non test card."
        detail = {"code": "card_declined", "decline_code": "test_mode_live_card", "message": message, "param": ""}
        raise errors.card_error({**detail, "type": "card_error", "doc_url": f"{errors.DOCS}card-declined"})
    return BY_NUMBER[number]


def decline_detail(reason: str, payment_method: Object, charge_id: str | None = None) -> Object:
    """The error a decline answers with; it is also the intent's `last_payment_error`."""
    code, message = DECLINES[reason]
    detail: Object = {"code": code, "doc_url": errors.DOCS + code.replace("_", "-"), "message": message}
    if code == "card_declined" or reason == "authentication_required":
        detail["decline_code"] = reason
    if charge_id is not None:
        detail["charge"] = charge_id
    return {**detail, "payment_method": payment_method, "type": "card_error"}


def _luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
