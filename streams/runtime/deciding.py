"""One transaction's worth of decisions: commands in, records out. No IO and no clock: the broker's time comes in.

The same code runs in a worker (epoch.py), where the records go into a Kafka transaction, and in the
simulation of the tests, where they go into a list.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from schemas.codec import Codec, DecodeError, UnknownSchemaId
from schemas.envelope import Envelope, EnvelopeError, Headers, begin, derive_id
from schemas.ids import ID_IN_WORDS, no_id
from schemas.log import LogIdentity
from schemas.outcomes import Outcome
from schemas.placing import partition_of
from schemas.record import Record
from schemas.room import Room
from schemas.rooms import destination
from schemas.topics import REPLIES, REPLY_PARTITIONS
from streams.runtime.decider import refusal_of
from streams.runtime.rows import CLOCK_AHEAD_MAX_MS, Row, Table

TIMER = "timer"  # actor of the commands that the engine makes itself
FORGOTTEN = "it may have been decided before"  # why a command is set aside that is older than the ids remembered
ENDINGS_MAX = 1_000  # rows that leave for `<room>.ended` in one transaction; more wait for the next ones
ENDINGS_PAUSE_MS = 1_000
TOO_MANY_WAIT = "too many commands wait for what ended to be read back: send it again when they are decided"
CHAIN_MAX = 10_000  # commands decided locally because of one command; the rest go through the log
RECORD_BYTES_MAX = 980_000  # of a value: below what a broker takes in one record (1 MB) with its key and headers
GROWTH = 2  # bytes that a row grows by at most for each byte of an event, and
GROWTH_BYTES = 256  # for each command
REMEMBERED_BYTES_MAX = 300  # of a reply, which is kept for a day; of a longer one the refusal and the version are
REASON_LENGTH_MAX = 500  # of why a command is set aside: it may quote the command

TablePartition = tuple[str, int]  # room, partition
Output = tuple[str, int, bytes | None, bytes | None, Headers]  # topic, partition, key, value, headers
Pending = tuple[Table, str, Record, Envelope]


class Fetched(Protocol):
    """A record as the consumer hands it over."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class TooLarge(Exception):
    """A record that no broker would take."""


class TooManyWait(Exception):
    """No more commands may wait for aggregates that are being read back."""


class ReducerBug(Exception):
    """A room's pure code failed on a command. Nothing of the command was kept; its partition must stop."""


