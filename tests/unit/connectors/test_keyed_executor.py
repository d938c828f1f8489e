"""Order per key, and which offsets may be committed."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.keyed_executor import KeyedExecutor, Offsets

HERE = ("payments.events", 0)


@given(st.permutations(range(8)))
def test_a_position_never_passes_a_record_that_is_not_done(order: list[int]) -> None:
    offsets, done = Offsets(), set[int]()
    for offset in range(8):
        offsets.begin(HERE, offset * 2)  # transaction markers lie between
    reached = 0
    for number in order:
        offsets.done(HERE, number * 2)
        done.add(number)
        reached = offsets.to_commit().get(HERE, reached)
        assert all(offset in done for offset in range((reached + 1) // 2))
    assert reached == 15
    assert offsets.under_way() == (0, 0)


def test_jobs_of_one_key_run_in_order_and_others_pass_them() -> None:
    executor, seen, first, others = KeyedExecutor(4), list[str](), threading.Event(), threading.Event()

    def blocked() -> None:
        first.wait(60)
        seen.append("a0")

    executor.submit("a", blocked)
    for number in (1, 2):
        executor.submit("a", lambda number=number: seen.append(f"a{number}"))  # type: ignore[misc]
    executor.submit("b", lambda: (seen.append("b0"), others.set())[0])  # type: ignore[func-returns-value]
    assert others.wait(60)
    finished = threading.Event()
    executor.submit("a", finished.set)
    first.set()
    assert finished.wait(60)
    executor.close()
    assert seen == ["b0", "a0", "a1", "a2"]


def test_a_job_that_fails_is_heard_of_and_not_overtaken() -> None:
    executor, seen = KeyedExecutor(2), list[str]()
    failed = threading.Event()

    def fails() -> None:
        failed.set()
        raise RuntimeError("no")

    executor.submit("a", fails)
    executor.submit("a", lambda: seen.append("later"))
    assert failed.wait(60)
    executor.close()
    with pytest.raises(RuntimeError, match="no"):
        executor.check()
    assert seen == []
