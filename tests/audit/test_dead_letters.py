"""Dead letters are listed as they came, and sent again once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as with_fields

from ops.dead_letters import DeadLetterRecord, ReplayRefused, find, read, replayed
from ops.dead_letters.cli import described, hexdump
from ops.dead_letters.records import objection
from schemas.envelope import Headers, begin, derive_id
from schemas.inventory.messages import ReceiveStock
from schemas.outcomes import OutcomeSegment
from schemas.placing import partition_of
from schemas.topics import PARTITIONS
from streams.rooms import DECIDERS
from tests.audit.auditing import MemoryLog, audited
from tests.audit.story import Story, a_day, with_header
from tests.runtime.simulated import CODEC


def the_letter(story: Story) -> DeadLetterRecord:
    [letter] = read(MemoryLog(story.log), "inventory")
    return letter


def send_again(story: Story) -> None:
    """What `send` does, on the log in memory."""
    letter = the_letter(story)
    story.log.append("inventory.commands", letter.partition, *letter.sent_again(letter.record.timestamp))


def test_a_letter_keeps_the_command_as_it_came_and_says_of_what_it_died() -> None:
    story = a_day()
    letter = the_letter(story)
    key, value, headers = letter.command
    assert (key, value) == (b"VASE@warehouse", b"\x00\xff?")
    assert not any(name.startswith("dead-") for name, _ in headers)
    assert letter.header("dead-topic") == "inventory.commands"
    assert "DecodeError" in letter.header("dead-error")
    assert find(MemoryLog(story.log), "inventory", letter.partition, letter.record.offset) == letter


def test_an_offset_without_a_record_is_refused() -> None:
    with pytest.raises(ReplayRefused, match=r"no dead-letter record at orders.dead-letters\[0\]@7"):
        find(MemoryLog(a_day().log), "orders", 0, 7)


def test_a_letter_never_sent_again_may_be() -> None:
    story = a_day()
    assert replayed(MemoryLog(story.log), the_letter(story), CODEC.decode) is None


def test_a_letter_that_waits_to_be_decided_is_not_sent_twice() -> None:
    story = a_day()
    letter = the_letter(story)
    send_again(story)
    assert "waits to be decided" in (replayed(MemoryLog(story.log), letter, CODEC.decode) or "")


def test_a_letter_that_died_again_points_to_its_new_workspace_which_may_be_sent() -> None:
    story = a_day()
    first = the_letter(story)
    send_again(story)
    story.rest()
    first, second = read(MemoryLog(story.log), "inventory")
    assert f"offset {second.record.offset}" in (replayed(MemoryLog(story.log), first, CODEC.decode) or "")
    assert replayed(MemoryLog(story.log), second, CODEC.decode) is None
    assert audited(story).ok


def test_a_letter_says_when_it_is_sent_again_and_is_otherwise_as_it_came() -> None:
    letter = the_letter(a_day())
    key, value, headers = letter.sent_again(7)
    assert (key, value, headers[:-1], headers[-1]) == (*letter.command, ("sent-at", b"7"))
    twice = replace(letter, record=with_fields(letter.record, headers=[*headers, *letter.record.headers[-4:]]))
    assert twice.sent_again(8)[2] == [*headers[:-1], ("sent-at", b"8")]


def test_a_letter_sent_again_so_long_ago_that_its_id_is_forgotten_is_still_seen_on_the_log() -> None:
    story = a_day()
    letter = the_letter(story)
    send_again(story)
    log = MemoryLog(story.log)
    log.position = lambda _topic, _partition: 10**9  # type: ignore[method-assign]  # everything is decided
    assert "it was sent again at offset" in (replayed(log, letter, CODEC.decode) or "")


def test_a_letter_of_which_the_log_knows_nothing_any_more_is_not_sent_again() -> None:
    story = a_day()
    letter = the_letter(story)
    weeks_later = letter.record.timestamp + 8 * 24 * 3_600_000
    said = objection(MemoryLog(story.log), letter, CODEC, now=weeks_later)
    assert said is not None and "more than 7 days ago" in said


def test_a_letter_whose_id_may_be_forgotten_is_objected_to_however_new_it_would_look() -> None:
    story = a_day()
    letter = the_letter(story)
    headers = [
        (name, b"EnvelopeError: occurred-at is older than what is remembered: it may have been decided before")
        if name == "dead-error"
        else (name, value)
        for name, value in letter.record.headers
    ]
    old = replace(letter, record=with_fields(letter.record, headers=headers))
    said = objection(MemoryLog(story.log), old, CODEC, now=letter.record.timestamp)
    assert said is not None and "may be one that is forgotten" in said


def test_a_letter_whose_command_has_an_event_is_not_sent_again_though_its_id_is_forgotten() -> None:
    story = a_day()
    letter = the_letter(story)
    log = MemoryLog(story.log)
    room = letter.record.headers
    decided = next(dict(event.headers)["command-id"] for event in log.records("inventory.events", letter.partition))
    again = with_fields(
        letter.record,
        headers=[*(each for each in room if each[0] != "command-id"), ("command-id", decided)],
        value=b"another body",
    )
    parted = [("command-id", decided), *(each for each in again.headers if each[0] != "command-id")]
    told = replayed(log, replace(letter, record=with_fields(again, headers=parted)), CODEC.decode)
    assert told is not None and "has been decided: see its event at offset" in told


def test_a_letter_that_was_decided_since_is_not_sent_again() -> None:
    story = a_day()
    letter = the_letter(story)
    known = next(
        outcome.command_id
        for records in (story.log.topics[("inventory.state", letter.partition)],)
        for record in records
        if record.key and record.key.startswith(b"\0") and record.value
        for segment in (CODEC.decode(record.value),)
        if isinstance(segment, OutcomeSegment)
        for outcome in segment.outcomes
    )
    place = ("inventory.dead-letters", letter.partition)
    story.log.topics[place] = [with_header(each, "command-id", known.encode()) for each in story.log.topics[place]]
    told = replayed(MemoryLog(story.log), the_letter(story), CODEC.decode)
    assert told is not None and told.startswith(f"command {known} has been decided")


def test_bytes_are_shown_as_hexadecimal_and_text() -> None:
    assert hexdump(b"\x00\x01Bloomfield, 1 \xff").splitlines() == [
        "00000000  00 01 42 6c 6f 6f 6d 66 69 65 6c 64 2c 20 31 20  ..Bloomfield, 1 ",
        "00000010  ff                                               .",
    ]
    assert hexdump(b"") == "(no bytes)"


def test_a_letter_of_another_command_is_no_replay() -> None:
    story = a_day()
    letter = the_letter(story)
    place = ("inventory.dead-letters", letter.partition)
    other = replace(story.log.topics[place][0], offset=99, value=b"other bytes")
    story.log.topics[place].append(other)
    assert replayed(MemoryLog(story.log), letter, CODEC.decode) is None


STOCK = CODEC.encode(ReceiveStock(sku="VASE", location="warehouse", quantity=1))


def died(headers: Headers, value: bytes = STOCK) -> tuple[Story, DeadLetterRecord]:
    """A story in which a command with these headers died, and its letter."""
    story = a_day()
    partition = partition_of("VASE@warehouse", PARTITIONS)
    story.log.append("inventory.commands", partition, b"VASE@warehouse", value, headers)
    story.rest()
    *_, letter = read(MemoryLog(story.log), "inventory")
    return story, letter


def envelope(story: Story) -> Headers:
    command_id = derive_id("dead letters", "one")
    return begin(command_id=command_id, occurred_at=story.log.now, actor="guest", channel="web").headers()


def test_a_header_without_a_value_is_shown_and_hides_no_other_letter() -> None:
    nothing: bytes = None  # type: ignore[assignment]  # Kafka allows it
    story, letter = died([("command-id", nothing), ("dead-error", nothing)])
    assert letter.header("command-id") == ""
    assert letter.header("dead-error").startswith("EnvelopeError")
    assert letter.command[2] == [("command-id", nothing), ("dead-error", nothing)]
    assert "command-id       (null)" in list(described(letter, CODEC.decode))
    assert audited(story).ok


def test_headers_of_the_sender_that_look_like_ours_are_its_own() -> None:
    own = [("dead-topic", b"elsewhere"), ("dead-offset", b"x"), ("dead-letterbox", b"7")]
    story, letter = died(own)
    assert letter.header("dead-topic") == "inventory.commands"
    assert letter.command[2] == own, "a replay sends them again"
    assert audited(story).ok
    story.log.append("inventory.commands", letter.partition, *letter.command)
    assert "waits to be decided" in (replayed(MemoryLog(story.log), letter, CODEC.decode) or "")
    story.rest()
    assert "died again" in (replayed(MemoryLog(story.log), letter, CODEC.decode) or "")


def test_a_letter_tells_what_is_wrong_with_its_envelope() -> None:
    story, letter = died([("command-id", b"")])
    lines = list(described(letter, CODEC.decode))
    assert any(line.startswith("the value reads: ReceiveStock(") for line in lines)
    assert any(line.startswith("the envelope is wrong: ") for line in lines)
    said = objection(MemoryLog(story.log), letter, CODEC, now=story.log.now)
    assert said is not None
    assert said.startswith("it would die again: EnvelopeError: ")


def test_a_letter_that_is_understood_by_now_meets_no_objection() -> None:
    story, letter = died([("command-id", b"")])
    mended = with_fields(letter.record, headers=[*envelope(story), *letter.record.headers[-4:]])
    assert objection(MemoryLog(story.log), replace(letter, record=mended), CODEC, now=story.log.now) is None


def test_a_letter_that_would_stop_its_partition_is_objected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    story, letter = died([("command-id", b"")])
    mended = with_fields(letter.record, headers=[*envelope(story), *letter.record.headers[-4:]])

    def breaks(*_: object) -> tuple[()]:
        raise OverflowError("too large")

    monkeypatch.setitem(DECIDERS, "inventory", replace(DECIDERS["inventory"], decide=breaks))
    said = objection(MemoryLog(story.log), replace(letter, record=mended), CODEC, now=story.log.now)
    assert said is not None
    assert said.startswith("it would halt its partition: ReceiveStock on inventory/VASE@warehouse")
