"""OpenSearch over HTTP: the few calls that the sink and the operators make. Its answers are plain JSON.

httpx is in the house already. The official client brings a second HTTP stack, and a top-level package called `events`,
for what are eight paths here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from process.settings import Settings
from schemas.log import LogIdentity

CALL_SECONDS_MAX = 30.0
CONNECT_SECONDS_MAX = 2.0
JSON = {"content-type": "application/json"}
LINES = {"content-type": "application/x-ndjson"}
BUSY = (429, 502, 503, 504)  # what passes by itself
NOT_FOUND, ERRORS_FROM = 404, 400

Json = dict[str, Any]


class Unreachable(Exception):
    """OpenSearch does not answer, or is not able to now; the same call may work later."""


class SearchRefused(Exception):
    """OpenSearch answered that it will not; `status` is what it said."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status


def alias_of(settings: Settings, log: LogIdentity) -> str:
    """What the index of this log's products is called. Another log has another: it may know what that one has lost."""
    return f"{settings.topic_prefix}products-{log.id}".lower()


def understood(status: int, content: bytes) -> Any:
    """The JSON of an answer. Raises Unreachable or SearchRefused."""
    if status < ERRORS_FROM:
        return orjson.loads(content) if content else None
    text = content.decode("utf-8", "replace")
    if status in BUSY:
        raise Unreachable(f"{status} {text[:300]}")
    raise SearchRefused(status, text[:1_000])


class OpenSearch:
    """One connection that is kept. Every call raises Unreachable or SearchRefused."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(
            base_url=url, timeout=httpx.Timeout(CALL_SECONDS_MAX, connect=CONNECT_SECONDS_MAX), trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """The JSON of an answer."""
        return self._send(method, path, b"" if body is None else orjson.dumps(body), JSON)

    def bulk(self, index: str, lines: Iterable[bytes], *, refresh: bool) -> Sequence[Json]:
        """Carry out these lines of the bulk API on an index or alias that exists; returns what became of each."""
        path = f"/{index}/_bulk?refresh={'true' if refresh else 'false'}"
        done = self._send("POST", path, b"\n".join(lines) + b"\n", LINES)
        return [next(iter(item.values())) for item in done["items"]]

    def indices_of(self, alias: str) -> list[str]:
        """The indices that an alias stands for; none when there is no such alias."""
        try:
            return sorted(self.call("GET", f"/_alias/{alias}"))
        except SearchRefused as refused:
            if refused.status == NOT_FOUND:
                return []
            raise

    def versions_of(self, alias: str) -> list[str]:
        """Every index that was made for an alias, the oldest first."""
        found = self.call("GET", f"/_cat/indices/{alias}-*?h=index&format=json")
        names = [str(each["index"]) for each in found]
        return sorted((name for name in names if _number(alias, name)), key=lambda name: _number(alias, name))

    def create(self, index: str, settings: Json) -> None:
        """Make an index."""
        self.call("PUT", f"/{index}", settings)

    def delete(self, *indices: str) -> None:
        """Delete indices; one that is not there is no error."""
        for index in indices:
            self.call("DELETE", f"/{index}?ignore_unavailable=true")

    def point(self, alias: str, index: str) -> None:
        """Let an alias stand for one index alone, from one request to the next."""
        others = [each for each in self.indices_of(alias) if each != index]
        actions = [{"remove": {"index": each, "alias": alias}} for each in others]
        self.call("POST", "/_aliases", {"actions": [*actions, {"add": {"index": index, "alias": alias}}]})

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        try:
            answer = self._http.request(method, path, content=body or None, headers=headers if body else None)
            return understood(answer.status_code, answer.content)
        except httpx.TransportError as error:
            raise Unreachable(f"{method} {path.partition('?')[0]}: {type(error).__name__}: {error}") from error


def next_version(alias: str, known: Sequence[str]) -> str:
    """The name of an index after those that were made for an alias before."""
    return f"{alias}-{max((_number(alias, name) for name in known), default=0) + 1}"


def _number(alias: str, index: str) -> int:
    found = re.fullmatch(rf"{re.escape(alias)}-(\d+)", index)
    return int(found[1]) if found else 0
