"""`bloomfield chaos`: kill everything while stock is sold, then prove that nothing was lost, doubled or oversold."""

from __future__ import annotations

import random
import signal
import socket
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated

import typer
from confluent_kafka import Producer, TopicPartition

from connectors.kafka.client import PARTITION_ENDS, consumer, log_end, producer, publish, records, retry, topic_name
from connectors.kafka.log_identity import own_offset, required
from connectors.kafka.positions import DECIDERS
from connectors.kafka.registry import load_codec
from ops import audit
from ops.proof import SAY, a_seed, audit_decisions, end, expect_outages
from ops.servers.own import own_stack
from ops.servers.stack import Stack
from process.settings import Settings
from schemas.codec import Codec
from schemas.envelope import Headers, begin
from schemas.inventory.holds import CommitHold, HoldStock, ReleaseHold, ReleaseReason
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ReceiveStock, TransferStock
from schemas.placing import partition_of
from schemas.record import Record
from schemas.room import address

app = typer.Typer(help=__doc__)

SKUS = 200
LOCATIONS = ("warehouse", "popup-soho")
UNITS_PER_KEY = 120  # scarce: about half of the commands are refused
REPEATED_SHARE = 0.05
HOLD_MS = 4_000  # short, so that timers expire holds while workers die
STOP_SECONDS = 9.0  # longer than a worker's session
SETTLE_SECONDS_MAX = 180.0
KINDS = (  # every kind among the first four: a short run meets them all
    "kill worker",
    "stop worker",
    "kill broker",
    "restart broker",
    "kill worker",
    "stop worker",
    "kill worker",
    "kill worker",
)


@dataclass(slots=True)
class CommandLoad:
    """Sends commands at a steady rate, some of them twice, and remembers every id."""

    settings: Settings
    codec: Codec
    seed: int
    rate: float
    commands: int
    partitions: int
    sent: set[str] = field(default_factory=set)
    records: int = 0
    failed: list[str] = field(default_factory=list)
    _open: deque[tuple[str, str, str]] = field(default_factory=deque)
    _recent: deque[tuple[str, bytes, Headers]] = field(default_factory=lambda: deque(maxlen=2_000))

    def run(self) -> None:
        """Send everything; a broker that is away is waited for."""
        chance = random.Random(self.seed)  # noqa: S311 - a schedule, not a secret
        out = producer(self.settings, **{"linger.ms": 5, "message.timeout.ms": 300_000})
        for sku in range(SKUS):
            for location in LOCATIONS:
                self._send(out, ReceiveStock(sku=f"sku-{sku}", location=location, quantity=UNITS_PER_KEY))
        began = time.monotonic()
        while len(self.sent) < self.commands:
            ahead = len(self.sent) / self.rate - (time.monotonic() - began)
            if ahead > 0:
                out.poll(ahead)  # waits, and serves delivery reports meanwhile
            self._send(out, self._command(chance))
            if chance.random() < REPEATED_SHARE and self._recent:
                self._publish(out, *chance.choice(self._recent))
        if out.flush(120):
            self.failed.append("records were still in the queue after 120 s")

    def _command(self, chance: random.Random) -> Record:
        now = time.time_ns() // 1_000_000
        if len(self._open) > 50 and chance.random() < 0.5:
            sku, location, cart = self._open.popleft()
            common = {"sku": sku, "location": location, "cart_id": cart, "answer_to": address("checkout", cart)}
            if chance.random() < 0.7:
                return CommitHold(**common, order_id=cart)
            return ReleaseHold(**common, reason=ReleaseReason.CANCELLED)
        sku, location = f"sku-{chance.randrange(SKUS)}", chance.choice(LOCATIONS)
        if chance.random() < 0.02:
            target = LOCATIONS[1 - LOCATIONS.index(location)]
            return TransferStock(sku=sku, location=location, target=target, quantity=1)
        cart = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        self._open.append((sku, location, cart))
        return HoldStock(
            sku=sku,
            location=location,
            cart_id=cart,
            answer_to=address("checkout", cart),
            quantity=chance.randrange(1, 4),
            expires_at=now + HOLD_MS,
        )

    def _send(self, out: Producer, command: Record) -> None:
        command_id = str(uuid.uuid4())
        self.sent.add(command_id)
        key = stock_key(command.sku, command.location)  # type: ignore[attr-defined]  # every stock command has both
        envelope = begin(
            command_id=command_id, occurred_at=time.time_ns() // 1_000_000, actor="chaos", channel="system"
        )
        record = (key, self.codec.encode(command), envelope.headers())
        self._recent.append(record)
        self._publish(out, *record)

    def _publish(self, out: Producer, key: str, value: bytes, headers: Headers) -> None:
        topic = topic_name(self.settings, "inventory.commands")
        self.records += 1
        partition = partition_of(key, self.partitions)
        publish(out, topic, key, value, partition, on_delivery=self._delivered, headers=headers)

    def _delivered(self, error: object, _message: object) -> None:
        if error is not None:
            self.failed.append(str(error))


def strike(stack: Stack, kind: str, chance: random.Random) -> None:
    """Do one kind of harm; what dies is started again by its supervisor. Returns when the broker listens."""
    worker = f"worker-{chance.randrange(2)}"
    if kind == "kill worker":
        stack.kill(worker, signal.SIGKILL)
    elif kind == "stop worker":
        stack.kill(worker, signal.SIGSTOP)
        threading.Event().wait(STOP_SECONDS)  # the harm itself: longer than the session
        stack.kill(worker, signal.SIGCONT)
    elif kind == "kill broker":
        stack.kill("kafka", signal.SIGKILL)
        wait_listening(stack.ports["kafka"])
    else:
        stack.restart("kafka")


