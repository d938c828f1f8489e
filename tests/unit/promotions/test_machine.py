"""Whatever is asked in whatever order: uses stay within the limits, and the row is what was written of it."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas.promotions.messages import AddCodes, PromotionsCommand, StopPromotion, TurnPromotion
from schemas.promotions.terms import CodeKind, Limits
from streams.promotions.room import PROMOTIONS
from streams.promotions.state import Promotion, evolve_head, head, touched, whole
from tests.unit.promotions.examples import AT, ID, extend, give_back, redeem, reserve, run, set_to

CHECKOUTS, CUSTOMERS, CODES = st.sampled_from("abcdefgh"), st.sampled_from(["", "ada", "bob"]), ("AAA", "BBB", "CCC")
COMMANDS: st.SearchStrategy[PromotionsCommand] = st.one_of(
    st.builds(
        lambda checkout, customer, code, units, minutes: reserve(
            checkout, customer=customer, code=code, units=units, minutes=minutes
        ),
        CHECKOUTS, CUSTOMERS, st.sampled_from((*CODES, "SPRING")), st.integers(0, 3), st.integers(1, 60),
    ),
    st.builds(redeem, CHECKOUTS),
    st.builds(give_back, CHECKOUTS),
    st.builds(extend, CHECKOUTS, st.integers(1, 120)),
    st.builds(lambda minutes: TurnPromotion(promotion_id=ID, due_at=AT + minutes * 60_000), st.integers(0, 20_000)),
    st.just(StopPromotion(promotion_id=ID)),
    st.just(AddCodes(promotion_id=ID, codes=CODES)),
)  # fmt: skip
LIMITS = st.builds(
    Limits,
    uses=st.integers(0, 4), uses_per_customer=st.integers(0, 2), units=st.integers(0, 6),
    units_per_customer=st.integers(0, 4),
)  # fmt: skip


@given(LIMITS, st.sampled_from((CodeKind.SHARED, CodeKind.SINGLE_USE, CodeKind.NONE)), st.lists(COMMANDS, max_size=40))
def test_uses_stay_within_the_limits_and_the_row_is_what_was_written(
    limits: Limits, kind: CodeKind, commands: list[PromotionsCommand]
) -> None:
    promotion, _ = run(set_to(codes=kind, code="SPRING" if kind is CodeKind.SHARED else "", limits=limits))
    written, shown = dict(promotion.parts), head(promotion)
    for command in commands:
        promotion, events = run(command, before=promotion)
        for event in events:
            shown = evolve_head(shown, event)
        for name in {name for event in events for name in touched(event)}:
            part = promotion.parts.get(name)
            if part is None:
                written.pop(name, None)
            else:
                written[name] = part
        _check(promotion, limits)
        assert shown == head(promotion)
        assert whole(head(promotion), written) == promotion


def _check(promotion: Promotion, limits: Limits) -> None:
    standing = promotion.head.standing
    assert min(standing.reserved, standing.redeemed, standing.reserved_units, standing.redeemed_units) >= 0
    assert not limits.uses or standing.reserved + standing.redeemed <= limits.uses
    assert not limits.units or standing.reserved_units + standing.redeemed_units <= limits.units
    for name, part in promotion.parts.items():
        if name.startswith("customer/"):
            assert not limits.uses_per_customer or part.uses <= limits.uses_per_customer  # type: ignore[attr-defined]
            assert not limits.units_per_customer or part.units <= limits.units_per_customer  # type: ignore[attr-defined]
    used = Counter(part.single_code for name, part in promotion.parts.items() if name.startswith("use/"))  # type: ignore[attr-defined]
    assert all(times == 1 for code, times in used.items() if code)
    due = PROMOTIONS.next_timer_at(promotion)
    assert due == promotion.endings.first() or (due is None and not promotion.parts)
