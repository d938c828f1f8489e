"""`python -m streams.worker --slot N`: one deciding worker."""

from __future__ import annotations

import argparse
import os
import sys

import mode.loop

from connectors.kafka import log_identity, registry
from connectors.kafka.log_identity import LogRefused
from connectors.kafka.positions import require_whole_for
from connectors.postgres.positions import require_whole_for_sink_if_it_answers
from process import telemetry
from process.settings import Settings
from streams.runtime.engine import Engine
from streams.runtime.watchdog import exit_now


def main() -> int:
    """Parse the command line and run until told to stop. Returns 1 when this is no log to work on."""
    parser = argparse.ArgumentParser(description="Decides the commands of rooms, exactly once.")
    parser.add_argument(
        "--slot", required=True, help="number of this worker; a new process with the same number replaces it"
    )
    parser.add_argument("--rooms", default="", help="comma-separated rooms; default: all")
    parser.add_argument("--deployment", default="deciders", help="consumer group that shares the rooms' partitions")
    parser.add_argument("--no-local", action="store_true", help="send every onward command through the log")
    arguments = parser.parse_args()
    say = telemetry.start_logs(f"worker-{arguments.slot}")
    mode.loop.use("uvloop")
    from streams.rooms import DECIDERS  # after the logs are set up: a broken room says so in JSON

    names = arguments.rooms.split(",") if arguments.rooms else list(DECIDERS)
    unknown = sorted(set(names) - set(DECIDERS))
    if unknown:
        parser.error(f"no such room: {', '.join(unknown)}; there are {', '.join(DECIDERS)}")
    settings = Settings.from_environment()
    try:
        log = log_identity.required(settings, broker_seconds_max=log_identity.BROKER_SECONDS_MAX)
        require_whole_for(
            settings, log, arguments.deployment, [DECIDERS[name].room.topic("commands") for name in names]
        )
        require_whole_for_sink_if_it_answers(settings, log)
    except LogRefused as refused:
        say.critical("cannot_start", reason=str(refused))
        return 1
    engine = Engine(
        settings,
        log,
        {name: DECIDERS[name] for name in names},
        registry.load_codec(settings),
        deployment=arguments.deployment,
        slot=arguments.slot,
        local=not arguments.no_local,
    )
    if port := int(os.environ.get("BLOOMFIELD_METRICS_PORT", "0")):
        telemetry.serve_metrics(port, engine.not_ready)
    log_identity.watch(settings, log, lambda: exit_now("the log has another id"))
    engine.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
