"""Every command before the position has exactly one outcome: a decision on record, or a dead letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ops.audit.findings import Findings, Place
from ops.audit.log import TIMER, Decode, Log, LogRecord, compact, key_text
from ops.audit.world import World
from schemas.codec import DecodeError
from schemas.envelope import Headers
from schemas.inventory.messages import AcceptTransfer
from schemas.outcomes import OutcomePage
from schemas.topics import Room

PAGE_PREFIX = b"\x00"  # no aggregate's key begins with a zero byte
HORIZON_SLACK_MS = 60_000  # between a page's time and the broker's time of its events


@dataclass(slots=True)
class StateTopic:
    """The latest record of every key of one partition of a state topic."""

    rows: dict[str, tuple[int, int, bytes | None]] = field(default_factory=dict)  # offset, version, value
    pages: dict[bytes, tuple[int, bytes | None]] = field(default_factory=dict)


def read_state(records: Iterator[LogRecord]) -> StateTopic:
    """Take the latest record of every key."""
    found = StateTopic()
    for record in records:
        key = record.key or b""
        if key.startswith(PAGE_PREFIX):
            found.pages[key] = (record.offset, record.value)
        else:
            version = int(dict(record.headers).get("version", b"0"))
            found.rows[key.decode()] = (record.offset, version, record.value)
    return found


@dataclass(slots=True)
class Outcomes:
    """Which command ids were decided, as far as it is remembered."""

    ids: set[bytes] = field(default_factory=set)
    forgotten_until: int = 0  # what is older may have been decided and forgotten

    def forgot(self, timestamp: int) -> bool:
        """Whether a command or an event of this time may have an outcome that is no longer kept."""
        return timestamp <= self.forgotten_until


def read_outcomes(room: Room, partition: int, state: StateTopic, decode: Decode, findings: Findings) -> Outcomes:
    """The outcomes on the pages of one partition; an id that stands there twice was decided twice."""
    outcomes = Outcomes()
    topic = room.topic("state")
    forgotten = any(value is None for _, value in state.pages.values()) or not _begins_at_first(state)
    oldest: int | None = None
    for key, (offset, value) in sorted(state.pages.items()):
        if value is None:
            continue
        place = Place(topic, partition, offset, key.decode("utf-8", "replace").lstrip("\0"))
        try:
            page = read_page(decode, value)
        except DecodeError as error:
            findings.fail("log.readable", place, expected="an outcome page", found=error)
            continue
        oldest = page.newest_at if oldest is None else min(oldest, page.newest_at)
        for outcome in page.outcomes:
            command = compact(outcome.command_id)
            if command in outcomes.ids:
                at = place._replace(id=outcome.command_id)
                findings.fail("commands.once", at, expected="one outcome", found="a second one")
            outcomes.ids.add(command)
        findings.checked("commands.once", len(page.outcomes))
    if forgotten:
        outcomes.forgotten_until = (oldest or 2**62) + HORIZON_SLACK_MS
    return outcomes


def read_page(decode: Decode, value: bytes) -> OutcomePage:
    """The page in these bytes. Raises DecodeError."""
    page = decode(value)
    if not isinstance(page, OutcomePage):
        raise DecodeError(f"{type(page).__name__} is no outcome page")
    return page


def _begins_at_first(state: StateTopic) -> bool:
    first = min(state.pages, default=b"/0")
    return int(first.rpartition(b"/")[2] or b"0") == 0


LETTER_HEADERS = ("dead-topic", "dead-partition", "dead-offset", "dead-error")


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
        place = Place(topic, partition, record.offset, key_text(record.key))
        findings.checked("dead_letters")
        _, added = part_letter(record.headers)
        found = {name: (value or b"").decode("utf-8", "replace") for name, value in added.items()}
        origin = found.get("dead-topic"), found.get("dead-partition"), found.get("dead-offset", "")
        if origin[:2] != (commands, str(partition)) or not origin[2].isdigit():
            findings.fail("dead_letters", place, expected=f"an origin on {commands}[{partition}]", found=origin)
        elif int(origin[2]) in dead:
            findings.fail("dead_letters", place, expected=f"offset {origin[2]} dead once", found="dead twice")
        else:
            dead[int(origin[2])] = record
    return dead


class CommandAudit:
    """Walks the commands of one partition."""

    def __init__(self, world: World, findings: Findings, room: Room, partition: int) -> None:
        self.world, self.findings, self.room, self.partition = world, findings, room, partition

    def walk(self, log: Log, outcomes: Outcomes, dead: Dead, decode: Decode) -> None:
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
            self.world.counts["commands"] += 1
            if command_id in dead_ids and record.offset not in dead:
                alive.add(command_id)
            self._answered(record, command_id, outcomes, dead)
        for offset, record in dead.items():
            command_id = dict(record.headers).get("command-id")
            if command_id not in alive and _known(command_id, outcomes):
                place = Place(topic, self.partition, offset, key_text(record.key), (command_id or b"").decode())
                self.findings.fail("commands.once", place, expected="dead or decided", found="both")

    def _answered(self, record: LogRecord, command_id: bytes | None, outcomes: Outcomes, dead: Dead) -> None:
        findings = self.findings
        findings.checked("commands.answered")
        identity = (command_id or b"").decode("utf-8", "replace")
        place = Place(self.room.topic("commands"), self.partition, record.offset, key_text(record.key), identity)
        letter = dead.get(record.offset)
        if letter is not None:
            if (letter.key, letter.value, part_letter(letter.headers)[0]) != (record.key, record.value, record.headers):
                findings.fail("dead_letters", place, expected="the command byte for byte", found="other bytes")
        elif _known(command_id, outcomes):
            return
        elif _like_a_timers_own(record):
            self.world.counts["commands_of_timers"] += 1
        elif outcomes.forgot(record.timestamp):
            self.world.counts["commands_forgotten"] += 1
        else:
            findings.fail("commands.answered", place, expected="an outcome or a dead letter", found="neither")

    def _wait(self, record: LogRecord, command_id: bytes | None, decode: Decode) -> None:
        self.world.counts["commands_waiting"] += 1
        self.world.waiting[self.room.name].add(key_text(record.key))
        if self.room.name != "inventory" or command_id is None:
            return
        try:
            if isinstance(decode(record.value), AcceptTransfer):
                self.world.waiting_ids.add(command_id.decode("utf-8", "replace"))
        except DecodeError:
            return  # a dead letter to be


def _like_a_timers_own(record: LogRecord) -> bool:
    """Whether the engine keeps no outcome: it takes a timer's command that nothing led to for its own."""
    headers = dict(record.headers)
    return headers.get("actor") == TIMER.encode() and not headers.get("causation-id")


def _known(command_id: bytes | None, outcomes: Outcomes) -> bool:
    try:
        return command_id is not None and compact(command_id.decode()) in outcomes.ids
    except (ValueError, UnicodeDecodeError):
        return False
