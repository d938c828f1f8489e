"""The search's sink against a real broker and a real OpenSearch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.search import ranking
from connectors.kafka.log_identity import required
from connectors.opensearch.bulk import GONE, NOT_NEWER, WRITTEN, write
from connectors.opensearch.client import OpenSearch, SearchRefused, alias_of
from connectors.opensearch.documents import Made
from connectors.opensearch.index import definition, ensure
from connectors.opensearch.rows import Rows
from ops.search.reindex import reindex
from process.settings import Settings
from schemas.catalogue.messages import ProductStatus
from schemas.record import Record
from schemas.synonyms.messages import SynonymsState
from tests.connectors.broker import Broker, Sent
from tests.connectors.conftest import Start
from tests.unit.search.examples import price, product, stock, variant
from tests.waiting import eventually


@pytest.fixture
def server(opensearch: str) -> Iterator[OpenSearch]:
    with OpenSearch(opensearch) as server:
        yield server


class Shop:
    """Rows of three rooms as their workers write them, and what can be searched of them."""

    def __init__(self, broker: Broker, server: OpenSearch, settings: Settings) -> None:
        self._broker, self.server, self.settings = broker, server, settings
        self.alias = alias_of(settings, required(settings))
        self._versions: dict[str, int] = {}

    def says(self, *told: tuple[str, str, Record]) -> None:
        """By room and key; each the next version of its row."""
        self._broker.send([self._record(*each) for each in told])

    def _record(self, room: str, key: str, row: Record) -> Sent:
        number = self._versions[key] = self._versions.get(key, 0) + 1
        return f"{room}.state", key, self._broker.codec.encode(row), [("version", b"%d" % number)]

    def found(self) -> dict[str, dict[str, Any]]:
        """Every document, by id."""
        self.server.call("POST", f"/{self.alias}/_refresh")
        answer = self.server.call("POST", f"/{self.alias}/_search", {"size": 100})
        return {each["_id"]: each["_source"] for each in answer["hits"]["hits"]}

    def in_stock(self) -> dict[str, bool]:
        """Of every product that is shown, whether it can be bought."""
        return {product_id: each["in_stock"] for product_id, each in self.found().items()}

    def clear(self) -> None:
        self.server.delete(*self.server.versions_of(self.alias))


@pytest.fixture
def shop(topic_settings: Settings, broker: Broker, server: OpenSearch) -> Iterator[Shop]:
    shop = Shop(broker, server, topic_settings)
    yield shop
    shop.clear()


VASE = ("catalogue", "vase", product()), ("prices", "VASE", price("VASE"))
ONE_UNIT, SOLD = ("inventory", "VASE@warehouse", stock(1)), ("inventory", "VASE@warehouse", stock(0))
JUG = ("catalogue", "jug", product("jug", variant("JUG"), title="Jug")), ("prices", "JUG", price("JUG"))


def test_what_is_shown_is_in_the_index_and_leaves_it_with_its_event(shop: Shop, start: Start) -> None:
    start("opensearch").wait_ready()
    shop.says(*VASE, ONE_UNIT)
    eventually(lambda: shop.in_stock() == {"vase": True})
    shop.says(SOLD, *JUG)
    eventually(lambda: shop.in_stock() == {"vase": False, "jug": False})
    shop.says(("prices", "VASE", price("VASE", 999)))
    eventually(lambda: shop.found()["vase"]["price"] == 999)
    shop.says(("catalogue", "vase", product(status=ProductStatus.ARCHIVED)))
    eventually(lambda: set(shop.found()) == {"jug"})
    shop.says(("prices", "JUG", price("JUG", withdrawn=True)), ("catalogue", "vase", product()))
    eventually(lambda: set(shop.found()) == {"vase"})


def test_a_sink_that_was_killed_goes_on_where_it_was_and_a_new_index_is_made_of_the_whole_log(
    shop: Shop, start: Start
) -> None:
    first = start("opensearch").wait_ready()
    shop.says(*VASE, ONE_UNIT)
    eventually(lambda: shop.in_stock() == {"vase": True})
    first.kill()
    shop.says(SOLD, *JUG)
    second = start("opensearch").wait_ready()
    eventually(lambda: shop.in_stock() == {"vase": False, "jug": False})
    assert second.stop() == 0
    quiet = start("opensearch").wait_ready()
    shop.says(("inventory", "JUG@warehouse", stock(2)))
    eventually(lambda: shop.in_stock() == {"vase": False, "jug": True})
    assert quiet.metric("search_sink_documents_total") == 1, "of the others it knows that they are right"
    assert quiet.stop() == 0
    shop.clear()
    start("opensearch").wait_ready()
    eventually(lambda: shop.in_stock() == {"vase": False, "jug": True})


def test_a_record_that_is_no_row_halts_the_sink_before_it(shop: Shop, broker: Broker, start: Start) -> None:
    connector = start("opensearch").wait_ready()
    shop.says(*VASE)
    eventually(lambda: "vase" in shop.found())
    broker.send([("prices.state", "VASE", b"\0nothing", [("version", b"2")])])
    eventually(lambda: connector.ready()[0] == 503 and "cannot be understood" in connector.ready()[1])
    assert connector.metric("connector_halted") == 1


def test_scenario_35_a_reindex_while_products_change_has_them_as_they_are_and_keeps_what_is_hidden_hidden(
    shop: Shop, start: Start
) -> None:
    start("opensearch").wait_ready()
    hidden = ("catalogue", "draft", product("draft", variant("D"), status=ProductStatus.DRAFT))
    shop.says(*VASE, ONE_UNIT, hidden, ("prices", "D", price("D")))
    eventually(lambda: set(shop.found()) == {"vase"})
    before = shop.server.indices_of(shop.alias)
    made = reindex(shop.settings, on_loaded=lambda: shop.says(SOLD, *JUG))
    assert shop.server.indices_of(shop.alias) == [made.index] != before
    assert shop.in_stock() == {"vase": False, "jug": False}, "with the return of the command"
    shop.says(("inventory", "JUG@warehouse", stock(1)))
    eventually(lambda: shop.in_stock() == {"vase": False, "jug": True})


def test_what_staff_call_the_same_is_found_once_the_index_is_made_anew(shop: Shop, start: Start) -> None:
    start("opensearch").wait_ready()
    group = SynonymsState(group_id="jugs", words=("jug", "zarf", "water bearer"))
    shop.says(*JUG, ("synonyms", "jugs", group), ("synonyms", "off", SynonymsState(group_id="off")))
    eventually(lambda: set(shop.found()) == {"jug"})

    def answers(text: str) -> list[str]:
        answer = shop.server.call("POST", f"/{shop.alias}/_search", {"query": ranking.query(text)})
        return [each["_id"] for each in answer["hits"]["hits"]]

    assert (answers("jugs"), answers("zarfs")) == (["jug"], [])
    reindex(shop.settings)
    assert [answers(each) for each in ("jugs", "zarfs", "water bearer", "bearer")] == [["jug"], ["jug"], ["jug"], []]


def test_an_index_from_before_a_field_learns_it(shop: Shop, start: Start) -> None:
    known = definition()
    del known["mappings"]["properties"]["on_offer"]
    shop.server.create(f"{shop.alias}-1", known)
    shop.server.point(shop.alias, f"{shop.alias}-1")
    start("opensearch").wait_ready()
    shop.says(*VASE)
    eventually(lambda: "vase" in shop.found())
    assert shop.found()["vase"]["on_offer"] is False


def test_a_late_or_repeated_write_makes_no_document_older(shop: Shop) -> None:
    rows = Rows()
    assert ensure(shop.server, shop.alias)
    rows.take("vase", product(), 1)
    rows.take("VASE", price("VASE", 1_000), 1)
    old = rows.document("vase")
    rows.take("VASE", price("VASE", 2_000), 2)
    new = rows.document("vase")
    gone = Made("vase", None, new.version + 1)
    for made, outcome in (
        (old, WRITTEN),
        (new, WRITTEN),
        (old, NOT_NEWER),
        (new, NOT_NEWER),
        (gone, GONE),
        (new, NOT_NEWER),
    ):
        assert write(shop.server, shop.alias, [made], refresh=True) == {outcome: 1}
    assert shop.found() == {}
    with pytest.raises(SearchRefused, match="no such index"):
        write(shop.server, f"{shop.alias}-no", [new], refresh=True)
