"""Stripe's error objects (docs.stripe.com/api/errors): one exception, built by one function per kind of failure."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
DOCS = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """`stored` says whether the idempotency layer keeps it: "if incoming parameters fail validation, or the request
    conflicts with another request that's executing concurrently, we don't save the idempotent result"."""

    def __init__(self, status: int, error: Object, *, stored: bool, headers: dict[str, str] | None = None) -> None:
        super().__init__(error.get("message"))
        self.status = status
        self.error = error
        self.stored = stored
        self.headers = headers or {}


def invalid(message: str, *, code: str = "", param: str = "", status: int = 400, stored: bool = False) -> StripeError:
    error: Object = {"message": message, "type": "invalid_request_error"}
    if code:
        error |= {"code": code, "doc_url": DOCS + code.replace("_", "-")}
    if param:
        error["param"] = param
    return StripeError(status, error, stored=stored)


def unknown_parameter(names: list[str]) -> StripeError:
    listed = ", ".join(names)
    plural = "s" if len(names) > 1 else ""
    return invalid(f"Received unknown parameter{plural}: {listed}", code="parameter_unknown", param=names[0])


def missing_parameter(name: str) -> StripeError:
    return invalid(f"Missing required param: {name}.", code="parameter_missing", param=name)


def no_such(noun: str, identifier: str, *, param: str, status: int = 404) -> StripeError:
    return invalid(f"No such {noun}: '{identifier}'", code="resource_missing", param=param, status=status)


def unexpected_state(message: str, intent: Object) -> StripeError:
    """docs.stripe.com/error-codes: the PaymentIntent's state was incompatible with the operation."""
    failure = invalid(message, code="payment_intent_unexpected_state", stored=True)
    failure.error["payment_intent"] = dict(intent)
    return failure


def card_error(detail: Object, intent: Object | None = None) -> StripeError:
    """402 "Request Failed: the parameters were valid but the request failed"; a decline is replayed under its key."""
    error = dict(detail)
    if intent is not None:
        error["payment_intent"] = dict(intent)
    return StripeError(402, error, stored=True)


def wrong_key(key: str) -> StripeError:
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    else:
        message = f"Invalid API Key provided: {key[:8]}{'*' * 12}{key[-4:]}"
    failure = invalid(message, status=401)
    failure.headers["WWW-Authenticate"] = 'Basic realm="Stripe"'
    return failure


def secret_key_required() -> StripeError:
    message = "This API call cannot be made with a publishable API key. Please use a secret API key."
    return invalid(message, code="secret_key_required", status=403)


def unknown_path(method: str, path: str) -> StripeError:
    message = f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or contact support."
    return invalid(message, status=404)


def rate_limited(code: str = "rate_limit") -> StripeError:
    """429 "Too many requests hit the API too quickly"; never stored, so the same key may be tried again."""
    message = (
        "Request rate limit exceeded. You can learn more about rate limits at https://stripe.com/docs/rate-limits."
    )
    if code == "lock_timeout":
        message = (
            "This object cannot be accessed right now because another API request or Stripe process is currently "
            "accessing it. If you see this error intermittently, retry the request."
        )
    failure = invalid(message, code=code, status=429)
    failure.headers["Stripe-Rate-Limited-Reason"] = "global-rate"
    return failure


def api_error(status: int = 500) -> StripeError:
    """5xx "Something went wrong on Stripe's end"; a 500 counts as the key's result ("including 500 errors")."""
    message = "Sorry! There was an error while talking to one of our backends. Support has been notified."
    return StripeError(status, {"message": message, "type": "api_error"}, stored=status == 500)


def idempotency_mismatch(key: str, *, same_path: bool) -> StripeError:
    scope = "with the same parameters they were" if same_path else "for the same endpoint they were"
    message = (
        f"Keys for idempotent requests can only be used {scope} first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return StripeError(400, {"message": message, "type": "idempotency_error"}, stored=False)


def idempotency_in_use(key: str) -> StripeError:
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        f"twice, and the other request is still going through): {key}. Please try again later."
    )
    error = {"message": message, "type": "idempotency_error", "code": "idempotency_key_in_use"}
    return StripeError(409, error, stored=False)
