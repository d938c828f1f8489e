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
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
