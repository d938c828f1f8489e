"""Documents into an index: each under its version, so that a late or repeated write makes none older."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from connectors.opensearch.client import OpenSearch, SearchRefused
from connectors.opensearch.documents import Made

BULK_MAX = 500  # documents in a request: about a megabyte
WRITTEN, NOT_NEWER, GONE = "written", "not_newer", "gone"
CONFLICT = 409
_ENCODER = msgspec.json.Encoder()


def write(server: OpenSearch, index: str, made: Sequence[Made], *, refresh: bool) -> Counter[str]:
    """Bring these products up to date in an index; returns how many were written, gone, or there in a newer version.

    Raises Unreachable, and SearchRefused for whatever else OpenSearch says of one of them.
    """
    done = server.bulk(index, [line for each in made for line in _lines(each)], refresh=refresh)
    return Counter(_outcome(each, item) for each, item in zip(made, done, strict=True))


def fingerprint(made: Made) -> int:
    """A number that differs when the document does; 64 bits, of this process only."""
    return hash(_ENCODER.encode(made.document))


def _lines(made: Made) -> list[bytes]:
    where = {"_id": made.id, "version": made.version, "version_type": "external"}
    if made.document is None:
        return [orjson.dumps({"delete": where})]
    return [orjson.dumps({"index": where}), _ENCODER.encode(made.document)]


def _outcome(made: Made, item: dict[str, Any]) -> str:
    if item["status"] == CONFLICT:
        return NOT_NEWER
    if "error" in item:
        raise SearchRefused(item["status"], f"{made.id}: {item['error']}")
    return GONE if made.document is None else WRITTEN
