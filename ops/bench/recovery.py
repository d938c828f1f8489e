"""How long decisions pause: a worker starts on a full partition, a second one joins and leaves, one is killed."""

from __future__ import annotations

import time
from collections.abc import Callable

from ops.bench.figures import Goal, at_most
from ops.bench.harness import Harness, running
from ops.bench.pacing import Stream, longest_silence
from ops.bench.rows import write_ids, write_rows
from ops.bench.stock import deliveries, holds_and_commits, send_all
from ops.servers.stack import Stack

PART = "recovery"
ROWS = 200_000
IDS = 200_000
RATE = 200.0
COMMANDS_MAX = 200_000
CALM_SECONDS = 4.0
CALM_SECONDS_MAX = 60.0
ANSWERED_LATELY_SECONDS = 0.5
SETTLE_SECONDS_MAX = 60.0


def run(harness: Harness) -> None:
    _cold(harness, "rows", lambda settings: write_rows(settings, harness.codec, ROWS), ROWS, at_most(10))
    _cold(harness, "remembered command ids", lambda settings: write_ids(settings, harness.codec, IDS), IDS, None)
    _interruptions(harness)


def _cold(harness: Harness, what: str, write: Callable[..., None], count: int, goal: Goal | None) -> None:
    """A worker starts on a partition that it has never seen."""
    settings = harness.fresh_topics()
    write(settings)
    with harness.window() as window:
        began = time.monotonic()
        with running(harness.worker(settings)) as worker:
            worker.wait_ready()
            ready_seconds = time.monotonic() - began
    [loaded] = [line for line in worker.logged("partition_loaded") if line["partition"] == 0]
    harness.report.add(
        PART,
        window.conditions,
        f"{count} {what} of one partition read back",
        float(str(loaded["seconds"])),
        "s",
        goal,
        rows=loaded["rows"],
        outcomes=loaded["outcomes"],
        from_start_to_ready_seconds=round(ready_seconds, 1),
    )


def _interruptions(harness: Harness) -> None:
    """Two workers under their supervisor, with all rooms, while commands come at a steady rate."""
    stack = harness.stack
    if stack.pid("worker-1"):
        stack.stop("worker-1")  # of an earlier part
    stack.up(only=["worker-0"])
    send_all(stack.settings(), deliveries(harness.codec))
    stream = Stream(stack.settings(), holds_and_commits(harness.codec, COMMANDS_MAX), RATE)
    with harness.window() as window, stream:
        _calm(stream)
        _interrupted(harness, stream, "a second worker joins", lambda: _join(stack))
        _interrupted(harness, stream, "one of two workers stops", lambda: stack.stop("worker-1"))
        _join(stack)
        _calm(stream)
        _interrupted(harness, stream, "one of two workers is killed", lambda: stack.kill("worker-0"), at_most(15))
        stream.drain(SETTLE_SECONDS_MAX)
    for name in ("worker-0", "worker-1"):
        stack.stop(name)
    for what, count in (("lost", stream.unanswered), ("doubled", stream.doubled)):
        name, answered = f"commands {what}, all interruptions", len(stream.seen)
        harness.report.add(PART, window.conditions, name, count, "commands", at_most(0), answered=answered)


def _join(stack: Stack) -> None:
    stack.runner.start("worker-1")
    stack.wait_ready("worker-1")


def _interrupted(
    harness: Harness, stream: Stream, name: str, interrupt: Callable[[], None], goal: Goal | None = None
) -> None:
    with harness.window() as window:
        since = time.monotonic()
        interrupt()
        steady = _calm(stream)
        until = time.monotonic()
    slowest = round(max([each.millis for each in stream.seen if each.seen_at >= since], default=0))
    harness.report.add(
        PART,
        window.conditions,
        f"longest silence of a partition, {name}",
        longest_silence(stream.seen, since, until),
        "s",
        goal,
        rate=RATE,
        slowest_ms=slowest,
        steady_again=steady,
    )


def _calm(stream: Stream) -> bool:
    """Wait until every partition has been answering for a while; False when that does not come about."""
    deadline = time.monotonic() + CALM_SECONDS_MAX
    calm_since = None
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if stream.silent_seconds() > ANSWERED_LATELY_SECONDS:
            calm_since = None
        elif calm_since is None:
            calm_since = time.monotonic()
        elif time.monotonic() - calm_since > CALM_SECONDS:
            return True
    return False
