"""The table of each room's view, and SQL views of it for people, made of the room's state class at every deploy.

`orders` has a row for each order and a column for each field of `OrderState`; `orders_lines` one for each of its lines.
A field that is added to a state is a column after the next deploy, in rows that were written since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from msgspec import inspect
from psycopg import Connection, sql

from schemas.room import Room
from schemas.rooms import ROOMS
from streams.rooms import DECIDERS

TABLE = (
    "CREATE TABLE IF NOT EXISTS {table}"
    " (key text PRIMARY KEY, begun_at bigint NOT NULL, version bigint NOT NULL, state jsonb NOT NULL)"
)
TYPES: dict[type[inspect.Type], str] = {inspect.IntType: "bigint", inspect.BoolType: "boolean"}
COLLECTIONS = (inspect.VarTupleType, inspect.DictType)
Columns = dict[str, str]  # by name, how each is made


def make_tables(connection: Connection[Any]) -> None:
    """A table for each room that has none."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS state")
    for room in ROOMS:
        connection.execute(sql.SQL(TABLE).format(table=sql.Identifier("state", room)))


def make_views(connection: Connection[Any]) -> None:
    """The SQL views, anew: what they show follows the state classes."""
    for room in ROOMS.values():
        for name, query in _views(room):
            view = sql.Identifier(name)
            connection.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(view))
            connection.execute(sql.SQL("CREATE VIEW {} AS {}").format(view, sql.SQL(query)))


def _views(room: Room) -> Iterator[tuple[str, str]]:
    view = DECIDERS[room.name].view
    hidden = () if view is None else view.hides
    key, table = _key(room), f'state."{room.name}" s'
    state = cast(inspect.StructType, inspect.type_info(room.state))
    fields = [field for field in state.fields if field.name not in (*hidden, *key)]
    row = _beside(key | {"version": "s.version"}, _columns(fields, "s.state"), room.name)
    yield room.name, f"SELECT {_listed(row)} FROM {table}"  # noqa: S608 - of names in our own classes
    for field in fields:
        at = f"s.state -> '{field.name}'"
        match _plain(field.type)[0]:
            case inspect.VarTupleType(item_type=item):
                each, of = f"jsonb_array_elements({at}) WITH ORDINALITY AS e(value, line)", {"line": "e.line"}
            case inspect.DictType(value_type=item):
                each, of = f"jsonb_each({at}) AS e(id, value)", {"id": "e.id"}
            case _:
                continue
        columns = _beside(key | of, _columns_of(item), field.name)
        yield f"{room.name}_{field.name}", f"SELECT {_listed(columns)} FROM {table}, {each}"  # noqa: S608


def _key(room: Room) -> Columns:
    if len(room.key_fields) == 1:
        return {room.key_fields[0]: "s.key"}
    first, last = room.key_fields
    return {first: "regexp_replace(s.key, '@[^@]*$', '')", last: "substring(s.key FROM '[^@]*$')"}


def _beside(columns: Columns, more: Columns, owner: str) -> Columns:
    """More columns; one whose name is taken is said to be its owner's."""
    return columns | {f"{owner}_{name}" if name in columns else name: made for name, made in more.items()}


def _listed(columns: Columns) -> str:
    return ", ".join(f'{made} AS "{name}"' for name, made in columns.items())


def _columns_of(item: inspect.Type) -> Columns:
    plain, _ = _plain(item)
    if isinstance(plain, inspect.StructType):
        return _columns(plain.fields, "e.value")
    return {"value": _cast(plain, "e.value #>> '{}'")}


def _columns(fields: Sequence[inspect.Field], source: str, prefix: str = "") -> Columns:
    columns: Columns = {}
    own = {prefix + field.name for field in fields}
    for field in fields:
        plain, is_time = _plain(field.type)
        name, text = prefix + field.name, f"{source} ->> '{field.name}'"
        if isinstance(plain, inspect.StructType):
            inner = _columns(plain.fields, f"({source} -> '{field.name}')", f"{name}_")
            columns |= {name: made for name, made in inner.items() if name not in own}
        elif is_time:
            columns[name] = f"to_timestamp(nullif(({text})::bigint, 0) / 1000.0)"
        elif not isinstance(plain, COLLECTIONS):
            columns[name] = _cast(plain, text)
    return columns


def _cast(plain: inspect.Type, text: str) -> str:
    if isinstance(plain, inspect.BytesType):
        return f"decode({text}, 'base64')"
    known = TYPES.get(type(plain))
    return f"({text})::{known}" if known else text


def _plain(given: inspect.Type) -> tuple[inspect.Type, bool]:
    """The type without its documentation and without `None`, and whether it is a time."""
    is_time = False
    while isinstance(given, inspect.Metadata | inspect.UnionType):
        if isinstance(given, inspect.UnionType):
            [given] = [each for each in given.types if not isinstance(each, inspect.NoneType)]
        else:
            is_time = is_time or (given.extra or {}).get("logicalType") == "timestamp-millis"
            given = given.type
    return given, is_time
