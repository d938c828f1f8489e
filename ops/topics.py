"""`bloomfield topics`: create and verify the topics of the catalogue, and begin the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from confluent_kafka.admin import ConfigResource, NewTopic
from rich.console import Console

from connectors.kafka import log_identity
from connectors.kafka.client import admin, topic_name
from connectors.kafka.log_identity import Found, LogRefused
from connectors.kafka.registry import NotRegistered, load_codec
from ops import reading
from ops.audit.run import decoder
from ops.tables import show, told
from process.settings import Settings
from schemas.topics import PARTITIONS, PARTITIONS_SETTING, TOPICS, Topic

app = typer.Typer(help="Create, verify, list and read the topics of the catalogue.", no_args_is_help=True)


class TopicDrift(Exception):
    """A topic on the broker differs from the catalogue; the message lists every difference."""


def create(settings: Settings, *, replication: int = 1) -> list[str]:
    """Create the topics that are missing, and begin the log where there is none; returns the topics' names.

    Raises LogRefused when the environment asks for another number of partitions than there are, KafkaException when the
    broker refuses.
    """
    found = log_identity.look(settings)
    partitions = _partitions(settings, found)
    made = make(settings, found, partitions, replication=replication)
    if found.identity is None:
        log_identity.begin(settings, log_identity.new(settings, partitions=partitions, reason="topics create"))
    return made


def make(
    settings: Settings, found: Found, partitions: int, *, replication: int = 1, config: Mapping[str, str] | None = None
) -> list[str]:
    """Create the topics that are missing; returns their names. `config` is laid over that of the catalogue."""
    wanted = [
        NewTopic(name, topic.partitions or partitions, replication, config=topic.config | dict(config or {}))
        for topic in TOPICS.values()
        if (name := topic_name(settings, topic.name)) not in found.partitions
    ]
    asker = admin(settings.kafka)
    for future in asker.create_topics(wanted).values() if wanted else ():
        future.result(30)
    return [each.topic for each in wanted]


def _partitions(settings: Settings, found: Found) -> int:
    """How many partitions a missing topic gets: what the log says, or the topics that are there without one."""
    if found.identity is not None:
        if wrong := log_identity.counted_otherwise(settings, found.identity):
            raise LogRefused(wrong)
        return found.identity.partitions
    names = [topic_name(settings, topic.name) for topic in TOPICS.values() if topic.partitions is None]
    counts = {found.partitions[name] for name in names if name in found.partitions}
    wanted = settings.partitions or (counts.copy().pop() if counts else PARTITIONS)
    if counts - {wanted}:
        said = f"{PARTITIONS_SETTING} asks for {wanted}" if settings.partitions else "they must all have as many"
        raise LogRefused(f"the topics that are there have {sorted(counts)} partitions, and {said}")
    return wanted


def verify(settings: Settings) -> None:
    """Compare partitions and settings of every topic with the log and the catalogue. Raises TopicDrift, LogRefused."""
    log_identity.required(settings)
    asker = admin(settings.kafka)
    drift: list[str] = []
    resources = {ConfigResource("topic", topic_name(settings, topic.name)): topic for topic in TOPICS.values()}
    for resource, future in asker.describe_configs(list(resources)).items():
        actual = future.result(20)
        drift += [
            f"{resource.name}: {key} is {actual[key].value}, the catalogue says {value}"
            for key, value in resources[resource].config.items()
            if actual[key].value != value
        ]
    if drift:
        raise TopicDrift("\n".join(sorted(drift)))


def _kind(topic: Topic) -> str:
    if topic.compacted:
        return "compacted"
    return "for ever" if topic.retention_ms < 0 else f"{topic.retention_ms // 3_600_000} h"


@app.command("list")
def list_() -> None:
    """Show the catalogue: name, key, writer, partitions, retention."""
    columns = "topic", "key", "written by", "partitions", "kept", "messages"
    rows = [
        (
            topic.name,
            topic.key,
            topic.writer,
            str(topic.partitions or "as the log"),
            _kind(topic),
            str(len(topic.messages)),
        )
        for topic in TOPICS.values()
    ]
    show(Console(highlight=False), "Topics", columns, rows)


@app.command("read")
def read_(
    name: Annotated[str, typer.Argument(help="A topic of the catalogue, e.g. inventory.events.")],
    key: Annotated[str | None, typer.Option(help="Only records of this key, e.g. VASE@warehouse.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what comes, until Ctrl-C.")] = False,
) -> None:
    """Print the committed records of a topic, decoded, one line of JSON each, with their envelope."""
    if name not in TOPICS:
        raise typer.BadParameter(f"no topic is called {name}; there are {', '.join(TOPICS)}")
    settings = Settings.from_environment()
    with told(KafkaException, NotRegistered, LogRefused, code=2):
        decode = decoder(settings, load_codec(settings))
        for message in reading.records(settings, name, follow=follow):
            if key is None or message.key() == key.encode():
                print(reading.line(message, decode), flush=follow)


@app.command("create")
def create_() -> None:
    """Create the topics that are missing, and begin the log where there is none."""
    with told(LogRefused):
        made = create(Settings.from_environment())
    Console().print(f"created {len(made)} topics" if made else "every topic is there already")


@app.command("verify")
def verify_() -> None:
    """Compare the broker with the catalogue; exit 1 on any difference."""
    with told(TopicDrift, LogRefused):
        verify(Settings.from_environment())
    Console().print(f"{len(TOPICS)} topics are as the catalogue says")
