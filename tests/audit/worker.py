"""`python -m tests.audit.worker KAFKA PREFIX SLOT`: a deciding worker of all rooms, with the offline codec."""

from __future__ import annotations

import sys

from streams.rooms import DECIDERS
from streams.runtime.engine import Engine
from tests.audit.on_kafka import settings_of
from tests.runtime.simulated import CODEC

if __name__ == "__main__":
    kafka, prefix, slot = sys.argv[1:]
    sys.argv[1:] = []
    Engine(settings_of(kafka, prefix), DECIDERS, CODEC, deployment="deciders", slot=slot).run()
