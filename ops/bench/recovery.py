"""How long decisions pause: a second worker joins, one of them stops, one is killed. Loading: `restart`."""

from __future__ import annotations

import time
from collections.abc import Callable

from ops.bench.figures import Goal, at_most
from ops.bench.harness import Harness
from ops.bench.pacing import Stream, longest_silence
from ops.bench.stock import deliveries, holds_and_commits, send_all
from ops.servers.stack import Stack

PART = "recovery"
RATE = 200.0
COMMANDS_MAX = 200_000
CALM_SECONDS = 4.0
CALM_SECONDS_MAX = 60.0
ANSWERED_LATELY_SECONDS = 0.5
SETTLE_SECONDS_MAX = 60.0


def run(harness: Harness) -> None:
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
