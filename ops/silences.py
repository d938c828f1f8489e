"""`bloomfield silences`: how long nothing is decided after a kill, as a distribution over kills at random moments."""

from __future__ import annotations

import random
import signal
import statistics
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from connectors.kafka.registry import load_codec
from ops.audit import Verdict
from ops.bench.pacing import Stream
from ops.bench.stock import deliveries, holds_and_commits, send_all
from ops.chaos import wait_listening
from ops.proof import SAY, SILENT_SECONDS_MAX, a_seed, audit_decisions, end, expect_outages
from ops.servers.own import own_stack
from ops.servers.stack import Stack
from schemas.topics import PARTITIONS

app = typer.Typer(help=__doc__)

WORKERS = ("worker-0", "worker-1")
RATE = 100.0  # commands a second
COMMANDS_MAX = 1_000_000
ROWS = 60_000  # so that a kill can meet a worker that is loading
GOAL_SECONDS = 10.0
GIVEN_UP_SECONDS = 180.0
READY = "(ready)"
T = TypeVar("T")
CALM_SECONDS = 3.0
LATELY_SECONDS = 0.5


class NotCalm(Exception):
    """Decisions did not come back in time: what was measured would say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One kill: until when some partition decided nothing that was sent after it."""

    kind: str
    seconds: float


