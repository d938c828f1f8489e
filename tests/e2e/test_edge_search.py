"""The search through the edge: what staff publish is found, counted, paged and suggested."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from connectors.kafka.log_identity import required
from connectors.kafka.registry import load_codec
from connectors.opensearch.client import OpenSearch, alias_of
from ops.audit import search as search_audit
from ops.audit.findings import Findings
from ops.audit.run import decoder, snapshot
from ops.reading import records
from ops.servers.stack import Stack
from process.settings import Settings
from tests.e2e.edge_clients import Edge, gbp, key, problem
from tests.waiting import eventually

SEARCH = "/v1/search"
COLOURS, GLAZES, PRICES = ("blue", "green", "white"), ("matt", "gloss"), (900, 1_500, 2_500, 7_000)


class Range:
    """A range of vases that no other test has: they share a word, and differ in all that can be chosen."""

    def __init__(self, edge: Edge) -> None:
        self.edge, self.word = edge, f"q{uuid.uuid4().hex[:10]}"
        self.staff, self.guest = edge.staff(), edge.guest()
        self.products: dict[str, dict[str, Any]] = {}

    def makes(self, number: int, **facts: Any) -> str:
        """Publish one; returns its id."""
        slug = f"{self.word}-{number}"
        skus = [f"{self.word.upper()}.{number:04}-{n}" for n in (60, 61)]
        variants = [{"sku": sku, "options": {"colour": COLOURS[(number + n) % 3]}} for n, sku in enumerate(skus)]
        product = {
            "title": f"Vase {self.word} {chr(97 + number)}", "brand": f"Maker{number % 2}",
            "categories": [f"c{number % 2}-{self.word}", f"all-{self.word}"],
            "attributes": {"glaze": GLAZES[number % 2], "height_cm": 20 + number % 3}, "variants": variants,
        } | facts  # fmt: skip
        price = PRICES[number % 4]
        for sku in skus:
            self.prices(sku, price)
        if number % 3:
            self.receives(skus[0], 5)
        if number % 6 == 0:  # it costs less than usual
            sale = {"prices": [{"unit_price": gbp(price), "channel": "web"}]}
            self.prices(skus[0], price + 1)
            assert self.staff.put(f"/v1/admin/prices/{skus[0]}/schedule", json=sale).is_success
        assert self.staff.put(f"/v1/admin/products/{slug}", json=product).is_success
        assert self.staff.put(f"/v1/admin/products/{slug}/publication", json={}).is_success
        self.products[slug] = product | {"price": price, "in_stock": bool(number % 3), "on_offer": number % 6 == 0}
        return slug

    def prices(self, sku: str, minor: int) -> None:
        body = {"title": "Vase", "unit_price": gbp(minor), "vat_basis_points": 2000}
        assert self.staff.put(f"/v1/admin/prices/{sku}", json=body).is_success

    def receives(self, sku: str, units: int) -> None:
        receipt = {"location": "warehouse", "quantity": units}
        assert self.staff.post(f"/v1/admin/stock/{sku}/receipts", json=receipt, headers=key()).is_success

    def sells_out(self, sku: str) -> None:
        gone = {"location": "warehouse", "delta": -5, "reason": "damage"}
        answer = self.staff.post(f"/v1/admin/stock/{sku}/adjustments", json=gone, headers=key())
        assert answer.is_success, answer.text

    def finds(self, q: str | None = None, **query: Any) -> dict[str, Any]:
        """What a search answers; by default for the word that all have."""
        asked = {"q": self.word if q is None else q, "limit": 100} | query

        def answer() -> httpx.Response | None:
            found = self.guest.get(SEARCH, params=asked)
            assert found.status_code in (200, 503), found.text  # a busy machine may not answer in time
            return found if found.status_code == 200 else None

        return dict(eventually(answer).json())

    def found(self, q: str | None = None, **query: Any) -> list[str]:
        return [each["id"] for each in self.finds(q, **query)["products"]]


@pytest.fixture(scope="module")
def made(whole_stack: Stack) -> list[Range]:
    return []


@pytest.fixture
def vases(edge: Edge, made: list[Range]) -> Iterator[Range]:
    """Twelve of them, made once for all tests that only look."""
    if not made:
        made.append(Range(edge))
        for number in range(12):
            made[0].makes(number)
    vases = made[0]
    vases.staff, vases.guest = edge.staff(), edge.guest()
    eventually(lambda: len(vases.found()) == 12)
    yield vases


def counted(facet: list[Mapping[str, Any]]) -> dict[str, int]:
    return {each["value"]: each["count"] for each in facet if each["count"]}


def test_counts_of_all_facets_are_what_counting_by_hand_gives_whatever_is_chosen(vases: Range) -> None:
    bands = {900: "0-1000", 1_500: "1000-2000", 2_500: "2000-4000", 7_000: "6000-"}

    def values(product: Mapping[str, Any], facet: str) -> set[str]:
        match facet:
            case "category":
                return set(product["categories"])
            case "brand":
                return {product["brand"]}
            case "price":
                return {bands[product["price"]]}
            case "in_stock" | "on_offer":
                return {"true"} if product[facet] else set()
            case "colour":
                return {each["options"]["colour"] for each in product["variants"]}
            case _:
                return {str(product["attributes"][facet])}

    def by_hand(chosen: Mapping[str, set[str]], facet: str = "") -> Counter[str]:
        others = {name: wanted for name, wanted in chosen.items() if name != facet}
        left = [
            product
            for product in vases.products.values()
            if all(values(product, name) & wanted for name, wanted in others.items())
        ]
        return Counter(value for product in left for value in (values(product, facet) if facet else {"total"}))

    for chosen in (
        {},
        {"colour": {"blue"}},
        {"colour": {"blue", "green"}, "glaze": {"matt"}},
        {"brand": {"Maker1"}, "price": {"0-1000", "6000-"}},
        {"on_offer": {"true"}, "brand": {"Maker0"}, "glaze": {"matt"}},
        {"in_stock": {"true"}, "colour": {"white"}, "category": {f"c0-{vases.word}"}},
    ):
        attributes = [f"{name}:{value}" for name in ("colour", "glaze") for value in sorted(chosen.get(name, ()))]
        query = {name: sorted(chosen[name]) for name in ("category", "brand", "price") if name in chosen}
        flags = {name: "true" for name in ("in_stock", "on_offer") if name in chosen}
        answer = vases.finds(**query, **flags, attribute=attributes)
        assert answer["total"] == by_hand(chosen)["total"] == len(answer["products"]), chosen
        facets = answer["facets"]
        for facet in ("category", "brand", "price"):
            assert counted(facets[facet]) == by_hand(chosen, facet), (chosen, facet)
        named = {each["name"]: counted(each["values"]) for each in facets["attribute"]}
        for facet in ("colour", "glaze", "height_cm"):
            assert named[facet] == by_hand(chosen, facet), (chosen, facet)
        for facet in ("in_stock", "on_offer"):
            assert facets[facet]["count"] == by_hand(chosen, facet)["true"], (chosen, facet)


def test_scenarios_36_and_37_every_variants_sku_and_what_is_written_another_way_is_found(
    vases: Range, edge: Edge
) -> None:
    sku = f"{vases.word.upper()}.0003-61"
    for typed in (sku, sku.lower()):
        assert vases.found(typed)[0] == f"{vases.word}-3"
    other = Range(edge)
    slug = other.makes(1, title=f"Tête-à-tête {other.word}", description="The Admiral’s own.")
    eventually(lambda: other.found() == [slug])
    for typed in ("tete a tete", "TÊTE-À-TÊTE", "admiral's", "admirals", "admiral’s"):
        assert other.found(f"{other.word} {typed}") == [slug], typed


def test_scenarios_25_and_41_what_is_sold_out_comes_last_and_back_again_and_the_counts_know(edge: Edge) -> None:
    vases = Range(edge)
    for number in (1, 2, 4):
        vases.makes(number)
    first, second, third = eventually(lambda: vases.found() if len(vases.found()) == 3 else None)
    vases.sells_out(f"{vases.word.upper()}.{int(first.rpartition('-')[2]):04}-60")
    eventually(lambda: vases.found() == [second, third, first])
    assert vases.found(in_stock="true") == [second, third]
    assert vases.finds(in_stock="true")["facets"]["in_stock"]["count"] == 2
    assert [each["in_stock"] for each in vases.finds()["products"]] == [True, True, False]
    vases.receives(f"{vases.word.upper()}.{int(first.rpartition('-')[2]):04}-60", 1)
    eventually(lambda: vases.found(in_stock="true") == sorted([first, second, third]))


def test_pages_show_the_order_of_the_first_while_products_change_and_none_twice(edge: Edge) -> None:
    vases = Range(edge)
    for number in (1, 2, 4, 5, 7, 8, 10):  # all of them in stock
        vases.makes(number)
    eventually(lambda: len(vases.found()) == 7)
    wanted = vases.found()
    page = vases.finds(limit=2)
    seen, sold = [each["id"] for each in page["products"]], wanted[2]
    vases.sells_out(f"{vases.word.upper()}.{int(sold.rpartition('-')[2]):04}-60")
    archived = wanted[5]
    assert vases.staff.delete(f"/v1/admin/products/{archived}/publication").is_success
    vases.prices(f"{vases.word.upper()}.{int(wanted[4].rpartition('-')[2]):04}-60", 1)
    eventually(lambda: archived not in vases.found() and vases.found()[-1] == sold)
    badges = {}
    while page["next"]:
        page = vases.finds(limit=2, after=page["next"])
        badges |= {each["id"]: (each["in_stock"], each["price"]["amount_minor"]) for each in page["products"]}
        seen += [each["id"] for each in page["products"]]
    assert seen == [each for each in wanted if each != archived]
    assert badges[sold][0] is False, "the order is the first page's, what is said of each product is not"
    assert badges[wanted[4]][1] == 1


def test_what_staff_pin_comes_first_while_it_can_be_bought_and_on_all_pages_of_a_list_alike(vases: Range) -> None:
    gone, first, second = (f"{vases.word}-{number}" for number in (3, 7, 2))  # the first of them is sold out
    pin = {"queries": [f"  {vases.word.upper()} "], "products": [gone, first, second]}
    path = f"/v1/admin/pins/{vases.word}"
    assert vases.staff.put(path, json=pin).json() == pin | {"id": vases.word, "queries": [vases.word]}
    every = vases.found()
    assert every[:2] == [first, second] and every.index(gone) > 7 and len(every) == 12
    page = vases.finds(limit=5)
    assert vases.staff.put(path, json=pin | {"products": []}).is_success
    rest = vases.finds(limit=20, after=page["next"])
    assert [each["id"] for each in page["products"] + rest["products"]] == every, "as the first page had them"
    assert vases.found()[:2] != [first, second]
    assert vases.word in [each["id"] for each in vases.staff.get("/v1/admin/pins").json()["pins"]]
    twice = vases.staff.put(path, json=pin | {"products": [first, first]})
    assert problem(twice) == (422, "validation_failed")
    assert problem(vases.guest.put(path, json=pin)) == (401, "token_missing")


def test_a_category_has_what_is_below_it_and_is_counted_with_that(vases: Range) -> None:
    whole = f"whole-{vases.word}"
    for name, parent in ((whole, None), (f"c0-{vases.word}", whole), (f"c1-{vases.word}", whole)):
        body = {"title": "A part" if parent else "The whole", "parent": parent}
        assert vases.staff.put(f"/v1/admin/categories/{name}", json=body).is_success
    facets = vases.finds()["facets"]["category"]
    assert {each["value"]: each["count"] for each in facets} == {
        whole: 12, f"all-{vases.word}": 12, f"c0-{vases.word}": 6, f"c1-{vases.word}": 6,
    }  # fmt: skip
    assert sorted(vases.found(category=whole)) == sorted(vases.products)
    chosen = vases.finds(category=[f"c0-{vases.word}"], brand=["Maker0"])
    assert (chosen["total"], counted(chosen["facets"]["category"])[whole]) == (6, 6)
    page = vases.guest.get("/v1/products", params={"category": whole, "limit": 100}).json()
    assert sorted(each["id"] for each in page["products"]) == sorted(vases.products)


def test_a_cursor_is_of_its_list_alone(vases: Range) -> None:
    cursor = vases.finds(limit=2)["next"]
    for wrong in ({"sort": "price"}, {"q": "vase"}, {"in_stock": "true"}):
        refused = vases.guest.get(SEARCH, params={"q": vases.word, "limit": 2, "after": cursor} | wrong)
        assert problem(refused) == (422, "validation_failed"), wrong
    for forged in (cursor[:-3], "x" + cursor, "nothing", "é"):
        assert problem(vases.guest.get(SEARCH, params={"q": vases.word, "after": forged})) == (422, "validation_failed")


def test_sorted_by_price_or_title(vases: Range) -> None:
    found = vases.finds(sort="price", in_stock="true")["products"]
    prices = [each["price"]["amount_minor"] for each in found]
    assert prices == sorted(prices) and len(prices) == 8
    assert [each["title"] for each in vases.finds(sort="title", in_stock="true")["products"]] == sorted(
        each["title"] for each in found
    )
    falling = [each["price"]["amount_minor"] for each in vases.finds(sort="-price", in_stock="true")["products"]]
    assert falling == prices[::-1]


def test_a_word_that_is_mistyped_is_mended_and_what_has_no_answer_says_so(vases: Range, whole_stack: Stack) -> None:
    settings = whole_stack.settings()
    mistyped = f"{vases.word[:-1]}{'a' if vases.word[-1] != 'a' else 'b'}"
    answer = vases.finds(f"{mistyped} vase")
    assert (answer["total"], answer["did_you_mean"]) == (12, f"{vases.word} vase")
    nothing = f"zyzzyva {uuid.uuid4().hex}"
    assert vases.finds(nothing) | {"facets": None} == {
        "products": [], "total": 0, "searched": nothing, "did_you_mean": None, "reach": "all_words", "facets": None,
        "next": None,
    }  # fmt: skip
    eventually(lambda: any(each.key() == nothing.encode() for each in records(settings, "edge.searches", follow=False)))


def test_suggestions_while_it_is_typed(vases: Range) -> None:
    answer = vases.guest.get(f"{SEARCH}/suggest", params={"q": f"vase {vases.word[:8]}"}).json()
    assert f"vase {vases.word}" in answer["queries"]
    assert answer["products"] and {each["id"] for each in answer["products"]} <= vases.products.keys()
    assert all(each["in_stock"] for each in answer["products"]), "what is sold out comes last"
    title = {"title": "All the vases"}
    vases.staff.put(f"/v1/admin/categories/all-{vases.word}", json=title).raise_for_status()
    of_categories = vases.guest.get(f"{SEARCH}/suggest", params={"q": vases.word}).json()["categories"]
    assert {each["id"]: each["title"] for each in of_categories}[f"all-{vases.word}"] == "All the vases"
    mark = vases.word[1:]
    named = {"title": f"Reading lamps {mark}"}
    assert vases.staff.put(f"/v1/admin/categories/all-{vases.word}", json=named).is_success
    by_title = vases.guest.get(f"{SEARCH}/suggest", params={"q": f"lamps {mark[:6]}"}).json()
    assert by_title["categories"] == [{"id": f"all-{vases.word}", "title": named["title"], "count": 12}]
    assert by_title["products"] == [], "no product is called so"
    assert {each["id"]: each["count"] for each in of_categories} == {
        f"all-{vases.word}": 12, f"c0-{vases.word}": 6, f"c1-{vases.word}": 6,
    }  # fmt: skip


def test_the_audit_names_the_first_document_that_is_not_what_the_log_says(edge: Edge, whole_stack: Stack) -> None:
    vases, settings = Range(edge), whole_stack.settings()
    slug = vases.makes(1)
    eventually(lambda: vases.found() == [slug])
    assert audited(settings).failed == {}
    with OpenSearch(settings.opensearch) as server:
        alias = alias_of(settings, required(settings))
        kept = server.call("GET", f"/{alias}/_doc/{slug}")
        wrong = kept["_source"] | {"title": "Something else", "price": 1}
        same = f"version={kept['_version']}&version_type=external_gte&refresh=true"
        server.call("PUT", f"/{alias}/_doc/{slug}?{same}", wrong)
        found = audited(settings)
        assert found.failed == {"search": 1}
        witness = found.first["search"]
        assert (
            witness.position.key == slug and "Something else" in witness.found and "Something" not in witness.expected
        )
        made = vases.staff.put(f"/v1/admin/products/{slug}", json=product_of(vases, slug) | {"title": "Mended"})
        assert made.is_success, made.text
        eventually(lambda: server.call("GET", f"/{alias}/_doc/{slug}")["_source"]["title"] == "Mended")
    assert audited(settings).failed == {}


def audited(settings: Settings) -> Findings:
    """What the audit says of the index alone, at once."""
    model, _ = snapshot(settings, decoder(settings, load_codec(settings)), lambda _: None)
    findings = Findings()
    search_audit.check(settings, model, findings, lambda _: None, seconds_max=5)
    return findings


def product_of(vases: Range, slug: str) -> dict[str, Any]:
    """All that a product is, as staff say it."""
    ours = ("price", "in_stock", "on_offer")
    return {name: value for name, value in vases.products[slug].items() if name not in ours}


def test_what_is_wrong_with_a_search_is_named(vases: Range) -> None:
    for query, field in (
        ({"price": "cheap"}, "price.0"),
        ({"attribute": "colour"}, "attribute.0"),
        ({"sort": "best"}, "sort"),
        ({"limit": "0"}, "limit"),
        ({"q": "a\u202eb"}, "q"),
        ({"colour": "blue"}, "colour"),
    ):
        refused = vases.guest.get(SEARCH, params=query)
        assert problem(refused) == (422, "validation_failed"), query
        assert refused.json()["errors"][0]["field"] == field, refused.text


def test_while_opensearch_is_away_only_the_search_is_and_what_happened_meanwhile_is_found_afterwards(
    edge: Edge, whole_stack: Stack
) -> None:
    vases = Range(edge)
    first = vases.makes(1)
    eventually(lambda: vases.found() == [first])
    whole_stack.stop("opensearch")
    try:
        away: httpx.Response = eventually(lambda: _refused(vases))
        assert int(away.headers["retry-after"]) >= 1
        for _ in range(10):
            began = time.monotonic()
            assert problem(vases.guest.get(f"{SEARCH}/suggest", params={"q": "va"})) == (503, "search_unavailable")
            quick = time.monotonic() - began
        assert quick < 3, "an open breaker lets nobody wait"
        second = vases.makes(2)
        assert vases.guest.get(f"/v1/products/{second}").status_code in (200, 404)
    finally:
        whole_stack.restart("opensearch")
    eventually(lambda: _answers(vases) and set(vases.found()) == {first, second})
    eventually(lambda: whole_stack.wait_ready("connector-opensearch") is None)


def _refused(vases: Range) -> httpx.Response | None:
    answer = vases.guest.get(SEARCH, params={"q": vases.word})
    return answer if answer.status_code == 503 and problem(answer)[1] == "search_unavailable" else None


def _answers(vases: Range) -> bool:
    return vases.guest.get(SEARCH, params={"q": vases.word}).status_code == 200
