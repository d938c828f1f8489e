"""Walks the events of one partition: their identity, their sequence, their fold, and the table they lead to."""

from __future__ import annotations

import hashlib
from typing import Any

from ops.audit import history
from ops.audit.commands import FINGERPRINT_BYTES, DecidedCommands, StateTopic
from ops.audit.findings import Findings, LogPosition
from ops.audit.folds import FOLDS
from ops.audit.log import Decode, Log, LoggedEvent, compact, key_text, read_event
from ops.audit.model import AuditRow, Model
from ops.audit.observers import OBSERVERS
from schemas.codec import DecodeError
from schemas.envelope import derive_id
from schemas.room import Room

DIFFERENCES_MAX = 5  # of a row, told


def _fingerprint(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=FINGERPRINT_BYTES).digest()


class EventAudit:
    """One partition of one room's events."""

    def __init__(
        self, model: Model, findings: Findings, room: Room, partition: int, state: StateTopic, partition_of_key: Any
    ) -> None:
        self.model, self.findings, self.room, self.partition = model, findings, room, partition
        self.state, self.partition_of_key = state, partition_of_key
        self.fold, self.observe = FOLDS[room.name], OBSERVERS.get(room.name)
        self.rows = model.rooms[room.name]
        self.own: dict[str, AuditRow] = {}  # the rows of this partition
        self.ended: dict[str, tuple[int, int, bytes | None]] = {}  # last states of those that left the state topic
        self.known: set[bytes] = set()  # fingerprints of the keys that ever did
        self._command, self._number = "", 0

    def walk(self, log: Log, outcomes: DecidedCommands, decode: Decode) -> None:
        """Check every event in order, then the table."""
        topic = self.room.topic("events")
        settled = log.settled_before(topic, self.partition)
        self.model.ends[(topic, self.partition)] = log.end(topic, self.partition)
        read = 0
        for record in log.records(topic, self.partition):
            read += 1
            self.model.next_offsets[(topic, self.partition)] = record.offset + 1
            self.model.newest_at = max(self.model.newest_at, record.timestamp)
            try:
                event = read_event(self.room, topic, self.partition, record, decode, settled)
            except DecodeError as error:
                position = LogPosition(topic, self.partition, record.offset, key_text(record.key))
                self.findings.fail("log.readable", position, expected=f"an event of {self.room.name}", found=error)
                continue
            self._identity(event, outcomes)
            self._take(event, decode)
        self.model.counts["events"] += read
        self.model.counts[f"{self.room.name}_events"] += read
        for check in ("log.readable", "log.key", "log.once", "log.whole", "log.versions", "log.fold", "commands.known"):
            self.findings.checked(check, read)
        if self.room.name == "inventory":
            for check in ("stock.bounds", "stock.fold", "stock.holds", "stock.low"):
                self.findings.checked(check, read)
        if self.room.name == "promotions":
            for check in ("promotions.limits", "promotions.uses"):
                self.findings.checked(check, read)
        self._tables()

    # --- who says it, and because of what ---

    def _identity(self, event: LoggedEvent, outcomes: DecidedCommands) -> None:
        fail = self.findings.fail
        self._number = self._number + 1 if event.command_id == self._command else 0
        self._command = event.command_id
        expected = derive_id(event.command_id, self._number)
        if event.id != expected:
            found = f"{event.id} (number {self._number} of command {event.command_id} here)"
            fail("log.whole", event.position, expected=f"event id {expected}", found=found)
        identity = compact(event.id)
        if identity in self.model.event_ids:
            fail("log.once", event.position, expected="a new event id", found="an id seen before")
        self.model.event_ids.add(identity)
        if self._number == 0 and event.settled and not event.of_own_timer(self.room):
            known = compact(event.command_id) in outcomes.ids or outcomes.forgot_cause(event)
            if not known:
                fail("commands.known", event.position, expected=f"an outcome of {event.command_id}", found="none")

    def _check_key(self, event: LoggedEvent) -> None:
        own = self.room.key_of(event.body)
        if own != event.key or self.partition_of_key(event.key) != self.partition:
            expected = f"key {own} on partition {self.partition_of_key(own)}"
            self.findings.fail("log.key", event.position, expected=expected, found=f"{event.key} on {self.partition}")

    # --- what it adds up to ---

    def _take(self, event: LoggedEvent, decode: Decode) -> None:
        row = self.own.get(event.key)
        refusal = type(event.body).__name__.endswith("Refused")
        if row is not None and row.changed and event.version <= 1 and not refusal and self.fold.ended(row.state):
            row = None  # it ended, was forgotten, and begins again
        if row is None:
            self._check_key(event)
            row = self.own[event.key] = self.rows[event.key] = AuditRow(self.fold.initial(), event.position)
        self._sequence(event, row, refusal=refusal)
        for problem in self.fold.apply(row.state, event.body):
            self.findings.fail(problem.check, event.position, expected=problem.expected, found=problem.found)
        history.keep(self.room.name, event, row.state)
        if self.observe is not None:
            self.observe(event, row.state, self.model, self.findings)
        self._compare(event, row, decode)

    def _sequence(self, event: LoggedEvent, row: AuditRow, *, refusal: bool) -> None:
        row.position = event.position
        if event.version == 0 and refusal and (row.version == 0 or self.fold.ended(row.state)):
            return  # refused on a key that does not exist: a made-up id leaves no row
        if event.version != row.version + 1:
            self.findings.fail("log.versions", event.position, expected=row.version + 1, found=event.version)
        row.version = event.version
        if not refusal:
            row.changed = event.version
        if event.settled:
            row.settled = event.version
        else:
            row.moving = True

    # --- the table ---

    def _compare(self, event: LoggedEvent, row: AuditRow, decode: Decode) -> None:
        """At the very event that the row on the state topic knows last, the two must be the same."""
        _, _, version, value = self._kept(event.key)
        if value is None or event.version != version:
            return
        try:
            kept = decode(value)
            parts = {name: decode(part) for name, part in self.state.parts.get(event.key, {}).items()}
        except DecodeError as error:
            row.compared = f"unreadable: {error}"
            return
        folded = self.fold.parts(row.state)
        differences = [
            f"{name}: state topic {getattr(kept, name)!r}, fold {row.state[name]!r}"
            for name in kept.__struct_fields__
            if name in row.state and getattr(kept, name) != row.state[name]
        ] + [
            f"part {name}: state topic {parts.get(name)!r}, fold {folded.get(name)!r}"
            for name in sorted(parts.keys() | folded.keys())
            if parts.get(name) != folded.get(name)
        ]
        row.compared = "; ".join(differences[:DIFFERENCES_MAX])

    def _kept(self, key: str) -> tuple[str, int, int, bytes | None]:
        """Topic, offset, version and value of an aggregate's row, wherever it is kept; no value: nowhere."""
        offset, version, value = self.state.rows.get(key, (-1, -1, None))
        if value is None and key in self.ended:
            return (self.room.topic("ended"), *self.ended[key])
        return self.room.topic("state"), offset, version, value

    def _tables(self) -> None:
        for key, row in self.own.items():
            if row.version == 0:
                continue
            self.findings.checked("tables")
            topic, offset, version, value = self._kept(key)
            position = LogPosition(topic, self.partition, offset, key)
            if key in self.ended and _fingerprint(key) not in self.known:
                self.findings.fail(
                    "tables", position, expected="a fingerprint on a segment of what ended", found="none"
                )
            if value is None:
                if row.settled and not self.fold.ended(row.state):
                    self.findings.fail("tables", position, expected=f"a row, version {row.version}", found="none")
            elif row.compared is None or row.settled > version:
                self.findings.fail("tables", position, expected=f"version {row.settled}", found=f"version {version}")
            elif row.compared:
                self.findings.fail("tables", position, expected="the fold", found=row.compared)
        for key in (self.state.rows.keys() | self.ended.keys()) - self.own.keys():
            topic, offset, _, value = self._kept(key)
            if value is not None:
                position = LogPosition(topic, self.partition, offset, key)
                self.findings.fail("tables", position, expected="events that lead to it", found="a row without any")
        for key, parts in self.state.parts.items():
            if parts and self.state.rows.get(key, (-1, -1, None))[2] is None:
                position = LogPosition(topic, self.partition, -1, key)
                self.findings.fail("tables", position, expected="a row that they are of", found=f"{len(parts)} parts")
