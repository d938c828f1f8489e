"""One transaction's worth of decisions: commands in, records out. No IO and no clock: the broker's time comes in.

The same code runs in a worker (epoch.py), where the records go into a Kafka transaction, and in the
simulation of the tests, where they go into a list.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from schemas.codec import Codec, DecodeError, UnknownSchemaId
from schemas.envelope import Envelope, EnvelopeError, begin, derive_id
from schemas.ids import ID_IN_WORDS, no_id
from schemas.log import LogIdentity
from schemas.outcomes import Outcome
from schemas.placing import partition_of
from schemas.record import Record, utc
from streams.runtime.decided import Decided, Send, outcome_of, sends_of, size_of
from streams.runtime.decider import refusal_of
from streams.runtime.records import Fetched, Output, RecordsOut
from streams.runtime.rows import CLOCK_AHEAD_MAX_MS, Row, Table

TIMER = "timer"  # actor of the commands that the engine makes itself
FORGOTTEN = "it may have been decided before"  # why a command is set aside that is older than the ids remembered
ENDINGS_MAX = 1_000  # rows that leave for `<room>.ended` in one transaction; more wait for the next ones
ENDINGS_PAUSE_MS = 1_000
TOO_MANY_WAIT = "too many commands wait for what ended to be read back: send it again when they are decided"
CHAIN_MAX = 10_000  # commands decided locally because of one command; the rest go through the log
REASON_LENGTH_MAX = 500  # of why a command is set aside: it may quote the command

TablePartition = tuple[str, int]  # room, partition
Pending = tuple[Table, str, Record, Envelope]


class TooManyWait(Exception):
    """No more commands may wait for aggregates that are being read back."""


class ReducerBug(Exception):
    """A room's pure code failed on a command. Nothing of the command was kept; its partition must stop."""


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
        self.out = RecordsOut(codec, log)
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
        while not table.halted and (found := table.pop_timer(until)):
            noted, key = found
            self.counts["timers"] += 1
            self._keep_position(table)
            try:
                self._run_timer(table, key, until)
            except ReducerBug as bug:
                table.halt(str(bug), bug, offset=None)
            if table.halted:
                table.halted = f"the timer of {key}, due at {utc(noted)}: {table.halted}"

    def _run_timer(self, table: Table, key: str, until: int) -> None:
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
            self.out.ended(table, key, row)
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
                table.halted = f"a command that waited until {key} was read back: {table.halted}"
                table.parked.put_back(first)
                return

    def finish(self, now: int) -> list[Output]:
        """Close the books: rows and outcomes of every table go to the state topics. Returns all records to write.

        Raises TooLarge for a row that outgrew what was foreseen; nothing may be written then, and the next worker,
        which measures all that waits for it, halts that partition.
        """
        tables = [self.tables[tp] for tp in self.positions]
        for table in tables:
            self._keep_position(table)
        self.out.close(tables, max(now, self._now))
        return self.out.written

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
                    self.out.command(table.room, table.partition, key, command, envelope)  # it halts where it belongs
                    continue
                table.halt(str(bug), bug, offset=offset)
                return
            for number, send in enumerate(sends):
                caused = envelope.caused(message_id=derive_id(envelope.id, f"send/{number}"), cause_id=envelope.id)
                partition = partition_of(send.key, self.log.partitions)
                target = self.tables.get((send.room.name, partition)) if self.local and budget > 0 else None
                if target is None or target.halted:
                    self.out.command(send.room, partition, send.key, send.encoded or send.message, caused)
                    continue
                pending = (target, send.key, send.message, caused)
                if not self._waits(pending):
                    budget -= 1
                    self.counts["local"] += 1
                    waiting.append(pending)
                elif target.parked.full:  # it is set aside where it belongs
                    self.out.command(send.room, partition, send.key, send.encoded or send.message, caused)
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
            decided = Decided(
                state=state,
                events=encoded,
                sends=sends,
                parts=[name for event in events for name in decider.parts.touched(event)] if decider.parts else (),
                refusal=refusal_of(events),
                reply=self.codec.encode(decider.reply(state)) if wants_reply else b"",
            )
            size = size_of(decided, table, row, self.codec, exact=self._exact or envelope.actor == TIMER)
        except Exception as error:
            raise ReducerBug(f"{type(command).__name__} on {table.room.name}/{key}: {error!r}") from error
        row.size = size
        self._keep(table, key, row, decided, envelope)
        return sends

    def _keep(self, table: Table, key: str, row: Row, decided: Decided, envelope: Envelope) -> None:
        events = decided.events
        if decided.state is not row.state or (events and key in table.rows):
            self.out.events(table, key, row.version, events, envelope)
            row.state = decided.state
            row.version += len(events)
            table.put(key, row, decided.parts)
        else:  # nothing known of this key, and nothing to know now: a made-up id leaves no row
            self.out.events(table, key, -len(events), events, envelope)
        if envelope.actor != TIMER or envelope.causation_id:  # a timer's own command is never sent, so never repeated
            table.outcomes.add(outcome_of(decided, envelope, row.version), envelope.issued_at)
        self._keep_position(table)
        self.counts["decided"] += 1
        self.counts["events"] += len(events)
        if decided.reply:
            self.out.reply(envelope, key, decided.reply, row.version, decided.refusal)

    def _repeat(self, table: Table, envelope: Envelope, first: Outcome) -> None:
        """A command id seen before: its first outcome is replied again, and nothing else happens."""
        self.counts["repeated"] += 1
        self._keep_position(table)
        if envelope.reply_to is not None and envelope.id == envelope.correlation_id:
            self.out.reply(envelope, "", first.reply or None, first.version, first.refusal, replayed=True)

    def _dead_letter(self, table: Table, fetched: Fetched, error: Exception) -> None:
        self.counts["dead"] += 1
        why = f"{type(error).__name__}: {error}"[:REASON_LENGTH_MAX]
        self.set_aside.append((table, fetched.offset, why))
        self.out.dead_letter(table, fetched, why)

    def _keep_position(self, table: Table) -> None:
        # Tables that only timers or local commands touched are in the commit as well: sending an offset
        # is what lets the broker refuse a transaction of an old generation.
        self.positions[(table.room.name, table.partition)] = table.position
