"""The OpenAPI document: what every path returns, and every problem, with an example each.

A route says it with `**reads(...)`, `**writes(...)` or `**keyed(...)` in its decorator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.problems import KINDS, MEDIA_TYPE, Problem
from api.http.responses import Body

EVERYWHERE = ("validation_failed", "header_malformed", "rate_limited", "internal")
VIEWS = ("view_behind", "view_unavailable")  # of whatever looks into PostgreSQL
WRITES = ("json_malformed", "content_type_unsupported", "body_too_large", "log_unavailable")
KEYED = (*WRITES, "idempotency_key_missing", "idempotency_key_reused", "request_in_flight")
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
    "Idempotent-Replayed": "`true`: this was returned before, to the same Idempotency-Key.",
}
NO_POSITION = ("/v1/stock/{sku}", "/v1/admin/stock/{sku}/history", "/v1/admin/orders", "/v1/webhooks/stripe")


Route = dict[str, Any]  # keyword arguments of a route's decorator
REF = "#/components/schemas/{name}"


def reads(body: type[Body], *codes: str, status: int = 200) -> Route:
    """Of a route that returns such a body, or one of these problems or of those that every route may."""
    schema = {"$ref": REF.format(name=body.__name__)}
    returned = {status: {"content": {"application/json": {"schema": schema}}}}
    return {"status_code": status, "responses": returned | problems(*codes)}


def writes(body: type[Body], *codes: str, status: int = 200) -> Route:
    """Of a route that publishes a command."""
    route = reads(body, *codes, *WRITES, status=status)
    return route | {"responses": route["responses"] | PENDING}


def keyed(body: type[Body], *codes: str, status: int = 201) -> Route:
    """Of a route that publishes a command under an Idempotency-Key."""
    return writes(body, *codes, *KEYED, status=status)


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of these problems, and of those that every route may return."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in dict.fromkeys((*codes, *EVERYWHERE)):
        kind = KINDS[code]
        described = responses.setdefault(
            kind.status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": REF.format(name="Problem")}, "examples": {}}},
            },
        )
        described["description"] += f"{' · ' if described['description'] else ''}`{code}`: {kind.title}"
        example = Problem(code, f"{kind.title}; what to do about it.").document("/v1/…")
        described["content"][MEDIA_TYPE]["examples"][code] = {"value": example}
    return responses


def _bodies(of: type[Body] = Body) -> Iterator[type[Body]]:
    for cls in of.__subclasses__():
        yield cls
        yield from _bodies(cls)


def _add_headers(path: str, operation: dict[str, Any]) -> None:
    keyed = any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
    done = {"200", "201"}
    statuses = {
        "X-Request-Id": operation["responses"].keys(),
        "Retry-After": {"202", "429", "503"},
        "WWW-Authenticate": {"401"},
        "Location": {"201", "202"},
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
    """Make the application's OpenAPI document complete: with the bodies and headers of responses, and with Problem."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            schemas = document["components"]["schemas"]
            schemas |= msgspec.json.schema_components(_bodies(), ref_template=REF)[1] | {"Problem": PROBLEM_SCHEMA}
            for path, methods in document["paths"].items():
                for operation in methods.values():
                    _add_headers(path, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