class Send(NamedTuple):
    """A message for another aggregate; an event that is an answer is encoded once."""

    room: Room
    key: str
    message: Record
    encoded: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What a command came to, before anything of it is kept. A reply is empty when nobody waits for one."""

    state: Any
    events: list[tuple[Record, bytes]]  # with their bytes
    sends: list[Send]
    parts: Sequence[str]
    refusal: str
    reply: bytes


def _require_small(value: bytes, what: str) -> None:
    if len(value) > RECORD_BYTES_MAX:
        raise TooLarge(f"{what} would have {len(value)} bytes, and a record may have {RECORD_BYTES_MAX}")


def sends_of(reaction: Iterable[Record], events: Iterable[tuple[Record, bytes]]) -> list[Send]:
    """What goes to others: the messages of a reaction, then the events as answers. Events come with their bytes."""
    sends: list[Send] = []
    for message in reaction:
        if (found := destination(message)) is not None:
            assert "\0" not in found[1], "a key of the engine's own, which no id can lead to"
            sends.append(Send(*found, message, None))
    for event, encoded in events:
        if (found := destination(event)) is not None:
            sends.append(Send(*found, event, encoded))
    return sends


def _outcome(envelope: Envelope, version: int, decided: _Decided) -> Outcome:
    """What is remembered of a decision. Only who began a chain may ask again for the reply."""
    is_kept = len(decided.reply) <= REMEMBERED_BYTES_MAX and envelope.id == envelope.correlation_id
    return Outcome(
        command_id=envelope.id, version=version, refusal=decided.refusal, reply=decided.reply if is_kept else b""
    )


@contextmanager
def _rooms_code() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise ReducerBug(repr(error)) from error


class Deciding:
    """The decisions of one transaction over the tables of one epoch."""

    def __init__(
        self, tables: Mapping[TablePartition, Table], codec: Codec, log: LogIdentity, *, local: bool = True
    ) -> None:
        self.tables, self.codec, self.log, self.local = tables, codec, log, local
        self.outputs: list[Output] = []
        self.positions: dict[TablePartition, int] = {}  # of every table in this transaction
        self.parked: dict[TablePartition, set[str]] = {}  # keys for which a command waits that was the first to
        self.set_aside: list[tuple[Table, int, str]] = []  # dead letters: table, offset, why
        self.counts = {
            "decided": 0,
            "repeated": 0,
            "dead": 0,
            "timers": 0,
            "local": 0,
            "events": 0,
            "parked": 0,
            "ended": 0,
        }
        self._now = 0
        # After a start every command is measured: one that made too large a row unforeseen stops its partition then.
        self._exact = not all(table.caught_up for table in tables.values())
        self._ends_later = 0
        self._followed: dict[tuple[str, str], int] = {}  # which of the outputs is a chain's latest reply about a key
        self._onward: list[Headers] = []  # of the commands that go through the log

    def take(self, table: Table, fetched: Fetched) -> None:
        """Decide one record of a command topic.

        Raises UnknownSchemaId (nothing has changed: look it up and call again). A bug in the room's code
        halts the table: its position stays before this record, and later records are not taken.
        """
        if table.halted or fetched.offset < table.position:
            return
        understood: Pending | Exception
        try:
            understood = self._understood(table, fetched)
        except UnknownSchemaId:
            raise
        except (DecodeError, EnvelopeError, UnicodeDecodeError) as error:
            understood = error
        self._now = max(self._now, fetched.timestamp)
        table.read_up_to = max(table.read_up_to, fetched.timestamp)
        self.fire_timers(table, fetched.timestamp)
        if not table.halted:  # else by a timer that was due before it: it waits where it is
            if isinstance(understood, Exception):
                self._dead_letter(table, fetched, understood)
            elif not self._waits(understood):
                self._run(understood, fetched.offset)
            elif table.parked.full:
                self._dead_letter(table, fetched, TooManyWait(TOO_MANY_WAIT))
            else:
                self._park(understood)
        if not table.halted:
            table.position = fetched.offset + 1
        self._keep_position(table)

    def fire_timers(self, table: Table, until: int) -> None:
        """Decide the timers of a table that are due at or before `until`."""
        while not table.halted and (found := table.pop_due(until)):
            noted, key = found
            self.counts["timers"] += 1
            self._keep_position(table)
            try:
                self._wake(table, key, until)
            except ReducerBug as bug:
                table.halt(f"the timer of {key} at {noted}: {bug}", bug, offset=None)

    def _wake(self, table: Table, key: str, until: int) -> None:
        with _rooms_code():
            row = table.row(key)
            due, expires_at = table.timer_at(row), table.decider.expires_at(row.state)
        if due is None or due > until:  # noted by a release that saw it otherwise
            table.set_timer(key, row, due)
        elif due == expires_at:
            self._end(table, key, row, until)
        else:
            with _rooms_code():
                command = table.decider.on_timer(key, row.state, due)
            timer_id = derive_id(f"{table.room.name}/{key}/{row.version}", f"timer/{due}")
            self._run((table, key, command, begin(command_id=timer_id, occurred_at=due, actor=TIMER, channel="system")))
            with _rooms_code():
                after = table.decider.next_timer_at(table.row(key).state)
            if not table.halted and after is not None and after <= due:
                raise ReducerBug("it did not move on")

    def _end(self, table: Table, key: str, row: Row, until: int) -> None:
        """A finished row leaves memory. In a room that recalls, what is decided does not depend on when it does."""
        if table.room.recalls:
            if key in table.parked:
                return  # its timer is set again when what waits for it is decided
            if self.counts["ended"] >= ENDINGS_MAX:
                pauses = 1 + self._ends_later // ENDINGS_MAX
                self._ends_later += 1
                table.set_timer(key, row, until + pauses * ENDINGS_PAUSE_MS)
                return
            value, headers = self.codec.encode(row.state), [("version", b"%d" % row.version)]
            self.outputs.append((table.room.topic("ended"), table.partition, key.encode(), value, headers))
            table.ended.add(key)
            self.counts["ended"] += 1
        table.forget(key)

    def recall(self, table: Table, key: str, ended: Row | None) -> None:
        """Decide the commands that waited for an aggregate, in the order in which they came.

        `ended` is its row as it was when it ended; none: it never did. Whoever looked for it did so after the
        transaction in which the first of them was parked: since then nothing else was decided on this key.
        """
        if table.halted or key not in table.parked:
            return
        row = table.row(key) if key in table.rows else ended
        if row is not None:
            table.put(key, row)
        self._keep_position(table)
        while key in table.parked:
            first = table.parked.pop(key)
            self._run((table, key, first.command, first.envelope))
            if table.halted:
                table.parked.put_back(first)
                return

    def finish(self, now: int) -> list[Output]:
        """Close the books: rows and outcomes of every table go to the state topics. Returns all records to write.

        Raises TooLarge for a row that outgrew what was foreseen; nothing may be written then, and the next worker,
        which measures all that waits for it, halts that partition.
        """
        now = max(now, self._now)
        for onward in self._onward:
            onward.append(("sent-at", b"%d" % now))
        for table in [self.tables[tp] for tp in self.positions]:
            self._keep_position(table)
            topic = table.room.topic("state")
            for key, value, version, due in table.changes(now):
                _require_small(value or b"", "a row")
                headers: Headers = [("version", b"%d" % version)]
                if due is not None:
                    headers.append(("due", b"%d" % due))
                self.outputs.append((topic, table.partition, key, value, headers))
        return self.outputs

    # --- one command ---

    def _understood(self, table: Table, fetched: Fetched) -> Pending:
        command = self.codec.decode(fetched.value)
        envelope = Envelope.of_command(fetched.headers)
        key = (fetched.key or b"").decode()
        if not table.room.takes(command):
            raise DecodeError(f"{type(command).__name__} is no command of {table.room.name}, and no answer to it")
        if (wrong := no_id(command)) is not None:  # whose answer would go nowhere, or to a key of the engine's own
            raise DecodeError(f"{wrong[0]} is no id of ours ({ID_IN_WORDS}): {wrong[1]!r:.100}")
        own = table.room.key_of(command)
        if not own or own != key:
            raise DecodeError(f"the key {key!r} is not the command's own, or the one it answers to: {own!r}")
        if partition_of(key, self.log.partitions) != table.partition:
            raise DecodeError(f"{key!r} belongs to another partition: producers must use murmur2_random")
        if envelope.actor == TIMER and not envelope.causation_id:
            raise EnvelopeError(f"the actor `{TIMER}` without a cause is the engine's own, which sends no such command")
        if envelope.issued_at > fetched.timestamp + CLOCK_AHEAD_MAX_MS:
            raise EnvelopeError(
                "occurred-at is more than five minutes ahead of the broker's clock: set the sender's clock"
            )
        if envelope.issued_at <= table.outcomes.low_watermark and table.outcomes.get(envelope.id) is None:
            raise EnvelopeError(f"occurred-at is older than what is remembered: {FORGOTTEN}")
        return table, key, command, envelope

    def _waits(self, pending: Pending) -> bool:
        """Whether a command waits until its aggregate, which ended, is read back; one decided before need not."""
        table, key, _, envelope = pending
        return table.must_be_recalled(key) and table.outcomes.get(envelope.id) is None

    def _park(self, pending: Pending) -> None:
        table, key, command, envelope = pending
        if key not in table.parked:
            self.parked.setdefault((table.room.name, table.partition), set()).add(key)
        table.parked.add(key, command, envelope, self.codec.encode(command))
        self.counts["parked"] += 1
        self._keep_position(table)

    def _run(self, first: Pending, offset: int | None = None) -> None:
        """Decide a command, or a timer's (no offset), and the commands that it leads to on tables of this epoch."""
        waiting = deque([first])
        budget = CHAIN_MAX
        while waiting:
            table, key, command, envelope = waiting.popleft()
            try:
                sends = self._decide(table, key, command, envelope)
            except ReducerBug as bug:
                if command is not first[2]:
                    self._send(table.room, table.partition, key, command, envelope)  # it halts where it belongs
                    continue
                table.halt(str(bug), bug, offset=offset)
                return
            for number, send in enumerate(sends):
                caused = envelope.caused(message_id=derive_id(envelope.id, f"send/{number}"), cause_id=envelope.id)
                partition = partition_of(send.key, self.log.partitions)
                target = self.tables.get((send.room.name, partition)) if self.local and budget > 0 else None
                if target is None or target.halted:
                    self._send(send.room, partition, send.key, send.encoded or send.message, caused)
                    continue
                pending = (target, send.key, send.message, caused)
                if not self._waits(pending):
                    budget -= 1
                    self.counts["local"] += 1
                    waiting.append(pending)
                elif target.parked.full:  # it is set aside where it belongs
                    self._send(send.room, partition, send.key, send.encoded or send.message, caused)
                else:
                    self._park(pending)

    def _decide(self, table: Table, key: str, command: Record, envelope: Envelope) -> Sequence[Send]:
        first = table.outcomes.get(envelope.id)
        if first is not None:
            self._repeat(table, envelope, first)
            return ()
        decider = table.decider
        wants_reply = envelope.reply_to is not None and (decider.follows or envelope.id == envelope.correlation_id)
        try:
            row = table.row(key)
            state = row.state
            events: tuple[Record, ...] = tuple(decider.decide(command, state, envelope.occurred_at))
            for event in events:
                state = decider.evolve(state, event)
            encoded = [(event, self.codec.encode(event)) for event in events]
            sends = sends_of(decider.react(command, state, events), encoded)
            decided = _Decided(
                state=state,
                events=encoded,
                sends=sends,
                parts=[name for event in events for name in decider.parts.touched(event)] if decider.parts else (),
                refusal=refusal_of(events),
                reply=self.codec.encode(decider.reply(state)) if wants_reply else b"",
            )
            size = self._measured(table, row, decided, exact=self._exact or envelope.actor == TIMER)
        except Exception as error:
            raise ReducerBug(f"{type(command).__name__} on {table.room.name}/{key}: {error!r}") from error
        row.size = size
        self._keep(table, key, row, decided, envelope)
        return sends

    def _measured(self, table: Table, row: Row, decided: _Decided, *, exact: bool) -> int:
        """How many bytes the row's record has at most. Raises TooLarge when the decision makes a record too large.

        Rows and commands for other rooms are measured when they might be too large: both are made of the row as it was
        and of the events, which are encoded anyway.
        """
        _require_small(decided.reply, "the reply")
        grown = 0
        for event, value in decided.events:
            _require_small(value, type(event).__name__)
            grown += len(value)
        size = row.size + GROWTH * grown + GROWTH_BYTES
        if not exact and size <= RECORD_BYTES_MAX:
            return size
        head = self.codec.encode(table.head(decided.state))
        _require_small(head, "the row")
        for part in table.parts(decided.state, decided.parts):
            _require_small(b"" if part is None else self.codec.encode(part), "a part of the row")
        for send in decided.sends:
            if send.encoded is None:  # else it was measured as an event
                _require_small(self.codec.encode(send.message), type(send.message).__name__)
        return len(head)

    def _keep(self, table: Table, key: str, row: Row, decided: _Decided, envelope: Envelope) -> None:
        events = decided.events
        if decided.state is not row.state or (events and key in table.rows):
            self._emit(table, key, row.version, events, envelope)
            row.state = decided.state
            row.version += len(events)
            table.put(key, row, decided.parts)
        else:  # nothing known of this key, and nothing to know now: a made-up id leaves no row
            self._emit(table, key, -len(events), events, envelope)
        if envelope.actor != TIMER or envelope.causation_id:  # a timer's own command is never sent, so never repeated
            table.outcomes.add(_outcome(envelope, row.version, decided), envelope.issued_at)
        self._keep_position(table)
        self.counts["decided"] += 1
        self.counts["events"] += len(events)
        if decided.reply:
            self._reply(envelope, key, decided.reply, row.version, decided.refusal)

    # --- records out ---

    def _emit(
        self, table: Table, key: str, version: int, encoded: list[tuple[Record, bytes]], envelope: Envelope
    ) -> None:
        topic, raw_key = table.room.topic("events"), key.encode()
        cause = envelope.headers()
        cause[1] = ("causation-id", envelope.id.encode())
        for number, (event, value) in enumerate(encoded):
            cls = type(event)
            headers = [
                ("event-id", derive_id(envelope.id, number).encode()),
                ("type", self.codec.names[cls]),
                ("schema-id", b"%d" % self.codec.ids[cls]),
                ("version", b"%d" % max(0, version + number + 1)),
                *cause,
            ]
            self.outputs.append((topic, table.partition, raw_key, value, headers))

    def _send(self, room: Room, partition: int, key: str, message: Record | bytes, envelope: Envelope) -> None:
        headers = envelope.headers()
        self._onward.append(headers)
        value = message if isinstance(message, bytes) else self.codec.encode(message)
        self.outputs.append((room.topic("commands"), partition, key.encode(), value, headers))

    def _reply(
        self, envelope: Envelope, key: str, reply: bytes | None, version: int, refusal: str, *, replayed: bool = False
    ) -> None:
        headers = [
            ("command-id", envelope.id.encode()),
            ("correlation-id", envelope.correlation_id.encode()),
            ("version", b"%d" % version),
        ]
        if refusal:
            headers.append(("refusal", refusal.encode()))
        if replayed:
            headers.append(("replayed", b"1"))
        partition = (envelope.reply_to or 0) % REPLY_PARTITIONS
        index = len(self.outputs)
        if envelope.id != envelope.correlation_id:  # of what follows on a key, the newest says it all
            index = self._followed.setdefault((envelope.correlation_id, key), index)
        self.outputs[index : index + 1] = [(REPLIES.name, partition, envelope.correlation_id.encode(), reply, headers)]

    def _repeat(self, table: Table, envelope: Envelope, first: Outcome) -> None:
        """A command id seen before: its first outcome is replied again, and nothing else happens."""
        self.counts["repeated"] += 1
        self._keep_position(table)
        if envelope.reply_to is not None and envelope.id == envelope.correlation_id:
            self._reply(envelope, "", first.reply or None, first.version, first.refusal, replayed=True)

    def _dead_letter(self, table: Table, fetched: Fetched, error: Exception) -> None:
        self.counts["dead"] += 1
        why = f"{type(error).__name__}: {error}"[:REASON_LENGTH_MAX]
        self.set_aside.append((table, fetched.offset, why))
        headers = [
            *fetched.headers,
            ("dead-topic", table.room.topic("commands").encode()),
            ("dead-partition", b"%d" % table.partition),
            ("dead-offset", b"%d" % fetched.offset),
            ("dead-log", self.log.id.encode()),
            ("dead-error", why.encode()),
        ]
        self.outputs.append((table.room.topic("dead-letters"), table.partition, fetched.key, fetched.value, headers))

    def _keep_position(self, table: Table) -> None:
        # Tables that only timers or local commands touched are in the commit as well: sending an offset
        # is what lets the broker refuse a transaction of an old generation.
        self.positions[(table.room.name, table.partition)] = table.position
