"""PostgreSQL: where it is, and the types of its client for whoever asks through this folder."""

from __future__ import annotations

from psycopg import AsyncConnection, InterfaceError, OperationalError, conninfo
from psycopg_pool import AsyncConnectionPool

from process.settings import Settings

__all__ = ["AsyncConnection", "AsyncConnectionPool", "InterfaceError", "OperationalError", "dsn"]


def dsn(settings: Settings) -> str:
    """The connection string, password included: for clients, never for logs."""
    return conninfo.make_conninfo(settings.postgres, password=settings.secret("postgres"))
