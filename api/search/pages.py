"""Cursors of a search: where a page ended, at which moment, and of which list. Sealed: they name OpenSearch's own."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec
import orjson

from api.http.cursors import refused
from api.search.find import Wanted
from api.search.ranking import Reach

SEAL_BYTES = 16


class PageStart(msgspec.Struct, frozen=True, kw_only=True):
    """Behind which product a page begins."""

    of: str  # which list: what was asked for
    text: str  # what was searched for in the end
    reach: Reach
    view: str
    pinned: tuple[str, ...]  # what came first on the first page
    after: list[Any]  # the sort values of the last product


class PageCipher:
    """Makes and opens cursors; those made with a former secret are taken, too."""

    def __init__(self, *signing_secrets: str) -> None:
        self._keys = [hmac.digest(each.encode(), b"bloomfield search page", "sha256") for each in signing_secrets]

    def sealed(self, place: PageStart) -> str:
        """The cursor of a place."""
        body = orjson.dumps(msgspec.to_builtins(place))
        return urlsafe_b64encode(_seal(self._keys[0], body) + body).decode().rstrip("=")

    def opened(self, cursor: str, wanted: Wanted) -> PageStart:
        """The place of a cursor in this list. Raises Problem for any other."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            seal, body = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
            if True in [hmac.compare_digest(_seal(key, body), seal) for key in self._keys]:
                place = msgspec.convert(orjson.loads(body), PageStart)
                if place.of == list_of(wanted):
                    return place
        except ValueError:  # of base64; nothing that was sealed here is unreadable
            pass
        raise refused()


def list_of(wanted: Wanted) -> str:
    """Tells lists apart: two questions that differ in more than the length of a page have different ones."""
    asked = orjson.dumps([wanted.text, wanted.filters.groups(), wanted.sort], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(asked, digest_size=12).hexdigest()


def _seal(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:SEAL_BYTES]
