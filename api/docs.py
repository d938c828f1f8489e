"""The OpenAPI document: every problem of every path, with an example each."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import KINDS, MEDIA_TYPE, Problem

EVERYWHERE = ("validation_failed", "header_malformed", "rate_limited", "internal")
READS = ("view_behind", "view_unavailable")
WRITES = ("json_malformed", "content_type_unsupported", "body_too_large", "log_unavailable")
ONCE = (*WRITES, "idempotency_key_missing", "idempotency_key_reused", "request_in_flight")
STAFF_ONLY = ("token_missing", "token_invalid", "role_forbidden")

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. Clients rely on `code`; `detail` is for people. Some kinds have more members.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(KINDS)},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {key: {"type": "string"} for key in ("in", "field", "reason", "rule")},
            },
        },
    },
}
PENDING = {
    202: {
        "description": "The log has the command; its decision did not come within the budget. Look at `Location`.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["status", "command_id"],
                    "properties": {
                        "status": {"const": "pending"},
                        "command_id": {"type": "string", "format": "uuid"},
                    },
                },
                "example": {"status": "pending", "command_id": "0d3a4b0e-53a5-5d2f-9c7e-1f6f3f1f3a55"},
            }
        },
    }
}


HEADERS = {
    "X-Request-Id": "Names the request in our logs.",
    "Retry-After": "Seconds after which it is worth trying again.",
    "WWW-Authenticate": "How to say who you are.",
    "Location": "Where to see what became of it.",
    "ETag": "Of the cart as shown: for `If-Match` and `If-None-Match`.",
    "Bloomfield-Position": "Send it with a GET, which then shows this state or a later one.",
    "Idempotent-Replayed": "`true`: this was answered before, to the same Idempotency-Key.",
}
NO_POSITION = ("/v1/stock/{sku}", "/v1/admin/stock/{sku}/history", "/v1/admin/orders", "/v1/webhooks/stripe")


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with these problems, and with those that every route may."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in dict.fromkeys((*codes, *EVERYWHERE)):
        kind = KINDS[code]
        described = responses.setdefault(
            kind.status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        described["description"] += f"{' · ' if described['description'] else ''}`{code}`: {kind.title}"
        example = Problem(code, f"{kind.title}; what to do about it.").document("/v1/…")
        described["content"][MEDIA_TYPE]["examples"][code] = {"value": example}
    return responses


def writes(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Of a route that publishes a command."""
    return problems(*codes, *WRITES) | PENDING


def once_only(*codes: str) -> dict[int | str, dict[str, Any]]:
    """Of a route that publishes a command under an Idempotency-Key."""
    return problems(*codes, *ONCE) | PENDING


def _add_headers(path: str, operation: dict[str, Any]) -> None:
    keyed = any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
    done = {"200", "201"}
    statuses = {
        "X-Request-Id": operation["responses"].keys(),
        "Retry-After": {"202", "429", "503"},
        "WWW-Authenticate": {"401"},
        "Location": {"202"} if path.startswith("/v1/admin/stock") else {"201", "202"},
        "ETag": done | {"304"} if path.startswith("/v1/carts") else set(),
        "Bloomfield-Position": set() if path in NO_POSITION else done,
        "Idempotent-Replayed": done | {"409"} if keyed else set(),
    }
    for status, response in operation["responses"].items():
        response["headers"] = {
            name: {"description": meaning, "schema": {"type": "string"}}
            for name, meaning in HEADERS.items()
            if status in statuses[name]
        }


def install(app: FastAPI) -> None:
    """Make the application's OpenAPI document complete."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            document["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
            for path, methods in document["paths"].items():
                for operation in methods.values():
                    _add_headers(path, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