def wait_listening(port: int, seconds_max: float = SETTLE_SECONDS_MAX) -> None:
    """Wait until a server that was just killed is gone and somebody listens again. Raises TimeoutError."""

    def listens() -> bool:
        with socket.socket() as line:
            line.settimeout(0.2)
            return line.connect_ex(("127.0.0.1", port)) == 0

    deadline = time.monotonic() + seconds_max
    for wanted in (False, True):
        while listens() is not wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"port {port} has not come back within {seconds_max:.0f} s")
            time.sleep(0.005)


Span = tuple[float, float]  # from, until; seconds since the epoch


def longest_silence(settings: Settings, partition: int, span: Span, away: list[Span]) -> float:
    """The longest time in a span in which a partition got no event, in seconds; while the broker was away none could.

    By the broker's own timestamps.
    """
    topic = topic_name(settings, "inventory.events")
    reader = consumer(settings, "chaos", **PARTITION_ENDS)
    end = log_end(settings, topic, partition)
    times = [message.timestamp()[1] / 1000 for message in records(reader, topic, partition, end)]
    reader.close()
    gaps = pairwise([span[0], *(at for at in times if span[0] <= at <= span[1]), span[1]])
    return max(float(until - since) - sum(_overlap((since, until), each) for each in away) for since, until in gaps)


def _overlap(one: Span, other: Span) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def wait_until_decided(settings: Settings, seconds_max: float = SETTLE_SECONDS_MAX) -> None:
    """Wait until the workers have committed a position at the end of the inventory commands. Raises TimeoutError."""
    log = required(settings)
    reader = consumer(settings, DECIDERS)
    topic = topic_name(settings, "inventory.commands")
    asked = [TopicPartition(topic, number) for number in range(log.partitions)]
    deadline, lag = time.monotonic() + seconds_max, -1
    try:
        while time.monotonic() < deadline:
            committed = retry(lambda: reader.committed(asked, 10), seconds_max=30)
            lag = sum(_undecided(settings, topic, each.partition, own_offset(each, log)) for each in committed)
            if lag == 0:
                return
            threading.Event().wait(0.5)
    finally:
        reader.close()
    raise TimeoutError(f"{lag} commands are still undecided after {seconds_max} s")


def _undecided(settings: Settings, topic: str, partition: int, position: int) -> int:
    end = log_end(settings, topic, partition)
    if position >= end:
        return 0
    from streams.runtime.loading import skipped_records  # the offsets between may be transaction markers

    return skipped_records(settings, "chaos", topic, partition, position, end)


def inject_faults(
    stack: Stack, *, commands: int, kills: int, seconds: float, seed: int
) -> tuple[dict[str, int | float], audit.Verdict]:
    """Feed commands for about `seconds`, strike `kills` times meanwhile, wait, audit."""
    expect_outages()
    settings = stack.settings()
    chance = random.Random(seed)  # noqa: S311
    feed = CommandLoad(
        settings, load_codec(settings), seed, commands / seconds, commands, required(settings).partitions
    )
    thread = threading.Thread(target=feed.run, name="feed", daemon=True)
    thread.start()
    began, away = time.time(), []
    for number in range(kills):
        thread.join(seconds / (kills + 1) * chance.uniform(0.6, 1.0))
        kind = KINDS[number % len(KINDS)]
        SAY.print(f"  {number + 1}/{kills} {kind:15} {len(feed.sent):>7} commands sent")
        struck = time.time()
        strike(stack, kind, chance)
        if kind.endswith("broker"):
            away.append((struck, time.time()))
    while thread.is_alive():
        thread.join(10)
        SAY.print(f"  {len(feed.sent):>7} commands sent")
    span = (began, time.time())
    SAY.print("waiting until everything is decided and every hold has ended")
    wait_until_decided(settings)
    verdict = audit_decisions(stack)
    outcomes = audit.command_outcomes(settings, "inventory")
    decided = feed.sent & outcomes.keys()
    tally: dict[str, int | float] = {
        "commands": feed.records,
        "distinct": len(feed.sent),
        "lost": len(feed.sent) - len(decided) + len(feed.failed),
        "duplicated": sum(count - 1 for count in outcomes.values()),
        "oversold": verdict.counts.get("oversold", 0),
        "kills": kills,
        "silent_seconds": round(max(longest_silence(settings, each, span, away) for each in range(feed.partitions)), 1),
    }
    return tally, verdict


@app.callback(invoke_without_command=True)
def chaos(
    commands: Annotated[int, typer.Option(help="Distinct stock commands to send.")] = 100_000,
    kills: Annotated[int, typer.Option(help="How often something is killed, stopped or restarted.")] = 9,
    seconds: Annotated[float, typer.Option(help="Over how long the commands are spread.")] = 100.0,
    seed: Annotated[int, typer.Option(help="Of the schedule; 0: a new one.")] = 0,
    keep: Annotated[bool, typer.Option(help="Leave the servers up afterwards, to look at the topics.")] = False,
) -> None:
    """Two workers decide stock while they, and the broker, are killed; the last line is the tally as JSON."""
    seed = a_seed(seed)
    SAY.print(f"chaos with seed {seed}: {commands} commands, {kills} kills")
    with own_stack("chaos", keep=keep) as stack:  # its own servers: chaos never touches those that are in use
        stack.up(only=["worker-0", "worker-1"])
        tally, verdict = inject_faults(stack, commands=commands, kills=kills, seconds=seconds, seed=seed)
    end(tally, verdict, passed=not (tally["lost"] or tally["duplicated"] or tally["oversold"]))
