"""`python -m ops.bench.restart_run FOLDER`: fill state topics, start two workers, and see how long they load."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psutil
from confluent_kafka import Producer

from connectors.kafka.client import PARTITION_ENDS, consumer, flush, log_end, producer, publish, records, topic_name
from ops.bench.figures import Report
from ops.bench.harness import Harness, running
from ops.servers.stack import Stack
from ops.servers.workspace import Workspace
from process.settings import Settings
from schemas.envelope import Headers
from schemas.rooms import ROOMS
from schemas.topics import PARTITIONS
from streams.runtime.rows import SEGMENT_PREFIX

ROWS = 10_000_000
KEYS = 100_000
WORKERS = 2
FLUSH_SECONDS_MAX = 300.0
READY_SECONDS_MAX = 1_800.0
LATER_MS = 86_400_000
# For how many days a row of each room is kept. Prices and stock do not grow with orders; segments are counted apart.
DAYS_KEPT = {"orders": 30, "payments": 30, "cart": 1, "checkout": 1}

Sample = tuple[bytes, bytes, bytes, bool]  # key, value, version, whether it has a timer


def samples(settings: Settings, room: str) -> tuple[list[Sample], list[Sample]]:
    """Rows and segments of outcomes that the shoppers of this run left in a room."""
    topic = topic_name(settings, f"{room}.state")
    reader = consumer(settings, "bench-samples", **PARTITION_ENDS)
    rows: dict[bytes, Sample] = {}
    segments: dict[bytes, Sample] = {}
    for number in reader.list_topics(topic).topics[topic].partitions:
        for message in records(reader, topic, number, log_end(settings, topic, number)):
            key, value, headers = message.key(), message.value(), dict(message.headers() or ())
            kept = segments if key.startswith(SEGMENT_PREFIX) else rows
            kept.pop(key, None)
            if value is not None:
                kept[key] = (key, value, headers["version"], "due" in headers)
    reader.close()
    return list(rows.values()), list(segments.values())


def mix(settings: Settings) -> list[tuple[str, int, list[Sample]]]:
    """Room, weight, and samples of what a shop's state topics hold that has been open for a month."""
    found = {room: samples(settings, room) for room in ROOMS}
    orders = len(found["orders"][0])
    weights = [(room, DAYS_KEPT[room] * orders, found[room][0]) for room in DAYS_KEPT]
    return [
        each
        for each in (*weights, *((room, len(segments), segments) for room, (_, segments) in found.items()))
        if each[2]
    ]


def write_rows(settings: Settings, parts: list[tuple[str, int, list[Sample]]], count: int) -> Counter[str]:
    """So many rows over all partitions, each under a key of its own; returns how many of which."""
    out, due = _producer(settings), b"%d" % (time.time_ns() // 1_000_000 + LATER_MS)
    total, written = sum(weight for _, weight, _ in parts), Counter[str]()
    for room, weight, kept in parts:
        topic = topic_name(settings, f"{room}.state")
        segment = kept[0][0].startswith(SEGMENT_PREFIX)
        for number, (key, value, version, timed) in enumerate(islice(cycle(kept), count * weight // total)):
            name = SEGMENT_PREFIX + b"%012d" % number if segment else b"%s-%d" % (key, number)
            headers: Headers = [("version", version), *([("due", due)] if timed else [])]
            publish(out, topic, name, value, number % PARTITIONS, headers=headers)
            written[f"{room} segments" if segment else room] += 1
    flush(out, FLUSH_SECONDS_MAX)
    return written


def write_backlog(settings: Settings, kept: list[Sample], count: int) -> Counter[str]:
    """So many records of few keys, just written: nothing has compacted them yet."""
    out, topic = _producer(settings), topic_name(settings, "orders.state")
    for number, (_, value, version, _) in enumerate(islice(cycle(kept), count)):
        key = b"order-%d" % (number % KEYS)
        publish(out, topic, key, value, number % PARTITIONS, headers=[("version", version)])
    flush(out, FLUSH_SECONDS_MAX)
    return Counter({"orders": count})


def _producer(settings: Settings) -> Producer:
    return producer(
        settings, **{"linger.ms": 50, "batch.num.messages": 50_000, "queue.buffering.max.messages": 500_000}
    )


def load(harness: Harness, settings: Settings, what: str, written: Counter[str]) -> dict[str, Any]:
    """Both workers start at once: until when have they read everything, and how large are they then?"""
    with ExitStack() as ends:
        window = ends.enter_context(harness.window())
        children = [
            ends.enter_context(running(harness.worker(settings, slot=slot, rooms=""))) for slot in range(WORKERS)
        ]
        for child in children:
            child.wait_ready(READY_SECONDS_MAX)
        last = [child.logged("epoch_began")[-1] for child in children]
        first = [next(line for line in child.logged("partitions_assigned")) for child in children]
        sizes = [psutil.Process(child.pid).memory_info().rss / 2**20 for child in children]
    seconds = max(_stamp(line) for line in last) - min(_stamp(line) for line in first)
    facts = {"records": dict(written), "mib_each": [round(size) for size in sizes], "partitions": PARTITIONS}
    return {
        "what": what,
        "seconds": seconds,
        "mib": sum(sizes),
        "facts": facts,
        "conditions": asdict(window.conditions),
    }


def _stamp(line: dict[str, object]) -> float:
    return datetime.fromisoformat(str(line["timestamp"])).timestamp()


def main() -> None:
    """A line of JSON for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    arguments = parser.parse_args()
    harness = Harness(Stack(Workspace(root=arguments.folder, throwaway=True), foreign={}), Report())
    parts = mix(harness.stack.settings())
    orders = next(kept for room, _, kept in parts if room == "orders")
    try:
        settings = harness.fresh_topics()
        written = write_rows(settings, parts, arguments.rows)
        measured = load(harness, settings, f"{arguments.rows:,} live rows", written)
        sys.stdout.write(json.dumps(measured) + "\n")
        sys.stdout.flush()
        settings = harness.fresh_topics()
        written = write_backlog(settings, orders, arguments.rows)
        measured = load(harness, settings, f"{arguments.rows:,} just-written records of {KEYS:,} keys", written)
        sys.stdout.write(json.dumps(measured) + "\n")
    finally:
        harness.end_children()


if __name__ == "__main__":
    main()
