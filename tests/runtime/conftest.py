"""What the tests of the engine on a real broker share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from confluent_kafka import Consumer

from connectors.kafka.client import consumer, topic_name
from ops import topics
from ops.servers.stack import Stack
from process.settings import Settings
from tests.waiting import eventually


@pytest.fixture
def settings(unstarted_stack: Stack, kafka: str, topic_prefix: str) -> Settings:
    made = replace(unstarted_stack.settings(), kafka=kafka, topic_prefix=topic_prefix)
    topics.create(made)
    return made


@pytest.fixture
def member(settings: Settings) -> Iterator[Consumer]:
    """A member of the deciders' group, as a worker is one."""
    made = consumer(settings, "deciders")
    made.subscribe([topic_name(settings, "inventory.commands")])
    eventually(lambda: (made.poll(0.2), made.assignment())[1])
    yield made
    made.close()
