"""`python -m ops.bench.bare_loop`: the stock decisions in the plainest loop that is right, without Faust.

One consumer, one producer, one transaction after the other; a command that comes twice is decided twice.
"""

from __future__ import annotations

import signal
import threading

from confluent_kafka import Producer

from connectors.kafka.client import consumer, producer, topic_name
from connectors.kafka.registry import load_codec
from ops.bench.rival import EMPTY, Row, decide, encode_row
from process.settings import Settings
from schemas.codec import Codec

BATCH_MAX = 1_000
WAIT_SECONDS = 0.05


def write(settings: Settings, codec: Codec, out: Producer, messages: list, rows: dict[str, Row]) -> None:  # type: ignore[type-arg]
    """Decide a batch into the open transaction; each row that changed is written once."""
    changed: dict[str, int] = {}
    for message in messages:
        key = message.key().decode()
        rows[key], outs = decide(
            codec, rows.get(key, EMPTY), message.value(), message.headers(), key, message.partition()
        )
        changed[key] = message.partition()
        for each in outs:
            out.produce(topic_name(settings, each.topic), each.value, each.key, each.partition, headers=each.headers)
    state = topic_name(settings, "inventory.state")
    for key, partition in changed.items():
        version = [("version", b"%d" % rows[key].version)]
        out.produce(state, encode_row(rows[key]), key, partition, headers=version)


def main() -> None:
    """Decide until SIGTERM."""
    settings = Settings.from_environment()
    codec = load_codec(settings)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    out = producer(settings, **{"transactional.id": f"{settings.topic_prefix}bare", "linger.ms": 0})
    out.init_transactions(30)
    source = consumer(settings, "bare-loop")
    source.subscribe([topic_name(settings, "inventory.commands")])
    rows: dict[str, Row] = {}
    while not over.is_set():
        messages = [message for message in source.consume(BATCH_MAX, WAIT_SECONDS) if message.error() is None]
        if messages:
            out.begin_transaction()
            write(settings, codec, out, messages, rows)
            out.send_offsets_to_transaction(source.position(source.assignment()), source.consumer_group_metadata())
            out.commit_transaction()
    source.close()


if __name__ == "__main__":
    main()
