"""The deploy step: migrations, schemas, topics, the bucket; is the log whole? Idempotent; before any of ours starts."""

from __future__ import annotations

from importlib import resources

import psycopg
from confluent_kafka import KafkaException

from connectors.kafka import log_identity
from connectors.kafka.log_identity import LogRefused
from connectors.postgres.connection import dsn
from connectors.postgres.positions import require_whole
from connectors.s3.store import Bucket
from ops import schemas, topics, view_tables
from process.settings import Settings


def migrate(settings: Settings) -> list[str]:
    """Make each room's view table, apply the migrations that this database has not seen; returns their names."""
    with psycopg.connect(dsn(settings), autocommit=False) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(7201)")  # two deployments at once take turns
        connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        view_tables.make_tables(connection)
        done = {row[0] for row in connection.execute("SELECT name FROM migrations")}
        files = sorted(
            (file for file in resources.files("ops").joinpath("migrations").iterdir() if file.name.endswith(".sql")),
            key=lambda file: file.name,
        )
        applied = [file for file in files if file.name not in done]
        for file in applied:
            connection.execute(file.read_bytes())
            connection.execute("INSERT INTO migrations (name) VALUES (%s)", (file.name,))
        view_tables.make_views(connection)
    return [file.name for file in applied]


def check(settings: Settings) -> None:
    """Raises LogRefused when this environment counts partitions otherwise than the log that runs. A broker that does
    not answer has none."""
    try:
        found = log_identity.look(settings)
    except KafkaException:
        return
    if found.identity is not None and (wrong := log_identity.counted_otherwise(settings, found.identity)):
        raise LogRefused(wrong)


def deploy(settings: Settings) -> None:
    """Bring database, registry, broker and object store to what this code needs.

    Raises LogRefused when somebody has read further than the log goes, and what the servers raise.
    """
    migrate(settings)
    schemas.register(settings)
    topics.create(settings)
    topics.verify(settings)
    Bucket(settings).ensure()
    require_whole(settings, log_identity.required(settings))
