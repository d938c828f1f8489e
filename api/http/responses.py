"""What every room's responses are made of.

A response is written once, as a `Body`: msgspec makes its JSON, and docs.py its part of the OpenAPI document
(ops/decisions/0018).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal, Self, dataclass_transform

import msgspec
from fastapi import Response
from msgspec import UNSET, Meta, UnsetType
from msgspec import inspect as types

_TIME = "time"
DateTime = Annotated[str, Meta(extra_json_schema={"format": "date-time"}, extra={_TIME: True})]  # see `moment`
Next = Annotated[str | None, Meta(description="Send it as `after` to get the next page; null: this is the last.")]
_ENCODER = msgspec.json.Encoder()


@dataclass_transform(frozen_default=True, kw_only_default=True)  # what type checkers do not see through inheritance
class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON document of a response, or a part of one."""

    @classmethod
    def of(cls, source: Any, **more: Any) -> Self:
        """From a state, a row or a dictionary by the names of its fields; `more` are those that are made otherwise.

        An Amount `total` is made of `total_minor`, a DateTime of UTC milliseconds or of a datetime, and other bodies,
        or lists of them, in the same way.
        """
        get = source.__getitem__ if isinstance(source, dict) else source.__getattribute__
        return cls(**more, **{name: read(get) for name, read in _readers(cls) if name not in more})

    def etag(self, _json: bytes) -> str:
        """What the header ETag says of it, given its JSON; empty: nothing."""
        return ""


class Amount(Body):
    amount_minor: Annotated[int, Meta(description="Minor units: pence.", examples=[1250])]
    currency: Annotated[Literal["GBP"], Meta(description="ISO 4217.", examples=["GBP"])]


class PendingResponse(Body):
    status: Literal["pending"]
    command_id: Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
    id: Annotated[str | UnsetType, Meta(description="Of what is to be.")] = UNSET
    secret: Annotated[str | UnsetType, Meta(description="Of the cart that is to be.")] = UNSET


def respond(body: Body, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response."""
    json, named = _ENCODER.encode(body), dict(headers or {})
    if etag := body.etag(json):
        named["etag"] = etag
    return Response(json, status, named, "application/json")


def pending(command_id: str, location: str, members: Mapping[str, Any]) -> Response:
    """202: the log has the command, its decision has not come within the budget; look at `location`."""
    body = PendingResponse(status="pending", command_id=command_id, **members)
    return respond(body, 202, {"location": location, "retry-after": "1"})


def pounds(minor: int) -> Amount:
    """An amount of pence as it stands in a response."""
    return Amount(amount_minor=minor, currency="GBP")


def moment(time: int | datetime) -> str:
    """A time, in UTC milliseconds or PostgreSQL's, as it stands in a response (RFC 3339, UTC)."""
    known = datetime.fromtimestamp(time / 1000, UTC) if isinstance(time, int) else time.astimezone(UTC)
    return known.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def _readers(cls: type[Body]) -> list[tuple[str, Callable[[Callable[[str], Any]], Any]]]:
    info: Any = types.type_info(cls)
    return [(field.name, _reader(field.name, field.type)) for field in info.fields]


def _reader(name: str, kind: Any) -> Callable[[Callable[[str], Any]], Any]:
    is_time = False
    while isinstance(kind, types.Metadata | types.UnionType):
        if isinstance(kind, types.Metadata):
            is_time, kind = is_time or _TIME in (kind.extra or {}), kind.type
        else:  # of something and null
            kind = next(each for each in kind.types if not isinstance(each, types.NoneType))
    cls: Any = getattr(kind, "cls", None)
    if isinstance(kind, types.ListType):
        cls = kind.item_type.cls  # type: ignore[attr-defined]  # lists are of bodies
        return lambda get: [cls.of(each) for each in get(name)]
    if cls is Amount:
        return lambda get: None if (minor := get(f"{name}_minor")) is None else pounds(minor)
    if is_time:
        return lambda get: moment(get(name))
    if isinstance(kind, types.StructType):
        return lambda get: None if (value := get(name)) is None else cls.of(value)
    return lambda get: get(name)
