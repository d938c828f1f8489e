"""PostgreSQL: where it is."""

from __future__ import annotations

from psycopg import conninfo

from process.settings import Settings


def dsn(settings: Settings) -> str:
    """The connection string, password included: for clients, never for logs."""
    return conninfo.make_conninfo(settings.postgres, password=settings.secret("postgres"))
