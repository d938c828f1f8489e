"""Every problem that the edge can return (RFC 9457), in one table; clients rely on `code`, people on `detail`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from api.http.fields import IN_WORDS

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its HTTP status, and what is always true of it."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    # The request cannot be understood.
    "json_malformed": Kind(400, "The body is not JSON"),
    "header_malformed": Kind(400, "A header is malformed"),
    "idempotency_key_missing": Kind(400, "Idempotency-Key is required here"),
    "signature_invalid": Kind(400, "The webhook is not signed by Stripe, not of now, or no event"),
    "token_missing": Kind(401, "A staff token is required"),
    "token_invalid": Kind(401, "The staff token is not valid"),
    "role_forbidden": Kind(403, "The token's role may not do this"),
    "not_found": Kind(404, "There is nothing at this path"),
    "method_not_allowed": Kind(405, "The path does not know this method"),
    "body_too_large": Kind(413, "The body is too large"),
    "content_type_unsupported": Kind(415, "The body must be JSON"),
    "validation_failed": Kind(422, "A field is missing, unknown or out of range"),
    "idempotency_key_reused": Kind(422, "The Idempotency-Key was used for another request"),
    "idempotency_key_weak": Kind(422, "The Idempotency-Key could be somebody else's too"),
    "rate_limited": Kind(429, "Too many requests"),
    "list_lost": Kind(410, "The list is not kept any more"),
    "too_many_connections": Kind(429, "Too many live connections"),
    "too_many_subscriptions": Kind(409, "A live connection watches too much"),
    # There is no such thing, or it is somebody else's.
    "cart_not_found": Kind(404, "There is no such cart"),
    "checkout_not_found": Kind(404, "There is no such checkout"),
    "order_not_found": Kind(404, "There is no such order"),
    "payment_not_found": Kind(404, "There is no payment for this order"),
    "unknown_sku": Kind(404, "The SKU is not for sale"),
    # It was understood, and decided against.
    "request_in_flight": Kind(409, "The same request is still being worked on"),
    "cart_closed": Kind(409, "The cart can no longer change"),
    "cart_empty": Kind(409, "The cart is empty"),
    "cart_changed": Kind(409, "The cart or its total changed"),
    "unknown_code": Kind(404, "No promotion has this code"),
    "too_many_codes": Kind(409, "The cart has too many codes"),
    "too_many_lines": Kind(409, "The cart has too many lines"),
    "not_for_sale": Kind(409, "A line is no longer for sale"),
    "too_many_parts": Kind(409, "The bundles have more parts than one order can have"),
    "insufficient_stock": Kind(409, "There is not enough stock"),
    "delivery_day_unavailable": Kind(409, "It cannot be delivered on that day"),
    "hold_lost": Kind(409, "The stock was no longer held"),
    "checkout_superseded": Kind(409, "Another checkout of this cart has begun"),
    "checkout_cancelled": Kind(409, "The checkout was cancelled"),
    "checkout_expired": Kind(409, "The checkout took too long"),
    "checkout_ended": Kind(409, "The checkout has ended"),
    "payment_under_way": Kind(409, "The payment is under way"),
    "payment_failed": Kind(409, "The payment failed"),
    "total_too_small": Kind(409, "The total is less than can be paid by card"),
    "total_too_large": Kind(409, "The total is more than can be paid by card"),
    "promotion_lost": Kind(409, "The promotion was no longer reserved"),
    "illegal_transition": Kind(409, "The order cannot go there from where it is"),
    "order_disputed": Kind(409, "A dispute of the payment is open, and holds the order"),
    "order_refunded": Kind(409, "The money of the order is back with the customer, or on its way"),
    "payment_disputed": Kind(409, "A dispute of the payment is open: Stripe gives nothing back"),
    "wrong_status": Kind(409, "The payment is in no state for this"),
    "refund_exceeds_captured": Kind(409, "The refund is larger than what is left of the payment"),
    "refused": Kind(409, "The command was refused"),
    "version_mismatch": Kind(412, "It has changed since"),
    # It is us.
    "internal": Kind(500, "Something is broken on our side"),
    "webhook_not_published": Kind(500, "The webhook is stored, but not yet on the log"),
    "log_unavailable": Kind(503, "The log cannot be reached"),
    "view_unavailable": Kind(503, "The views cannot be reached"),
    "search_unavailable": Kind(503, "The search cannot be reached"),
    "view_behind": Kind(503, "The view has not caught up yet"),
}


class Problem(Exception):
    """Raised anywhere below a route; becomes the response."""

    def __init__(self, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.code, self.detail, self.headers, self.members = code, detail, dict(headers or {}), members
        self.kind = KINDS[code]

    def document(self, instance: str) -> dict[str, Any]:
        """The members of the problem document."""
        return {
            "type": f"urn:bloomfield:problem:{self.code}",
            "title": self.kind.title,
            "status": self.kind.status,
            "code": self.code,
            "detail": self.detail,
            "instance": quote(instance),
            **self.members,
        }

    def response(self, instance: str) -> Response:
        """As it goes out."""
        body = msgspec.json.encode(self.document(instance))
        return Response(body, self.kind.status, self.headers, MEDIA_TYPE)


def validation_problem(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """What FastAPI found wrong with a request, as the one problem that it amounts to."""
    first = errors[0]
    where = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        at = where[-1]
        return Problem("json_malformed", f"The body stops being JSON at character {at}. Send one JSON object.")
    if [part.lower() for part in where] == ["header", "idempotency-key"] and first["type"] == "missing":
        return Problem(
            "idempotency_key_missing",
            "The header Idempotency-Key is missing. Send a fresh random value with each new request, e.g. a UUID, "
            "and the same value again when you retry it.",
        )
    found = [
        {"in": str(error["loc"][0]), "field": _path(error["loc"][1:]), "reason": _reason(error), "rule": error["type"]}
        for error in errors
    ]
    if found[0]["in"] == "header":
        return Problem("header_malformed", f"The header {found[0]['field']}: {found[0]['reason']}. {_advice(first)}")
    name = found[0]["field"] or "the body"
    return Problem("validation_failed", f"{name}: {found[0]['reason']}. {_advice(first)}", errors=found)


def _reason(error: Mapping[str, Any]) -> str:
    if error["type"] == "string_pattern_mismatch" and (words := IN_WORDS.get(error["ctx"]["pattern"])):
        return words
    return str(error["msg"]).removeprefix("Value error, ")


def _path(parts: Sequence[Any]) -> str:
    return ".".join(str(part) for part in parts)


def _advice(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "Leave it out: unknown fields are refused so that a slip of the pen is not lost."
        case "missing":
            return "Add it."
        case "territory":
            return "Send it to an address in the United Kingdom or the Isle of Man, or collect it."
        case _:
            return "Correct it and send the request again."
