"""A file of JSON lines that only grows: one line for each call that changed something, so a call is kept whole or not.

Nothing waits for the disk. A line handed to the kernel outlives any death of this process, not that of the machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

Entry = dict[str, Any]


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")

    def entries(self) -> Iterator[Entry]:
        with self._path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    return  # A kill cut the last write short: its call was never answered, so it never happened.
                yield orjson.loads(line)

    def append(self, entry: Entry) -> None:
        self._file.write(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()

    def replace(self, entries: Iterable[Entry]) -> None:
        """The old lines stay in force until the new ones are complete."""
        self._file.close()
        fresh = self._path.with_name(f"{self._path.name}.new")
        with fresh.open("wb") as file:
            file.writelines(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE) for entry in entries)
        fresh.replace(self._path)
        self._file = self._path.open("ab")
