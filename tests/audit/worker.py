"""`python -m tests.audit.worker KAFKA PREFIX SLOT [CURSED]`: a deciding worker of all rooms, with the offline codec.

It has a bug: it cannot decide the stock of the SKU that is CURSED.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from connectors.kafka.log_identity import required
from streams.rooms import DECIDERS
from streams.runtime.engine import Engine
from tests.audit.on_kafka import settings_of
from tests.runtime.simulated import CODEC


def with_bug(cursed: str) -> dict[str, Any]:
    """All rooms, the stock room with the bug."""
    sound = DECIDERS["inventory"]

    def decide(command: Any, state: Any, at: int) -> Any:
        if command.sku == cursed:
            raise OverflowError("Python int too large to convert to C long")
        return sound.decide(command, state, at)

    return DECIDERS | {"inventory": replace(sound, decide=decide)}


if __name__ == "__main__":
    kafka, prefix, slot, *cursed = sys.argv[1:]
    sys.argv[1:] = []
    settings = settings_of(kafka, prefix)
    Engine(
        settings, required(settings), with_bug(*cursed) if cursed else DECIDERS, CODEC, deployment="deciders", slot=slot
    ).run()
