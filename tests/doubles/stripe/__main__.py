"""Start the double: `python -m tests.doubles.stripe --port P --webhook-url URL --secrets DIR [--data FILE]`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import uvicorn

from tests.doubles.stripe.protocol import AbortableProtocol
from tests.doubles.stripe.server import build


def secret(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8").strip()


def optional_secret(folder: Path, name: str) -> str:
    return secret(folder, name) if (folder / name).is_file() else ""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.doubles.stripe", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--webhook-url", required=True, help="where events go; plain http")
    parser.add_argument(
        "--webhook-events", default="*", help="the types the endpoint subscribes to, with commas between"
    )
    parser.add_argument("--secrets", type=Path, required=True, help="folder with stripe_key and stripe_webhook")
    parser.add_argument("--data", type=Path, help="the file that outlives this process; without it all ends with it")
    parser.add_argument("--seed", type=int, default=0, help="of the misbehaviour draws, never of the ids")
    parser.add_argument("--contract", default="", help="a stripe-mock to check every accepted request against")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    app = build(
        secret_key=secret(options.secrets, "stripe_key"),
        publishable_key=optional_secret(options.secrets, "stripe_publishable_key"),
        webhook_secret=secret(options.secrets, "stripe_webhook"),
        webhook_url=options.webhook_url,
        webhook_events=options.webhook_events.split(","),
        contract_url=options.contract,
        seed=options.seed,
        data=options.data,
    )
    config = uvicorn.Config(
        app,
        timeout_keep_alive=75,  # longer than a client keeps its end: it is the one to hang up
        host=os.environ.get("BLOOMFIELD_LISTEN", "127.0.0.1"),  # a container has an address of its own
        port=options.port,
        http=AbortableProtocol,
        loop="uvloop",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
        backlog=512,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
