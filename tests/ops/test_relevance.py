"""How well the florist's queries are answered, on a real OpenSearch; and the measure itself."""

from __future__ import annotations

from math import log2
from pathlib import Path

import pytest

from ops.search.judged import NoJudgedSet, florist, folder, ndcg
from ops.search.relevance import answerable, mean, measure, needlessly, unanswered

FLOOR = 0.90
PLAIN_MAX = 0.80  # beyond it the set would be too easy to say anything


def test_the_florists_queries_are_answered_as_well_as_they_were(opensearch: str) -> None:
    judged = florist()
    ours, plain = measure(opensearch, judged)
    assert mean(judged, ours) >= FLOOR
    assert mean(judged, plain) <= PLAIN_MAX
    assert len(unanswered(judged, ours)) <= 1, unanswered(judged, ours)
    assert len(needlessly(judged, ours)) <= 1, needlessly(judged, ours)


def test_the_florists_set_is_large_enough_and_every_query_that_has_selectors_has_an_answer() -> None:
    judged = florist()
    assert len(answerable(judged)) >= 150
    assert len(judged.queries) - len(answerable(judged)) == 15
    assert {rating for ratings in judged.queries.values() for rating in ratings.values()} == {1, 2, 3}


def test_the_measure_is_the_one_that_the_sets_references_use() -> None:
    ratings = {"a": 3, "b": 2, "c": 0}
    ideal = 7 + 3 / log2(3)
    assert ndcg(["a", "b", "c"], ratings) == 1
    assert ndcg(["b", "a"], ratings) == pytest.approx((3 + 7 / log2(3)) / ideal)
    assert ndcg(["x", "a", "b"], ratings) == pytest.approx((7 / log2(3) + 3 / 2) / ideal)
    assert ndcg(["x", "a", "y", "b"], ratings, judged_only=True) == 1
    assert ndcg([*"uvwxyzstrq", "a"], ratings) == 0, "beyond the tenth nobody looks"
    assert ndcg(["a"], {"a": 0}) == 0


def test_a_set_of_files_is_read_and_a_folder_without_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoJudgedSet, match="judgments"):
        folder(tmp_path)
    (tmp_path / "judgments.csv").write_text("query,product_id,rating\nusb hub,7,3\nusb hub,8,0\n")
    (tmp_path / "products.ndjson").write_text(
        '{"id": "7", "name": "H-4", "title": "Acme H-4 USB hub", "supplier": "Acme", "price": 995,'
        ' "ean": ["4006381333931"],'
        ' "attr_t_product_type": "Hub", "attr_n_ports": 4.0, "attr_b_powered": true}\n'
    )
    judged = folder(tmp_path)
    assert judged.queries == {"usb hub": {"7": 3, "8": 0}}
    [hub] = judged.products()
    assert (hub.id, hub.brand, hub.price, hub.codes) == ("7", "Acme", 995, ("h-4", "4006381333931"))
    assert hub.attributes == ("product_type=Hub", "ports=4", "powered=true")
    assert hub.heads.split()[-1] == "Hub"
