"""The sorted set of endings, beside a sorted list."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.endings import CHUNK_MAX, Ending, Endings
from tests.seeds import some

ENDING = st.tuples(st.integers(0, 300), st.sampled_from("abcdefgh"))


@settings(max_examples=some(150), deadline=None)
@given(st.sets(ENDING, max_size=5 * CHUNK_MAX), st.lists(ENDING, max_size=200), st.integers(0, 300))
def test_it_is_the_sorted_list(first: set[Ending], changes: list[Ending], at: int) -> None:
    model, endings = set(first), Endings(first)
    for ending in changes:
        before = tuple(endings)
        after = endings.minus(ending) if ending in model else endings.plus(ending)
        assert tuple(endings) == before, "an older one has changed"
        model ^= {ending}
        endings = after
    assert list(endings) == sorted(model) and endings == Endings(model)
    assert endings.first() == min((when for when, _ in model), default=None)
    assert endings.until(at) == sorted(each for each in model if each[0] <= at)


def test_what_is_left_of_many_is_not_kept_one_by_one() -> None:
    endings = Endings((number, "a") for number in range(100 * CHUNK_MAX))
    for number in range(100 * CHUNK_MAX):
        if number % CHUNK_MAX:
            endings = endings.minus((number, "a"))
    assert len(endings._chunks) <= 10 and len(list(endings)) == 100


@pytest.mark.parametrize("missing", [(0, "a"), (7, "b"), (9, "a")])
def test_what_is_not_there_cannot_be_dropped(missing: Ending) -> None:
    with pytest.raises(AssertionError, match="is not there"):
        Endings([(7, "a")]).minus(missing)
    with pytest.raises(AssertionError, match="is not there"):
        Endings().minus(missing)
