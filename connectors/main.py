"""Start one connector: `python -m connectors.main redis|opensearch|s3|stripe`.

The views have `python -m streams.projector`. /metrics, /healthz and /readyz are on 127.0.0.1:$BLOOMFIELD_METRICS_PORT.
SIGTERM and SIGINT end it after the batch in hand, with exit status 0. Whatever it did not foresee ends it with status
1, and the supervisor starts it again. A record that is no event stops its work but not the process, so that /readyz and
the metrics go on telling of it.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable

from prometheus_client import Gauge

from connectors.effect import Effect
from connectors.kafka import log_identity, registry
from connectors.kafka.events import Halted, Reader
from connectors.kafka.log_identity import LogRefused
from connectors.kafka.positions import (
    OPENSEARCH_PRODUCTS,
    READ_BY,
    REDIS_CARTS,
    S3_EFFECT,
    STRIPE_EFFECT,
    require_whole_for,
)
from connectors.opensearch.sink import SearchSink
from connectors.redis.carts import RedisCarts
from connectors.s3.effect import image_work
from connectors.stripe.effect import stripe_work
from process.health import Health
from process.settings import Settings
from process.telemetry import serve_metrics, start_logs
from schemas.codec import Codec
from schemas.log import LogIdentity

HALTED = Gauge(
    "connector_halted", "1 when a record could not be understood or carried out, and work stopped before it."
)
Run = Callable[[Settings, LogIdentity, Codec, Reader, Health, threading.Event], None]


def redis(
    settings: Settings, log: LogIdentity, _: Codec, reader: Reader, health: Health, stop: threading.Event
) -> None:
    """Carts into the cache."""
    require_whole_for(settings, log, REDIS_CARTS, READ_BY[REDIS_CARTS])
    RedisCarts(settings, log, reader, health, stop).run()


def opensearch(
    settings: Settings, log: LogIdentity, _: Codec, reader: Reader, health: Health, stop: threading.Event
) -> None:
    """Products into the index."""
    require_whole_for(settings, log, OPENSEARCH_PRODUCTS, READ_BY[OPENSEARCH_PRODUCTS])
    SearchSink(settings, log, reader, health, stop).run()


def stripe(
    settings: Settings, log: LogIdentity, codec: Codec, reader: Reader, health: Health, stop: threading.Event
) -> None:
    """Payments to Stripe, outcomes back."""
    require_whole_for(settings, log, STRIPE_EFFECT, READ_BY[STRIPE_EFFECT])
    Effect(settings, log, codec, reader, health, stop, stripe_work(settings, log, health)).run()


def s3(
    settings: Settings, log: LogIdentity, codec: Codec, reader: Reader, health: Health, stop: threading.Event
) -> None:
    """Images out of the object store, renditions into it."""
    require_whole_for(settings, log, S3_EFFECT, READ_BY[S3_EFFECT])
    with image_work(settings, health) as work:
        Effect(settings, log, codec, reader, health, stop, work).run()


CONNECTORS: dict[str, Run] = {"redis": redis, "opensearch": opensearch, "s3": s3, "stripe": stripe}


def main(arguments: list[str] | None = None) -> int:
    """Run the connector that the arguments name; returns the exit status."""
    parser = argparse.ArgumentParser(prog="connectors.main", description=__doc__)
    parser.add_argument("connector", choices=CONNECTORS)
    name = parser.parse_args(arguments).connector
    return serve(name, CONNECTORS[name])


def serve(name: str, run: Run) -> int:
    """Run one connector until it is told to end; returns the exit status."""
    log, health, stop = start_logs(f"connector-{name}"), Health(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = serve_metrics(int(os.environ.get("BLOOMFIELD_METRICS_PORT", "0")), health.reason)
    log.info("started", metrics_port=server.server_port)
    try:
        settings = Settings.from_environment()
        identity = log_identity.required(settings, broker_seconds_max=log_identity.BROKER_SECONDS_MAX)
        codec = registry.load_codec(settings)
        reader = Reader(codec, lambda schema_id: registry.learn(settings, codec, schema_id))
        gc.freeze()  # nothing of the code is garbage, and a batch of thousands is no reason to look through it
        gc.set_threshold(50_000, 10, 10)
        log_identity.watch(settings, identity, stop.set)
        run(settings, identity, codec, reader, health, stop)
    except Halted as halted:
        return _halt(log.critical, str(halted), health, stop)
    except LogRefused as refused:
        log.critical("cannot_start", reason=str(refused))
        return 1
    except Exception:  # the last resort: said aloud, then ended
        log.exception("crashed")
        return 1
    log.info("ended")
    return 0


def _halt(say: Callable[..., object], why: str, health: Health, stop: threading.Event) -> int:
    HALTED.set(1)
    health.unready(f"halted: {why}")
    say("halted", reason=why, hint="mend the code, then restart this process: it goes on with that record")
    stop.wait()
    return 1


if __name__ == "__main__":
    sys.exit(main())
