"""The OpenAPI document: what every path returns, and every problem, with an example each.

A route says it with `**reads(...)`, `**kept(...)`, `**writes(...)` or `**keyed(...)` in its decorator.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.problems import KINDS, MEDIA_TYPE, Problem
from api.http.responses import Body, PendingResponse

EVERYWHERE = ("validation_failed", "header_malformed", "rate_limited", "internal")
VIEWS = ("view_behind", "view_unavailable")  # of whatever looks into PostgreSQL
WRITES = ("json_malformed", "content_type_unsupported", "body_too_large", "log_unavailable")
KEYED = (*WRITES, "idempotency_key_missing", "idempotency_key_reused", "request_in_flight")
STAFF_ONLY = ("token_missing", "token_invalid", "role_forbidden")

TEXT = {"type": "string"}
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. Clients rely on `code`; `detail` is for people. Some kinds have more members.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "instance"],
    "properties": {
        "type": TEXT | {"format": "uri"}, "title": TEXT, "status": {"type": "integer"},
        "code": TEXT | {"enum": list(KINDS)}, "detail": TEXT, "instance": TEXT | {"format": "uri-reference"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": dict.fromkeys(("in", "field", "reason", "rule"), TEXT)},
        },
    },
}  # fmt: skip
HEADERS = {
    "X-Request-Id": "Names the request in our logs.",
    "Retry-After": "Seconds after which it is worth trying again.",
    "WWW-Authenticate": "How to say who you are.",
    "Location": "Where to see what became of it.",
    "ETag": "Of what is shown: for `If-Match` and `If-None-Match`.",
    "Bloomfield-Position": "Send it with a GET, which then shows this state or a later one.",
    "Idempotent-Replayed": "`true`: this was returned before, to the same Idempotency-Key.",
}
NO_POSITION = (
    "/v1/categories",
    "/v1/categories/{category_id}",
    "/v1/admin/categories",
    "/v1/admin/pins",
    "/v1/admin/synonyms",
    "/v1/promotions",
    "/v1/admin/promotions",
    "/v1/delivery-options",
    "/v1/live",
    "/v1/stock",
    "/v1/stock/{sku}",
    "/v1/admin/stock/{sku}/history",
    "/v1/admin/orders",
    "/v1/webhooks/stripe",
    "/v1/search",
    "/v1/search/suggest",
)


Route = dict[str, Any]  # keyword arguments of a route's decorator
REF = "#/components/schemas/{name}"


def reads(body: type[Body], *codes: str, status: int = 200) -> Route:
    """Of a route that returns such a body, or one of these problems or of those that every route may."""
    return {"status_code": status, "responses": {status: {"content": _json(body)}} | problems(*codes)}


def kept(body: type[Body], *codes: str) -> Route:
    """Of a route that returns such a body, or 304 to who has it already."""
    route = reads(body, *codes)
    route["responses"][304] = {"description": "It is as your `If-None-Match` says."}
    return route


def writes(body: type[Body], *codes: str, status: int = 200) -> Route:
    """Of a route that publishes a command."""
    route = reads(body, *codes, *WRITES, status=status)
    pending = "The log has the command; its decision did not come within the budget. Look at `Location`."
    route["responses"][202] = {"description": pending, "content": _json(PendingResponse)}
    return route


def keyed(body: type[Body], *codes: str, status: int = 201) -> Route:
    """Of a route that publishes a command under an Idempotency-Key."""
    return writes(body, *codes, *KEYED, status=status)


def _json(body: type[Body]) -> Route:
    return {"application/json": {"schema": {"$ref": REF.format(name=body.__name__)}}}


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


def _with_types(schema: Any) -> Any:
    """Enumerations say that they are texts: msgspec leaves it out, and some generators of clients ask for it."""
    if isinstance(schema, list):
        return [_with_types(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _with_types(each) for name, each in schema.items()} | ({"type": "string"} if "enum" in schema else {})


def _etag(path: str, done: set[str]) -> set[str]:
    """The statuses with an ETag; staff's writes hold theirs against `If-Match`."""
    if path.startswith("/v1/carts"):
        return done | {"304"}
    return done if path.startswith("/v1/admin/promotions/{promotion_id}") and "codes" not in path else set()


def _add_headers(path: str, operation: dict[str, Any]) -> None:
    keyed = any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
    done = {"200", "201"}
    statuses = {
        "X-Request-Id": operation["responses"].keys(),
        "Retry-After": {"202", "429", "503"},
        "WWW-Authenticate": {"401"},
        "Location": {"201", "202"},
        "ETag": _etag(path, done),
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
            bodies = _with_types(msgspec.json.schema_components(_bodies(), ref_template=REF)[1])
            document["components"]["schemas"] |= bodies | {"Problem": PROBLEM_SCHEMA}
            for path, methods in document["paths"].items():
                for operation in methods.values():
                    _add_headers(path, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
