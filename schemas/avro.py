"""From a message class to its Avro schema, and to the file that has it."""

from __future__ import annotations

import inspect
from enum import Enum
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import inspect as types

from schemas.record import Record

JsonSchema = dict[str, Any]


def namespace_of(cls: type) -> str:
    """The room of a class names its Avro namespace: `schemas.cart.messages.CartLine` is in `bloomfield.cart`."""
    parts = cls.__module__.split(".")
    return "bloomfield" if len(parts) == 2 else f"bloomfield.{parts[1]}"


def full_name(cls: type) -> str:
    """The Avro full name of a class, which is also its subject in the registry."""
    return f"{namespace_of(cls)}.{cls.__name__}"


def avsc_path(cls: type[Record]) -> Path:
    """Where the .avsc file of a message class lies: beside its module."""
    return Path(inspect.getfile(cls)).with_name(f"{cls.__name__}.avsc")


def avro_schema(cls: type[Record]) -> JsonSchema:
    """The Avro schema of a message class.

    Raises TypeError for a field without documentation or of a type that Avro messages here do not use.
    """
    return _record(cls, set())


def _record(cls: type[Record], seen: set[type]) -> JsonSchema:
    seen.add(cls)
    info = types.type_info(cls)
    assert isinstance(info, types.StructType)
    return {
        "type": "record",
        "namespace": namespace_of(cls),
        "name": cls.__name__,
        "doc": inspect.cleandoc(cls.__doc__ or ""),
        "fields": [_field(cls, field, seen) for field in info.fields],
    }


def _field(cls: type[Record], field: types.Field, seen: set[type]) -> JsonSchema:
    kind, text, logical = field.type, None, None
    while isinstance(kind, types.Metadata):
        text = text or (kind.extra_json_schema or {}).get("description")
        logical = logical or (kind.extra or {}).get("logicalType")
        kind = kind.type
    if not text:
        raise TypeError(f"{cls.__name__}.{field.name} has no documentation: annotate it with doc(...)")
    shape = _type(kind, seen)
    if logical:
        shape = {"type": shape, "logicalType": logical}
    schema = {"name": field.name, "type": shape, "doc": text}
    if field.default is not msgspec.NODEFAULT:
        schema["default"] = _default(field.default)
    elif field.default_factory is not msgspec.NODEFAULT:
        schema["default"] = _default(field.default_factory())
    return schema


def _default(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("latin-1")  # how Avro writes the default of a bytes field
    return msgspec.json.decode(msgspec.json.encode(value))


def _type(kind: types.Type, seen: set[type]) -> Any:
    match kind:
        case types.Metadata():
            return _type(kind.type, seen)
        case types.StrType():
            return "string"
        case types.BoolType():
            return "boolean"
        case types.IntType():
            return "long"
        case types.BytesType():
            return "bytes"
        case types.EnumType():
            return _enum(kind.cls, seen)
        case types.StructType():
            return full_name(kind.cls) if kind.cls in seen else _record(cast(type[Record], kind.cls), seen)
        case types.VarTupleType():
            return {"type": "array", "items": _type(kind.item_type, seen)}
        case types.DictType():
            return {"type": "map", "values": _type(kind.value_type, seen)}
        case types.UnionType():
            return ["null", *(_type(each, seen) for each in kind.types if not isinstance(each, types.NoneType))]
        case _:
            raise TypeError(f"{kind} is not a type that messages use")


def _enum(cls: type[Enum], seen: set[type]) -> Any:
    if cls in seen:
        return full_name(cls)
    seen.add(cls)
    symbols = [member.value for member in cls]
    return {
        "type": "enum",
        "namespace": namespace_of(cls),
        "name": cls.__name__,
        "doc": inspect.cleandoc(cls.__doc__ or ""),
        "symbols": symbols,
        "default": symbols[0],  # what an older reader sees of a symbol it does not know
    }
