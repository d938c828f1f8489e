"""The documents of the search are what the events add up to, once the sink has come so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

import msgspec

from connectors.opensearch.client import OpenSearch, alias_of
from connectors.opensearch.documents import Made, ProductDocument
from connectors.opensearch.rows import Rows
from ops.audit.findings import Findings, LogPosition
from ops.audit.folds.own import RECORD
from ops.audit.model import Model
from process.settings import Settings
from schemas.inventory.messages import StockState

SINK_SECONDS_MAX = 60.0
PAUSE_SECONDS = 0.2
FETCH = 1_000
KEPT = "1m"  # the moment that is read, from page to page

Wrong = tuple[str, str, str]  # product, expected, found


def check(
    settings: Settings,
    model: Model,
    findings: Findings,
    report: Callable[[str], None],
    *,
    seconds_max: float = SINK_SECONDS_MAX,
) -> None:
    """Compare every document. Raises Unreachable or SearchRefused when the index cannot be read."""
    report("comparing the index of the search")
    wanted = {each.id: each for each in expected(model)}
    alias = alias_of(settings, model.log)
    deadline = time.monotonic() + seconds_max
    with OpenSearch(settings.opensearch) as server:
        while (wrong := differences(wanted, {each.id: each for each in documents(server, alias)})) and (
            time.monotonic() < deadline
        ):
            time.sleep(PAUSE_SECONDS)  # the sink may still be on its way
    findings.checked("search", len(wanted))
    for product_id, said, there in wrong:
        findings.fail("search", LogPosition(f"opensearch:{alias}", 0, -1, product_id), expected=said, found=there)


def expected(model: Model) -> Iterator[Made]:
    """What the index should have, from the audit's own folds."""
    rows = Rows()
    for room in ("catalogue", "prices"):
        for key, row in model.live(room):
            rows.take(key, row.state[RECORD], row.version)
    for key, row in model.live("inventory"):
        rows.take(key, StockState(on_hand=row.state["on_hand"], held=row.state["held"]), row.version)
    return rows.documents(list(rows.ids()))


def documents(server: OpenSearch, alias: str) -> Iterator[Made]:
    """Everything that is in the index, as of one moment."""
    view = server.call("POST", f"/{alias}/_search/point_in_time?keep_alive={KEPT}")["pit_id"]
    asked = {"size": FETCH, "sort": [{"id": "asc"}], "version": True, "track_total_hits": False}
    after: list[str] = []
    while True:
        place = {"pit": {"id": view, "keep_alive": KEPT}} | ({"search_after": after} if after else {})
        hits = server.call("POST", "/_search", asked | place)["hits"]["hits"]
        for each in hits:
            yield Made(each["_id"], msgspec.convert(each["_source"], ProductDocument), each["_version"])
        if len(hits) < FETCH:
            server.call("DELETE", "/_search/point_in_time", {"pit_id": [view]})
            return
        after = hits[-1]["sort"]


def differences(wanted: Mapping[str, Made], found: Mapping[str, Made]) -> list[Wrong]:
    """What differs, by product. What is newer than the snapshot of the log is not compared."""
    wrong = []
    for product_id in sorted(wanted.keys() | found.keys()):
        said, there = wanted.get(product_id), found.get(product_id)
        document = said.document if said else None
        if (there.document if there else None) == document or (said and there and there.version > said.version):
            continue
        wrong.append((product_id, _text(document, there), _text(there.document if there else None, said)))
    return wrong


def _text(document: ProductDocument | None, other: Made | None) -> str:
    """A document, by what another has otherwise."""
    if document is None:
        return "no document"
    if other is None or other.document is None:
        return f"a document of {document.title!r}"
    fields = {name: getattr(document, name) for name in document.__struct_fields__}
    return str({name: value for name, value in fields.items() if value != getattr(other.document, name)})
