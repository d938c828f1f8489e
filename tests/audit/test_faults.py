"""Every check of the audit passes on a sound day and is seen to fail on a planted fault."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from ops.audit.findings import CHECKS
from schemas.checkout.messages import CheckoutState
from schemas.inventory.messages import (
    StockReceived,
)
from tests.audit.auditing import audited
from tests.audit.faults import FAULTS
from tests.audit.story import Story, a_day

DAY = functools.cache(a_day)
ELSEWHERE = {"postgres", "stripe"}


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
    assert witness.place.topic


def test_every_check_has_a_planted_fault() -> None:
    assert {check for _, check, _ in FAULTS} == CHECKS.keys() - ELSEWHERE


def test_the_witness_says_where_and_what() -> None:
    story = DAY().copy()
    story.change(StockReceived, on_hand_after=51)
    records, place = story.find(StockReceived)
    [witness] = audited(story).witnesses
    assert witness.place.topic == "inventory.events"
    assert witness.place.offset == records[place].offset
    assert witness.place.key == (records[place].key or b"").decode()
    assert witness.place.id == dict(records[place].headers)["event-id"].decode()
    assert witness.found == "on hand 51, held 0"


def test_a_row_that_ended_may_be_forgotten() -> None:
    story = DAY().copy()
    records, place = story.find(CheckoutState, -1)
    key = records[place].key
    records[:] = [each for each in records if each.key != key]
    assert audited(story).ok
