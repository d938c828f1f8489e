"""The SQL that changes view tables: one statement for all rows of a table that change the same columns.

The rows travel as one JSON array, which costs this process almost nothing; PostgreSQL unfolds it by the table's own
column types.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from psycopg import sql

from connectors.rows import Action, Changes, Table, Values

Statement = sql.SQL | sql.Composed


def statements(changes: Changes) -> Iterable[tuple[Table, Statement, list[Values]]]:
    """The statements for these changes, each with its rows; every row is in one of them."""
    groups: dict[tuple[Table, Action, frozenset[str]], list[Values]] = {}
    for table, rows in changes.items():
        for row in rows.values():
            groups.setdefault((table, row.action, frozenset(row.values)), []).append(row.values)
    for (table, action, columns), values in groups.items():
        yield table, statement(table, action, columns), values


@lru_cache(maxsize=500)
def statement(table: Table, action: Action, columns: frozenset[str]) -> Statement:
    """The statement for rows of these columns; its parameter is the JSON array."""
    others = sorted(columns.difference(table.key))
    match action:
        case Action.PUT:
            return _put(table, others)
        case Action.PATCH:
            return _patch(table, others)


def _put(table: Table, others: list[str]) -> Statement:
    return sql.SQL(
        "INSERT INTO {t} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{t}, %s::json)"
        " ON CONFLICT ({key}) DO UPDATE SET {changed}{guard}"
    ).format(
        t=sql.Identifier(table.name),
        columns=_names((*table.key, *others)),
        key=_names(table.key),
        changed=_taken_from("excluded", others),
        guard=_guard(table, " WHERE", "excluded"),
    )


def _patch(table: Table, others: list[str]) -> Statement:
    return sql.SQL(
        "UPDATE {t} SET {changed} FROM json_populate_recordset(NULL::{t}, %s::json) AS new WHERE {same}{guard}"
    ).format(
        t=sql.Identifier(table.name),
        changed=_taken_from("new", others),
        same=_same_key(table),
        guard=_guard(table, " AND", "new"),
    )


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _taken_from(source: str, columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier(source, name)) for name in columns
    )


def _same_key(table: Table) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(table.name, name), sql.Identifier("new", name)) for name in table.key
    )


def _guard(table: Table, word: str, source: str) -> Statement:
    """Rows only move forward."""
    if not table.versioned:
        return sql.SQL("")
    return sql.SQL("{} {} < {}").format(
        sql.SQL(word), sql.Identifier(table.name, "version"), sql.Identifier(source, "version")
    )
