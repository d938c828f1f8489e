"""Views are folds of events: without a database."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from connectors.kafka.events import Event, EventError
from connectors.postgres.views import as_json
from connectors.projection import BYTES_KEPT_MAX, ROW_BYTES, Fold, ViewRow, latest_rows, wanted
from schemas.cart.messages import CartCreated, CartExpired, CartLine, CartLineSet, CartRefusal, CartRefused, CartState
from schemas.inventory.messages import StockReceived
from schemas.record import Record
from schemas.rooms import ROOMS
from streams.projector import PROJECTIONS
from streams.rooms import DECIDERS
from tests.connectors.story import Story, busy_shop, tell
from tests.unit.cart.examples import cart_lines, units

AT = 1_800_000_000_123


def event(body: Record, version: int, at: int = AT) -> Event:
    return Event(
        body=body,
        version=version,
        id="event",
        command_id="command",
        correlation_id="correlation",
        occurred_at=at,
        actor="guest",
        reply_to=None,
    )


def created(at: int = AT) -> Event:
    return event(CartCreated(cart_id="c", channel="web", version=1, created_at=at), 1, at)


def line(version: int, quantity: int, before: int = 0) -> Event:
    body = CartLineSet(
        cart_id="c",
        line=CartLine(sku="VASE", quantity=quantity),
        quantity_before=before,
        version=version,
        touched_at=AT,
    )
    return event(body, version)


def refused(version: int) -> Event:
    return event(CartRefused(cart_id="c", command="x", reason=CartRefusal.CART_UNKNOWN, version=0), version)


def folded(*events: Event, stored: dict[tuple[str, str], ViewRow] | None = None) -> Fold:
    fold = Fold(PROJECTIONS, {}, stored or {})
    for each in events:
        fold.take("cart", "c", each)
    return fold


def row(fold: Fold) -> tuple[int, CartState]:
    found = fold.changes.rows["cart", "c"]
    assert isinstance(found.state, CartState)
    return found.version, found.state


def test_a_batch_comes_to_one_row_of_each_aggregate() -> None:
    version, cart = row(folded(created(), line(2, 3), line(3, 0, 3), line(4, 1)))
    assert (version, units(cart)) == (4, {"VASE": 1})


def test_a_refusal_moves_the_version_alone_and_makes_nothing_exist() -> None:
    before = row(folded(created()))[1]
    assert row(folded(created(), refused(2))) == (2, before)
    assert folded(refused(0)).changes.rows == {}


def test_what_is_read_again_is_passed_over() -> None:
    known = folded(created(), line(2, 3)).changes
    assert folded(line(2, 3), stored=known.rows).changes.rows == {}
    assert row(folded(line(2, 3), line(3, 5, 3), stored=known.rows))[1].lines == {
        "VASE": CartLine(sku="VASE", quantity=5)
    }


@pytest.mark.parametrize("events", [(line(2, 3),), (created(), line(3, 3)), (refused(7),)])
def test_a_gap_is_an_error(events: tuple[Event, ...]) -> None:
    with pytest.raises(EventError, match="follows version"):
        folded(*events)


def test_an_event_that_the_room_cannot_follow_is_an_error_and_those_before_it_count() -> None:
    fold = folded(created())
    with pytest.raises(EventError, match="cart c: CartLineSet cannot be followed: AssertionError"):
        fold.take("cart", "c", line(2, 3, before=9))
    assert row(fold)[0] == 1


def test_a_key_that_was_forgotten_begins_anew_with_a_later_beginning() -> None:
    ended = folded(created(), event(CartExpired(cart_id="c", version=2, expired_at=AT), 2)).changes.rows
    again = folded(created(AT + 1), stored=ended).changes.rows["cart", "c"]
    assert (again.begun_at, again.version) == (AT + 1, 1)
    assert (again.begun_at, again.version) > ended["cart", "c"][:2], "so it replaces the one before"


def test_only_rows_that_an_earlier_batch_began_are_asked_for() -> None:
    kept = {("cart", "kept"): ViewRow(AT, 4, CartState())}
    events = [("cart", "new", created()), ("cart", "new", line(2, 1)), ("cart", "kept", line(5, 1)),
              ("cart", "old", line(9, 1)), ("cart", "old", line(10, 1)), ("cart", "none", refused(0))]  # fmt: skip
    assert wanted(events, kept) == {"cart": ["old"]}


def test_so_many_bytes_of_rows_are_kept_and_no_more() -> None:
    kept, large = latest_rows(), CartState(lines=cart_lines({f"SKU-{number}": 1 for number in range(40_000)}))
    places = [("cart", str(number)) for number in range(BYTES_KEPT_MAX // ROW_BYTES)]
    kept.update(dict.fromkeys(places, ViewRow(AT, 1, CartState())))
    assert kept.get(places[0]) is None, "a row takes more than its state"
    kept.update({("cart", f"large-{number}"): ViewRow(AT, 2, large) for number in range(60)})
    assert places[-1] not in kept
    assert 20 < len(kept) < 60


def test_every_room_has_a_view() -> None:
    assert PROJECTIONS.keys() == ROOMS.keys()


def views_of(story: Story) -> dict[tuple[str, str], Record]:
    """What the views must show, by the rooms' own states."""
    views = {name: decider.view for name, decider in DECIDERS.items()}
    return {
        (room, key): state if (view := views[room]) is None else view.of(state)
        for (room, key), state in story.states.items()
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_the_views_of_a_busy_shop_are_its_states(seed: int) -> None:
    story = tell(busy_shop(seed, 60))
    fold, facts = Fold(PROJECTIONS, {}, {}), Counter[str]()
    for told in story.events:
        fold.take(told.room, told.key, event(told.body, told.version))
        facts[told.room] += isinstance(told.body, PROJECTIONS[told.room].history)
    assert {place: row.state for place, row in fold.changes.rows.items()} == views_of(story)
    assert {place: row.version for place, row in fold.changes.rows.items()} == dict(story.versions)
    assert Counter(fact.room for fact in fold.changes.facts) == +facts
    assert facts.keys() > {"inventory", "payments"} and facts["cart"] == 0


def test_a_zero_byte_never_reaches_postgres_and_nothing_else_changes() -> None:
    rows: list[dict[str, Any]] = [
        {"key": "made\0up", "state": {"\0": ["\0", 1, None]}, "title": "a backslash: \\u0000"}
    ]
    assert json.loads(as_json(rows)) == [
        {"key": "made\ufffdup", "state": {"\ufffd": ["\ufffd", 1, None]}, "title": "a backslash: \\u0000"}
    ]
    body = StockReceived(
        sku="VASE", location="warehouse", quantity=4, reference="note\0", on_hand_after=9, held_after=2
    )
    assert json.loads(as_json({"event": body}))["event"]["reference"] == "note\ufffd"
