"""Ids of ours: carts, checkouts, orders, payments, refunds, SKUs, locations. One shape, and one check of it.

A return address is the name of a room, a slash, and the ids that its key is made of, parted by `@`.

An id is a Kafka key, a part of a path, a column and a word in a log. It is therefore made of what RFC 3986 lets stand
in a path as it is, bounded, and never empty; no `@`, which parts the SKU from the location in the key of a stock row.
The edge asks for the shape in its requests; the engine asks for it of every command that it reads, whoever sent it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import msgspec
from msgspec import Meta
from msgspec import inspect as types

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
ID_IN_WORDS = "1 to 64 of A-Z a-z 0-9 . _ - that begin with a letter or a digit"
_ID = re.compile(ID_PATTERN)
_ADDRESS = re.compile(rf"[a-z]+/{ID_PATTERN[1:-1]}(@{ID_PATTERN[1:-1]})*")
_MARK = "id"  # the function that says whether a field holds one

Wrong = tuple[str, str]  # name of the field, what it holds
_Check = Callable[[msgspec.Struct], Wrong | None]


def an_id(text: str) -> Meta:
    """The `doc` of a field that holds an id of ours."""
    return Meta(description=text, extra={_MARK: is_id})


def an_id_or_none(text: str) -> Meta:
    """The `doc` of a field that holds an id of ours, or nothing."""
    return Meta(description=text, extra={_MARK: lambda text: not text or is_id(text)})


def an_address(text: str) -> Meta:
    """The `doc` of a field that holds a return address, or nothing."""
    return Meta(description=text, extra={_MARK: is_address})


def is_address(text: str) -> bool:
    """Whether a text has the shape of a return address, or is empty."""
    return not text or _ADDRESS.fullmatch(text) is not None


def is_id(text: str) -> bool:
    """Whether a text has the shape of an id of ours."""
    return _ID.fullmatch(text) is not None


def no_id(message: msgspec.Struct) -> Wrong | None:
    """The first field of a message, or of what is in it, that must hold an id and does not; None: all do."""
    for check in _checks(type(message)):
        if (wrong := check(message)) is not None:
            return wrong
    return None


@cache
def _checks(cls: type[msgspec.Struct]) -> tuple[_Check, ...]:
    info = types.type_info(cls)
    assert isinstance(info, types.StructType)
    found = (_check(field.encode_name, field.type) for field in info.fields)
    return tuple(check for check in found if check is not None)


def _check(name: str, kind: types.Type) -> _Check | None:
    is_one: Callable[[str], bool] | None = None
    while isinstance(kind, types.Metadata):
        is_one = is_one or (kind.extra or {}).get(_MARK)
        kind = kind.type
    if is_one is not None:
        return lambda message: None if is_one(text := getattr(message, name)) else (name, text)
    if isinstance(kind, types.UnionType):
        inner = [each for each in kind.types if isinstance(each, types.StructType)]
        return _check(name, inner[0]) if inner else None
    if isinstance(kind, types.StructType) and _checks(kind.cls):
        return lambda message: None if (part := getattr(message, name)) is None else _within(name, part)
    if isinstance(kind, types.VarTupleType):
        item = _bare(kind.item_type)
        if isinstance(item, types.StructType) and _checks(item.cls):
            return lambda message: next(
                (wrong for part in getattr(message, name) if (wrong := _within(name, part)) is not None), None
            )
    return None


def _bare(kind: types.Type) -> types.Type:
    return _bare(kind.type) if isinstance(kind, types.Metadata) else kind


def _within(name: str, part: msgspec.Struct) -> Wrong | None:
    wrong = no_id(part)
    return None if wrong is None else (f"{name}.{wrong[0]}", wrong[1])