class Shop:
    """Two workers under a steady stream of stock commands, and ways to harm them."""

    def __init__(self, stack: Stack, stream: Stream, chance: random.Random) -> None:
        self.stack, self.stream, self.chance = stack, stream, chance

    def one(self) -> str:
        """The name of a worker, by chance."""
        return self.chance.choice(WORKERS)

    def kill(self, *names: str) -> float:
        """Kill these at once; returns when."""
        for name in names:
            self.stack.kill(name, signal.SIGKILL)
        return time.monotonic()

    def idle(self) -> float:
        """A worker that had nothing to do for a second."""
        with self.stream.paused():
            self._wait(1.0)
            return self.kill(self.one())

    def mid_batch(self) -> float:
        """A worker under load, at any moment of its transactions."""
        self._wait(self.chance.random())
        return self.kill(self.one())

    def loading(self) -> float:
        """A worker that was killed and reads its partitions back."""
        name = self.one()
        self._start_until(name, "loaded")
        self._wait(self.chance.random() * 0.3)
        return self.kill(name)

    def joining(self) -> float:
        """A worker that was killed and has not been given its partitions yet."""
        name = self.one()
        self._start_until(name, "assigned")
        self._wait(self.chance.random() * 0.5)
        return self.kill(name)

    def both_workers(self) -> float:
        """All workers at once."""
        self._wait(self.chance.random())
        return self.kill(*WORKERS)

    def broker(self) -> float:
        """The broker alone; counted from its listening again."""
        self._wait(self.chance.random())
        self.kill("kafka")
        return self._listening()

    def broker_and_worker(self) -> float:
        """The broker and a worker together; counted from the broker's listening again."""
        self._wait(self.chance.random())
        self.kill("kafka", self.one())
        return self._listening()

    def _listening(self) -> float:
        wait_listening(self.stack.ports["kafka"])
        return time.monotonic()

    def _start_until(self, name: str, moment: str) -> None:
        """Kill a worker until its successor is seen at this moment of its start, which can be over in 0.1 s."""
        while True:
            killed = self.stack.pid(name)
            self.kill(name)
            until(lambda before=killed: self.stack.pid(name) not in (None, before))  # type: ignore[misc]
            if until(lambda: next((each for each in (moment, READY) if each in self._state(name)), "")) == moment:
                return

    def _state(self, name: str) -> str:
        """What a worker says it still waits for; READY, or empty before it says anything."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.stack.ports[name]}/readyz", timeout=1).close()
        except urllib.error.HTTPError as answer:
            return answer.read().decode()
        except OSError:
            return ""
        return READY

    @staticmethod
    def _wait(seconds: float) -> None:
        threading.Event().wait(seconds)  # the moment is part of the harm


def silence_since(stream: Stream, moment: float) -> float:
    """Seconds until every partition has decided a command sent after that moment. Raises NotCalm."""

    def heard() -> dict[int, float]:
        firsts: dict[int, float] = {}
        for each in stream.lately(moment):
            firsts.setdefault(each.partition, each.seen_at)
        return firsts

    until(lambda: len(heard()) == PARTITIONS)
    return max(heard().values()) - moment


def calm(stack: Stack, stream: Stream) -> None:
    """Wait until both workers are ready and every partition has answered for a while. Raises NotCalm."""
    since = time.monotonic()
    deadline = since + GIVEN_UP_SECONDS
    while time.monotonic() - since < CALM_SECONDS:
        if time.monotonic() > deadline:
            raise NotCalm("decisions have not become steady again")
        time.sleep(0.1)
        ready = all(stack.processes[name].ready() is None for name in WORKERS)
        if not ready or stream.silent_seconds() > LATELY_SECONDS:
            since = time.monotonic()


def until(fact: Callable[[], T]) -> T:
    """Wait for a fact, and answer it. Raises NotCalm."""
    deadline = time.monotonic() + GIVEN_UP_SECONDS
    while not (found := fact()):
        if time.monotonic() > deadline:
            raise NotCalm(f"waited {GIVEN_UP_SECONDS:.0f} s for what a kill should bring about")
        time.sleep(0.005)
    return found


KINDS: Mapping[str, Callable[[Shop], float]] = {
    "worker idle": Shop.idle,
    "worker mid-batch": Shop.mid_batch,
    "worker loading": Shop.loading,
    "worker joining": Shop.joining,
    "both workers": Shop.both_workers,
    "broker": Shop.broker,
    "broker and worker": Shop.broker_and_worker,
}


def measure(shop: Shop, kinds: list[str]) -> Iterator[Silence]:
    """Do harm, one kind after the other, and measure each silence."""
    for number, kind in enumerate(kinds):
        calm(shop.stack, shop.stream)
        began = time.monotonic()
        moment = KINDS[kind](shop)
        away = moment - began if kind.startswith("broker") else 0.0
        found = Silence(kind=kind, seconds=silence_since(shop.stream, moment))
        note = f"  (the broker was away for {away:.1f} s)" if away else ""
        SAY.print(f"  {number + 1:>2}/{len(kinds)} {kind:18} {found.seconds:6.1f} s{note}")
        yield found


def table_of(found: list[Silence]) -> Table:
    """One line for each kind, and one for all."""
    table = Table(title=f"seconds without decisions after {len(found)} kills")
    for head in ("killed", "times", "min", "median", "max"):
        table.add_column(head, justify="left" if head == "killed" else "right")
    kinds = [kind for kind in KINDS if any(each.kind == kind for each in found)]
    for name, seconds in (
        *((kind, [each.seconds for each in found if each.kind == kind]) for kind in kinds),
        ("all", [each.seconds for each in found]),
    ):
        figures = (min(seconds), statistics.median(seconds), max(seconds))
        table.add_row(name, str(len(seconds)), *(f"{figure:.1f}" for figure in figures))
    return table


def conclude(seconds: list[float], stream: Stream, verdict: Verdict) -> None:
    """Print the tally of these silences. Raises typer.Exit(1) when one was too long, or a command lost or doubled."""
    worst = max(seconds)
    tally = {
        "kills": len(seconds),
        "longest_seconds": round(worst, 1),
        "over_goal": sum(each > GOAL_SECONDS for each in seconds),
        "lost": stream.unanswered,
        "doubled": stream.doubled,
    }
    end(tally, verdict, passed=worst <= SILENT_SECONDS_MAX and not stream.unanswered and not stream.doubled)


@app.callback(invoke_without_command=True)
def silences(
    kills: Annotated[int, typer.Option(min=1, help="How many kills, in turn of every kind, in random order.")] = 40,
    seed: Annotated[int, typer.Option(help="Of the schedule; 0: a new one.")] = 0,
    only: Annotated[str, typer.Option(help=f"One kind alone: {', '.join(KINDS)}.")] = "",
    keep: Annotated[bool, typer.Option(help="Leave the servers up afterwards, to look at their logs.")] = False,
) -> None:
    """Kill workers and the broker under load; print how long each kill kept the shop from deciding; then audit.

    Exits 1 when one silence was longer than 20 s, or a command was lost or decided twice. The last line is JSON.
    """
    if only and only not in KINDS:
        raise typer.BadParameter(f"{only!r} is no kind of kill: {', '.join(KINDS)}", param_hint="--only")
    expect_outages()
    seed = a_seed(seed)
    chance = random.Random(seed)  # noqa: S311 - a schedule, not a secret
    kinds = [[*KINDS][number % len(KINDS)] for number in range(kills)] if not only else [only] * kills
    chance.shuffle(kinds)
    SAY.print(f"silences with seed {seed}: {kills} kills under {RATE:.0f} commands/s")
    with own_stack("silences", keep=keep) as stack:
        stack.up(only=WORKERS)
        codec = load_codec(stack.settings())
        send_all(stack.settings(), deliveries(codec, ROWS))
        with Stream(stack.settings(), holds_and_commits(codec, COMMANDS_MAX), RATE) as stream:
            found = [*measure(Shop(stack, stream, chance), kinds)]
            stream.drain(GIVEN_UP_SECONDS)
        SAY.print(table_of(found))
        verdict = audit_decisions(stack)
    conclude([each.seconds for each in found], stream, verdict)
