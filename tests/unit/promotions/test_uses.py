"""Uses: reserved, redeemed, given back, over; and never more than may be."""

from __future__ import annotations

from schemas.promotions.messages import AddCodes, SingleCode, Standing, StopPromotion, TurnPromotion, UseRefused
from schemas.promotions.terms import CodeKind, Limits, NotApplied
from streams.promotions.room import PROMOTIONS
from streams.promotions.state import Promotion
from streams.promotions.uses import SETTLES_AFTER_MS
from tests.unit.promotions.examples import AT, ID, extend, give_back, limited, names, redeem, reserve, run, set_to

DAY_MS = 86_400_000


def refused(promotion: Promotion, *commands: object, at: int = AT) -> NotApplied | None:
    """Why the last of the commands is refused."""
    last = run(*commands, before=promotion, at=at)[1][-1]  # type: ignore[arg-type]
    return last.reason if isinstance(last, UseRefused) else None


def turned(promotion: Promotion, due_at: int) -> tuple[Promotion, list[str]]:
    after, events = run(TurnPromotion(promotion_id=ID, due_at=due_at), before=promotion)
    return after, names(events)


def test_a_use_is_reserved_redeemed_and_at_last_only_counted() -> None:
    promotion, events = run(reserve("c1"), redeem("c1"), before=limited(uses=2))
    assert names(events) == ["UseReserved", "UseRedeemed"]
    assert promotion.head.standing == Standing(redeemed=1, redeemed_units=1, parts=1)
    settles_at = PROMOTIONS.next_timer_at(promotion)
    assert settles_at is not None
    assert AT + SETTLES_AFTER_MS <= settles_at < AT + SETTLES_AFTER_MS + 3_600_000
    promotion, events_then = turned(promotion, settles_at)
    assert events_then == ["UsesSettled"]
    assert promotion.head.standing == Standing(redeemed=1, redeemed_units=1)
    assert not promotion.parts


def test_the_last_use_is_taken_once_and_free_again_when_it_is_given_back() -> None:
    promotion = limited(uses=1)
    assert refused(promotion, reserve("c1"), reserve("c2")) is NotApplied.USED_UP
    assert refused(promotion, reserve("c1"), give_back("c1"), reserve("c2")) is None
    assert refused(promotion, reserve("c1"), redeem("c1"), reserve("c2")) is NotApplied.USED_UP
    assert refused(promotion, reserve("c1"), redeem("c1"), give_back("c1"), reserve("c2")) is None


def test_a_reservation_that_is_over_is_free_again_and_cannot_be_redeemed() -> None:
    promotion, _ = run(reserve("c1", minutes=10), extend("c1", 20), extend("c1", 5), before=limited(uses=1))
    assert turned(promotion, AT + 19 * 60_000)[1] == []
    promotion, events = turned(promotion, AT + 20 * 60_000)
    assert events == ["UseExpired"]
    assert (promotion.head.standing, dict(promotion.parts)) == (Standing(), {})
    assert refused(promotion, redeem("c1")) is NotApplied.RESERVATION_LOST
    assert refused(promotion, extend("c1", 30)) is NotApplied.RESERVATION_LOST
    assert refused(promotion, reserve("c2")) is None


def test_a_question_asked_twice_is_answered_twice_and_counted_once() -> None:
    promotion, events = run(reserve("c1"), reserve("c1"), before=limited(uses=5))
    assert events[0] == events[1]
    assert promotion.head.standing == Standing(reserved=1, reserved_units=1, parts=1)
    assert (
        run(redeem("c1"), redeem("c1"), reserve("c1"), give_back("c2"), before=promotion)[1]
        == run(redeem("c1"), before=promotion)[1]
    )


def test_an_allotment_ends_with_its_last_unit() -> None:
    promotion = limited(units=5)
    assert refused(promotion, reserve("c1", units=3), reserve("c2", units=3)) is NotApplied.UNITS_USED_UP
    assert refused(promotion, reserve("c1", units=3), reserve("c2", units=2)) is None
    assert refused(promotion, reserve("c1", units=5), reserve("c2", units=0)) is NotApplied.UNITS_USED_UP


def test_a_customer_has_it_as_often_as_one_may_and_nobody_unknown_does() -> None:
    promotion = limited(uses_per_customer=1)
    assert refused(promotion, reserve("c1", customer="ada"), reserve("c2", customer="ada")) is NotApplied.CUSTOMER_LIMIT
    assert refused(promotion, reserve("c1", customer="ada"), reserve("c2", customer="bob")) is None
    assert refused(promotion, reserve("c1")) is NotApplied.CUSTOMER_LIMIT
    again = (reserve("c1", customer="ada"), give_back("c1"), reserve("c2", customer="ada"))
    assert refused(promotion, *again) is None
    units = limited(units_per_customer=2)
    assert refused(units, reserve("c1", customer="ada", units=3)) is NotApplied.CUSTOMER_LIMIT
    assert refused(units, reserve("c1", customer="ada", units=2), reserve("c2", customer="ada")) is (
        NotApplied.CUSTOMER_LIMIT
    )


def test_a_customer_s_redeemed_uses_still_count_when_they_are_settled() -> None:
    promotion, _ = run(reserve("c1", customer="ada"), redeem("c1"), before=limited(uses_per_customer=1))
    settled, _ = turned(promotion, AT + 8 * DAY_MS)
    assert refused(settled, reserve("c2", customer="ada")) is NotApplied.CUSTOMER_LIMIT


def test_a_code_for_one_order_is_used_once_and_is_given_back() -> None:
    promotion, _ = run(set_to(codes=CodeKind.SINGLE_USE), AddCodes(promotion_id=ID, codes=("AAA", "BBB")))
    taken = reserve("c1", code="AAA")
    assert refused(promotion, reserve("c1", code="CCC")) is NotApplied.CODE_WRONG
    assert refused(promotion, taken, reserve("c2", code="AAA")) is NotApplied.CODE_USED
    assert refused(promotion, taken, reserve("c2", code="BBB")) is None
    assert refused(promotion, taken, give_back("c1"), reserve("c2", code="AAA")) is None
    after, _ = run(taken, redeem("c1"), before=promotion)
    settled, _ = turned(after, AT + 8 * DAY_MS)
    assert settled.code("AAA") == SingleCode(used_by="c1")
    assert refused(settled, reserve("c2", code="AAA")) is NotApplied.CODE_USED


def test_it_says_why_not_by_descending_precedence() -> None:
    assert refused(PROMOTIONS.initial, reserve("c1")) is NotApplied.PROMOTION_UNKNOWN
    timed, _ = run(
        set_to(starts_at=AT + 1, ends_at=AT + 2, codes=CodeKind.SHARED, code="SPRING", limits=Limits(uses=1))
    )
    assert refused(timed, reserve("c1")) is NotApplied.NOT_STARTED
    assert refused(timed, reserve("c1", code="AUTUMN"), at=AT + 1) is NotApplied.CODE_WRONG
    assert refused(timed, reserve("c1"), at=AT + 1) is None
    [ended] = run(reserve("c1", code="AUTUMN"), before=timed, at=AT + 2)[1]
    assert isinstance(ended, UseRefused)
    assert (ended.reason, ended.since) == (NotApplied.ENDED, AT + 2)
    stopped, _ = run(StopPromotion(promotion_id=ID), before=timed)
    assert refused(stopped, reserve("c1"), at=AT + 2) is NotApplied.STOPPED
    kept, _ = run(reserve("c1"), StopPromotion(promotion_id=ID), before=limited(uses=1))
    assert refused(kept, redeem("c1")) is None, "a checkout that has it may go on"
