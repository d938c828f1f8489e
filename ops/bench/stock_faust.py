"""`python -m ops.bench.stock_faust`: the same stock decisions on Faust as it comes, `at_least_once`.

Its own table, agents and producer, with its own settings; only what would stop it from running here is changed.
It is not right when it is killed (ops/decisions/0001); it is here for its pace.
"""

from __future__ import annotations

import tempfile
from typing import Any

import faust
import mode.loop

from connectors.kafka.client import topic_name
from connectors.kafka.registry import load_codec
from ops.bench.rival import EMPTY, decide, decode_row, encode_row
from process.settings import Settings
from schemas.codec import Codec
from schemas.topics import PARTITIONS


def make_app(settings: Settings, codec: Codec, folder: str) -> faust.App:
    """`folder` is where Faust makes its own folders, which it does even for tables in memory."""
    app = faust.App(
        topic_name(settings, "stock-faust"),
        broker=f"kafka://{settings.kafka}",
        store="memory://",
        datadir=folder,
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )

    def raw_topic(name: str) -> Any:
        return app.topic(
            topic_name(settings, name), key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
        )

    outgoing = {name: raw_topic(name) for name in ("inventory.events", "checkout.commands")}
    rows = app.Table("rows", partitions=PARTITIONS, key_type=bytes, value_type=bytes)

    @app.agent(raw_topic("inventory.commands"))  # type: ignore[untyped-decorator]  # Faust is untyped
    async def decide_stock(stream: Any) -> None:
        async for event in stream.events():
            message, key = event.message, event.key
            row = decode_row(rows[key]) if key in rows else EMPTY
            row, outs = decide(codec, row, event.value, event.headers.items(), key.decode(), message.partition)
            rows[key] = encode_row(row)
            for each in outs:
                await outgoing[each.topic].send(
                    key=each.key.encode(), value=each.value, partition=each.partition, headers=dict(each.headers)
                )

    return app


def main() -> None:
    """Decide until SIGTERM."""
    mode.loop.use("uvloop")
    settings = Settings.from_environment()
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(settings, load_codec(settings), folder)
        faust.Worker(app, loglevel="WARN", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main()
