"""What commands to a category lead to, and the tree that categories make."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from api.categories.categories import families, in_order, shown, way_to
from schemas.categories.messages import (
    POSITION_MAX,
    TITLE_LENGTH_MAX,
    CategoryRefusal,
    CategoryRefused,
    CategorySet,
    CategoryState,
    SetCategory,
)
from schemas.ids import no_id
from streams.categories.room import CATEGORIES

NOW = 1_700_000_000_000
ROSES = SetCategory(category_id="roses", title="Roses", parent_id="flowers", position=2)


def decided(category: CategoryState, command: SetCategory) -> tuple[CategoryState, tuple[object, ...]]:
    """The category after the command, and its events."""
    events = CATEGORIES.decide(command, category, NOW)
    for event in events:
        category = CATEGORIES.evolve(category, event)
    return category, events


def category(name: str, parent: str = "", position: int = 0, *, hidden: bool = False) -> CategoryState:
    return CategoryState(category_id=name, title=name, parent_id=parent, position=position, hidden=hidden)


def tree(*some: CategoryState) -> dict[str, CategoryState]:
    return {each.category_id: each for each in some}


def test_one_is_set_and_the_same_again_is_no_event() -> None:
    roses, events = decided(CategoryState(), ROSES)
    assert events == (CategorySet(category_id="roses", title="Roses", parent_id="flowers", position=2),)
    assert roses == CategoryState(category_id="roses", title="Roses", parent_id="flowers", position=2)
    assert decided(roses, ROSES) == (roses, ())
    moved, _ = decided(roses, SetCategory(category_id="roses", title="Roses", hidden=True))
    assert (moved.parent_id, moved.hidden) == ("", True)


def test_a_parent_is_an_id_or_none() -> None:
    assert [no_id(replace(ROSES, parent_id=each)) for each in ("flowers", "", "no id")] == [
        None, None, ("parent_id", "no id"),
    ]  # fmt: skip


def test_the_first_reason_that_applies_is_given_and_nothing_changes() -> None:
    for wrong, reason in (
        (SetCategory(category_id="a", title=" ", position=-1), CategoryRefusal.TITLE_MISSING),
        (
            SetCategory(category_id="a", title="x" * (TITLE_LENGTH_MAX + 1), parent_id="a"),
            CategoryRefusal.TITLE_TOO_LONG,
        ),
        (SetCategory(category_id="a", title="A", position=-1, parent_id="a"), CategoryRefusal.POSITION_OUT_OF_RANGE),
        (SetCategory(category_id="a", title="A", position=POSITION_MAX + 1), CategoryRefusal.POSITION_OUT_OF_RANGE),
        (SetCategory(category_id="a", title="A", parent_id="a"), CategoryRefusal.IN_ITSELF),
    ):
        refused = CategoryRefused(category_id="a", command="SetCategory", reason=reason)
        assert decided(CategoryState(), wrong) == (CategoryState(), (refused,))


def test_a_category_stands_behind_its_parent_by_position_and_title() -> None:
    every = tree(
        category("gifts", position=1), category("roses", "cut"), category("flowers"), category("cut", "flowers")
    )
    assert [(each.category_id, depth) for each, depth in in_order(every)] == [
        ("flowers", 0), ("cut", 1), ("roses", 2), ("gifts", 0),
    ]  # fmt: skip
    assert [each.category_id for each in way_to(every, "roses") or []] == ["flowers", "cut", "roses"]


def test_a_category_has_all_that_is_below_it() -> None:
    every = tree(category("roses", "cut"), category("flowers"), category("cut", "flowers"), category("gifts"))
    assert families(every) == {"flowers": ("flowers", "cut", "roses"), "cut": ("cut", "roses")}


def test_what_is_below_a_hidden_one_is_hidden_and_what_hangs_nowhere_is_not_shown() -> None:
    every = tree(
        category("flowers", hidden=True), category("roses", "flowers"), category("lost", "nowhere"), category("a")
    )
    assert [*shown(every)] == ["a"]
    assert way_to(every, "lost") is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["", *"abcdef"])))
def test_whatever_the_parents_every_walk_ends_and_names_each_once(parents: dict[str, str]) -> None:
    every = tree(*(category(name, parent) for name, parent in parents.items()))
    reached = [each.category_id for each, _ in in_order(every)]
    assert len(reached) == len(set(reached))
    assert set(reached) == {name for name in every if way_to(every, name) is not None}
