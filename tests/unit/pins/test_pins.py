"""What commands to a pin lead to."""

from __future__ import annotations

from schemas.pins.messages import PRODUCTS_MAX, PinRefusal, PinRefused, PinSet, PinState, SetPin
from streams.pins.room import PINS

SET = SetPin(pin_id="mothers-day", queries=("mothers day", "mum"), products=("peonies", "tulips"))


def test_one_is_set_changed_and_switched_off_and_the_same_again_is_no_event() -> None:
    [event] = PINS.decide(SET, PinState(), 0)
    assert event == PinSet(pin_id="mothers-day", queries=SET.queries, products=SET.products)
    pin = PINS.evolve(PinState(), event)
    assert PINS.decide(SET, pin, 0) == ()
    [off] = PINS.decide(SetPin(pin_id="mothers-day", queries=SET.queries, products=()), pin, 0)
    assert PINS.evolve(pin, off).products == ()


def test_the_first_reason_that_applies_is_given_and_nothing_changes() -> None:
    many = tuple(f"p{number}" for number in range(PRODUCTS_MAX + 1))
    for queries, products, reason in (
        (("Mothers  Day",), many, PinRefusal.QUERY_MALFORMED),
        (("",), (), PinRefusal.QUERY_MALFORMED),
        (("mum",), (*many, "p0"), PinRefusal.TOO_MANY),
        (("mum",), ("p0", "p0"), PinRefusal.NOT_DISTINCT),
    ):
        [event] = PINS.decide(SetPin(pin_id="one", queries=queries, products=products), PinState(), 0)
        assert event == PinRefused(pin_id="one", command="SetPin", reason=reason)
        assert PINS.evolve(PinState(), event) == PinState()
