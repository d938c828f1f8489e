"""How far the sink has read, and that nobody has read further than the log goes. Its positions are rows."""

from __future__ import annotations

import psycopg
import structlog

from connectors.kafka.log_identity import LOST, LogRefused, beyond, known_ids, look
from connectors.kafka.positions import READ_BY, require_whole_for
from connectors.postgres.connection import dsn
from process.settings import Settings, SettingsError
from schemas.log import LogIdentity

LOG = structlog.stdlib.get_logger()


def require_whole_for_sink(settings: Settings, log: LogIdentity) -> None:
    """Raises LogRefused when the views have read further than the log goes; psycopg.Error when they cannot be asked."""
    with psycopg.connect(dsn(settings), autocommit=True, connect_timeout=5) as connection:
        there = connection.execute("SELECT to_regclass('sink_positions') IS NOT NULL").fetchone()
        if not there or not there[0]:
            return
        rows = connection.execute(
            "SELECT topic, partition, next_offset, log_id FROM sink_positions WHERE starts_with(topic, %s)",
            (settings.topic_prefix,),
        ).fetchall()
    if rows and (strange := {of for *_, of in rows} - known_ids(look(settings))):
        raise LogRefused(f"the PostgreSQL sink has read log {min(strange)}, which this Kafka has never had. {LOST}")
    stored = [((topic, number), at) for topic, number, at, of in rows if of == log.id]
    if reason := beyond(settings, "the PostgreSQL sink", stored):
        raise LogRefused(reason)


def require_whole_for_sink_if_it_answers(settings: Settings, log: LogIdentity) -> None:
    """For workers, which decide also while PostgreSQL is away: then the deploy step and the sink itself have asked."""
    try:
        require_whole_for_sink(settings, log)
    except (psycopg.Error, SettingsError) as error:
        LOG.warning("sink_positions_not_compared", why=str(error).strip())


def require_whole(settings: Settings, log: LogIdentity) -> None:
    """Raises LogRefused when anybody has read further than the log goes; psycopg.Error or KafkaException."""
    for group, topics in READ_BY.items():
        require_whole_for(settings, log, group, topics)
    require_whole_for_sink(settings, log)
