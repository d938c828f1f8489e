"""What may have been forgotten is no loss; what cannot have been is one, whenever the broker took it."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from schemas.envelope import begin, derive_id
from schemas.inventory.messages import ReceiveStock, StockReceived
from schemas.outcomes import OutcomeSegment
from schemas.placing import partition_of
from schemas.record import Record
from schemas.topics import PARTITIONS
from tests.audit.auditing import audited
from tests.audit.story import START, Story, a_day, goods, with_header
from tests.audit.test_faults import forget_outcome
from tests.runtime.simulated import CODEC

DAY_MS = 24 * 3_600_000
PARTITION = partition_of("VASE@warehouse", PARTITIONS)


def receive() -> Record:
    return ReceiveStock(sku="VASE", location="warehouse", quantity=1)


def two_days() -> Story:
    """The ids of the first day are forgotten on the second."""
    story = Story()
    story.tell(*goods())
    story.rest(later_ms=2 * DAY_MS)
    story.tell(receive())
    return story


def failed(story: Story) -> dict[str, int]:
    return audited(story).failed


def first_page_dropped(*, low_watermark: int) -> Story:
    """A day of which the first segment of a partition is gone, and the last one says up to when ids are forgotten."""
    story = a_day()
    records = story.log.topics[("inventory.state", PARTITION)]
    segments = [number for number, each in enumerate(records) if (each.key or b"").startswith(b"\0")]
    first, *_, last = segments
    segment = CODEC.decode(records[last].value)
    assert isinstance(segment, OutcomeSegment)
    forgetting = structs.replace(segment, low_watermark=low_watermark)
    records[last] = replace(records[last], value=CODEC.encode(forgetting))
    records[first] = replace(records[first], value=None)
    return story


def test_ids_of_two_days_ago_are_not_missed() -> None:
    verdict = audited(two_days())
    assert verdict.ok, verdict.witnesses
    assert verdict.counts["commands_forgotten"] > 0


def test_a_command_lost_on_the_second_day_is_found_though_ids_of_the_first_are_forgotten() -> None:
    story = two_days()
    forget_outcome(story, derive_id("story", story._sent))
    assert failed(story) == {"commands.answered": 1, "commands.known": 1}


def test_what_is_forgotten_may_have_waited_in_the_log_for_days_before_it_was_decided() -> None:
    story = first_page_dropped(low_watermark=START + 1_000)
    for topic in ("inventory.commands", "inventory.events"):
        records = story.log.topics[(topic, PARTITION)]
        records[:] = [replace(each, timestamp=each.timestamp + 3 * DAY_MS) for each in records]
    verdict = audited(story)
    assert verdict.ok, verdict.witnesses
    assert verdict.counts["commands_forgotten"] > 0


def test_up_to_when_ids_are_forgotten_is_taken_at_its_word() -> None:
    assert failed(first_page_dropped(low_watermark=START - 1)).keys() == {"commands.answered", "commands.known"}


def test_a_command_issued_long_ago_and_sent_now_cannot_be_forgotten() -> None:
    story = two_days()
    command_id, now = derive_id("story", "late"), story.log.now
    issued = begin(command_id=command_id, occurred_at=START, actor="guest", channel="web").headers()
    headers = [*issued, ("sent-at", b"%d" % now)]
    story.log.append("inventory.commands", PARTITION, b"VASE@warehouse", CODEC.encode(receive()), headers)
    story.rest()
    assert audited(story).ok
    forget_outcome(story, command_id)
    assert failed(story) == {"commands.answered": 1, "commands.known": 1}


def test_a_command_that_says_nothing_of_its_time_is_forgotten_by_nobody() -> None:
    story = two_days()
    records = story.log.topics[("inventory.commands", PARTITION)]
    records[0] = with_header(records[0], "occurred-at", b"soon")
    assert failed(story) == {"commands.answered": 1}


def test_a_command_that_claims_to_be_a_timers_own_has_a_dead_letter() -> None:
    story = Story()
    story.tell(*goods())
    envelope = begin(command_id=derive_id("story", "timer"), occurred_at=START, actor="timer", channel="system")
    place = "inventory.commands", PARTITION
    story.log.append(*place, b"VASE@warehouse", CODEC.encode(receive()), envelope.headers())
    story.rest()
    assert audited(story).ok
    assert story.body(StockReceived)
    story.log.topics[("inventory.dead-letters", PARTITION)].clear()
    assert failed(story) == {"commands.answered": 1}
