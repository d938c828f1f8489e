"""Products in the edge's memory: never older than what the topic has said, whatever the view says."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

from confluent_kafka import Message
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.cache import PRODUCTS_MAX, ProductCache
from connectors.postgres.reads import Views
from connectors.projection import Versioned
from schemas.catalogue.messages import ProductState
from schemas.log import LogIdentity
from tests.nowhere import NOWHERE

LOG = LogIdentity(id="one", partitions=2, cluster="c", begun_at=0, after="", reason="")
SLUG = "vase"


class View:
    """The view of products, as far as it has come."""

    def __init__(self) -> None:
        self.shown: dict[str, int] = {}
        self.asked = 0
        self.gate: asyncio.Event | None = None  # answers are on their way until it opens
        self.at_gate = asyncio.Event()

    async def state(self, _record: type[ProductState], key: str) -> Versioned[ProductState] | None:
        self.asked += 1
        version = self.shown.get(key, 0)
        if self.gate is not None:
            self.at_gate.set()
            await self.gate.wait()
        return Versioned(version, ProductState(product_id=key)) if version else None

    async def version(self, _room: str, key: str) -> int:
        return self.shown.get(key, 0)


def now(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def shelf() -> tuple[ProductCache, View]:
    view = View()
    return ProductCache(NOWHERE, LOG, cast(Views, view), 0, lambda: None), view


def change(version: int, key: str = SLUG) -> Message:
    return Message(topic="t", partition=0, offset=version, key=key.encode(), headers=[("version", b"%d" % version)])


def test_what_has_not_changed_is_read_once() -> None:
    cache, view = shelf()
    view.shown[SLUG] = 1
    assert [now(cache.get(SLUG)).product.version for _ in range(3)] == [1, 1, 1]
    assert view.asked == 1
    assert now(cache.get("nothing")) is None


def test_a_view_that_is_behind_is_shown_and_not_kept() -> None:
    cache, view = shelf()
    view.shown[SLUG] = 1
    now(cache.get(SLUG))
    cache.take([change(2)])
    assert now(cache.get(SLUG)).product.version == 1
    view.shown[SLUG] = 2
    assert now(cache.get(SLUG)).product.version == 2, "at once, though nothing more was said"
    assert now(cache.get(SLUG)).product.version == 2 and view.asked == 3


def test_the_books_of_the_engine_are_no_products_and_memory_is_bounded() -> None:
    cache, view = shelf()
    cache.take([change(7, "\0outcomes")])
    view.shown = {f"p{number}": 1 for number in range(PRODUCTS_MAX + 1)}

    async def read_all() -> int:
        for name in view.shown:
            await cache.get(name)
        before = view.asked
        await cache.get("p1")
        await cache.get("p0")
        return view.asked - before

    assert now(read_all()) == 1, "the one that was read first is read again"


def test_what_was_being_read_before_a_position_was_reached_does_not_come_back_after_it() -> None:
    cache, view = shelf()
    view.shown[SLUG] = 1

    async def story() -> int:
        view.gate = asyncio.Event()
        early = asyncio.create_task(cache.get(SLUG))  # it has read version 1, and not been told of it yet
        await view.at_gate.wait()
        gate, view.gate = view.gate, None
        view.shown[SLUG] = 2
        assert await cache.version_of(SLUG, 2) == 2
        gate.set()
        await early
        found = await cache.get(SLUG)
        assert found is not None
        return found.product.version

    assert now(story()) == 2


STEP = st.one_of(st.just("write"), st.just("show"), st.just("hear"), st.just("read"), st.just("read at position"))


@given(st.lists(STEP, max_size=30))
def test_in_any_order_of_topic_and_view_nobody_goes_back_behind_a_position_or_what_was_heard_and_shown(
    steps: list[str],
) -> None:
    cache, view = shelf()
    written = heard = 0
    for step in steps:
        if step == "write":
            written += 1
        elif step == "hear":
            heard = written
            cache.take([change(heard)] if heard else [])
        elif step == "show":
            view.shown[SLUG] = written
        elif step == "read at position":
            reached = now(cache.version_of(SLUG, written))
            assert reached <= view.shown.get(SLUG, 0)
            if reached >= written > 0:
                assert now(cache.get(SLUG)).product.version == written
        else:
            entry = now(cache.get(SLUG))
            assert (0 if entry is None else entry.product.version) >= min(heard, view.shown.get(SLUG, 0))
