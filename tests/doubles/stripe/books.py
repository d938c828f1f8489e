"""What the account may never forget (objects, idempotency keys, events, what is still to be delivered), and how each
change of it is written down and read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.doubles.stripe.attempts import challenge_of
from tests.doubles.stripe.context import Event
from tests.doubles.stripe.idempotency import IdempotencyKeys, Saved
from tests.doubles.stripe.journal import Entry
from tests.doubles.stripe.plans import Plan
from tests.doubles.stripe.store import Object, Store
from tests.doubles.stripe.webhooks import Delivery

EVENTS_KEPT_MAX = 30_000


class Books:
    def __init__(self) -> None:
        self.store = Store()
        self.keys = IdempotencyKeys()
        self.events: dict[str, Event] = {}
        self.undelivered: dict[str, tuple[Event, Plan]] = {}  # Left over by the process before this one.

    def keep(self, events: Iterable[Event]) -> None:
        for event in events:
            self.events[event.id] = event
        while len(self.events) > EVENTS_KEPT_MAX:
            del self.events[next(iter(self.events))]

    def change(self, objects: list[Object], events: list[Event], deliveries: list[Delivery], key: str) -> Entry:
        return {
            "objects": objects,
            "cards": self._cards_of(objects),
            "keys": {key: _told(self.keys.saved[key])} if key else {},
            "events": [_told(event) for event in events],
            "deliveries": {delivery.event.id: delivery.plan for delivery in deliveries},
        }

    def settled(self, event: Event) -> Entry:
        return {"settled": {event.id: event.acknowledged}}

    def fold(self, entry: Entry) -> None:
        for obj in entry.get("objects", ()):
            self.store.add(obj)
        self.store.cards |= entry.get("cards", {})
        self.keys.saved |= {key: _saved(told) for key, told in entry.get("keys", {}).items()}
        fresh = {told["id"]: _event(told) for told in entry.get("events", ())}
        for event_id, plan in entry.get("deliveries", {}).items():
            self.undelivered[event_id] = (fresh.get(event_id) or self.events[event_id], _plan(plan))
        self.keep(fresh.values())
        for event_id, acknowledged in entry.get("settled", {}).items():
            self.undelivered.pop(event_id, None)
            if event_id in self.events:
                self.events[event_id].acknowledged = acknowledged

    def complete(self) -> None:
        """After the last entry: which challenge is whose needs no line of its own, for the intents say it."""
        self.store.take_touched()
        for intent in self.store.all("payment_intent"):
            if intent["next_action"] is not None:
                self.store.challenges[challenge_of(intent)] = intent["id"]

    def everything(self) -> Iterator[Entry]:
        """The shortest journal that leads here."""
        for table in self.store.tables.values():
            for obj in table.values():
                yield {"objects": [obj], "cards": self._cards_of([obj])}
        for key, saved in self.keys.saved.items():
            yield {"keys": {key: _told(saved)}}
        # An event may be too old to be listed and yet not be delivered.
        outlasting = {i: event for i, (event, _) in self.undelivered.items() if i not in self.events}
        for event_id, event in (outlasting | self.events).items():
            plan = {event_id: self.undelivered[event_id][1]} if event_id in self.undelivered else {}
            yield {"events": [_told(event)], "deliveries": plan}

    def _cards_of(self, objects: Iterable[Object]) -> dict[str, str]:
        return {obj["id"]: self.store.cards[obj["id"]] for obj in objects if obj["id"] in self.store.cards}


def _told(record: Event | Saved) -> Entry:
    """JSON has no bytes; both bodies are JSON themselves, that is UTF-8."""
    told: Entry = {name: getattr(record, name) for name in record.__slots__}
    told["body"] = record.body.decode()
    return told


def _event(told: Entry) -> Event:
    return Event(**told | {"body": told["body"].encode()})


def _saved(told: Entry) -> Saved:
    return Saved(**told | {"body": told["body"].encode(), "fingerprint": tuple(told["fingerprint"])})


def _plan(told: Entry) -> Plan:
    return Plan(**told | {"spoils": tuple(told["spoils"])})
