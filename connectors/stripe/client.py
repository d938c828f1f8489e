"""Stripe: the calls that Bloomfield makes, and what their failures mean. The only user of Stripe's library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import stripe

from connectors.effect import OutcomeUnknown
from connectors.stripe.events import NotUnderstood, dispute_of, moves_money, refund_of
from connectors.stripe.guard import Guard, StripeUnavailable
from connectors.stripe.options import StripeOptions
from process.settings import Settings
from schemas.payments.disputes import Dispute
from schemas.payments.refunds import SeenRefund

CONNECT_SECONDS = 3.05  # a little more than TCP's first retransmission
PAGE, PAGES_MAX = 100, 20
T = TypeVar("T")


class StripeRefused(Exception):
    """Stripe will not do it, and asking again would not help; `code` is Stripe's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class KeyExhausted(Exception):
    """Under this key Stripe only repeats a 500, or knows other parameters: what was done must be looked up."""


class Intent(NamedTuple):
    """What we need of a PaymentIntent."""

    id: str
    status: str
    client_secret: str
    amount_received: int


class Refund(NamedTuple):
    """What we need of a refund."""

    id: str
    status: str
    failure: str


class StripeApi:
    """Calls that wait until Stripe answers. Each raises StripeRefused, KeyExhausted (where it takes a key) and Stopped.

    What looks through lists raises OutcomeUnknown when they are too long, or not understood.
    """

    def __init__(self, settings: Settings, options: StripeOptions, guard: Guard) -> None:
        stripe.enable_telemetry = False
        self._guard = guard
        self._v1 = stripe.StripeClient(
            settings.secret("stripe_key"),
            base_addresses={"api": settings.stripe},
            max_network_retries=0,  # the guard retries: it knows of the limit, the breaker and the end of the process
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, options.timeout_seconds)),
        ).v1

    def create_intent(self, *, key: str, amount: int, metadata: dict[str, str]) -> Intent:
        """An intent that is captured by hand, payable by any method that needs no redirect."""
        return self._call(
            "payment_intents.create",
            lambda: _intent(
                self._v1.payment_intents.create(
                    {
                        "amount": amount,
                        "currency": "gbp",
                        "capture_method": "manual",
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                        "metadata": metadata,
                    },
                    {"idempotency_key": key},
                )
            ),
        )

    def capture(self, intent_id: str, *, key: str, amount: int) -> Intent:
        """Take reserved money."""
        return self._call(
            "payment_intents.capture",
            lambda: _intent(
                self._v1.payment_intents.capture(intent_id, {"amount_to_capture": amount}, {"idempotency_key": key})
            ),
        )

    def cancel(self, intent_id: str, *, key: str) -> Intent:
        """End an intent without taking money."""
        return self._call(
            "payment_intents.cancel",
            lambda: _intent(self._v1.payment_intents.cancel(intent_id, {}, {"idempotency_key": key})),
        )

    def retrieve(self, intent_id: str) -> Intent:
        """The intent as it is now."""
        return self._call("payment_intents.retrieve", lambda: _intent(self._v1.payment_intents.retrieve(intent_id)))

    def find_intent(self, *, payment_id: str, since_seconds: int) -> Intent | None:
        """The intent with this payment in its metadata, among those made since then."""
        for found in self._pages(
            "payment_intents.list", self._v1.payment_intents.list, {"created": {"gte": since_seconds}}
        ):
            if _metadata(found).get("payment_id") == payment_id:
                return _intent(found)
        return None

    def refund(self, intent_id: str, *, key: str, amount: int, metadata: dict[str, str]) -> Refund:
        """Give money back."""
        return self._call(
            "refunds.create",
            lambda: _refund(
                self._v1.refunds.create(
                    {"payment_intent": intent_id, "amount": amount, "metadata": metadata}, {"idempotency_key": key}
                )
            ),
        )

    def refunds(self, intent_id: str) -> list[SeenRefund]:
        """Every refund of this intent, whoever made it."""
        found = self._pages("refunds.list", self._v1.refunds.list, {"payment_intent": intent_id})
        return [_understood(refund_of, each) for each in map(_plain, found) if _understood(moves_money, each)]

    def disputes(self, intent_id: str) -> list[Dispute]:
        """Every dispute of this intent."""
        found = self._pages("disputes.list", self._v1.disputes.list, {"payment_intent": intent_id})
        return [_understood(dispute_of, each) for each in map(_plain, found)]

    def _pages(self, endpoint: str, listing: Callable[[Any], Any], wanted: dict[str, Any]) -> Iterator[Any]:
        after: dict[str, str] = {}
        for _ in range(PAGES_MAX):
            page = self._call(endpoint, lambda: listing({**wanted, **after, "limit": PAGE}))  # noqa: B023 - called here
            yield from page.data
            if not page.has_more:
                return
            after = {"starting_after": page.data[-1].id}
        raise OutcomeUnknown(f"{endpoint}: more than {PAGES_MAX * PAGE} to look through for {wanted}")

    def _call(self, endpoint: str, call: Callable[[], T]) -> T:
        def attempt() -> T:
            try:
                return call()
            except stripe.StripeError as error:
                raise meaning(error) from error

        return self._guard.call(endpoint, attempt)


def meaning(error: stripe.StripeError) -> Exception:
    """What a failure means for the event that led to the call."""
    status, code = error.http_status or 0, error.code or ""
    replayed = str((error.headers or {}).get("Idempotent-Replayed", "")).lower() == "true"
    match error:
        case stripe.RateLimitError():
            return StripeUnavailable(f"{status} {code}", outage=False, wait_seconds=_retry_after(error))
        case stripe.IdempotencyError():
            return KeyExhausted(str(error))
        case stripe.APIConnectionError():
            return StripeUnavailable(f"no answer: {error.user_message}".splitlines()[0])
        case stripe.AuthenticationError() | stripe.PermissionError():
            return StripeUnavailable(f"{status}: our key is refused")  # our fault, not the payment's: it must wait
        case stripe.APIError() if status == 409:
            return StripeUnavailable(f"409 {code}", outage=False)  # our own earlier call is still under way
        case stripe.APIError() if status >= 500 and replayed:
            return KeyExhausted(f"{status}, repeated")
        case stripe.CardError() | stripe.InvalidRequestError():
            return StripeRefused(code or type(error).__name__)
        case _:
            return StripeUnavailable(f"{status} {code} {type(error).__name__}")


def _retry_after(error: stripe.StripeError) -> float:
    text = str((error.headers or {}).get("Retry-After", ""))
    return min(60.0, float(text)) if text.isdigit() else 0.0


def _intent(found: Any) -> Intent:
    return Intent(found.id, found.status, found.client_secret or "", found.amount_received or 0)


def _refund(found: Any) -> Refund:
    return Refund(found.id, found.status or "", getattr(found, "failure_reason", None) or "")


def _understood(read: Callable[[dict[str, Any]], T], found: dict[str, Any]) -> T:
    try:
        return read(found)
    except NotUnderstood as error:
        raise OutcomeUnknown(f"{found.get('id')}: {error}") from error


def _plain(found: Any) -> dict[str, Any]:
    return dict(found.to_dict())


def _metadata(found: Any) -> dict[str, str]:
    return found.metadata.to_dict() if found.metadata else {}  # its own objects are no dictionaries
