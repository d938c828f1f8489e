"""Real servers, a database and topics of each test's own, and connectors as real processes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo, sql

from connectors.kafka.registry import load_codec
from ops import schemas, topics
from ops.deploy import migrate
from ops.servers.stack import Stack
from process.settings import Settings
from schemas.codec import Codec
from tests.connectors.broker import Broker
from tests.connectors.process import Connector

Start = Callable[..., Connector]


@pytest.fixture(scope="session")
def run_settings(unstarted_stack: Stack, kafka: str, registry: str) -> Settings:
    """Where the run's servers are, with all schemas registered."""
    settings = unstarted_stack.settings()
    schemas.register(settings)
    return settings


@pytest.fixture(scope="session")
def codec(run_settings: Settings) -> Codec:
    return load_codec(run_settings)


@pytest.fixture
def topic_settings(run_settings: Settings, topic_prefix: str) -> Settings:
    """Topics of this test's own."""
    settings = replace(run_settings, topic_prefix=topic_prefix)
    topics.create(settings)
    return settings


@pytest.fixture
def settings(topic_settings: Settings, postgres: str) -> Iterator[Settings]:
    """And a migrated database of its own."""
    name = f"t{secrets.token_hex(4)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        settings = replace(topic_settings, postgres=conninfo.make_conninfo(topic_settings.postgres, dbname=name))
        migrate(settings)
        yield settings
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def broker(topic_settings: Settings, codec: Codec) -> Broker:
    return Broker(topic_settings, codec)


@pytest.fixture
def start(topic_settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Starts connectors that end with the test."""
    started: list[Connector] = []

    def start_one(name: str, settings: Settings = topic_settings, **options: object) -> Connector:
        started.append(Connector(name, settings, tmp_path, **options))
        return started[-1]

    yield start_one
    for connector in started:
        connector.end()
