"""Every command before the position has exactly one outcome: a decision on record, or a dead letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ops.audit.findings import Findings, LogPosition
from ops.audit.log import Decode, Log, LoggedEvent, LogRecord, compact, key_text
from ops.audit.model import Model
from schemas.codec import DecodeError
from schemas.ended import EndedSegment, ParkedCommand
from schemas.envelope import Headers
from schemas.inventory.messages import AcceptTransfer
from schemas.outcomes import OutcomeSegment
from schemas.record import Record
from schemas.room import Room

ENGINES_OWN = (
    b"\x00"  # no aggregate's key has a zero byte: first, the record is the engine's own; later, a part of a row
)
SEGMENT_PREFIX, ENDED_PREFIX, PARKED_PREFIX = b"\x00outcomes/", b"\x00ended/", b"\x00parked/"
FINGERPRINT_BYTES = 8
CLOCK_AHEAD_MAX_MS = 300_000  # a command that says it is from further ahead is set aside, so it is on no segment
EVER = 2**62

Own = dict[bytes, tuple[int, bytes | None]]  # records of the engine's own, by key: offset, value
R = TypeVar("R", bound=Record)


@dataclass(slots=True)
class StateTopic:
    """The latest record of every key of one partition of a state topic."""

    rows: dict[str, tuple[int, int, bytes | None]] = field(default_factory=dict)  # offset, version, value
    segments: Own = field(default_factory=dict)
    parts: dict[str, dict[str, bytes]] = field(default_factory=dict)  # of rows, by key and name
    ended_pages: Own = field(default_factory=dict)
    parked: Own = field(default_factory=dict)


def read_state(records: Iterator[LogRecord]) -> StateTopic:
    """Take the latest record of every key."""
    found = StateTopic()
    kinds = {SEGMENT_PREFIX: found.segments, ENDED_PREFIX: found.ended_pages, PARKED_PREFIX: found.parked}
    for record in records:
        key, is_part, name = (record.key or b"").partition(ENGINES_OWN)
        if not key:
            own = is_part + name
            kind = next((segments for prefix, segments in kinds.items() if own.startswith(prefix)), found.segments)
            kind[own] = (record.offset, record.value)
        elif not is_part:
            version = int(dict(record.headers).get("version", b"0"))
            found.rows[key.decode()] = (record.offset, version, record.value)
        elif record.value is not None:
            found.parts.setdefault(key.decode(), {})[name.decode()] = record.value
        else:
            found.parts.get(key.decode(), {}).pop(name.decode(), None)
    return found


@dataclass(slots=True)
class DecidedCommands:
    """Which command ids were decided, as far as it is remembered.

    A command counts from what it says itself, `occurred-at` or `sent-at`, the later of them. The broker's time of a
    record is no measure: a command may have waited in the log for days before it was decided, and its event with it.
    """

    ids: set[bytes] = field(default_factory=set)
    forgotten_until: int = 0  # what says no later time may have been decided and forgotten
    sent_later: set[bytes] = field(default_factory=set)  # commands issued before that, and sent after it
    parked: set[bytes] = field(default_factory=set)  # ids of commands that wait for an aggregate that ended

    def forgot(self, record: LogRecord) -> bool:
        """Whether a command may have an outcome that is no longer kept."""
        said = issued_at(record.headers)
        return said is not None and max(said) <= self.forgotten_until

    def forgot_cause(self, event: LoggedEvent) -> bool:
        """Whether the outcome of an event's command may no longer be kept.

        An event has its command's `occurred-at` and not its `sent-at`, which is later or not said. So a later
        `occurred-at` proves that the outcome is kept; an earlier one excuses its absence, unless the command is still
        on its topic and says that it was sent later. What was decided where it was made is on no topic, and says none.
        """
        return event.occurred_at <= self.forgotten_until and compact(event.command_id) not in self.sent_later

    def note(self, record: LogRecord) -> None:
        """Keep in mind a command that counts from when it was sent, which its events do not say."""
        said = issued_at(record.headers) if self.forgotten_until else None
        if said is not None and said[0] <= self.forgotten_until < said[1]:
            try:
                self.sent_later.add(compact(dict(record.headers)["command-id"].decode()))
            except (KeyError, ValueError, AttributeError):
                return  # a dead letter: no event has its id


def issued_at(headers: Headers) -> tuple[int, int] | None:
    """When a command was issued and when it was sent (0: not later); None: it does not say it in numbers."""
    found = dict(headers)
    try:
        return int(found["occurred-at"]), int(found.get("sent-at", b"0"))
    except (KeyError, ValueError, TypeError):
        return None


def _decoded(
    own: Own, kind: type[R], room: Room, partition: int, decode: Decode, findings: Findings
) -> Iterator[tuple[LogPosition, R]]:
    """Those that were not deleted, in the order of their keys; what is none of this kind is a finding."""
    for key, (offset, value) in sorted(own.items()):
        if value is None:
            continue
        position = LogPosition(room.topic("state"), partition, offset, key_text(key).lstrip("\0"))
        try:
            found: object = decode(value)
        except DecodeError as error:
            found = error
        if isinstance(found, kind):
            yield position, found
        else:
            said = str(found) if isinstance(found, DecodeError) else type(found).__name__
            findings.fail("log.readable", position, expected=kind.__name__, found=said)


def read_outcomes(room: Room, partition: int, state: StateTopic, decode: Decode, findings: Findings) -> DecidedCommands:
    """The outcomes on the segments of one partition; an id that stands there twice was decided twice."""
    outcomes = DecidedCommands()
    kept: dict[int, OutcomeSegment] = {}
    for position, segment in _decoded(state.segments, OutcomeSegment, room, partition, decode, findings):
        kept[position.offset] = segment
        for outcome in segment.outcomes:
            command = compact(outcome.command_id)
            if command in outcomes.ids:
                at = position._replace(id=outcome.command_id)
                findings.fail("commands.once", at, expected="one outcome", found="a second one")
            outcomes.ids.add(command)
        findings.checked("commands.once", len(segment.outcomes))
    outcomes.forgotten_until = _forgotten_until(state, kept)
    return outcomes


def read_parked(
    model: Model, room: Room, partition: int, state: StateTopic, decode: Decode, findings: Findings
) -> set[bytes]:
    """Ids of the commands that wait until what they are for, which ended, is read back; noted as waiting."""
    ids: set[bytes] = set()
    for position, parked in _decoded(state.parked, ParkedCommand, room, partition, decode, findings):
        ids.add(compact(parked.envelope.id))
        model.counts["commands_waiting"] += 1
        model.waiting[room.name].setdefault(parked.key, position._replace(key=parked.key, id=parked.envelope.id))
    return ids


def read_fingerprints(room: Room, partition: int, state: StateTopic, decode: Decode, findings: Findings) -> set[bytes]:
    """Of all keys that ever ended here: a command for one that is not among them would be refused as unknown."""
    return {
        segment.fingerprints[at : at + FINGERPRINT_BYTES]
        for _, segment in _decoded(state.ended_pages, EndedSegment, room, partition, decode, findings)
        for at in range(0, len(segment.fingerprints), FINGERPRINT_BYTES)
    }


def _forgotten_until(state: StateTopic, kept: dict[int, OutcomeSegment]) -> int:
    """Up to when commands may be forgotten; 0: none is. `kept` are the segments that are left, by offset.

    The transaction that drops a segment says up to when in one after it, and every later segment repeats that: exact.
    Where the snapshot lies between the two, or the segments are of before they said so, the oldest one left tells:
    they are dropped oldest first, and the ids on one are of up to five minutes ahead of its time.
    """
    dropped = [offset for offset, value in state.segments.values() if value is None]
    if not dropped and _begins_at_first(state):
        return 0
    low_watermark = max((segment.low_watermark for segment in kept.values()), default=0)
    if low_watermark and max(kept) > max(dropped, default=-1):
        return low_watermark
    return max(low_watermark, next(iter(kept.values())).newest_at + CLOCK_AHEAD_MAX_MS) if kept else EVER


def read_segment(decode: Decode, value: bytes) -> OutcomeSegment:
    """The segment in these bytes. Raises DecodeError."""
    segment = decode(value)
    if not isinstance(segment, OutcomeSegment):
        raise DecodeError(f"{type(segment).__name__} is no outcome segment")
    return segment


def _begins_at_first(state: StateTopic) -> bool:
    first = min(state.segments, default=b"/0")
    return int(first.rpartition(b"/")[2] or b"0") == 0


LETTER_HEADERS = ("dead-topic", "dead-partition", "dead-offset", "dead-log", "dead-error")


def part_letter(headers: Headers) -> tuple[Headers, dict[str, bytes]]:
    """The headers of a dead letter as its command had them, and those that the engine added.

    A producer may use the same names: the engine's are appended, so the last of a name is the engine's.
    """
    last = {name: number for number, (name, _) in enumerate(headers) if name in LETTER_HEADERS}
    own = [each for number, each in enumerate(headers) if last.get(each[0]) != number]
    return own, {name: headers[number][1] for name, number in last.items()}


Dead = dict[int, LogRecord]  # by offset of the command


def read_dead_letters(log: Log, room: Room, partition: int, findings: Findings) -> Dead:
    """The dead letters of one partition by the offset of the command that each one is."""
    topic, commands = room.topic("dead-letters"), room.topic("commands")
    dead: Dead = {}
    for record in log.records(topic, partition):
        position = LogPosition(topic, partition, record.offset, key_text(record.key))
        findings.checked("dead_letters")
        _, added = part_letter(record.headers)
        if added.get("dead-log", b"").decode("utf-8", "replace") != log.identity.id:
            continue  # of another log: its command is read again on this one, and dies again or is found on a segment
        found = {name: (value or b"").decode("utf-8", "replace") for name, value in added.items()}
        origin = found.get("dead-topic"), found.get("dead-partition"), found.get("dead-offset", "")
        if origin[:2] != (commands, str(partition)) or not origin[2].isdigit():
            findings.fail("dead_letters", position, expected=f"an origin on {commands}[{partition}]", found=origin)
        elif int(origin[2]) in dead:
            findings.fail("dead_letters", position, expected=f"offset {origin[2]} dead once", found="dead twice")
        else:
            dead[int(origin[2])] = record
    return dead


class CommandAudit:
    """Walks the commands of one partition."""

    def __init__(self, model: Model, findings: Findings, room: Room, partition: int) -> None:
        self.model, self.findings, self.room, self.partition = model, findings, room, partition

    def walk(self, log: Log, outcomes: DecidedCommands, dead: Dead, decode: Decode) -> None:
        """Check the commands before the position; note those behind it as waiting."""
        topic = self.room.topic("commands")
        position = log.position(topic, self.partition)
        dead_ids = {dict(each.headers).get("command-id") for each in dead.values()} - {None}
        alive: set[bytes | None] = set()
        for record in log.records(topic, self.partition):
            command_id = dict(record.headers).get("command-id")
            if record.offset >= position:
                self._wait(record, command_id, decode)
                continue
            self.model.counts["commands"] += 1
            if record.offset not in dead:
                outcomes.note(record)
            if command_id in dead_ids and record.offset not in dead:
                alive.add(command_id)
            self._answered(record, command_id, outcomes, dead)
        for offset, record in dead.items():
            command_id = dict(record.headers).get("command-id")
            if command_id not in alive and _known(command_id, outcomes.ids):
                at = LogPosition(topic, self.partition, offset, key_text(record.key), (command_id or b"").decode())
                self.findings.fail("commands.once", at, expected="dead or decided", found="both")

    def _answered(self, record: LogRecord, command_id: bytes | None, outcomes: DecidedCommands, dead: Dead) -> None:
        findings = self.findings
        findings.checked("commands.answered")
        identity = (command_id or b"").decode("utf-8", "replace")
        position = LogPosition(
            self.room.topic("commands"), self.partition, record.offset, key_text(record.key), identity
        )
        letter = dead.get(record.offset)
        if letter is not None:
            if (letter.key, letter.value, part_letter(letter.headers)[0]) != (record.key, record.value, record.headers):
                findings.fail("dead_letters", position, expected="the command byte for byte", found="other bytes")
        elif _known(command_id, outcomes.ids) or _known(command_id, outcomes.parked):
            return
        elif outcomes.forgot(record):
            self.model.counts["commands_forgotten"] += 1
        else:
            findings.fail("commands.answered", position, expected="an outcome or a dead letter", found="neither")

    def _wait(self, record: LogRecord, command_id: bytes | None, decode: Decode) -> None:
        self.model.counts["commands_waiting"] += 1
        key, identity = key_text(record.key), (command_id or b"").decode("utf-8", "replace")
        position = LogPosition(self.room.topic("commands"), self.partition, record.offset, key, identity)
        self.model.waiting[self.room.name].setdefault(key, position)
        if self.room.name != "inventory" or command_id is None:
            return
        try:
            if isinstance(decode(record.value), AcceptTransfer):
                self.model.waiting_ids.add(identity)
        except DecodeError:
            return  # a dead letter to be


def _known(command_id: bytes | None, ids: set[bytes]) -> bool:
    try:
        return command_id is not None and compact(command_id.decode()) in ids
    except (ValueError, UnicodeDecodeError):
        return False
