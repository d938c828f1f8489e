"""Which log this is: its id, and how many partitions the topics of its rooms have.

Both are in the topic `bloomfield.log`, which `bloomfield topics create` begins, and nowhere else: every process reads
them before it does anything (`required`), and ends when the log gets another id (`watch`).

Offsets belong to one log. Whoever keeps one keeps the id beside it, and an offset of another log counts as none: then
all is read from the beginning, and what was done before is told by command ids and versions (ops/decisions/0012).
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import msgspec
import structlog
from confluent_kafka import OFFSET_BEGINNING, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import ClusterMetadata

from connectors.kafka.client import consumer, log_end, producer, retry, topic_name
from process.settings import Settings
from schemas.log import LogIdentity
from schemas.topics import LOG, PARTITIONS_SETTING, TOPICS

ASK_SECONDS_MAX = 30.0
LOOK_SECONDS_MAX = 20.0
BROKER_SECONDS_MAX = 300.0  # a broker that died checks its log before it listens again
UNREACHABLE = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT)
WATCH_POLL_SECONDS = 1.0
LOST = (
    "The log has lost records: a disk was restored, or it is another log. Anything read from there on would be missed."
    " `bloomfield log renew --reason restored` begins a new log id: then everything is read again from the beginning"
)
Partition = tuple[str, int]  # topic as it is on the broker, partition
WATCHING = structlog.stdlib.get_logger()


class LogRefused(Exception):
    """This is not the log that the process could work on; the message says what was found and what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is on the broker."""

    cluster: str
    partitions: Mapping[str, int]  # by topic, as it is called on the broker
    identities: tuple[LogIdentity, ...]  # in their order; the last one is the log's

    @property
    def identity(self) -> LogIdentity | None:
        """The log as it is now."""
        return self.identities[-1] if self.identities else None


def look(settings: Settings, *, seconds_max: float = LOOK_SECONDS_MAX) -> Found:
    """What is on the broker now. Raises KafkaException when it does not answer, LogRefused for an unreadable record."""
    asker = consumer(settings, "log", **{"enable.partition.eof": True})
    try:
        metadata: ClusterMetadata = retry(lambda: asker.list_topics(timeout=seconds_max), seconds_max=ASK_SECONDS_MAX)
        partitions = {name: len(topic.partitions) for name, topic in metadata.topics.items()}
        name = topic_name(settings, LOG.name)
        identities: list[LogIdentity] = []
        if name in partitions:
            asker.assign([TopicPartition(name, 0, OFFSET_BEGINNING)])
            deadline = time.monotonic() + ASK_SECONDS_MAX
            while not _take(asker.poll(WATCH_POLL_SECONDS), identities):
                if time.monotonic() > deadline:
                    raise LogRefused(f"{name} cannot be read to its end within {ASK_SECONDS_MAX:.0f} s")
        return Found(str(metadata.cluster_id), partitions, tuple(identities))
    finally:
        asker.close()


def required(
    settings: Settings, *, broker_seconds_max: float = 0.0, look_seconds_max: float = LOOK_SECONDS_MAX
) -> LogIdentity:
    """The log that this process works on. Raises LogRefused, or KafkaException when the broker does not answer.

    Nothing is guessed: a process that counts partitions otherwise would overlook events and refuse good commands.
    A broker that cannot be reached is waited for, so long; each look that was in vain is said in the log.
    """
    deadline = time.monotonic() + broker_seconds_max
    while True:
        try:
            found = look(settings, seconds_max=look_seconds_max)
            break
        except KafkaException as error:
            if error.args[0].code() not in UNREACHABLE or time.monotonic() > deadline:
                raise
            WATCHING.warning("waiting_for_broker", broker=settings.kafka, error=error.args[0].str())
    log = found.identity
    if log is None:
        raise LogRefused(f"there is no log on {settings.kafka}: run `bloomfield topics create`")
    if reason := mismatch(settings, found, log):
        raise LogRefused(reason)
    return log


def mismatch(settings: Settings, found: Found, log: LogIdentity) -> str:
    """Why this is not the log that its record speaks of, and what to do; empty: it is."""
    if wrong := counted_otherwise(settings, log):
        return wrong
    if log.cluster != found.cluster:
        return (
            f"log {log.id} was begun on the Kafka cluster {log.cluster}, and this is {found.cluster}: its records were"
            " moved here, where their offsets are others. `bloomfield log renew --reason moved` begins a new log id,"
            " with `--whole` if you know that no record is missing"
        )
    wanted = {topic_name(settings, topic.name): topic.partitions or log.partitions for topic in TOPICS.values()}
    if missing := sorted(wanted.keys() - found.partitions.keys()):
        return f"no such topics: {', '.join(missing)}. Run `bloomfield topics create`"
    for name, count in sorted(wanted.items()):
        if found.partitions[name] != count:
            return (
                f"{name} has {found.partitions[name]} partitions, and log {log.id} has {count}: somebody changed it,"
                f" and keys would go elsewhere than they went. Make a topic of {count} of its records again"
            )
    return ""


def counted_otherwise(settings: Settings, log: LogIdentity) -> str:
    """What is wrong with the number of partitions that the environment asks for; empty: nothing."""
    if settings.partitions in (None, log.partitions):
        return ""
    return (
        f"{PARTITIONS_SETTING} is {settings.partitions} here, and log {log.id} has {log.partitions} partitions. An"
        f" installation chooses once: leave {PARTITIONS_SETTING} unset, or set it to {log.partitions}"
    )


def new(settings: Settings, *, partitions: int, reason: str, copied_from: str = "") -> LogIdentity:
    """The next id of the log on this broker, not written yet."""
    found = look(settings)
    return LogIdentity(
        id=str(uuid.uuid4()),
        partitions=partitions,
        cluster=found.cluster,
        begun_at=time.time_ns() // 1_000_000,
        after=found.identity.id if found.identity else "",
        reason=reason,
        copied_from=copied_from,
    )


def begin(settings: Settings, log: LogIdentity) -> LogIdentity:
    """Write a new id; returns the one that is in force then: another's, if somebody was quicker.

    Raises KafkaException when the broker does not take it.
    """
    failures: list[KafkaError] = []
    out = producer(settings)
    out.produce(
        topic_name(settings, LOG.name),
        msgspec.json.encode(log),
        log.id.encode(),
        0,
        on_delivery=lambda error, _: failures.append(error) if error else None,
    )
    if out.flush(ASK_SECONDS_MAX) or failures:
        raise KafkaException(failures[0] if failures else KafkaError(KafkaError._TIMED_OUT))
    return required(settings)


def known_ids(found: Found) -> set[str]:
    """Every id that these records have had: an offset of another one was stored by somebody who knew a longer log."""
    return {each for identity in found.identities for each in (identity.id, identity.copied_from) if each}


def own_offset(found: TopicPartition, log: LogIdentity) -> int:
    """A position as a group committed it: 0 when there is none, or when it is of another log."""
    return max(int(found.offset), 0) if found.metadata == log.id else 0


def beyond(settings: Settings, keeper: str, stored: Iterable[tuple[Partition, int]]) -> str:
    """Which of these offsets, stored for this log, lies beyond its end, and what to do; empty: none does."""
    for (topic, partition), offset in stored:
        if offset > 0 and offset > (end := log_end(settings, topic, partition, seconds_max=ASK_SECONDS_MAX)):
            return f"{keeper} has read {topic}[{partition}] to {offset}, and the log ends at {end}. {LOST}"
    return ""


def watch(settings: Settings, log: LogIdentity, on_end: Callable[[], None]) -> None:
    """Call `on_end`, in a thread of its own, when the log gets another id: what this process knows is of the old one.

    A broker that is away is waited for: an id that was begun meanwhile is on the topic then.
    """
    threading.Thread(target=_watch, args=(settings, log, on_end), name="log-id", daemon=True).start()


def _watch(settings: Settings, log: LogIdentity, on_end: Callable[[], None]) -> None:
    # A new record is answered at once; until then a question in five seconds is enough of a process that has others.
    reader = consumer(settings, "log", **{"fetch.wait.max.ms": 5_000})
    reader.assign([TopicPartition(topic_name(settings, LOG.name), 0, OFFSET_BEGINNING)])
    identities: list[LogIdentity] = []
    while not any(each.after == log.id for each in identities):
        _take(reader.poll(WATCH_POLL_SECONDS), identities)
    reader.close()
    WATCHING.critical("log_renewed", was=log.id, now=identities[-1].id, help="this process ends and is to be restarted")
    on_end()


def _take(message: object, identities: list[LogIdentity]) -> bool:
    """Note a record that continues what was noted; True at the end. Of two begun at once the first one counts."""
    if message is None:
        return False
    error = message.error()  # type: ignore[attr-defined]  # confluent_kafka's Message
    if error is not None:
        return bool(error.code() == KafkaError._PARTITION_EOF)
    value = message.value()  # type: ignore[attr-defined]
    try:
        found = msgspec.json.decode(value or b"", type=LogIdentity)
    except msgspec.MsgspecError as wrong:
        raise LogRefused(f"{LOG.name} holds a record that is no log id: {wrong}") from wrong
    if found.after == (identities[-1].id if identities else ""):
        identities.append(found)
    return False
