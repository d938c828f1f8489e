"""`python -m api.main --slot 0 --port 8000`: one edge process."""

from __future__ import annotations

import argparse
import socket
import sys

import uvicorn

from api.app import build_app
from api.http.options import Options
from connectors.kafka import log_identity
from connectors.kafka.log_identity import LogRefused
from process.settings import Settings, SettingsError
from process.telemetry import start_logs
from schemas.topics import REPLY_PARTITIONS

GRACE_SECONDS = 5  # requests under way at the end may finish
WS_MESSAGE_BYTES_MAX = 64 * 1024
KEEP_ALIVE_SECONDS = 75  # longer than a proxy keeps its end: it is the one to hang up
UNTAKEN_SECONDS_MAX = 30  # what a client has not taken by then is given up, and its connection (RFC 5482)


def main() -> int:
    """Serve until told to end. Exit code 1: it could not start."""
    parser = argparse.ArgumentParser(description="One process of the edge.")
    parser.add_argument("--slot", type=int, required=True, help=f"0 to {REPLY_PARTITIONS - 1}")
    parser.add_argument("--port", type=int, required=True, help="where it listens, on the loopback address")
    arguments = parser.parse_args()
    log = start_logs(f"edge-{arguments.slot}")
    try:
        settings = Settings.from_environment()
        app = build_app(settings, Options.from_environment(arguments.slot))
        # The application asks, too, but what goes wrong there ends in uvicorn's stack trace.
        log_identity.required(settings, broker_seconds_max=log_identity.BROKER_SECONDS_MAX)
    except (SettingsError, LogRefused) as error:
        log.error("cannot_start", reason=str(error))
        return 1
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=Settings.listen(),
            port=arguments.port,
            loop="uvloop",
            http="httptools",
            ws="websockets-sansio",
            ws_max_size=WS_MESSAGE_BYTES_MAX,
            ws_per_message_deflate=False,  # a window for each of thousands of clients, for short messages
            lifespan="on",
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            # The proxy in front is on this machine: whose address it names is the client's.
            proxy_headers=True,
            forwarded_allow_ips="127.0.0.1",
        )
    )
    server.run([_listening(server.config)])
    return 0 if server.started else 1


def _listening(config: uvicorn.Config) -> socket.socket:
    # Closing waits until what was sent is taken. A client that takes nothing would be kept for as long as it likes.
    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_SECONDS_MAX * 1000)
    return listening


if __name__ == "__main__":
    sys.exit(main())
