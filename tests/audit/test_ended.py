"""Orders and payments that left memory: the audit finds them where they went, or says that they are nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from ops.audit.findings import Verdict
from schemas.payments.messages import PaymentState, PaymentStatus
from schemas.payments.refunds import RefundPayment
from schemas.topics import DAY_MS
from tests.audit.auditing import audited
from tests.audit.story import Story, a_day
from tests.runtime.simulated import CODEC, Logged

Records = list[Logged]


@cache
def four_months_later() -> Story:
    story = a_day()
    story.rest(later_ms=120 * DAY_MS)
    return story


def topics(story: Story, topic: str) -> dict[tuple[str, int], Records]:
    return {place: records for place, records in story.log.topics.items() if place[0] == topic}


def captured(story: Story) -> PaymentState:
    """The last state of a payment that left."""
    states = [CODEC.decode(each.value) for records in topics(story, "payments.ended").values() for each in records]
    return next(each for each in states if isinstance(each, PaymentState) and each.status is PaymentStatus.CAPTURED)


def test_what_left_its_state_topic_is_audited_where_it_went() -> None:
    story = four_months_later()
    gone = [each for records in topics(story, "payments.ended").values() for each in records]
    assert len(gone) >= 2
    verdict = audited(story)
    assert verdict.ok, verdict.witnesses
    assert verdict.made["tables"] == audited(a_day()).made["tables"]
    assert audited(compacted(story.copy())).ok


def compacted(story: Story) -> Story:
    for room in ("payments", "orders"):
        story.log.compact(f"{room}.state")
        story.log.compact(f"{room}.ended")
    return story


def test_what_comes_back_and_leaves_again_is_sound_at_every_step() -> None:
    story = a_day()
    story.rest(later_ms=120 * DAY_MS)
    payment = captured(story)
    story.send(RefundPayment(payment_id=payment.payment_id, refund_id="late", amount_minor=1, reason="x"))
    story.worker.decide(1_000, answered=lambda: False)
    assert story.worker.commit()
    waiting = audited(story, settled=False)
    assert waiting.ok and waiting.counts["commands_waiting"] == 1, waiting.witnesses
    assert audited(story).failed == {"incomplete.commands": 1}
    story.rest()
    back = audited(story)
    assert back.ok and back.counts.get("commands_waiting", 0) == 0, back.witnesses
    story.rest(later_ms=120 * DAY_MS)
    again = audited(story)
    assert again.ok, again.witnesses
    latest = {each.key: each for records in topics(story, "payments.ended").values() for each in records}
    state = CODEC.decode(latest[payment.payment_id.encode()].value)
    assert isinstance(state, PaymentState) and "late" in state.refunds


def lose_one(records: Records) -> None:
    records.pop()


def alter_one(records: Records) -> None:
    state: Any = CODEC.decode(records[-1].value)
    field = "captured_minor" if isinstance(state, PaymentState) else "checkout_id"
    other = {"captured_minor": 1, "checkout_id": "another"}[field]
    records[-1] = replace(records[-1], value=CODEC.encode(with_fields(state, **{field: other})))


def make_one_up(records: Records) -> None:
    records.append(replace(records[-1], key=b"never-was", offset=records[-1].offset + 1))


def forget_who(records: Records) -> None:
    records[:] = [each for each in records if not (each.key or b"").startswith(b"\0ended/")]


@pytest.mark.parametrize(
    ("topic", "fault"),
    [
        ("payments.ended", lose_one),
        ("orders.ended", lose_one),
        ("payments.ended", alter_one),
        ("orders.ended", alter_one),
        ("payments.ended", make_one_up),
        ("payments.state", forget_who),
        ("orders.state", forget_who),
    ],
)
def test_what_is_wrong_with_it_is_found(topic: str, fault: Callable[[Records], None]) -> None:
    story = four_months_later().copy()
    for records in topics(story, topic).values():
        fault(records)
    verdict: Verdict = audited(story)
    assert verdict.failed.get("tables", 0) >= 1, verdict.failed
