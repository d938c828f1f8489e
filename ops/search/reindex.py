"""`bloomfield reindex`: the index made anew from the log, beside the one that serves, which it then replaces.

The sink may run meanwhile, or not. Until the swap it writes to the old index, so what it may have written there alone
is read here once more: to the end of the log as it is after the swap. Versions keep the newer of two writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import typer
from rich.console import Console

from connectors.kafka import registry
from connectors.kafka.client import log_end
from connectors.kafka.events import Halted, Reader
from connectors.kafka.log_identity import LogRefused, Partition, required
from connectors.opensearch.bulk import BULK_MAX, write
from connectors.opensearch.client import OpenSearch, SearchRefused, Unreachable, alias_of, next_version
from connectors.opensearch.index import definition
from connectors.opensearch.source import RowSource
from ops.servers.steps import step
from process.settings import Settings

GROUP = "opensearch-reindex"  # commits nothing
POLL_SECONDS = 0.2
KEPT = 1  # indices beside the one that serves, to go back to; pages of its lists can still be turned

app = typer.Typer(help=__doc__)


def nothing() -> None:
    """Nobody waits for the moment between the two readings."""


@dataclass(frozen=True, slots=True)
class Reindexed:
    """The index that was made, and of how many documents."""

    index: str
    products: int  # that are shown
    replaced: tuple[str, ...]


def reindex(settings: Settings, *, on_loaded: Callable[[], None] = nothing) -> Reindexed:
    """Make the index anew and let the alias stand for it.

    `on_loaded` is called once all is read that was there at the beginning. Raises LogRefused, Halted, Unreachable,
    SearchRefused and what the broker's client raises; the old index serves on then.
    """
    log = required(settings)
    codec = registry.load_codec(settings)
    reader = Reader(codec, lambda schema_id: registry.learn(settings, codec, schema_id))
    source = RowSource(settings, log, reader, GROUP)
    with OpenSearch(settings.opensearch) as server:
        alias = alias_of(settings, log)
        index = next_version(alias, server.versions_of(alias))
        _load(source)
        server.create(index, definition(source.rows.synonyms()))
        try:
            on_loaded()
            products = _fill(server, index, source)
        except BaseException:
            server.delete(index)
            raise
        replaced = tuple(server.indices_of(alias))
        server.point(alias, index)  # whatever becomes of the answer: the index may be the one that serves by now
        _follow(server, index, source, {where: log_end(settings, *where) for where in source.partitions})
        source.close()
        old = [each for each in server.versions_of(alias) if each != index]
        server.delete(*old[: max(0, len(old) - KEPT)])
    return Reindexed(index, products, replaced)


def _load(source: RowSource) -> None:
    source.begin()
    while not source.loaded:
        source.next(POLL_SECONDS, {})


def _fill(server: OpenSearch, index: str, source: RowSource) -> int:
    every = iter(list(source.rows.ids()))
    shown = 0
    while batch := list(islice(every, BULK_MAX)):
        made = [each for each in source.rows.documents(batch) if each.document is not None]
        shown += len(made)
        if made:
            write(server, index, made, refresh=False)
    server.call("POST", f"/{index}/_refresh")
    return shown


def _follow(server: OpenSearch, index: str, source: RowSource, ends: dict[Partition, int]) -> None:
    """Read on to these ends, and write what was touched meanwhile."""
    touched: set[str] = set()
    while any(_position(source, where) < end for where, end in ends.items()):
        touched |= source.next(POLL_SECONDS, {})
    if touched:
        write(server, index, list(source.rows.documents(touched)), refresh=True)


def _position(source: RowSource, where: Partition) -> int:
    """Behind the last record that was read, and the markers of transactions that followed it."""
    return max(source.reached.get(where, 0), source.ended.get(where, 0))


@app.command("reindex")
def reindex_() -> None:
    """Make the index of the search anew from the log while the old one serves, then swap. Puts synonyms in force."""
    try:
        with step("making the index anew from the log"):
            made = reindex(Settings.from_environment())
    except (LogRefused, Halted, Unreachable, SearchRefused) as error:
        Console(stderr=True).print(f"{type(error).__name__}: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    Console(highlight=False).print(
        f"{made.products} products in {made.index}; before: {', '.join(made.replaced) or 'none'}"
    )
