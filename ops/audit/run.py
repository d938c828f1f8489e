"""The audit from end to end: the log, folded anew; then what others have made of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from connectors.kafka import registry
from connectors.kafka.registry import SchemaRegistryError
from ops.audit import incomplete, sagas
from ops.audit import postgres as views_in_postgres
from ops.audit import search as search_index
from ops.audit import stripe as stripe_books
from ops.audit.commands import (
    CommandAudit,
    read_dead_letters,
    read_fingerprints,
    read_outcomes,
    read_parked,
    read_segment,
    read_state,
)
from ops.audit.events import EventAudit
from ops.audit.findings import Findings, Verdict, verdict
from ops.audit.folds import payments
from ops.audit.kafka_log import KafkaLog
from ops.audit.log import Decode, Log
from ops.audit.model import Model
from process.settings import Settings
from schemas.codec import Codec, UnknownSchemaId
from schemas.placing import partition_of
from schemas.record import Record
from schemas.rooms import ROOMS

NOT_FOUND = 404
REST_SECONDS_MAX = 60.0  # Stripe may still be answering when the last shopper has their answer
DEPLOYMENT = "deciders"  # consumer group of the workers, after the topic prefix
Report = Callable[[str], None]
Snapshot = tuple[Model, Findings]


def run(
    settings: Settings,
    *,
    postgres: bool,
    settled: bool,
    stripe: str | None,
    search: bool = False,
    report: Report = lambda _: None,
    codec: Codec | None = None,
) -> Verdict:
    """Audit everything on the broker. `codec` replaces the registry's, for topics written with another.

    `settled` gives what is still under way a minute to be done; what is incomplete then is a fault.
    Raises AuditImpossible, KafkaException, psycopg.Error, httpx.HTTPError, or Unreachable and SearchRefused of the
    search, when something cannot be read.
    """
    decode = decoder(settings, codec or registry.load_codec(settings))
    take = partial(snapshot, settings, decode, report)
    model, findings = snapshot_at_rest(take, seconds_max=REST_SECONDS_MAX) if settled else take()
    sagas.check(model, findings, settled=settled)
    if postgres:
        views_in_postgres.check(settings, model, findings, report)
    if search:
        search_index.check(settings, model, findings, report)
    if stripe:
        report("comparing with Stripe")
        stripe_books.compare(stripe_books.fetch(stripe), model, findings, settled=settled)
    return verdict(findings, summary(model) | {"oversold": findings.failed.get("stock.bounds", 0)})


def snapshot_at_rest(take: Callable[[], Snapshot], *, seconds_max: float, pause_seconds: float = 1.0) -> Snapshot:
    """The first snapshot of a shop at rest, or the last one that was taken in time: at least one, in any case."""
    deadline = time.monotonic() + seconds_max
    taken = take()
    while not incomplete.at_rest(taken[0]) and time.monotonic() < deadline:
        del taken  # two of them at once may be too much for memory
        time.sleep(pause_seconds)
        taken = take()
    return taken


def snapshot(settings: Settings, decode: Decode, report: Report) -> Snapshot:
    """All topics as they are at this moment, and what is wrong within their partitions."""
    findings = Findings()
    report("making a snapshot through the topics")
    with KafkaLog(settings, DEPLOYMENT) as log:
        return fold(log, decode, findings, report), findings


def fold(log: Log, decode: Decode, findings: Findings, report: Report) -> Model:
    """Read all topics of all rooms, a partition at a time, and make every check that needs no other room."""
    partitions = log.identity.partitions
    model = Model(log=log.identity)
    for room in ROOMS.values():
        for partition in range(partitions):
            report(f"reading {room.name}[{partition}], {model.counts['events']} events so far")
            state = read_state(log.records(room.topic("state"), partition))
            outcomes = read_outcomes(room, partition, state, decode, findings)
            outcomes.parked = read_parked(model, room, partition, state, decode, findings)
            model.counts["outcomes"] += len(outcomes.ids)
            dead = read_dead_letters(log, room, partition, findings)
            model.counts["dead_letters"] += len(dead)
            CommandAudit(model, findings, room, partition).walk(log, outcomes, dead, decode)
            position = EventAudit(model, findings, room, partition, state, lambda key: partition_of(key, partitions))
            if room.recalls:
                position.ended = read_state(log.records(room.topic("ended"), partition)).rows
                position.known = read_fingerprints(room, partition, state, decode, findings)
            position.walk(log, outcomes, decode)
    return model


def command_outcomes(settings: Settings, room: str, codec: Codec | None = None) -> Counter[str]:
    """How often each command id of a room was decided, as far as outcomes are remembered: once, or there is a bug."""
    decode = decoder(settings, codec or registry.load_codec(settings))
    decided: Counter[str] = Counter()
    with KafkaLog(settings, DEPLOYMENT) as log:
        for partition in range(log.identity.partitions):
            for _, value in read_state(log.records(ROOMS[room].topic("state"), partition)).segments.values():
                if value is not None:
                    decided.update(each.command_id for each in read_segment(decode, value).outcomes)
    return decided


def decoder(settings: Settings, codec: Codec) -> Decode:
    """Decodes, and looks up the schemas of writers newer than this code."""

    def decode(value: bytes | None) -> Record:
        try:
            return codec.decode(value)
        except UnknownSchemaId as unknown:
            _learn(settings, codec, unknown.id)
            return codec.decode(value)

    return decode


def _learn(settings: Settings, codec: Codec, schema_id: int) -> None:
    """Look a schema up; bytes that only look like a frame name one that nobody registered."""
    try:
        registry.learn(settings, codec, schema_id)
    except SchemaRegistryError as error:
        if error.http_status_code != NOT_FOUND:
            raise
        codec.refuse(schema_id, f"schema id {schema_id} is not registered")


def summary(model: Model) -> dict[str, int]:
    """The counts of an audit: records, aggregates, and the balances of the ledger."""
    counts = dict(model.counts)
    for name, rows in model.rooms.items():
        counts[f"{name}_rows"] = sum(1 for row in rows.values() if row.changed)
    for account, pence in model.accounts.items():
        counts[f"ledger_{account}_minor"] = pence
    owed = sum(payments.owed(row.state) for _, row in model.live("payments"))
    return counts | {
        "captured_minor": model.captured_minor, "refunded_minor": model.refunded_minor,
        "disputed_minor": model.disputed_minor, "owed_minor": owed,
    }  # fmt: skip
