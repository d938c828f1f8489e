"""Every room's view is a fold of its events by the room's own `evolve`: `python -m streams.projector` writes them."""

from __future__ import annotations

import sys
import threading

from connectors.kafka.events import Reader
from connectors.main import serve
from connectors.postgres.sink import PostgresSink
from connectors.projection import Projection
from process.health import Health
from process.settings import Settings
from schemas.codec import Codec
from schemas.log import LogIdentity
from streams.rooms import DECIDERS

PROJECTIONS = {
    name: Projection(
        room=decider.room,
        initial=decider.initial if decider.view is None else decider.view.of(decider.initial),
        evolve=decider.evolve if decider.view is None else decider.view.evolve,
        history=decider.history,
    )
    for name, decider in DECIDERS.items()
}


def run(settings: Settings, log: LogIdentity, _: Codec, reader: Reader, health: Health, stop: threading.Event) -> None:
    """Every room's events into its view, until told to stop."""
    PostgresSink(settings, log, reader, health, stop, PROJECTIONS).run()


if __name__ == "__main__":
    sys.exit(serve("postgres", run))
