"""Every check of the audit passes on a sound day and is seen to fail on a planted fault."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import pytest

from ops.audit.findings import CHECKS
from schemas.checkout.messages import CheckoutState
from schemas.inventory.messages import StockReceived
from schemas.outcomes import OutcomeSegment
from tests.audit.auditing import audited
from tests.audit.faults import FAULTS
from tests.audit.story import Story, a_day, with_header
from tests.audit.test_incomplete import UNDONE

DAY = functools.cache(a_day)
ELSEWHERE = {"postgres", "search", "stripe"}


@pytest.mark.parametrize("local", [True, False], ids=["local", "through the log"])
def test_every_check_is_made_on_a_sound_day_and_passes(local: bool) -> None:
    verdict = audited(a_day(local=local))
    assert not verdict.witnesses
    assert verdict.ok
    assert verdict.made.keys() == CHECKS.keys() - ELSEWHERE
    assert all(verdict.made.values())


@pytest.mark.parametrize(("check", "plant"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_planted_fault_is_found_and_named(check: str, plant: Callable[[Story], None]) -> None:
    story = DAY().copy()
    plant(story)
    verdict = audited(story)
    assert not verdict.ok
    assert check in verdict.failed, verdict.witnesses
    [witness] = [each for each in verdict.witnesses if each.check == check]
    assert witness.expected != witness.found
    assert witness.position.topic


def test_every_check_has_a_planted_fault() -> None:
    at_rest = {check for _, checks in UNDONE for check in checks}
    assert {check for _, check, _ in FAULTS} | at_rest == CHECKS.keys() - ELSEWHERE


def test_the_witness_says_where_and_what() -> None:
    story = DAY().copy()
    story.change(StockReceived, on_hand_after=51)
    records, place = story.find(StockReceived)
    [witness] = audited(story).witnesses
    assert witness.position.topic == "inventory.events"
    assert witness.position.offset == records[place].offset
    assert witness.position.key == (records[place].key or b"").decode()
    assert witness.position.id == dict(records[place].headers)["event-id"].decode()
    assert witness.found == "on hand 51, held 0"


def test_a_row_that_ended_may_be_forgotten() -> None:
    story = DAY().copy()
    records, place = story.find(CheckoutState, -1)
    key = records[place].key
    records[:] = [each for each in records if each.key != key]
    assert audited(story).ok


def timers_onward_command(story: Story) -> str:
    """The id of a command that a timer of another row led to."""
    for (topic, _), records in sorted(story.log.topics.items()):
        for record in records if topic.endswith(".commands") else ():
            headers = dict(record.headers)
            if headers["actor"] == b"timer" and headers["causation-id"]:
                return headers["command-id"].decode()
    raise AssertionError("no timer led to a command")


def forget_outcome(story: Story, command_id: str) -> None:
    for number in itertools.count():
        outcomes = story.body(OutcomeSegment, number).outcomes
        kept = tuple(each for each in outcomes if each.command_id != command_id)
        if kept != outcomes:
            story.change(OutcomeSegment, number, outcomes=kept)
            return


def test_a_timers_onward_command_that_was_lost_is_found() -> None:
    story = a_day(local=False).copy()
    command_id = timers_onward_command(story)
    forget_outcome(story, command_id)
    for (topic, _), records in story.log.topics.items():
        if topic.endswith(".events"):
            records[:] = [each for each in records if dict(each.headers)["command-id"] != command_id.encode()]
    verdict = audited(story)
    [witness] = [each for each in verdict.witnesses if each.check == "commands.answered"]
    assert witness.position.id == command_id


def test_events_of_a_timers_onward_command_without_its_outcome_are_found() -> None:
    story = a_day(local=False).copy()
    command_id = timers_onward_command(story)
    forget_outcome(story, command_id)
    assert "commands.known" in audited(story).failed


def test_an_actors_name_makes_no_timer() -> None:
    story = DAY().copy()
    records, place = story.find(StockReceived)
    command_id = dict(records[place].headers)["command-id"].decode()
    story.edit(StockReceived, 0, lambda record: with_header(record, "actor", b"timer"))
    forget_outcome(story, command_id)
    assert "commands.known" in audited(story).failed
