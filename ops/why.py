"""`bloomfield why SKU[@LOCATION]` or an order's id: every fact about it, in order, from the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from confluent_kafka import KafkaException
from rich.console import Console

from connectors.kafka.registry import NotRegistered, load_codec
from ops import why_order
from ops.audit.kafka_log import AuditImpossible, KafkaLog
from ops.audit.log import Decode, Log, LoggedEvent, read_event
from ops.audit.run import DEPLOYMENT, decoder
from ops.tables import show, told
from process.settings import Settings
from schemas.inventory import messages as m
from schemas.inventory.holds import HoldCommitted, HoldExpired, HoldExtended, HoldReleased, StockHeld
from schemas.inventory.keys import stock_key
from schemas.inventory.messages import ROOM as INVENTORY
from schemas.locations import LOCATIONS
from schemas.placing import partition_of
from schemas.prices.messages import ROOM as PRICES
from schemas.record import utc

app = typer.Typer(help=__doc__)
ORDER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COLUMNS = "version", "when", "event", "change", "on hand", "held", "available", "who", "why", "command id"


@dataclass(frozen=True, slots=True)
class StockFact:
    """One event of a stock row and what it changed."""

    event: LoggedEvent
    change: int  # of what is on hand
    on_hand: int
    held: int

    @property
    def at(self) -> str:
        """When it happened, by the command's clock."""
        return utc(self.event.occurred_at)

    @property
    def why(self) -> str:
        """The reason in the event's own words."""
        return why(self.event.body)


def facts(log: Log, key: str, decode: Decode, until: int | None = None) -> Iterator[StockFact]:
    """Every event of one key in order, up to and with the moment `until` (UTC milliseconds)."""
    topic, partition = INVENTORY.topic("events"), partition_of(key, log.identity.partitions)
    wanted, on_hand = key.encode(), 0
    for record in log.records(topic, partition):
        if record.key != wanted:
            continue
        event = read_event(INVENTORY, topic, partition, record, decode, record.offset + 1)
        if until is not None and event.occurred_at > until:
            return
        yield StockFact(event, event.body.on_hand_after - on_hand, event.body.on_hand_after, event.body.held_after)
        on_hand = event.body.on_hand_after


def why(body: Any) -> str:  # noqa: C901 - a table of contents
    """What led to a stock event, in words."""
    match body:
        case m.StockReceived():
            return f"delivered: {body.reference}" if body.reference else "delivered"
        case m.StockAdjusted():
            return f"{body.reason}, {body.reference}" if body.reference else str(body.reason)
        case m.StockTransferredOut():
            return f"sent to {body.target}"
        case m.StockTransferredIn():
            return f"came from {body.source}"
        case StockHeld():
            again = f", instead of {body.replaced_quantity}" if body.replaced_quantity else ""
            return f"{body.quantity} held for cart {body.cart_id}{again}"
        case HoldExtended():
            return f"cart {body.cart_id} has longer"
        case HoldCommitted():
            return f"sold: order {body.order_id}"
        case HoldReleased():
            return f"{body.quantity} given back by cart {body.cart_id}: {body.reason}"
        case HoldExpired():
            return f"{body.quantity} given back by cart {body.cart_id}: its time was over"
        case m.StockReturned():
            return f"returned from order {body.order_id}"
        case m.ReorderThresholdSet():
            return f"warn below {body.threshold}"
        case m.StockLow():
            return f"{body.available} available, below {body.threshold}"
        case m.StockRecovered():
            return f"{body.available} available, well above {body.threshold}"
        case _:
            return f"{body.command} refused: {body.reason}"


def answer(key: str, history: list[StockFact]) -> str:
    """The number, and the event that it is from."""
    changes = [fact for fact in history if not isinstance(fact.event.body, m.StockRefused) and fact.event.version]
    if not changes:
        return f"{key}: 0 on hand, because nothing was ever put there"
    last = changes[-1]
    kind, place = type(last.event.body).__name__, last.event.position
    return (
        f"{key}: {last.on_hand} on hand, {last.held} held, {last.on_hand - last.held} available, since {kind} at "
        f"{last.at} (event {last.event.id}, {place.topic}[{place.partition}]@{place.offset})"
    )


def row(fact: StockFact) -> tuple[str, ...]:
    """A fact as text, a cell for each of COLUMNS."""
    numbers = f"{fact.change:+d}" if fact.change else "", str(fact.on_hand), str(fact.held)
    event = fact.event
    return (
        str(event.version),
        fact.at,
        type(event.body).__name__,
        *numbers,
        str(fact.on_hand - fact.held),
        event.actor,
        fact.why,
        event.command_id,
    )


def is_known(log: Log, sku: str) -> bool:
    """Whether anything was ever said of a SKU: a price, or stock anywhere."""
    places = [(INVENTORY, stock_key(sku, location)) for location in LOCATIONS] + [(PRICES, sku)]
    return any(
        record.key == key.encode()
        for room, key in places
        for record in log.records(room.topic("events"), partition_of(key, log.identity.partitions))
    )


def millis(text: str) -> int:
    """An ISO time as UTC milliseconds. Raises typer.BadParameter."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; e.g. 2026-05-01T12:00:00Z") from error
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


@contextmanager
def _opened() -> Iterator[tuple[Log, Decode]]:
    """The log, and how to read its records. Exits with 2 when it cannot be read."""
    settings = Settings.from_environment()
    with told(AuditImpossible, KafkaException, NotRegistered, code=2):
        decode = decoder(settings, load_codec(settings))
        with KafkaLog(settings, DEPLOYMENT) as log:
            yield log, decode


def _told_as_order(order_id: str, until: int | None) -> bool:
    """Print what an order is made of; False when there is no such order."""
    with _opened() as (log, decode):
        events = why_order.story(log, order_id, decode, until)
    if events:
        show(
            Console(highlight=False),
            f"Why order {order_id}",
            why_order.COLUMNS,
            [why_order.row(each) for each in events],
        )
    return bool(events)


@app.command("why")
def why_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SKU[@LOCATION]|ORDER", help="The location is `warehouse` unless given; or an order's id."
        ),
    ],
    at: Annotated[str | None, typer.Option(help="As it was then: an ISO time, UTC unless it says otherwise.")] = None,
    refusals: Annotated[bool, typer.Option(help="Show refused commands too.")] = False,
) -> None:
    """Answer "why is this 47?": every fact about a SKU at a location in order; the last line is the number.

    Of an order: what happened to its cart, checkout, payment, stock and itself.
    """
    if ORDER_ID.fullmatch(what) and _told_as_order(what, None if at is None else millis(at)):
        return
    sku, found, location = what.rpartition("@")
    if not found:
        sku, location = what, LOCATIONS[0]
    if location not in LOCATIONS:
        raise typer.BadParameter(f"no location is called {location}; there are {', '.join(LOCATIONS)}")
    key = stock_key(sku, location)
    until = None if at is None else millis(at)
    with _opened() as (log, decode):
        history = list(facts(log, key, decode, until))
        known = bool(history) or is_known(log, sku)
    if not known:
        Console(stderr=True).print(f"no SKU is called {sku}: nobody ever priced it or put it anywhere", markup=False)
        raise typer.Exit(2)
    out = Console(highlight=False)
    shown = [fact for fact in history if refusals or not isinstance(fact.event.body, m.StockRefused)]
    show(out, f"Why {key}", COLUMNS, [row(fact) for fact in shown])
    out.print(answer(key, history), markup=False, soft_wrap=True)
