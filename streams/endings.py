"""When holds and reservations end, in order: a sorted set that never changes, only makes another.

Chunks of some dozens of entries in a tuple: adding or dropping an entry copies a chunk and the tuple of chunks, both in
C. With ten thousand holds that takes a few microseconds; a balanced tree in Python would take more for ten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

CHUNK_MAX = 128

Ending = tuple[int, str]  # when, and whose it is: of a hold the cart, of a promotion's use the checkout
Chunk = tuple[Ending, ...]


class Endings:
    """The ends of all that one row keeps for others, the earliest first; immutable."""

    __slots__ = ("_chunks",)

    def __init__(self, endings: Iterable[Ending] = ()) -> None:
        self._chunks: tuple[Chunk, ...] = _chunks(tuple(sorted(endings)))

    def __iter__(self) -> Iterator[Ending]:
        for chunk in self._chunks:
            yield from chunk

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Endings) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def first(self) -> int | None:
        """When the next one ends."""
        return self._chunks[0][0][0] if self._chunks else None

    def until(self, at: int) -> list[Ending]:
        """The endings up to and including a moment, in order."""
        found: list[Ending] = []
        for ending in self:
            if ending[0] > at:
                break
            found.append(ending)
        return found

    def plus(self, ending: Ending) -> Endings:
        """These and one more."""
        index = min(self._index(ending), max(len(self._chunks) - 1, 0))
        chunk = self._chunks[index] if self._chunks else ()
        at = bisect_left(chunk, ending)
        return self._with(index, 1, (*chunk[:at], ending, *chunk[at:]))

    def minus(self, ending: Ending) -> Endings:
        """One ending less. Raises AssertionError when it is not there."""
        index = self._index(ending)
        assert index < len(self._chunks), f"{ending} is not there"
        chunk = self._chunks[index]
        at = bisect_left(chunk, ending)
        assert chunk[at] == ending, f"{ending} is not there"
        left = chunk[:at] + chunk[at + 1 :]
        if index and len(left) + len(self._chunks[index - 1]) <= CHUNK_MAX // 2:
            return self._with(index - 1, 2, self._chunks[index - 1] + left)  # else many would have one each in the end
        return self._with(index, 1, left)

    def _index(self, ending: Ending) -> int:
        return bisect_left(self._chunks, ending, key=_last)

    def _with(self, index: int, instead_of: int, chunk: Chunk) -> Endings:
        made = Endings.__new__(Endings)
        made._chunks = self._chunks[:index] + _chunks(chunk) + self._chunks[index + instead_of :]
        return made


def _last(chunk: Chunk) -> Ending:
    return chunk[-1]


def _chunks(endings: Chunk) -> tuple[Chunk, ...]:
    if len(endings) <= CHUNK_MAX:
        return (endings,) if endings else ()
    half = CHUNK_MAX // 2
    return tuple(endings[at : at + half] for at in range(0, len(endings), half))
