"""Dead letters are listed as they came, and sent again once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops.dead_letters import DeadLetter, ReplayRefused, find, hexdump, read, replayed
from schemas.outcomes import OutcomePage
from tests.audit.auditing import MemoryLog, audited
from tests.audit.story import Story, a_day, with_header
from tests.runtime.simulated import CODEC


def the_letter(story: Story) -> DeadLetter:
    [letter] = read(MemoryLog(story.log), "inventory")
    return letter


def send_again(story: Story) -> None:
    """What `send` does, on the log in memory."""
    letter = the_letter(story)
    key, value, headers = letter.command
    story.log.append("inventory.commands", letter.partition, key, value, headers)


def test_a_letter_keeps_the_command_as_it_came_and_says_of_what_it_died() -> None:
    story = a_day()
    letter = the_letter(story)
    key, value, headers = letter.command
    assert (key, value) == (b"VASE@warehouse", b"\x00\xff?")
    assert not any(name.startswith("dead-") for name, _ in headers)
    assert letter.header("dead-topic") == "inventory.commands"
    assert "DecodeError" in letter.header("dead-error")
    assert find(MemoryLog(story.log), "inventory", letter.partition, letter.record.offset) == letter


def test_a_place_without_a_letter_is_refused() -> None:
    with pytest.raises(ReplayRefused, match=r"no dead letter at orders.dead-letters\[0\]@7"):
        find(MemoryLog(a_day().log), "orders", 0, 7)


def test_a_letter_never_sent_again_may_be() -> None:
    story = a_day()
    assert replayed(MemoryLog(story.log), the_letter(story), CODEC.decode) is None


def test_a_letter_that_waits_to_be_decided_is_not_sent_twice() -> None:
    story = a_day()
    letter = the_letter(story)
    send_again(story)
    assert "waits to be decided" in (replayed(MemoryLog(story.log), letter, CODEC.decode) or "")


def test_a_letter_that_died_again_points_to_its_new_place_which_may_be_sent() -> None:
    story = a_day()
    first = the_letter(story)
    send_again(story)
    story.rest()
    first, second = read(MemoryLog(story.log), "inventory")
    assert f"offset {second.record.offset}" in (replayed(MemoryLog(story.log), first, CODEC.decode) or "")
    assert replayed(MemoryLog(story.log), second, CODEC.decode) is None
    assert audited(story).ok


def test_a_letter_that_was_decided_since_is_not_sent_again() -> None:
    story = a_day()
    letter = the_letter(story)
    known = next(
        outcome.command_id
        for records in (story.log.topics[("inventory.state", letter.partition)],)
        for record in records
        if record.key and record.key.startswith(b"\0") and record.value
        for page in (CODEC.decode(record.value),)
        if isinstance(page, OutcomePage)
        for outcome in page.outcomes
    )
    place = ("inventory.dead-letters", letter.partition)
    story.log.topics[place] = [with_header(each, "command-id", known.encode()) for each in story.log.topics[place]]
    assert replayed(MemoryLog(story.log), the_letter(story), CODEC.decode) == f"command {known} has been decided"


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
