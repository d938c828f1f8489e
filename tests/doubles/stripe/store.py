"""What this account holds, in memory, in Stripe's own JSON shape; and cursor paging over it."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from typing import Any

from tests.doubles.stripe import errors
from tests.doubles.stripe.form import Params
from tests.doubles.stripe.params import integer

Object = dict[str, Any]
ALPHABET = string.ascii_letters + string.digits
PAGE_DEFAULT, PAGE_MAX = 10, 100
PREFIXES = {
    "payment_intent": "pi_3",
    "payment_method": "pm_1",
    "charge": "ch_3",
    "refund": "re_3",
    "dispute": "du_1",
    "customer": "cus_",
    "balance_transaction": "txn_3",
}
NOUNS = {"payment_method": "PaymentMethod"}  # Elsewhere the error uses the object's own name.


class Store:
    def __init__(self) -> None:
        self._random = random.Random()  # Seeded by the system: ids never repeat, whatever --seed says.
        self.tables: dict[str, dict[str, Object]] = {kind: {} for kind in PREFIXES}
        self.cards: dict[str, str] = {}  # payment method -> card number, which no API object shows
        self.challenges: dict[str, str] = {}  # challenge -> payment intent
        self._touched: dict[str, Object] = {}  # What a call held in its hands, and so may have changed.

    def token(self, length: int = 24) -> str:
        return "".join(self._random.choices(ALPHABET, k=length))

    def new_id(self, kind: str) -> str:
        return PREFIXES[kind] + self.token(24 - len(PREFIXES[kind]) + 3)

    def add(self, obj: Object) -> Object:
        self.tables[obj["object"]][obj["id"]] = obj
        self._touched[obj["id"]] = obj
        return obj

    def get(self, kind: str, identifier: str, *, param: str = "id", status: int = 404) -> Object:
        found = self.tables[kind].get(identifier)
        if found is None:
            raise errors.no_such(NOUNS.get(kind, kind), identifier, param=param, status=status)
        self._touched[identifier] = found
        return found

    def take_touched(self) -> list[Object]:
        """What was added or got since it was last asked."""
        touched, self._touched = list(self._touched.values()), {}
        return touched

    def all(self, kind: str) -> Iterator[Object]:
        return iter(self.tables[kind].values())

    def find(self, identifier: str) -> Object | None:
        """Any object by id: what `expand` puts in the place of the id."""
        return next((table[identifier] for table in self.tables.values() if identifier in table), None)


def page(objects: dict[str, Object], params: Params, url: str, wanted: Callable[[Object], bool]) -> Object:
    """docs.stripe.com/api/pagination: newest first, `limit` 1 to 100 (default 10), object ids as cursors."""
    limit = integer(params, "limit", least=1)
    if limit is not None and limit > PAGE_MAX:
        raise errors.invalid(f"Invalid limit: must be at most {PAGE_MAX}", param="limit")
    limit = limit or PAGE_DEFAULT
    newest_first = [o for o in reversed(objects.values()) if wanted(o) and _in_time(o, params)]
    after, before = params.get("starting_after"), params.get("ending_before")
    for cursor, name in ((after, "starting_after"), (before, "ending_before")):
        if cursor is not None and cursor not in objects:
            raise errors.no_such("object", cursor, param=name, status=400)
    if before is not None:
        ahead = _until(newest_first, before)
        return _list(ahead[-limit:], url, more=len(ahead) > limit)
    rest = newest_first if after is None else newest_first[len(_until(newest_first, after)) + 1 :]
    return _list(rest[:limit], url, more=len(rest) > limit)


def _until(objects: list[Object], identifier: str) -> list[Object]:
    position = next((index for index, o in enumerate(objects) if o["id"] == identifier), len(objects))
    return objects[:position]


def _list(data: list[Object], url: str, *, more: bool) -> Object:
    return {"object": "list", "data": data, "has_more": more, "url": url}


def _in_time(obj: Object, params: Params) -> bool:
    created = params.get("created")
    if created is None:
        return True
    if not isinstance(created, dict):
        return bool(obj["created"] == integer(params, "created"))
    checks = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    return all(check(obj["created"], integer(created, name) or 0) for name, check in checks.items() if name in created)


def expanded(store: Store, obj: Object, params: Params) -> Object:
    """docs.stripe.com/expand: an id becomes the object; `data.` reaches into a list."""
    paths = params.get("expand")
    if not paths:
        return obj
    for path in paths if isinstance(paths, list) else [paths]:
        obj = _expand(store, obj, path.split("."), path)
    return obj


def _expand(store: Store, obj: Object, path: list[str], full: str) -> Object:
    head, rest = path[0], path[1:]
    if head not in obj:
        raise errors.invalid(f"This property cannot be expanded ({full}).", param="expand")
    value = obj[head]
    if isinstance(value, list):
        return {**obj, head: [_expand(store, item, rest, full) for item in value]}
    if isinstance(value, str):
        value = store.find(value)
        if value is None:
            raise errors.invalid(f"This property cannot be expanded ({full}).", param="expand")
    return {**obj, head: _expand(store, value, rest, full) if rest and value is not None else value}
