"""Forwarding to a contract checker: its verdicts are kept, its absence hurts nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.stripe_double.conftest import Running, client_of, start, stop
from tests.waiting import eventually


class Checker(BaseHTTPRequestHandler):
    """Answers as stripe-mock does: 400 to what it does not know. Here that is any `description`."""

    protocol_version = "HTTP/1.1"
    seen: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.seen.append(f"{self.command} {self.path}")
        self.send_response(400 if "description" in body else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - the name that the base class calls

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def checker() -> Iterator[tuple[str, list[str]]]:
    seen: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("SeeingChecker", (Checker,), {"seen": seen}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()
    thread.join()


def test_accepted_requests_are_checked(checker: tuple[str, list[str]], tmp_path: Path) -> None:
    url, seen = checker
    running = start(tmp_path, "--contract", url)
    try:
        create = client_of(running).v1.payment_intents.create
        good = create(params={"amount": 1999, "currency": "gbp"})
        create(params={"amount": 1999, "currency": "gbp", "description": "unknown to the checker"})
        running.post("/v1/payment_intents", amount="1", currency="gbp")  # Refused here, so it proves nothing there.
        client_of(running).v1.payment_intents.retrieve(good.id, params={"expand": ["latest_charge"]})
        eventually(lambda: running.order("GET", "contract")["checked"] == 3)
        report = running.order("GET", "contract")
        assert [m["target"] for m in report["mismatches"]] == ["/v1/payment_intents"]
        assert any(call.startswith(f"GET /v1/payment_intents/{good.id}?expand") for call in seen)
    finally:
        stop(running)


def test_without_a_checker_nothing_is_checked(double: Running) -> None:
    double.post("/v1/payment_intents", amount="1999", currency="gbp")
    assert double.order("GET", "contract")["checked"] == 0
